"""JSON lines of programs that have no format of their own here: structlog, python-json-logger, zap, logrus, pino, bunyan ...

A line counts as a log line when it has a message and a level or a time under one of the usual names. Every other key becomes
an attribute under its own name, so nothing is lost.
"""

import re
from typing import Any, ClassVar

from parsers.formats.base import Format
from parsers.formats.etcd import ETCD_JSON
from parsers.formats.json_lines import flat, json_object, text_of
from parsers.formats.oslo_json import OSLO_FLUENT, OSLO_JSON
from parsers.formats.rabbitmq import RABBITMQ_JSON
from parsers.formats.stratoscope_json import STRATOSCOPE_JSON
from parsers.model import Fields, Record
from parsers.request_lines import http_attributes
from parsers.timestamps import from_epoch

_MESSAGE = ("message", "msg", "event", "log", "MESSAGE")
_LEVEL = ("level", "levelname", "severity", "log.level", "loglevel", "lvl")
_TIME = ("timestamp", "@timestamp", "time", "ts", "asctime", "datetime")
_LOGGER = ("logger", "logger_name", "log.logger")
_PID = ("pid", "process", "process_id", "process.pid")
_TRACEBACK = ("traceback", "exc_info", "exception", "stack_trace", "exc_text")
_ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9 ][0-9]:[0-9]{2}:[0-9]{2}(?:[.,][0-9]{1,9})? ?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_PYTHON = "Traceback (most recent call last):"
_OWNERS: tuple[Format, ...] = (OSLO_JSON, OSLO_FLUENT, ETCD_JSON, RABBITMQ_JSON, STRATOSCOPE_JSON)


class _Generic(Format):
    """One JSON object on a line. The formats that know the meaning of their keys go first."""

    name = "json.generic"
    starts = b"{"
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(rb"\{ ?\"")

    def opens(self, line: bytes) -> bool:
        """Whether the line is an object with a message, and a level or a time."""
        if self.pattern.match(line) is None or any(format_.opens(line) for format_ in _OWNERS):
            return False
        values = json_object(line)
        if values is None:
            return False
        return _first(values, _MESSAGE, str) is not None and (
            _first(values, _LEVEL, str | int) is not None or _time_of(values) is not None
        )

    def fields(self, record: Record) -> Fields:
        """The numbers that Python, bunyan and pino have for levels are left to `severity.number_of`, which reads Python's."""
        shared = json_object(record.lines[0].data)
        if shared is None:
            raise ValueError(f"no JSON object: {record.lines[0].data[:80]!r}")
        values = dict(shared)
        timed, levelled = _time_of(values), _first(values, _LEVEL, str | int)
        fields = Fields(body=str(values.pop(_first(values, _MESSAGE, str) or "")).rstrip("\n"))
        if timed:
            fields.time = timed[1]
            del values[timed[0]]
        if levelled:
            fields.severity_text = str(values.pop(levelled))
        fields.traceback = _traceback_of(values)
        fields.attributes = _attributes_of(values) | (http_attributes(fields.body) or {})
        return fields


def _first(values: dict[str, Any], names: tuple[str, ...], kind: Any) -> str | None:
    """The first of the names under which a value of that kind stands."""
    return next((name for name in names if isinstance(values.get(name), kind) and not isinstance(values[name], bool)), None)


def _time_of(values: dict[str, Any]) -> tuple[str, str] | None:
    """Name and ISO-like text of the time; a value that is no time stays an attribute."""
    for name in _TIME:
        value = values.get(name)
        if isinstance(value, str) and _ISO.fullmatch(value):
            return name, value
        if isinstance(value, int | float | str) and not isinstance(value, bool):
            text = from_epoch(value)
            if text is not None:
                return name, text
    return None


def _traceback_of(values: dict[str, Any]) -> str | None:
    """Takes the traceback of a Python program out of `values`; the stacks of other languages stay what they are."""
    for name in _TRACEBACK:
        text = text_of(values.get(name))
        if text is not None and _PYTHON in text:
            del values[name]
            return text
    return None


def _attributes_of(values: dict[str, Any]) -> dict[str, Any]:
    attributes: dict[str, Any] = {}
    for attribute, names, kind in (("log.logger", _LOGGER, str), ("process.pid", _PID, int)):
        name = _first(values, names, kind)
        if name is not None:
            attributes[attribute] = values.pop(name)
    return attributes | dict(flat(values))


JSON_GENERIC = _Generic()
