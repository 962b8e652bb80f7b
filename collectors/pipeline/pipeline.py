"""Sources in, sinks out: one `turn` reads what is new, makes batches of it, and commits the positions that became safe.

1. Take the receipts of the workers; give each source the positions behind which nothing is owed any more.
2. Read chunk by chunk, from each source in turn, as long as every outbox has room. A sweep that is stopped by a full outbox
   goes on where it was.
3. End the records to which nothing was added for a while.
4. Cut batches when one is full or old enough, and put each into every outbox.

One thread calls all of it. It neither waits nor looks at a clock: `now` is an argument (seconds of a clock that never jumps),
and `wall` the time of day for the events.
"""

import queue
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from typing import Protocol

from collectors.model import Chunk, Position, Source
from collectors.pipeline.batches import Batch, Batcher, Moved
from collectors.pipeline.happenings import Happenings
from collectors.pipeline.ledger import Ledger
from collectors.pipeline.outbox import Outbox
from collectors.pipeline.settings import BatchSettings
from collectors.pipeline.streams import Streams, rfc3339
from parsers.model import Event

PAUSE = 0.2
"""Seconds from one sweep of a source to the next, where only time tells when there is something new. It stands in the longest
delay of an event, and each sweep costs a look at every file."""
CHUNKS = 16
"""Chunks read in one turn before receipts, time and signals are looked at again."""


class Observer(Protocol):
    """Looks at events as they go by (metrics, traces, self-diagnosis). Must not change them, and must not wait.

    What it raises is counted and told, and does not touch delivery. After a crash it sees some events again.
    """

    name: str
    """The label of its metrics."""

    def observe(self, events: Sequence[Event], now: float) -> None:
        """New events, in the order of their streams; `now` as in `turn`."""


@dataclass(slots=True)
class _Intake:
    """A source, the sweep that is under way, and when the next one is due."""

    source: Source
    sweep: Iterator[Chunk] | None = None
    due: float = 0.0


