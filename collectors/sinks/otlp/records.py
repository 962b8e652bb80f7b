"""Events as OTLP log records, grouped by who logged them. The page docs/sinks.md has the table.

* `timestamp`, `observed_timestamp`, `severity_*`, `body` and `trace_id` are the fields of the record that are called so;
* `resource` is the resource, shared by all records that have the same;
* `attributes` keep their names; `source.file` is the attribute `log.file.path`;
* everything else, exceptions included, are attributes `stratoscope.*`, one level of nesting made flat.
"""

from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ScopeLogs
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from collectors.sinks.events import clean, observed_of, time_of
from collectors.sinks.otlp.values import put, put_all
from parsers.json_lines import dumped
from parsers.model import Event

SCOPE = "stratoscope"
"""Name of the instrumentation scope; loggers are attributes, as they say nothing of who made the record."""
PREFIX = "stratoscope."
"""In front of the names of what OpenTelemetry has no name for."""

_IN_FIELDS = "timestamp observed_timestamp severity_text severity_number body trace_id span_id resource attributes"
_FIELDS = frozenset(_IN_FIELDS.split())

_OF_SOURCE = ("format", "profile", "first_line", "lines", "first_offset", "last_offset")
_SOURCE = {"file": "log.file.path"} | {name: f"{PREFIX}source.{name}" for name in _OF_SOURCE}


def request_of(events: Iterable[Event], now: int) -> ExportLogsServiceRequest:
    """The request with all events, in their order within each resource. `now`: nanoseconds, for those that tell no reading."""
    request = ExportLogsServiceRequest()
    groups: dict[bytes, ScopeLogs] = {}
    for event in events:
        resource = event.get("resource") or {}
        key = dumped(resource)
        group = groups.get(key)
        if group is None:
            group = groups[key] = _group(request, resource)
        fill(group.log_records.add(), event, now)
    return request


def _group(request: ExportLogsServiceRequest, resource: Mapping[str, Any]) -> ScopeLogs:
    logs = request.resource_logs.add()
    logs.resource.CopyFrom(resource_of(resource))
    group = logs.scope_logs.add()
    group.scope.name, group.scope.version = SCOPE, version("stratoscope")
    return group


def resource_of(resource: Mapping[str, Any]) -> Resource:
    """The resource; it always has a `service.name`, as the specification wants."""
    made = Resource()
    put_all(made.attributes, resource if "service.name" in resource else {**resource, "service.name": "unknown_service"})
    return made


def fill(record: LogRecord, event: Event, now: int) -> None:
    """Write an event into an empty record."""
    record.time_unix_nano = time_of(event) or 0
    record.observed_time_unix_nano = observed_of(event) or now
    left = {}
    for name in ("severity_number", "severity_text", "trace_id", "span_id"):
        value = event.get(name)
        if value is not None and not _WRITERS[name](record, value):
            left[name] = value
    put(record.body, event.get("body", ""))
    put_all(record.attributes, event.get("attributes") or {})
    more = {PREFIX + name: value for name, value in left.items()}
    for name, value in event.items():
        if name not in _FIELDS:
            more |= _flat(name, value)
    put_all(record.attributes, more)


def _flat(name: str, value: Any) -> dict[str, Any]:
    """A member of an event as attributes, one level of nesting made flat."""
    if not isinstance(value, dict):
        return {PREFIX + name: value}
    if name == "source":
        return {_SOURCE.get(inner) or f"{PREFIX}source.{inner}": one for inner, one in value.items()}
    return {f"{PREFIX}{name}.{inner}": one for inner, one in value.items()}


def _put_number(record: LogRecord, value: Any) -> bool:
    fits = type(value) is int and 0 <= value <= 24
    if fits:
        record.severity_number = value
    return fits


def _put_text(record: LogRecord, value: Any) -> bool:
    record.severity_text = clean(str(value))
    return True


def _put_trace(record: LogRecord, value: Any) -> bool:
    record.trace_id = _id_of(value, 16)
    return bool(record.trace_id)


def _put_span(record: LogRecord, value: Any) -> bool:
    record.span_id = _id_of(value, 8)
    return bool(record.span_id)


_WRITERS: dict[str, Callable[[LogRecord, Any], bool]] = {
    "severity_number": _put_number,
    "severity_text": _put_text,
    "trace_id": _put_trace,
    "span_id": _put_span,
}
"""Each tells whether the value fits its field; one that does not becomes an attribute."""


def _id_of(value: Any, size: int) -> bytes:
    """The bytes of a hexadecimal id, none where it is not one of that size or is all zeros, which means invalid."""
    if not isinstance(value, str) or len(value) != 2 * size:
        return b""
    try:
        made = bytes.fromhex(value)
    except ValueError:
        return b""
    return made if len(made) == size and any(made) else b""
