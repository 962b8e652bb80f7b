"""A request as a span of OpenTelemetry's SDK; names are those of its semantic conventions where they exist."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from importlib.metadata import version
from typing import Any

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event as SpanEvent
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.util import BoundedList
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from collectors.sinks.events import clean, cut
from collectors.traces.requests import Key, Request
from parsers.json_lines import dumped

_SERVER_ERROR = 500
_DESCRIPTION_BYTES = 256
_MOST_RESOURCES = 1024
_WORD = re.compile(r"[a-z][a-z_-]{0,40}|v[0-9]+(?:\.[0-9]+)?|[A-Z]{2,6}")
"""A part of a path that is the same for all requests of its kind; ids, names and addresses are not."""
_MOST_PARTS = 8


@dataclass(frozen=True, slots=True)
class Place:
    """Where a span stands: ids of its trace, of itself, of its parent. `late`: its request has had a span before."""

    trace: int
    span: int
    parent: int | None = None
    late: bool = False


class SpanMaker:
    """Makes spans. It keeps resources, as the SDK takes long to make one."""

    def __init__(self) -> None:
        self._scope = InstrumentationScope("stratoscope", version("stratoscope"))
        self._resources: dict[bytes, Resource] = {}

    def __call__(self, request: Request, place: Place) -> ReadableSpan:
        """The span of a request that has a time."""
        events = BoundedList.from_seq(None, [SpanEvent(one.name, one.attributes, one.time) for one in request.told])
        events.dropped = request.untold
        return ReadableSpan(
            name=name_of(request),
            context=_context(place.trace, place.span),
            parent=None if place.parent is None else _context(place.trace, place.parent),
            resource=self._resource(request.resource, request.key.service),
            attributes=_attributes(request, place),
            events=events,
            kind=SpanKind.INTERNAL if request.access is None else SpanKind.SERVER,
            status=_status(request),
            start_time=request.start,
            end_time=max(request.start, request.end),
            instrumentation_scope=self._scope,
        )

    def _resource(self, resource: Mapping[str, Any], service: str) -> Resource:
        key = dumped(dict(resource))
        known = self._resources.get(key)
        if known is None:
            told = {clean(str(name)): clean(str(value)) for name, value in resource.items()}
            known = Resource({**told, "service.name": service})
            if len(self._resources) >= _MOST_RESOURCES:
                self._resources.clear()
            self._resources[key] = known
        return known


def span_id(key: Key, start: int | None) -> int:
    """The id of a span, the same whenever the same events are read. `start` tells those apart that come late."""
    text = "\0".join((*key, "" if start is None else str(start)))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") or 1


def name_of(request: Request) -> str:
    """Method and path for a request that was answered, ids and names in it as `{}`; else the logger of its first event."""
    if request.access is None:
        return request.logger or request.key.service
    method, path = request.attributes.get("http.request.method"), request.attributes.get("url.path")
    parts = str(path).split("/")[1 : _MOST_PARTS + 1] if isinstance(path, str) else []
    shown = "".join(f"/{part if not part or _WORD.fullmatch(part) else '{}'}" for part in parts)
    return f"{method} {shown}" if shown else str(method)


def _context(trace: int, span: int) -> SpanContext:
    return SpanContext(trace, span, is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED))


def _attributes(request: Request, place: Place) -> dict[str, Any]:
    attributes = dict(request.attributes)
    told = request.access is not None and request.access.duration is not None
    attributes["stratoscope.times"] = "access_line" if told else "events"
    attributes["stratoscope.events"] = request.count
    if place.late:
        attributes["stratoscope.late"] = True
    if _failed(request):
        kinds = [one.attributes.get("exception.type") for one in request.told]
        status = request.access and str(request.access.status)
        attributes["error.type"] = next(filter(None, reversed(kinds)), None) or status or "_OTHER"
    return attributes


def _failed(request: Request) -> bool:
    """What a server answered decides; where that is not known, whether an error was logged."""
    return request.failed if request.access is None else request.access.status >= _SERVER_ERROR


def _status(request: Request) -> Status:
    if not _failed(request):
        return Status(StatusCode.UNSET)
    return Status(StatusCode.ERROR, cut(request.failure, _DESCRIPTION_BYTES) if request.failure else None)
