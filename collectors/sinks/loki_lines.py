"""Events as Loki has them: few labels, a line to read, and structured metadata, which is text by name.

The line is the message, and behind it the stack trace, as a person reads them. All else is metadata, dots in names become `_`
as Loki itself makes them; `exceptions` is left out, being the stack trace in parts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from collectors.sinks.events import clean, cut, json_of, uid_of
from parsers.model import Event

STACKTRACE = "exception.stacktrace"
LABELS = ("cluster", "service", "component", "level", "source")
"""All labels that a stream can have: each has few values, as each combination of values is a stream of its own."""

_LEVELS = ("trace", "debug", "info", "warn", "error", "fatal")
_LABEL_BYTES = 256
_MILLISECOND, _MICROSECOND = 1_000_000, 1_000
_LEFT_OUT = frozenset("timestamp severity_number body resource attributes exceptions".split())
_ARE_LABELS = frozenset({"service.name", "k8s.container.name"})


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a Loki takes of one line. `line` and `metadata` are bytes, `entries` is a number."""

    line: int
    metadata: int
    entries: int


def labels_of(event: Event, cluster: str) -> dict[str, str]:
    """The labels of an event. `cluster` is a setting, left out where it is empty."""
    resource, source = event.get("resource") or {}, event.get("source") or {}
    number = event.get("severity_number")
    told = {
        "cluster": cluster,
        "service": resource.get("service.name") or "unknown_service",
        "component": resource.get("k8s.container.name"),
        "level": _LEVELS[(number - 1) // 4] if isinstance(number, int) and 1 <= number <= 24 else "unknown",
        "source": source.get("format") if isinstance(source, dict) else None,
    }
    return {name: cut(clean(str(value)), _LABEL_BYTES) for name, value in told.items() if value}


def entry_of(event: Event, bounds: Bounds) -> tuple[str, dict[str, str]]:
    """Line and metadata, within the bounds; what had to be cut is told in `truncated`: `line`, `metadata` or both."""
    line = _line_of(event)
    shown = cut(line, bounds.line)
    metadata, all_in = _fitting(_members(event), bounds)
    words = [*([] if shown == line else ["line"]), *([] if all_in else ["metadata"])]
    if words:
        metadata["truncated"] = ",".join(words)
    return shown, metadata


def spread(event: Event, time: int) -> int:
    """The time, its unlogged digits filled so that equal lines differ: within the same millisecond, in the order of the file.

    Loki takes two entries of a stream with the same nanosecond and line for one, whatever their metadata say, and three
    replicas do log the same in the same millisecond. A repeat of an event gets the same time again.
    """
    source = event.get("source") or {}
    number = source.get("first_line") if isinstance(source, dict) else None
    noise = crc32((uid_of(event) or "").encode("utf-8", "replace")) % 1000
    if time % _MILLISECOND == 0:
        return time + (number % 1000 if isinstance(number, int) else 0) * _MICROSECOND + noise
    if time % _MICROSECOND == 0:
        return time + noise
    return time


def _line_of(event: Event) -> str:
    body = event.get("body", "")
    text = body if isinstance(body, str) else json_of(body)
    trace = (event.get("attributes") or {}).get(STACKTRACE)
    if isinstance(trace, str) and trace not in text:
        text = f"{text}\n{trace}" if text else trace
    return clean(text)


def _members(event: Event) -> Iterator[tuple[str, Any]]:
    """Names and values of all that is no label and not in the line, what matters most first."""
    for name, value in event.items():
        if name in _LEFT_OUT:
            continue
        if isinstance(value, dict):
            yield from ((f"{name}.{inner}", one) for inner, one in value.items())
        else:
            yield name, value
    yield from ((name, value) for name, value in (event.get("attributes") or {}).items() if name != STACKTRACE)
    yield from ((name, value) for name, value in (event.get("resource") or {}).items() if name not in _ARE_LABELS)


def _fitting(members: Iterator[tuple[str, Any]], bounds: Bounds) -> tuple[dict[str, str], bool]:
    """As many of the members as the bounds allow, room for `truncated` left; and whether these are all."""
    metadata: dict[str, str] = {}
    left = bounds.metadata - 64
    all_in = True
    for name, value in members:
        key = _free(_name(name), metadata)
        text = _text(value)
        size = len(key) + len(text.encode())
        if size > left or len(metadata) >= bounds.entries - 1:
            all_in = False
        else:
            metadata[key] = text
            left -= size
    return metadata, all_in


_NAMES: dict[str, str] = {}
_MOST_NAMES = 4096


def _name(name: str) -> str:
    """A name that LogQL can say."""
    known = _NAMES.get(name)
    if known is None:
        known = "".join(char if char.isalnum() and char.isascii() else "_" for char in name) or "_"
        known = f"_{known}" if known[0].isdigit() else known
        if len(_NAMES) >= _MOST_NAMES:
            _NAMES.clear()
        _NAMES[name] = known
    return known


def _free(name: str, taken: Mapping[str, str]) -> str:
    """The name, with more `_` behind it where it is taken (`a.b` and `a_b`) or is that of a label."""
    while name in taken or name in LABELS or name == "truncated":
        name += "_"
    return name


def _text(value: Any) -> str:
    if isinstance(value, str):
        return clean(value)
    return clean(json_of(value))
