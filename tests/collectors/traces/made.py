"""Events of requests as services log them, and a view on spans for tests."""

import uuid
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan

from parsers.events import trace_id_of
from parsers.model import Event

BASE = 1_795_404_781_000_000_000
"""2026-11-23T03:33:01Z in nanoseconds."""
MS = 1_000_000


def request_id(number: int) -> str:
    return f"req-{uuid.UUID(int=(7 << 100) + number)}"


def event(
    service: str = "nova-api",
    request: int | None = 1,
    *,
    at: int = 0,
    caused_by: int | None = None,
    body: str = "x",
    **changes: Any,
) -> Event:
    """An event `at` so many milliseconds after the base; `caused_by` is the number of the global request id."""
    attributes: dict[str, Any] = {"log.logger": f"{service}.module", "process.pid": 7}
    if request is not None:
        attributes["openstack.request_id"] = request_id(request)
    if caused_by is not None:
        attributes["openstack.global_request_id"] = request_id(caused_by)
    attributes |= changes.pop("attributes", {})
    seconds, ms = divmod(at, 1000)
    made: Event = {
        "timestamp": f"2026-11-23T03:33:{1 + seconds:02d}.{ms:03d}Z",
        "severity_text": "INFO",
        "severity_number": 9,
        "body": body,
        "resource": {"service.name": service},
        "attributes": attributes,
        "source": {"format": "oslo.text"},
    }
    trace = trace_id_of(attributes)
    if trace:
        made["trace_id"] = trace
    made |= changes
    return {name: value for name, value in made.items() if value is not None}


def answered(
    service: str = "nova-api", request: int = 1, *, at: int, seconds: float | None = 0.5, status: int = 200, **changes: Any
) -> Event:
    """The access line of a request."""
    attributes: dict[str, Any] = {
        "client.address": "10.0.0.1",
        "http.request.method": "GET",
        "url.path": "/v2.1/servers/0a1b2c3d-0000-0000-0000-000000000000/os-volume_attachments",
        "http.response.status_code": status,
    }
    if seconds is not None:
        attributes["http.server.request.duration"] = seconds
    attributes |= changes.pop("attributes", {})
    return event(service, request, at=at, attributes=attributes, **changes)


def error(service: str = "nova-compute", request: int = 1, *, thrown: bool = True, **changes: Any) -> Event:
    attributes = {"exception.type": "KeyError", "exception.message": "'boom'", "exception.stacktrace": "Traceback ..."}
    return event(
        service,
        request,
        body=changes.pop("body", "Failed"),
        severity_text="ERROR",
        severity_number=17,
        attributes=attributes if thrown else {},
        **changes,
    )


def service_of(span: ReadableSpan) -> str:
    return str(span.resource.attributes["service.name"])


def by_service(spans: list[ReadableSpan]) -> dict[str, ReadableSpan]:
    made = {service_of(span): span for span in spans}
    assert len(made) == len(spans)
    return made


def own_id(span: ReadableSpan) -> int:
    assert span.context is not None
    return int(span.context.span_id)


def parent_id(span: ReadableSpan) -> int | None:
    return int(span.parent.span_id) if span.parent else None


def milliseconds(span: ReadableSpan) -> tuple[float, float]:
    """Start and end after the base."""
    assert span.start_time is not None
    assert span.end_time is not None
    return (span.start_time - BASE) / MS, (span.end_time - BASE) / MS
