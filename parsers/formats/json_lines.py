r"""Lines that are one JSON object: reading them safely, whatever they hold, and once, however many formats look at them.

orjson refuses what Python's own json writes and services really log: NaN, halves of surrogate pairs, bytes that are no UTF-8.
Such a line is read the slow way, and every odd value becomes text (`NaN`, `\ufffd`, `\xff`), so that it can be
written again. A number that does not fit into 64 bits becomes text then, too; orjson itself makes a float of it.
"""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import orjson

_HALF_PAIR = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]..)\\u[dD][c-fC-F][0-9a-fA-F]{2}")
_UNDECODED = re.compile("[\udc80-\udcff]")
_DEEPEST = 64
_MOST_FLAT_LEVELS = 8


@lru_cache(maxsize=4)
def json_object(line: bytes) -> dict[str, Any] | None:
    """The object that `line` is, None for any other text. Callers share it, and must not change it."""
    if not line.startswith(b"{") or not line.rstrip().endswith(b"}"):
        return None
    try:
        value: Any = orjson.loads(line)
    except orjson.JSONDecodeError:
        value = _lenient(line)
    if not isinstance(value, dict) or (line.count(b"{") + line.count(b"[") > _DEEPEST and _too_deep(value)):
        return None
    return value


def _lenient(line: bytes) -> Any:
    text = _UNDECODED.sub(lambda found: f"\\\\x{ord(found[0]) - 0xDC00:02x}", line.decode("utf-8", "surrogateescape"))
    try:
        return json.loads(_HALF_PAIR.sub(r"\\ufffd", text), parse_constant=str, parse_int=_integer, parse_float=_float)
    except (ValueError, RecursionError):
        return None


def _integer(text: str) -> int | str:
    return int(text) if len(text) < 19 else text


def _float(text: str) -> float | str:
    value = float(text)
    return text if value in (float("inf"), float("-inf")) else value


def _too_deep(value: Any) -> bool:
    """Whether writing `value` again could exceed the limits of serialisers (254 levels in orjson). Walks without recursion."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [child for node in level if isinstance(node, dict | list) for child in _children(node)]
        if not level:
            return False
    return True


def _children(node: dict[str, Any] | list[Any]) -> list[Any]:
    return list(node.values()) if isinstance(node, dict) else node


def flat(values: dict[str, Any], prefix: str = "", levels: int = _MOST_FLAT_LEVELS) -> Iterator[tuple[str, Any]]:
    """Names and values with the names of nested objects in front, joined by dots; nulls left out, lists as they are."""
    for name, value in values.items():
        if isinstance(value, dict) and value and levels > 1:
            yield from flat(value, f"{prefix}{name}.", levels - 1)
        elif value is not None:
            yield prefix + name, value


def text_of(value: Any) -> str | None:
    """A traceback that JSON holds as text or as a list of lines; None where there is none."""
    if isinstance(value, list):
        value = "\n".join(str(line).rstrip("\n") for line in value)
    return value if isinstance(value, str) and value else None
