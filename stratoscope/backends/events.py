"""Events from what the sinks made of them: documents of OpenSearch, lines with metadata of Loki.

What a sink has left out (Loki: the parts of exceptions) is not there. What it has put aside (`extra`, names with `_` for dots)
stands where it stood before, as far as its name is known.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from collectors.sinks.documents import DOUBLE, FIELDS, LONG
from parsers.model import Event

TRACE = "\nTraceback (most recent call last):"
_STACKTRACE = "exception.stacktrace"
_INSIDE = ("fingerprint", "dependency", "source")
_SEVERITIES = {"trace": 1, "debug": 5, "info": 9, "warn": 13, "error": 17, "fatal": 21}
"""OpenTelemetry's number for a level of Loki: the first of its four."""
_LABELS = {
    "service": ("resource", "service.name"),
    "component": ("resource", "k8s.container.name"),
    "source": ("source", "format"),
}


def _places() -> Iterator[tuple[str, tuple[str, str, str]]]:
    for field, kind in FIELDS.items():
        part, _, name = field.partition(".")
        if part in ("attributes", "resource"):
            yield name, (part, name, kind)
        elif part in _INSIDE:
            yield field, (part, name, kind)


_PLACES = {name.replace(".", "_"): place for name, place in _places()}
"""By its name in Loki's metadata: the part of the event, its name there, and its type."""


def of_document(document: Mapping[str, Any]) -> Event:
    """The event of a document of OpenSearch."""
    event: Event = {"timestamp": document.get("@timestamp")}
    for name, value in document.items():
        part, _, inner = name.partition(".")
        if part in _INSIDE and inner:
            event.setdefault(part, {})[inner] = value
        elif name not in ("@timestamp", "extra"):
            event[name] = dict(value) if isinstance(value, dict) else value
    for text in document.get("extra", ()):
        name, _, value = text.partition("=")
        part = "resource" if name.startswith("resource.") else "attributes"
        event.setdefault(part, {}).setdefault(name.removeprefix("resource."), value)
    return event


def of_line(time: int, line: str, labels: Mapping[str, str], metadata: Mapping[str, str]) -> Event:
    """The event of a line of Loki. `time`: nanoseconds since 1970; the sink may have made up what is below a millisecond."""
    body, mark, trace = line.partition(TRACE)
    event: Event = {"timestamp": _rfc3339(time), "body": body}
    if mark:
        event["attributes"] = {_STACKTRACE: mark[1:] + trace}
    for name, text in labels.items():
        if name in _LABELS:
            part, inner = _LABELS[name]
            event.setdefault(part, {})[inner] = text
    if labels.get("level") in _SEVERITIES:
        event["severity_number"] = _SEVERITIES[labels["level"]]
    for name, text in metadata.items():
        _put(event, name, text)
    return event


def _put(event: Event, name: str, text: str) -> None:
    if name == "quality":
        event["quality"] = _json(text)
    elif name in ("severity_text", "trace_id", "span_id", "observed_timestamp", "truncated"):
        event[name] = text
    else:
        part, inner, kind = _PLACES.get(name, ("attributes", name, ""))
        event.setdefault(part, {})[inner] = _typed(text, kind)


def _typed(text: str, kind: str) -> str | float:
    try:
        return int(text) if kind == LONG else float(text) if kind == DOUBLE else text
    except ValueError:
        return text


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return [text]


def _rfc3339(nanoseconds: int) -> str:
    moment = datetime.fromtimestamp(nanoseconds // 1_000_000_000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{nanoseconds // 1_000_000 % 1000:03}Z"
