"""Records become events: one shape for all formats, as the page docs/events.md tells it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from parsers.dependency import dependency_of
from parsers.fingerprint import fingerprint
from parsers.masking import mask
from parsers.model import Event, ExceptionInfo, Fields, Frame, Quality, Record, decode
from parsers.oslo_fields import SHOWN, fields_of
from parsers.oslo_record import OsloRecord
from parsers.projects import project_of
from parsers.severity import number_of
from parsers.templates import template_of
from parsers.tracebacks import ParsedTraceback, parse
from parsers.zones import Clock

OSLO_TEXT = "oslo.text"
"""`source.format` of what oslo.log's text formatter wrote, whichever profile."""

WARNING = 13
"""Severity number from which on events are grouped by a fingerprint; those with an exception always are."""

_SHOWN_TRACEBACK = re.compile(r"(?:\A|\n)Traceback \(most recent call last\):\n  ")
_OF_RESOURCE = frozenset({"host.name", "service.version"})
"""What formats find among the fields of a record, and what is said of its source."""

_FRAME_BEGIN = '  File "'
_FRAMES = re.compile(r'(^  File "[^"\n]*", line \d+.*(?:\n    .*)*)', re.MULTILINE)
_UUID = re.compile(r"req-([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})\Z")


@dataclass(frozen=True, slots=True)
class EventOptions:
    """How events are made; see ParserOptions."""

    zone: tzinfo | None
    year: int | None = None
    service: str | None = None
    file: str | None = None
    masking: bool = True
    raw: bool = False

    def service_of(self, resource: dict[str, str], logger: str | None) -> str | None:
        """`service.name`: the setting, else what wrapper or format told, else the project in the logger's name."""
        return self.service or resource.get("service.name") or project_of(logger)

    def source_of(self, format_name: str, profile: str | None) -> Event:
        """How `source` begins; where the record stood follows."""
        source: Event = {"format": format_name}
        if profile:
            source["profile"] = profile
        if self.file:
            source["file"] = self.file
        return source


