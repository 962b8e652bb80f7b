"""What is kept of a request in one service while its events come in; no more than its span will show."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from collectors.sinks.events import UID, clean, cut, observed_of, time_of
from parsers.model import Event

ERROR = 17
"""Severity number from which on an event is told in its span."""
UNKNOWN = "unknown_service"
_INSTANCE = ("k8s.pod.uid", "k8s.pod.name", "service.instance.id", "host.name")
_SECOND = 1_000_000_000
_TRACE_ID = re.compile(r"(?!0{32})[0-9a-fA-F]{32}")
_LONGEST_REQUEST = 86_400.0
_TEXT_BYTES = 1024
_BODY_BYTES = 4096
_TRACE_BYTES = 8192
_EXCEPTION = {"exception.type": _TEXT_BYTES, "exception.message": _BODY_BYTES, "exception.stacktrace": _TRACE_BYTES}

_AT_START = frozenset({"apache.access", "uwsgi.request", "haproxy"})
"""Formats that print when a request came; all others log when it was answered."""

_OF_REQUEST = frozenset(
    """
    openstack.request_id openstack.global_request_id openstack.user_id openstack.user_name openstack.project_id
    openstack.project_name openstack.domain_id openstack.system_scope openstack.user_domain_id openstack.project_domain_id
    openstack.instance_uuid openstack.api.microversion process.pid http.request.method http.response.status_code
    http.response.body.size url.path url.query url.scheme network.protocol.version client.address server.address server.port
    user_agent.original
    """.split()
)
"""Attributes of events that are attributes of their span: the first value of each, and those of the access line above all."""


class Key(NamedTuple):
    """Who works on which request: one span each."""

    service: str
    instance: str
    request: str


class Told(NamedTuple):
    """An event that is told in a span."""

    name: str
    time: int
    attributes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Access:
    """What an access line says: when the request was answered, and how long that took (nanoseconds; None: not told)."""

    end: int
    duration: int | None
    status: int


@dataclass(slots=True)
class Request:
    """A request in one service. Times are nanoseconds; `first` is 0 as long as no event had a time."""

    key: Key
    resource: dict[str, str]
    parent: str | None = None
    first: int = 0
    last: int = 0
    logger: str | None = None
    access: Access | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    count: int = 0
    untold: int = 0
    size: int = 0
    """Bytes of text in `told`."""
    failed: bool = False
    failure: str | None = None
    """`type: message` of the last exception, else the message of the last error."""

    @property
    def start(self) -> int:
        """When it began: by the access line, else the time of the first event."""
        if self.access is not None and self.access.duration is not None:
            return max(1, self.access.end - self.access.duration)
        return self.first

    @property
    def end(self) -> int:
        """When it ended, in the same way."""
        if self.access is not None and self.access.duration is not None:
            return self.access.end
        return self.last

    def add(self, event: Event, most: int) -> None:
        """Take an event; `most` is how many errors and exceptions are kept."""
        attributes = event.get("attributes") or {}
        time = time_of(event) or observed_of(event)
        self.count += 1
        if time:
            self.first = min(self.first or time, time)
            self.last = max(self.last, time)
            self._read_access(event, attributes, time)
        self.logger = self.logger or _text(attributes.get("log.logger"))
        for name, value in attributes.items():
            if name in _OF_REQUEST and name not in self.attributes:
                self.attributes[name] = scalar(value)
        error = (number := event.get("severity_number")) is not None and isinstance(number, int) and number >= ERROR
        self.failed = self.failed or error
        if error or "exception.type" in attributes:
            self._tell(event, attributes, time or self.last, most)

    def _read_access(self, event: Event, attributes: Mapping[str, Any], time: int) -> None:
        access = access_of(event, attributes, time)
        if access is None or (self.access is not None and (access.duration or 0) <= (self.access.duration or 0)):
            return
        self.access = access
        self.attributes |= {name: scalar(value) for name, value in attributes.items() if name in _OF_REQUEST}

    def _tell(self, event: Event, attributes: Mapping[str, Any], time: int, most: int) -> None:
        body = cut(clean(str(event.get("body", ""))), _BODY_BYTES)
        thrown = {name: cut(clean(str(attributes[name])), most) for name, most in _EXCEPTION.items() if name in attributes}
        kind, message = thrown.get("exception.type"), thrown.get("exception.message")
        self.failure = (f"{kind}: {message}" if message else kind) or body
        if len(self.told) >= most:
            self.untold += 1
            return
        about = {name: attributes.get(name) for name in ("log.logger", UID)}
        about["stratoscope.severity_text"] = event.get("severity_text")
        short = {name: scalar(value) for name, value in about.items() if value is not None}
        made: dict[str, Any] = {**thrown, "stratoscope.body": body, **short}
        self.told.append(Told("exception" if kind else "log", time, made))
        self.size += sum(len(value) for value in made.values() if isinstance(value, str))


def key_of(event: Event) -> Key | None:
    """Who works on which request; None where the event belongs to none, or its request id is no UUID."""
    trace = event.get("trace_id")
    if not is_trace_id(trace):
        return None
    attributes, resource = event.get("attributes") or {}, event.get("resource") or {}
    names = (attributes.get("openstack.request_id"), attributes.get("openstack.global_request_id"), trace)
    request = next(name for name in names if isinstance(name, str) and name)
    instance = next((resource[name] for name in _INSTANCE if resource.get(name)), "")
    return Key(clean(str(resource.get("service.name") or UNKNOWN)), clean(str(instance)), clean(request))


def is_trace_id(value: Any) -> bool:
    """Whether it is 32 hexadecimal digits that are not all zeros."""
    return isinstance(value, str) and _TRACE_ID.fullmatch(value) is not None


def access_of(event: Event, attributes: Mapping[str, Any], time: int) -> Access | None:
    """What an access line of a server says; None for other events. A client's line has an address of the server only."""
    status = attributes.get("http.response.status_code")
    if type(status) is not int or "http.request.method" not in attributes:
        return None
    if "server.address" in attributes and "client.address" not in attributes:
        return None
    seconds = attributes.get("http.server.request.duration")
    duration = None
    if isinstance(seconds, int | float) and 0 <= seconds <= _LONGEST_REQUEST:  # NaN is not
        duration = round(seconds * _SECOND)
    source = event.get("source") or {}
    starts = isinstance(source, dict) and source.get("format") in _AT_START
    return Access(time + (duration or 0) if starts else time, duration, status)


def scalar(value: Any) -> str | int | float | bool:
    """A value that a span's attribute can have: text is cut, and what is nested or too large is text."""
    if isinstance(value, bool | float):
        return value
    if isinstance(value, int) and -(1 << 63) <= value < 1 << 63:
        return value
    return cut(clean(str(value)), _TEXT_BYTES)


def _text(value: Any) -> str | None:
    return cut(clean(value), _TEXT_BYTES) if isinstance(value, str) and value else None
