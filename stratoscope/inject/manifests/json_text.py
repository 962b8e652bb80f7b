"""Manifests in JSON: one value after the other, as kubectl reads them."""

import json
import re
from collections.abc import Sequence
from typing import Any

_SPACE = re.compile(r"[ \t\r\n]*")
_INDENT = re.compile(r"[{\[][ \t]*\r?\n([ \t]+)")


def json_values(body: str) -> list[tuple[str, Any]] | None:
    """Each value with its text and the space after it; None where it is YAML that only looks like JSON."""
    decoder = json.JSONDecoder(parse_float=_finite, parse_constant=_refused)
    values, at = [], 0
    try:
        while at < len(body):
            value, end = decoder.raw_decode(body, at)
            after = _SPACE.match(body, end)
            end = end if after is None else after.end()
            values.append((body[at:end], value))
            at = end
    except (ValueError, RecursionError):
        return None
    return values


def with_put(value: Any, place: Sequence[str | int], new: Any) -> Any:
    """A value with another one at a place in it."""
    if not place:
        return new
    holder = value
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = new
    return value


def json_text(value: Any, before: str) -> str:
    """The text of a value, laid out as the text before was."""
    stripped = before.rstrip()
    indent = _INDENT.match(stripped)
    return json.dumps(value, indent=indent[1] if indent else None) + before[len(stripped) :]


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise ValueError(digits)
    return number


def _refused(word: str) -> Any:
    raise ValueError(word)
