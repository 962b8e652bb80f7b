"""Settings as tables for the documents: key, what is written there, default, meaning; all out of the dataclasses.

The meaning is the string that stands below a field, as in the source. Looked up with `inspect`, so only where sources are.
"""

import ast
import inspect
import textwrap
import types
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, fields, is_dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from parsers.secret import Secret
from stratoscope.settings import units

_WORDS: dict[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    Path: "path",
    Secret: "{file: PATH} or {env: NAME}",
    Any: "settings",
}
_UNITS = {"seconds": "duration (30s, 5m)", "bytes": "size (16M, 1G)"}


@dataclass(frozen=True, slots=True)
class Described:
    """One setting. `default` is as it would be written in the file; empty where there is none, and the key must be there."""

    key: str
    written: str
    default: str
    meaning: str


def described(cls: Any) -> list[Described]:
    """The settings of a dataclass, those of the dataclasses in it below their own key."""
    return list(_described(cls, ""))


def _described(cls: Any, prefix: str) -> Iterator[Described]:
    hints = get_type_hints(cls, include_extras=True)
    meanings = meanings_of(cls)
    for field in fields(cls):
        hint = hints[field.name]
        key = f"{prefix}{field.name}"
        meaning = meanings.get(field.name) or field.metadata.get("meaning", "")  # the latter where there is no source
        yield Described(key, _written(hint), _default(field, _unit(hint)), meaning)
        inner, marks = _inner(hint)
        for member in inner:
            kind = f"({'|'.join(get_args(get_type_hints(member)['kind']))})" if len(inner) > 1 else ""
            yield from _described(member, f"{key}{marks}{kind}.")


def meanings_of(cls: Any) -> dict[str, str]:
    """Field -> the string below it, in one line, also of the classes that it is made from."""
    found: dict[str, str] = {}
    for owner in reversed(cls.__mro__):
        if is_dataclass(owner):
            found |= _below(owner)
    return found


def _below(cls: Any) -> dict[str, str]:
    try:
        source = textwrap.dedent(inspect.getsource(cls))
    except (OSError, TypeError):
        return {}  # made by make_dataclass
    (node,) = ast.parse(source).body
    body = node.body if isinstance(node, ast.ClassDef) else []
    return {
        field.target.id: " ".join(text.value.value.split())
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


def _inner(hint: Any) -> tuple[list[Any], str]:
    """The dataclasses in an annotation, and the mark of a list or mapping of them."""
    if is_dataclass(hint):
        return [hint], ""
    members = [_inner(member) for member in get_args(hint) if get_origin(hint) is not Literal]
    mark = {tuple: "[]", dict: ".NAME"}.get(get_origin(hint) or hint, "")
    return [cls for inner, _ in members for cls in inner], mark + next((marks for inner, marks in members if inner), "")


def _written(hint: Any) -> str:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return next((_UNITS[word] for word in hint.__metadata__ if word in _UNITS), _written(arguments[0]))
    if origin is Literal:
        return ", ".join(str(choice) for choice in arguments)
    if origin is tuple:
        return f"list of {_written(arguments[0])}"
    if origin is dict:
        return f"NAME: {_written(arguments[1])}"
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(_written(member) for member in arguments if member is not types.NoneType))
    return "mapping" if is_dataclass(hint) else _WORDS[hint]


def _unit(hint: Any) -> str:
    """`seconds` or `bytes` where the number has one."""
    if get_origin(hint) is Annotated:
        return next((word for word in hint.__metadata__ if word in _UNITS), "")
    return next((unit for member in get_args(hint) if (unit := _unit(member))), "")


def _default(field: Any, unit: str) -> str:
    if field.default_factory is not MISSING:
        return _as_text(field.default_factory(), unit)
    return "" if field.default is MISSING else _as_text(field.default, unit)


def _as_text(value: Any, unit: str) -> str:
    if value is None or is_dataclass(value):
        return "none" if value is None else "as below"
    if isinstance(value, tuple | dict):
        shown = map(str, value) if isinstance(value, dict) else (_as_text(one, unit) for one in value)
        return f"{{{', '.join(shown)}}}" if isinstance(value, dict) else f"[{', '.join(shown)}]"
    if isinstance(value, bool):
        return str(value).lower()
    if unit:
        return units.written_seconds(value) if unit == "seconds" else units.written_size(value)
    return f"{value:g}" if isinstance(value, float) else str(value) or '""'
