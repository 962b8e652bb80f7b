"""The story of a request, out of its events: who took part and how long, where it failed, and why."""

from collections.abc import Sequence
from dataclasses import dataclass

from stratoscope.store.records import Hit
from stratoscope.store.tallies import ERROR, WARNING, level_of, service_of
from stratoscope.store.terms import dependency_of

WIDTH = 1000
"""Units of a lane from the first event to the last."""
_SERVER_ERROR = 500


@dataclass(frozen=True, slots=True)
class Lane:
    """One service's part. `marks`: severity class -> data of an SVG path; `bars`: requests that told their duration."""

    service: str
    hosts: tuple[str, ...]
    count: int
    errors: int
    start: float
    end: float
    marks: dict[str, str]
    bars: tuple[tuple[float, float], ...]

    @property
    def seconds(self) -> float:
        """From its first event to its last."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Failure:
    """Where and why. `hit` is the event that tells it; `type` and `message` are the oldest exception's, if there is one."""

    hit: Hit
    type: str
    message: str
    dependency: str
    rule: str


@dataclass(frozen=True, slots=True)
class Told:
    """The whole story."""

    start: float
    end: float
    lanes: tuple[Lane, ...]
    failure: Failure | None
    status: int | None
    """The highest HTTP status that the events tell of."""
    requests: tuple[str, ...]
    instances: tuple[str, ...]


def told(hits: Sequence[Hit]) -> Told:
    """The story of events that are given oldest first; there is at least one."""
    start = min(hit.time - _duration(hit) for hit in hits)
    end = max(hit.time for hit in hits)
    by_service: dict[str, list[Hit]] = {}
    for hit in hits:
        by_service.setdefault(service_of(hit.event), []).append(hit)
    return Told(
        start,
        end,
        tuple(_lane(service, members, start, end) for service, members in by_service.items()),
        failure(hits),
        max(map(_status, hits)) or None,
        _values(hits, "openstack.request_id"),
        _values(hits, "openstack.instance_uuid"),
    )


def failure(hits: Sequence[Hit]) -> Failure | None:
    """The event that says most about what went wrong.

    The first that blames a dependency, else the first with an exception, else the first error, else an answer of 5xx: what
    comes after the first is mostly its consequence.
    """
    errors = [hit for hit in hits if level_of(hit.event) >= ERROR]
    order = (
        [hit for hit in errors if dependency_of(hit.event)],
        [hit for hit in errors if hit.event.get("exceptions")],
        errors,
        [hit for hit in hits if _status(hit) >= _SERVER_ERROR],
    )
    hit = next((some[0] for some in order if some), None)
    return _failure(hit) if hit else None


def _failure(hit: Hit) -> Failure:
    event = hit.event
    exceptions = event.get("exceptions") or [{}]
    attributes = event.get("attributes", {})
    kind = exceptions[0].get("type") or attributes.get("exception.type", "")
    message = exceptions[0].get("message") or attributes.get("exception.message") or event.get("body", "")
    dependency = event.get("dependency")
    rule = str(dependency.get("rule", "")) if isinstance(dependency, dict) else ""
    return Failure(hit, str(kind), str(message), dependency_of(event), rule)


def _lane(service: str, hits: list[Hit], start: float, end: float) -> Lane:
    scale = WIDTH / ((end - start) or 1.0)
    marks: dict[str, dict[int, None]] = {"other": {}, "warning": {}, "error": {}}
    for hit in hits:
        level = level_of(hit.event)
        kind = "error" if level >= ERROR else "warning" if level >= WARNING else "other"
        marks[kind][round((hit.time - start) * scale)] = None
    bars = [((hit.time - _duration(hit) - start) * scale, _duration(hit) * scale) for hit in hits if _duration(hit)]
    hosts = dict.fromkeys(str(hit.event.get("resource", {}).get("host.name", "")) for hit in hits)
    return Lane(
        service,
        tuple(host for host in hosts if host),
        len(hits),
        sum(level_of(hit.event) >= ERROR for hit in hits),
        min(hit.time - _duration(hit) for hit in hits),
        hits[-1].time,
        {kind: "".join(f"M{x} 0v20" for x in places) for kind, places in marks.items() if places},
        tuple((round(x, 1), round(width, 1)) for x, width in bars),
    )


def _duration(hit: Hit) -> float:
    """Seconds that the request took of which an event tells; 0 where it does not."""
    value = _attribute(hit, "http.server.request.duration")
    return float(value) if isinstance(value, int | float) and 0 < value < 86400 else 0.0


def _status(hit: Hit) -> int:
    value = _attribute(hit, "http.response.status_code")
    return value if isinstance(value, int) else 0


def _attribute(hit: Hit, name: str) -> object:
    return hit.event.get("attributes", {}).get(name)


def _values(hits: Sequence[Hit], name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(value) for value in (_attribute(hit, name) for hit in hits) if value))
