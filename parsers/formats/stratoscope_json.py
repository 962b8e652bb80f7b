"""stratoscope's own events on a line each: its own log, and what another stratoscope has made of a log.

They come back as they were: what the traceback tells (exceptions, fingerprint, dependency) is read off it again. The id
(`log.record.uid`) is not taken over: it is that of the line it stands in now, and nobody can claim another event's.
"""

import re
from typing import Any, ClassVar

from parsers.formats.base import Format
from parsers.formats.json_lines import json_object
from parsers.model import Fields, Record

_DERIVED = frozenset({"exception.type", "exception.message", "exception.stacktrace", "log.record.uid", "log.record.original"})
"""Attributes that are made anew."""


class _Event(Format):
    """One event, as docs/events.md tells."""

    name = "stratoscope.json"
    starts = b"{"
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(rb"\{ ?\"(?:timestamp|observed_timestamp|severity_text|body)\":")

    def opens(self, line: bytes) -> bool:
        """Whether the line is an object with a body, a resource and attributes: nobody else's JSON has all three."""
        if self.pattern.match(line) is None or b'"attributes":' not in line:
            return False
        values = json_object(line)
        return values is not None and _is_event(values)

    def fields(self, record: Record) -> Fields:
        values = json_object(record.lines[0].data)
        if values is None:
            raise ValueError(f"no JSON object: {record.lines[0].data[:80]!r}")
        attributes = values["attributes"]
        for flag in values.get("quality", ()):
            record.flag(flag if isinstance(flag, str) else None)
        return Fields(
            body=values["body"],
            time=_text(values.get("timestamp")),
            severity_text=_text(values.get("severity_text")),
            severity_number=_severity(values.get("severity_number")),
            attributes={name: value for name, value in attributes.items() if name not in _DERIVED},
            resource={name: value for name, value in values["resource"].items() if isinstance(value, str)},
            traceback=_text(attributes.get("exception.stacktrace")),
        )


def _is_event(values: dict[str, Any]) -> bool:
    kinds = {"body": str, "resource": dict, "attributes": dict}
    return all(isinstance(values.get(name), kind) for name, kind in kinds.items()) and isinstance(
        values.get("quality", []), list
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _severity(value: object) -> int | None:
    return value if isinstance(value, int) and 1 <= value <= 24 else None


STRATOSCOPE_JSON = _Event()
