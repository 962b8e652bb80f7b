"""Events in, spans out. A trace is one global request id; it is whole when nothing was added to it for a while.

All spans of a trace are made at once, so that each finds its parent whichever came first. It has no thread, no clock and
no socket: time is an argument, in seconds from any origin.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from opentelemetry.sdk.trace import ReadableSpan

from collectors.traces.requests import Key, Request, key_of
from collectors.traces.settings import AssemblySettings
from collectors.traces.spans import Place, SpanMaker, span_id
from parsers.model import Event


@dataclass(slots=True)
class Counts:
    """What became of what was fed, since the start."""

    events: int = 0
    """Events that belong to a request."""
    spans: int = 0
    """Spans that were given out."""
    late: int = 0
    """Of these, spans of requests that had had one."""
    cut_short: int = 0
    """Traces that were ended by a bound of memory."""
    untold: int = 0
    """Errors and exceptions that did not fit into their span."""
    timeless: int = 0
    """Requests without any time, which have no span."""


@dataclass(slots=True)
class _Trace:
    opened: float
    touched: float
    requests: dict[Key, Request] = field(default_factory=dict)


@dataclass(slots=True)
class _Over:
    """What is remembered of a trace: the ids of its first spans, by who worked on which request, and of the roots."""

    spans: dict[Key, int] = field(default_factory=dict)
    roots: dict[str, int] = field(default_factory=dict)


class TraceAssembler:
    """Assembles spans. `counts` tells what became of the events."""

    def __init__(self, settings: AssemblySettings | None = None) -> None:
        self.counts = Counts()
        self._settings = settings or AssemblySettings()
        self._open: OrderedDict[str, _Trace] = OrderedDict()
        """By trace id; the one that was touched last stands last."""
        self._over: OrderedDict[str, _Over] = OrderedDict()
        self._requests = 0
        self._held = 0
        self._maker = SpanMaker()

    @property
    def open_requests(self) -> int:
        """Requests that are not given out yet."""
        return self._requests

    def feed(self, events: Iterable[Event], now: float) -> list[ReadableSpan]:
        """Take events, and return the spans of traces that a bound has ended."""
        spans: list[ReadableSpan] = []
        for event in events:
            key = key_of(event)
            if key is not None:
                self.counts.events += 1
                spans += self._take(event["trace_id"].lower(), key, event, now)
        return spans

    def expire(self, now: float) -> list[ReadableSpan]:
        """Return the spans of traces to which nothing was added for a while."""
        spans: list[ReadableSpan] = []
        while self._open and now - next(iter(self._open.values())).touched >= self._settings.idle:
            spans += self._end(next(iter(self._open)))
        return spans

    def close(self) -> list[ReadableSpan]:
        """Return the spans of all that is left: nothing comes any more."""
        return [span for name in list(self._open) for span in self._end(name)]

    def _take(self, name: str, key: Key, event: Event, now: float) -> Iterator[ReadableSpan]:
        trace = self._open.get(name)
        if trace is not None and now - trace.opened >= self._settings.longest:
            yield from self._end(name)
            trace = None
        if trace is None:
            trace = self._open[name] = _Trace(now, now)
        trace.touched = now
        self._open.move_to_end(name)
        self._add(trace, key, event)
        while self._open and (self._requests > self._settings.requests or self._held > self._settings.memory):
            self.counts.cut_short += 1
            yield from self._end(next(iter(self._open)))

    def _add(self, trace: _Trace, key: Key, event: Event) -> None:
        request = trace.requests.get(key)
        if request is None:
            request = trace.requests[key] = Request(key, event.get("resource") or {})
            self._requests += 1
        before = request.size
        request.add(event, self._settings.events)
        self._held += request.size - before

    def _end(self, name: str) -> Iterator[ReadableSpan]:
        trace = self._open.pop(name)
        requests = list(trace.requests.values())
        self._requests -= len(requests)
        self._held -= sum(request.size for request in requests)
        timed = [request for request in requests if request.first]
        self.counts.timeless += len(requests) - len(timed)
        over = self._remembered(name)
        places = _places(name, timed, over)
        for request in timed:
            self.counts.spans += 1
            self.counts.late += places[request.key].late
            self.counts.untold += request.untold
            yield self._maker(request, places[request.key])

    def _remembered(self, name: str) -> _Over:
        over = self._over.setdefault(name, _Over())
        self._over.move_to_end(name)
        if len(self._over) > self._settings.remembered:
            self._over.popitem(last=False)
        return over


def _places(trace: str, requests: list[Request], over: _Over) -> dict[Key, Place]:
    """Where each request stands in its trace: its own id, and that of its parent; what is new is remembered in `over`.

    The root of a request id is the service that answered it (it has the access line), else the one that was first. Its parent
    is the root of the request that caused it, the global request id; those of other services are its children. What comes
    late is a child of the first span of its own.
    """
    late = {request.key for request in requests if request.key in over.spans}
    ids = {request.key: span_id(request.key, request.start if request.key in late else None) for request in requests}
    for request in sorted(requests, key=lambda one: (one.access is None, one.start)):
        if request.key not in late:
            over.spans[request.key] = ids[request.key]
            over.roots.setdefault(request.key.request, ids[request.key])
    places = {}
    for request in requests:
        root = over.roots.get(request.key.request)
        if request.key in late:
            parent: int | None = over.spans[request.key]
        elif root != ids[request.key]:
            parent = root
        else:
            parent = over.roots.get(str(request.attributes.get("openstack.global_request_id")))
        places[request.key] = Place(
            int(trace, 16), ids[request.key], None if parent == ids[request.key] else parent, request.key in late
        )
    return places
