"""Values and text as expressions of CEL, Kubernetes' language of policies."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_PLAIN = re.compile(r"[\x20-\x7e]*")


@dataclass(frozen=True, slots=True)
class Expression:
    """CEL, where a value would stand. `optional`: an entry of a map that is left out where it comes to optional.none()."""

    text: str
    optional: bool = False


def quoted(text: str) -> str:
    """A string literal."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\t", "\\t")
    if not _PLAIN.fullmatch(escaped):
        raise ValueError(f"{text[:40]!r} has characters that no expression here should need")
    return f"'{escaped}'"


def literal(value: Any) -> str:
    """A value of JSON, with expressions in it. Maps and lists of CEL have values of one type, so each is wrapped in dyn()."""
    match value:
        case Expression():
            return value.text
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return quoted(value)
        case Mapping():
            return "{" + ", ".join(_entry(key, one) for key, one in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(_dynamic(one) for one in value) + "]"
    raise TypeError(f"{type(value).__name__} is no value of JSON that a pod has")


def _entry(key: str, value: Any) -> str:
    if isinstance(value, Expression) and value.optional:
        return f"?{quoted(key)}: {value.text}"
    return f"{quoted(key)}: {_dynamic(value)}"


def _dynamic(value: Any) -> str:
    return f"dyn({literal(value)})"


def if_else(condition: str, then: str, other: str) -> str:
    """One of two; where they are the same, that."""
    return then if then == other else f"({condition} ? {then} : {other})"


def joined(parts: Iterable[str]) -> str:
    """Strings, one after the other; literals that touch are one."""
    merged: list[str] = []
    for part in parts:
        if merged and part.startswith("'") and merged[-1].startswith("'") and "'" not in part[1:-1] + merged[-1][1:-1]:
            merged[-1] = merged[-1][:-1] + part[1:]
        else:
            merged.append(part)
    return " + ".join(merged) or "''"


def all_of(conditions: Iterable[str]) -> str:
    """All hold."""
    return " && ".join(conditions) or "true"


def any_of(conditions: Iterable[str]) -> str:
    """One holds."""
    return "(" + (" || ".join(conditions) or "false") + ")"
