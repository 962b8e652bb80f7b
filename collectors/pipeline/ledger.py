"""Which read positions are safe: those behind which nothing stands that a sink still owes. Pure."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from collectors.pipeline.batches import Batch, Moved


@dataclass(slots=True)
class _Entry:
    number: int
    moved: tuple[Moved, ...]
    owing: set[str]
    events: int
    read: float


@dataclass(frozen=True, slots=True)
class Settled:
    """A batch that every sink has accepted, with all before it."""

    moved: tuple[Moved, ...]
    events: int
    read: float


class Ledger:
    """Batches that were handed out, oldest first, and the sinks that owe a receipt for each.

    Bounded by the outboxes: whoever hands out more than they take holds more here.
    """

    def __init__(self) -> None:
        self._entries: deque[_Entry] = deque()
        self._by_number: dict[int, _Entry] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, batch: Batch, sinks: Iterable[str]) -> None:
        """A batch was handed to `sinks`; one without events is owed by none, and waits for those before it."""
        entry = _Entry(batch.number, batch.moved, set(sinks) if batch.events else set(), len(batch.events), batch.read)
        self._entries.append(entry)
        self._by_number[batch.number] = entry

    def accepted(self, sink: str, number: int) -> None:
        """A sink has a batch. A second receipt, or one of a sink that was taken out meanwhile, means nothing."""
        entry = self._by_number.get(number)
        if entry is not None:
            entry.owing.discard(sink)

    def without(self, sink: str) -> None:
        """A sink was taken out of the settings: it owes nothing any more."""
        for entry in self._entries:
            entry.owing.discard(sink)

    def settled(self) -> Iterator[Settled]:
        """What is safe now, oldest first, each once."""
        while self._entries and not self._entries[0].owing:
            entry = self._entries.popleft()
            del self._by_number[entry.number]
            yield Settled(entry.moved, entry.events, entry.read)

    def oldest(self) -> float | None:
        """When the oldest event was read that is not safe yet; None if all are."""
        return self._entries[0].read if self._entries else None

    def owed(self, sink: str) -> int:
        """Events for which `sink` owes a receipt."""
        return sum(entry.events for entry in self._entries if sink in entry.owing)
