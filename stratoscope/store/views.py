"""What the views of the page get from the store, as values."""

from dataclasses import dataclass

from stratoscope.store.records import Hit

FACETS = ("service", "level", "host", "logger", "dependency")
"""The fields of `Facets`, named as in a search."""
LEVELS = (21, 17, 13, 9, 5, 1, 0)
"""First severity numbers of the levels, worst first; 0 for events without one."""
LEVEL_NAMES = {21: "critical", 17: "error", 13: "warning", 9: "info", 5: "debug", 1: "trace", 0: "unknown"}
"""What a search calls them. There is no search for `unknown`."""
HOSTS = 100
"""Different hosts that are kept of one error, in each part of the store."""


@dataclass(frozen=True, slots=True)
class Found:
    """What `Reader.find` found. `hits` are newest first.

    `reached` is None if all was looked at, or there are `limit` hits. Otherwise time was up: whatever is older than the row
    `reached` was not looked at, and `before=reached` goes on there.
    """

    hits: list[Hit]
    reached: int | None


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What has come in since a look before, and matches. `hits`: the last to come first, whatever their time.

    `number` is where the next look begins. `complete`: these are all; else there were more than the limit, or than are
    remembered, or time was up.
    """

    hits: list[Hit]
    number: int
    complete: bool


@dataclass(frozen=True, slots=True)
class Histogram:
    """Events per bucket of time. `counts[i]` are those from `start + i * width` (epoch seconds, seconds), by `levels`.

    `levels` are the first numbers of OpenTelemetry's severities, worst first: 21 17 13 9 5 1, then 0 for none.
    `estimated`: some buckets were counted in part and multiplied. `counted_from`: buckets that end before this moment were
    not counted, as time was up; None if all were.
    """

    start: float
    width: float
    levels: tuple[int, ...]
    counts: tuple[tuple[int, ...], ...]
    estimated: bool
    counted_from: float | None


@dataclass(frozen=True, slots=True)
class Facets:
    """The most frequent values of some fields among the newest events that match.

    `values` has, for each of `FACETS`, its values and how many of the `over` events have them, most frequent first.
    A value can be put into a search as `field:"value"`; those of `level` are names (`error`). `complete`: these are all.
    """

    values: dict[str, list[tuple[str, int]]]
    over: int
    complete: bool


@dataclass(frozen=True, slots=True)
class ErrorGroup:
    """Errors of one fingerprint, in all services.

    `count`, `trend` (events per bucket, oldest first) and `services` (with counts, most frequent first) are those of the time
    asked for, to the minute. `hosts` are those of the store's parts that this time touches, the first `HOSTS` in each.
    `first`, `last` (epoch seconds) and `newest` (the row of the newest event) are those of all that the store holds.
    `new`: first seen after the moment asked for. `severity` is the worst, by its first number.
    """

    fingerprint: str
    severity: int
    template: str
    exception: str
    dependency: str
    count: int
    trend: tuple[int, ...]
    services: tuple[tuple[str, int], ...]
    hosts: tuple[tuple[str, int], ...]
    first: float
    last: float
    newest: int
    new: bool


@dataclass(frozen=True, slots=True)
class ErrorGroups:
    """`complete`: all was counted. Else time was up: `groups` are those of the newest parts of the store, as far as it came."""

    groups: list[ErrorGroup]
    complete: bool


@dataclass(frozen=True, slots=True)
class Blame:
    """How often events of `service` blamed `dependency`: `count` in all, `trend` per bucket, oldest first; last when."""

    dependency: str
    service: str
    count: int
    trend: tuple[int, ...]
    last: float


@dataclass(frozen=True, slots=True)
class Blames:
    """`complete` as in `ErrorGroups`."""

    blames: list[Blame]
    complete: bool


@dataclass(frozen=True, slots=True)
class Story:
    """The events of one request or one server in the order of time. `more`: there are, or may be, earlier ones."""

    hits: list[Hit]
    more: bool
