"""How batches are made, kept and repeated. The defaults of all sinks stand here."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

WhenFull = Literal["block", "drop"]

SPOOL = 1 << 30
"""Bytes of a sink's spool where there are several sinks and the settings say nothing."""


@dataclass(frozen=True, slots=True)
class BatchSettings:
    """What goes to a sink at once. The first bound that is met cuts a batch; all sinks get the same ones."""

    events: int = 1000
    """Events, at most. Enough that a request costs little of it, few enough that a repeat costs little."""
    memory: Annotated[int, "bytes"] = 4 << 20
    """Bytes of memory that its events take, at most (an estimate; see `weight_of`). As JSON they are about a third of it."""
    age: Annotated[float, "seconds"] = 1.0
    """Seconds that an event waits for others, at most. Less brings events sooner, and more requests."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What contradicts itself."""
        if self.events < 1:
            yield "events", "a batch has at least 1 event"
        if self.memory < 64 << 10:
            yield "memory", "a batch has at least 64K; 4M is usual"
        if not 0 <= self.age <= 60:
            yield "age", "must be between 0s and 60s; 1s is usual"


@dataclass(frozen=True, slots=True)
class BufferSettings:
    """Where batches wait while their sink is slow or away."""

    memory: Annotated[int, "bytes"] = 16 << 20
    """Bytes of memory for batches that wait for this sink (an estimate). They hold the read position; the spool does not."""
    spool: Annotated[int, "bytes"] | None = None
    """Bytes on disk for what does not fit into memory; 0 is none. Left out: 1G for each of several sinks, so that one does not
    stop the others, and none for a single one, as what was not read yet is then buffer enough."""
    when_full: WhenFull | None = None
    """`block`: stop reading until there is room. `drop`: give up the oldest batch, and count it. Left out: block without a
    spool, drop with one."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What contradicts itself."""
        if self.memory < 1 << 20:
            yield "memory", "must be at least 1M; 16M is usual"
        if self.spool and self.spool < max(16 << 20, 2 * self.memory):
            yield "spool", "must be at least 16M and twice `memory`, or 0 for none; 1G is usual"

    def bounds(self, sinks: int) -> "Bounds":
        """What holds, where there are so many sinks."""
        spool = (SPOOL if sinks > 1 else 0) if self.spool is None else self.spool
        return Bounds(self.memory, spool, self.when_full or ("drop" if spool else "block"))


@dataclass(frozen=True, slots=True)
class Bounds:
    """BufferSettings without anything left open: bytes of memory, bytes on disk (0: no spool), and what is done beyond."""

    memory: int
    spool: int
    when_full: WhenFull


@dataclass(frozen=True, slots=True)
class RetrySettings:
    """How a batch that was not taken is repeated: for ever, with growing pauses. Only the buffer's bound ends it."""

    first: Annotated[float, "seconds"] = 0.5
    """Seconds before the first repeat. Each further one waits twice as long; half of each pause is left to chance, so that a
    thousand nodes do not come back at the same moment."""
    most: Annotated[float, "seconds"] = 30.0
    """Seconds that a pause may grow to. A far side that asks for more (Retry-After) is given up to ten times this."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What contradicts itself."""
        if not 0 < self.first <= self.most:
            yield "first", "must be more than 0s and not more than `most`"