@dataclass(slots=True)
class Pipeline:
    """See the module. `observers` and `outboxes` may be changed between two turns; sources by `add` and `remove`."""

    streams: Streams
    settings: InitVar[BatchSettings]
    happenings: Happenings
    outboxes: dict[str, Outbox] = field(default_factory=dict)
    observers: list[Observer] = field(default_factory=list)
    persist: Callable[[], None] = lambda: None
    """Brings to disk what the sources were given to remember."""
    receipts: "queue.SimpleQueue[tuple[str, int]]" = field(default_factory=queue.SimpleQueue)
    ledger: Ledger = field(default_factory=Ledger)
    blocked: bool = False
    """Whether the last turn could not read as an outbox was full."""
    idle: bool = True
    """Whether the last turn found nothing to read."""
    _intakes: dict[str, _Intake] = field(default_factory=dict)
    _batcher: Batcher = field(init=False)

    def __post_init__(self, settings: BatchSettings) -> None:
        self._batcher = Batcher(settings)

    @property
    def batching(self) -> BatchSettings:
        """How batches are made."""
        return self._batcher.settings

    @batching.setter
    def batching(self, settings: BatchSettings) -> None:
        self._batcher.settings = settings

    @property
    def sources(self) -> Mapping[str, Source]:
        """The sources, by name."""
        return {name: intake.source for name, intake in self._intakes.items()}

    def add(self, name: str, source: Source) -> None:
        """Read this source too."""
        self._intakes[name] = _Intake(source)

    def remove(self, name: str) -> dict[str, Position]:
        """Read a source no more, and close it.

        How far each of its streams was given out, by identity: its successor may go on there. What is still on its way to the
        sinks stays on its way.
        """
        self._intakes.pop(name).source.close()
        return self.streams.forget(name)

    def turn(self, now: float, wall: float, ready: Collection[int] = ()) -> bool:
        """One turn; whether there is more to do at once. `ready`: descriptors of sources that have something to give."""
        self._settle(now)
        observed = rfc3339(wall)
        self.idle = True
        busy = self._read(now, observed, ready)
        self._take(self.streams.expire(now, observed), now)
        if self._batcher.due(now) or (self.streams.has_moved and not self._batcher.weight):
            self.cut(now)
        return busy

    def cut(self, now: float) -> None:
        """Hand out what was collected, however little it is, and the positions behind it."""
        self._announce(self.streams.begun())
        for batch in self._batcher.cut(self.streams.moved(), now):
            self._hand_out(batch)
        self._settle(now)

    def end(self, now: float, wall: float) -> None:
        """Nothing more is read. What is whole goes out; of streams that cannot be read again, what is open too."""
        self._take(self.streams.close(rfc3339(wall)), now)
        self.cut(now)

    def settled(self, now: float) -> bool:
        """Whether every sink has all that was handed out; takes the receipts first."""
        self._settle(now)
        return not self._batcher.weight and not len(self.ledger)

    def done(self) -> bool:
        """Whether no source will give anything any more."""
        return all(intake.sweep is None and intake.source.done() for intake in self._intakes.values())

    def due(self, now: float) -> float:
        """When the next turn must be at the latest, if no descriptor becomes ready and no receipt comes."""
        if self.blocked or not self._intakes:
            return now + PAUSE
        return min(intake.due for intake in self._intakes.values())

    def descriptors(self) -> list[int]:
        """What to wait for, of all sources that may be read now."""
        return [] if self.blocked else [fd for intake in self._intakes.values() for fd in intake.source.streams()]

    def lag(self, now: float) -> float:
        """Seconds since the oldest event was read that not every sink has yet."""
        oldest = self.ledger.oldest()
        return 0.0 if oldest is None else max(0.0, now - oldest)

    # -- receipts -----------------------------------------------------------------------------------------------------

    def _settle(self, now: float) -> None:
        while not self.receipts.empty():
            self.ledger.accepted(*self.receipts.get_nowait())
        moved: list[Moved] = []
        for settled in self.ledger.settled():
            self.happenings.settled(settled.events, now - settled.read)
            moved += settled.moved
        self._commit(moved)

    def _announce(self, begun: Sequence[Moved]) -> None:
        """Let new streams be known on disk before a sink gets an event of them.

        After a crash a file is then known that has grown or was renamed since: its events have the same ids again.
        """
        if begun:
            self._commit(begun)
            self.persist()

    def _commit(self, moved: Iterable[Moved]) -> None:
        safe: dict[str, dict[str, Position]] = {}
        for one in moved:
            safe.setdefault(one.source, {})[one.identity] = one.position
        for name, positions in safe.items():
            if name in self._intakes:
                self._intakes[name].source.commit(positions)

    def _hand_out(self, batch: Batch) -> None:
        self.ledger.add(batch, self.outboxes)
        if batch.events:
            for outbox in self.outboxes.values():
                outbox.put(batch)

    # -- reading ------------------------------------------------------------------------------------------------------

    def _read(self, now: float, observed: str, ready: Collection[int]) -> bool:
        """Read from all sources in turn. True if it was not to the end of what there is."""
        reading = {name: intake for name, intake in self._intakes.items() if _begins(intake, now, ready)}
        for _ in range(CHUNKS):
            if not reading:
                return False
            for name, intake in list(reading.items()):
                self.blocked = not all(outbox.has_room() for outbox in self.outboxes.values())
                if self.blocked:
                    return False
                chunk = next(intake.sweep or iter(()), None)
                if chunk is None:
                    intake.sweep = None
                    del reading[name]
                else:
                    self._feed(name, chunk, now, observed)
        return bool(reading)

    def _feed(self, name: str, chunk: Chunk, now: float, observed: str) -> None:
        self.idle = False
        self.happenings.read(name, len(chunk.data), chunk.data.count(b"\n"))
        self._take(self.streams.feed(name, chunk, now, observed), now)
        if self._batcher.full():
            self.cut(now)

    def _take(self, events: list[Event], now: float) -> None:
        if not events:
            return
        self.happenings.parsed(events)
        for observer in self.observers:
            try:
                observer.observe(events, now)
            except Exception as error:  # noqa: BLE001  a fault in what looks on must not cost an event
                self.happenings.observer_failed(observer.name, error)
        self._batcher.add(events, now)


def _begins(intake: _Intake, now: float, ready: Collection[int]) -> bool:
    """Whether there is a sweep to go on with; begins one when it is due."""
    if intake.sweep is None and (now >= intake.due or not set(ready).isdisjoint(intake.source.streams())):
        intake.sweep = intake.source.poll()
        intake.due = now + PAUSE
    return intake.sweep is not None


def receiver(receipts: "queue.SimpleQueue[tuple[str, int]]", wake: Callable[[], None]) -> Callable[[str, int], None]:
    """What outboxes call with a receipt, from any thread."""

    def receive(sink: str, number: int) -> None:
        receipts.put((sink, number))
        wake()

    return receive
