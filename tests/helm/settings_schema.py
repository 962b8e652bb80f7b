"""JSON Schemas (draft-07) of our own settings, made of their dataclasses: what the chart passes on is refused by Helm already.

What only `mistakes()` knows, `stratoscope check` and the start of the program tell.
"""

import types
from collections.abc import Collection
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from parsers.secret import Secret
from stratoscope.settings.describe import meanings_of

Schema = dict[str, Any]

_PLAIN: dict[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    Path: {"type": "string", "minLength": 1},
    Secret: {
        "type": "object",
        "properties": {"file": {"type": "string", "minLength": 1}, "env": {"type": "string", "minLength": 1}},
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
    },
}
_UNITS: dict[str, Schema] = {
    "seconds": {"type": "string", "pattern": r"^(0|([0-9]{1,9}(\.[0-9]{1,9})?(ms|[smhd]))+)$"},
    "bytes": {"type": ["string", "integer"], "pattern": r"^[0-9]{1,15}([KMGT](iB|B|i)?)?$"},
}


def schema_of(cls: Any, without: Collection[str] = ()) -> Schema:
    """The schema of a mapping that becomes `cls`. `without`: keys that the chart itself writes."""
    hints = get_type_hints(cls, include_extras=True)
    meanings = meanings_of(cls)
    known = [field for field in fields(cls) if field.name not in without]
    schema: Schema = {
        "type": "object",
        "properties": {field.name: _told(fragment(hints[field.name]), meanings.get(field.name, "")) for field in known},
        "additionalProperties": False,
    }
    if required := [field.name for field in known if field.default is MISSING and field.default_factory is MISSING]:
        schema["required"] = required
    return schema


def _told(schema: Schema, meaning: str) -> Schema:
    return schema | {"description": meaning} if meaning else schema


def fragment(hint: Any) -> Schema:
    """The schema of what an annotation stands for."""
    if hint in _PLAIN:
        return dict(_PLAIN[hint])
    if is_dataclass(hint):
        return schema_of(hint)
    return _made_of(get_origin(hint), get_args(hint), getattr(hint, "__metadata__", ()))


def _made_of(origin: Any, arguments: tuple[Any, ...], marks: tuple[Any, ...]) -> Schema:
    if origin is Annotated:
        return next((dict(_UNITS[mark]) for mark in marks if mark in _UNITS), fragment(arguments[0]))
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin is tuple:
        return {"type": "array", "items": fragment(arguments[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": fragment(arguments[1])}
    assert origin in (Union, types.UnionType), origin
    return _union([member for member in arguments if member is not types.NoneType])


def _union(members: list[Any]) -> Schema:
    """By `kind`, so that the mistake in a mapping is told, and not that it is none of five."""
    if len(members) == 1:
        return fragment(members[0])
    kinds = {get_args(get_type_hints(member)["kind"])[0]: member for member in members}
    return {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"enum": list(kinds)}},
        "allOf": [
            {"if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]}, "then": schema_of(member)}
            for kind, member in kinds.items()
        ],
    }
