"""Events become batches. Pure: the time is an argument."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from collectors.model import Position
from collectors.pipeline.settings import BatchSettings
from parsers.model import Event

_EVENT = 1300
_PER_BYTE = 2
"""Measured on the log of the benchmarks: records of a line (298 bytes of text) take 1,680 bytes of memory, those with a
traceback (8,914 bytes) 17,300; and the id, time of reading and so on that streams add."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A stream that came further. `identity` is what its source calls it, `stream` what the ids of its events begin with."""

    source: str
    identity: str
    stream: str
    position: Position


@dataclass(frozen=True, slots=True)
class Batch:
    """Events that go to every sink together. `moved`: the positions that are safe once this batch and all before it are.

    `number` counts up. `weight` is its estimated memory in bytes. `read` is when its first event was read, in seconds of the
    pipeline's clock.
    """

    number: int
    events: Sequence[Event]
    moved: tuple[Moved, ...]
    weight: int
    read: float


def weight_of(event: Event) -> int:
    """About how many bytes of memory an event takes."""
    source = event.get("source", {})
    return _EVENT + _PER_BYTE * max(0, int(source.get("last_offset", 0)) - int(source.get("first_offset", 0)))


@dataclass(slots=True)
class Batcher:
    """Collects events, and cuts batches of them."""

    settings: BatchSettings
    weight: int = 0
    _events: list[Event] = field(default_factory=list)
    _weights: list[int] = field(default_factory=list)
    _since: float = 0.0
    _number: int = 0

    def add(self, events: Iterable[Event], now: float) -> None:
        """Take events read at `now`."""
        if not self._events:
            self._since = now
        for event in events:
            weight = weight_of(event)
            self._events.append(event)
            self._weights.append(weight)
            self.weight += weight

    def full(self) -> bool:
        """Whether there is a batch as large as may be."""
        return len(self._events) >= self.settings.events or self.weight >= self.settings.memory

    def due(self, now: float) -> bool:
        """Whether the oldest event has waited long enough."""
        return bool(self._events) and now >= self._since + self.settings.age

    def cut(self, moved: Sequence[Moved], now: float) -> Iterator[Batch]:
        """All events as batches within the bounds. The last one carries `moved`; it is empty where nothing else has moved."""
        start, end, weight, since = 0, 0, 0, self._since if self._events else now
        events, weights, bounds = self._events, self._weights, self.settings
        self._events, self._weights, self.weight = [], [], 0
        while end < len(events):
            if end > start and (end - start >= bounds.events or weight + weights[end] > bounds.memory):
                yield self._batch(events[start:end], (), weight, since)
                start, weight = end, 0
            weight += weights[end]
            end += 1
        if events or moved:
            yield self._batch(events[start:], tuple(moved), weight, since)

    def _batch(self, events: list[Event], moved: tuple[Moved, ...], weight: int, since: float) -> Batch:
        self._number += 1
        return Batch(self._number, events, moved, weight, since)