class EventBuilder:
    """Makes the event of a record; holds caches, so one per source."""

    def __init__(self, options: EventOptions) -> None:
        self._options = options
        self._clock = Clock(options.zone, options.year)
        self._mask: Callable[[str], str] = mask if options.masking else str

    def __call__(self, record: OsloRecord | Record, resource: dict[str, str], extra: dict[str, Any]) -> Event:
        """Event of a whole record. `resource` and `extra` (attributes) are what the wrappers of its lines told."""
        fields, parsed, noted = _read(record)
        quality = record.quality
        event = self._head(fields, noted)
        body = self._mask(fields.body)
        event["body"] = body
        attributes = {**extra, **fields.attributes}
        trace_id = trace_id_of(attributes)
        if trace_id:
            event["trace_id"] = trace_id
        event["resource"] = self._resource(fields, attributes, resource)
        event["attributes"] = attributes
        if parsed is not None and fields.traceback is not None:
            self._add_exceptions(event, parsed, fields.traceback)
            if any(e.truncated and e.link != "remote" for e in parsed.exceptions):
                quality = {Quality.TRUNCATED, *(quality or ())}
        if parsed is not None or event.get("severity_number", 0) >= WARNING:
            event.update(group_of(attributes.get("log.logger"), body, parsed.exceptions if parsed else ()))
        self._add_source(event, record, fields.profile)
        if self._options.raw:
            attributes["log.record.original"] = decode(record.original())
        if "\\x" in body and not _is_utf8(record.original()):
            quality = {Quality.INVALID_UTF8, *(quality or ())}
        if quality:
            event["quality"] = sorted(quality)
        return event

    def _head(self, fields: Fields, wrapper_time: str | None) -> Event:
        event: Event = {}
        timestamp = self._clock(fields.time, wrapper_time)
        if timestamp is not None:
            event["timestamp"] = timestamp
        number = fields.severity_number
        if fields.severity_text:
            event["severity_text"] = fields.severity_text
            number = number or number_of(fields.severity_text)
        if number:
            event["severity_number"] = number
        return event

    def _resource(self, fields: Fields, attributes: dict[str, Any], given: dict[str, str]) -> dict[str, str]:
        resource = {**given, **fields.resource}
        for name in _OF_RESOURCE & attributes.keys():
            resource[name] = attributes.pop(name)
        service = self._options.service_of(resource, attributes.get("log.logger"))
        if service:
            resource["service.name"] = service
        return resource

    def _add_exceptions(self, event: Event, parsed: ParsedTraceback, printed: str) -> None:
        attributes = event["attributes"]
        if parsed.raised is not None:
            raised = parsed.exceptions[parsed.raised]
            if raised.type:
                attributes["exception.type"] = raised.type
                attributes["exception.message"] = self._mask(raised.message)
        attributes["exception.stacktrace"] = self._masked_trace(printed.rstrip("\n"))
        event["exceptions"] = [self._exception(e) for e in parsed.exceptions]

    def _masked_trace(self, printed: str) -> str:
        """A printed traceback with the secrets in its messages hidden; source lines have none: `token = validate(...)`."""
        if self._mask(printed) == printed:
            return printed
        return "".join(part if part.startswith(_FRAME_BEGIN) else self._mask(part) for part in _FRAMES.split(printed))

    def _exception(self, exception: ExceptionInfo) -> dict[str, Any]:
        out: dict[str, Any] = {"type": exception.type, "message": self._mask(exception.message), "link": exception.link}
        out["frames"] = [_frame(f) for f in exception.frames]
        if exception.notes:
            out["notes"] = [self._mask(note) for note in exception.notes]
        if exception.truncated:
            out["truncated"] = True
        return out

    def _add_source(self, event: Event, record: OsloRecord | Record, profile: str | None) -> None:
        name = OSLO_TEXT if isinstance(record, OsloRecord) else record.format.name
        source = self._options.source_of(name, profile)
        source["first_line"] = record.number
        source["lines"] = record.count
        source["first_offset"] = record.offset
        source["last_offset"] = record.end
        event["source"] = source


def group_of(logger: str | None, body: str, exceptions: Sequence[ExceptionInfo]) -> Event:
    """The members of an event that put it beside others of its kind: `fingerprint`, and `dependency` where one is blamed."""
    template = template_of(body)
    group: Event = {"fingerprint": {"id": fingerprint(exceptions, logger, template), "template": template}}
    blame = dependency_of(exceptions, body)
    if blame is not None:
        group["dependency"] = {"name": blame.name, "rule": blame.rule}
    return group


def _read(record: OsloRecord | Record) -> tuple[Fields, ParsedTraceback | None, str | None]:
    """Fields, traceback and wrapper's time of a record. A message may show a traceback too, which is then read as well."""
    if isinstance(record, OsloRecord):
        fields, parsed = fields_of(record)
        noted = record.wrapper_time
    else:
        fields, noted = record.format.fields(record), record.lines[0].time
        parsed = parse(fields.traceback) if fields.traceback else None
    if parsed is None and SHOWN in fields.body:
        found = _SHOWN_TRACEBACK.search(fields.body)
        if found:
            fields.traceback = fields.body[found.start() :].lstrip("\n")
            parsed = parse(fields.traceback)
    return fields, parsed, noted


def trace_id_of(attributes: dict[str, Any]) -> str | None:
    """The 128 bits of `req-<uuid>` as an OpenTelemetry trace id: of the global request id, else of the request id."""
    text = attributes.get("openstack.global_request_id") or attributes.get("openstack.request_id")
    found = _UUID.match(text) if isinstance(text, str) else None
    return "".join(found.groups()) if found else None


def _frame(frame: Frame) -> dict[str, Any]:
    out: dict[str, Any] = {"file": frame.file}
    for name in ("line", "function", "module", "code"):
        value = getattr(frame, name)
        if value is not None:
            out[name] = value
    out["in_app"] = frame.in_app
    return out


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
