"""The batches that wait for one sink: in memory, and on disk where the settings allow it.

The pipeline's thread puts in, the sink's worker takes out, one batch at a time and in order.

1. While the sink keeps up, batches wait in memory. Each holds the read position until the sink has accepted it.
2. When memory is full and there is a spool, all that waits, with the batch that is being sent, goes to disk and is safe: the
   position moves on. From then on every batch goes through the spool until the sink has taken it all.
3. When the bound is reached, `block` makes the pipeline stop reading; `drop` gives up the oldest and counts it.

The spool may fail (a full disk). Its batches then wait in memory as if there were none, and what `when_full` says is done.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from collectors.pipeline.batches import Batch
from collectors.pipeline.happenings import Happenings
from collectors.pipeline.settings import Bounds
from collectors.pipeline.spool import Spool

Receipt = Callable[[str, int], None]
"""Called with the sink's name and a batch's number: it is safe, or given up as the settings say. From any thread."""


@dataclass(eq=False, slots=True)
class Taken:
    """A batch that a worker has in its hands, and whether it is the head of the spool."""

    batch: Batch
    spooled: bool = False


class Outbox:
    """What waits for the sink `name`. All methods may be called from any thread."""

    def __init__(self, name: str, bounds: Bounds, spool: Spool | None, happenings: Happenings, receipt: Receipt) -> None:
        """`spool` may be there though `bounds` has none: it is emptied, as an earlier life may have filled it."""
        self.name = name
        self._bounds = bounds
        self._happenings = happenings
        self._receipt = receipt
        self._spool = spool
        self._changed = threading.Condition()
        self._waiting: deque[Batch] = deque()
        self._weight = 0
        self._taken: Taken | None = None
        self._spooling = bool(spool)

    def has_room(self) -> bool:
        """Whether another batch may be put in."""
        with self._changed:
            return self._bounds.when_full == "drop" or not self._is_full()

    def put(self, batch: Batch) -> None:
        """Add a batch. Beyond the bound too: the pipeline asks `has_room` before it reads, not after."""
        with self._changed:
            self._waiting.append(batch)
            self._weight += batch.weight
            if self._spooling or self._weight > self._bounds.memory:
                self._spill()
            while self._bounds.when_full == "drop" and self._is_full() and self._drop_oldest():
                pass
            self._changed.notify_all()

    def take(self, stop: threading.Event) -> Taken | None:
        """The next batch; waits for one. None once `stop` is set and `wake` was called. Raises OSError."""
        with self._changed:
            while not stop.is_set():
                batch = self._next()
                if batch is not None:
                    self._taken = Taken(batch, self._spooling)
                    return self._taken
                self._changed.wait()
        return None

    def done(self, taken: Taken) -> None:
        """The far side has it. Of no account where another worker took over meanwhile."""
        with self._changed:
            if taken is not self._taken:
                return
            self._taken = None
            if taken.spooled:
                self._advance()
            else:
                self._forget(0)
                self._receipt(self.name, taken.batch.number)
            self._changed.notify_all()

    def reconfigure(self, bounds: Bounds) -> None:
        """Other bounds hold from now on."""
        with self._changed:
            self._bounds = bounds

    @property
    def has_spool(self) -> bool:
        """Whether there is one, in use or not."""
        return self._spool is not None

    def requeue(self, spool: Spool | None) -> None:
        """Another worker takes over: what this one has in its hands is still the first. `spool`: where there was none."""
        with self._changed:
            self._taken = None
            self._spool = self._spool or spool
            self._changed.notify_all()

    def wake(self) -> None:
        """Let `take` look at `stop` again."""
        with self._changed:
            self._changed.notify_all()

    def spill(self) -> bool:
        """Bring to disk what waits in memory, as the process ends. Whether nothing waits in memory now."""
        with self._changed:
            self._spill()
            return not self._waiting

    def close(self) -> None:
        """Let go of the spool's file; what is in it stays."""
        with self._changed:
            if self._spool is not None:
                self._spool.close()

    @property
    def empty(self) -> bool:
        """Whether nothing waits, in memory or on disk."""
        with self._changed:
            return not self._waiting and not self._spool

    @property
    def memory(self) -> int:
        """Bytes of memory that wait (an estimate)."""
        return self._weight

    @property
    def spool_bytes(self) -> int:
        """Bytes that wait on disk."""
        with self._changed:
            return self._spool.size if self._spool is not None else 0

    # -- all below is called with the lock held -----------------------------------------------------------------------

    def _is_full(self) -> bool:
        return self._weight > self._bounds.memory or self._spool_is_full()

    def _spool_is_full(self) -> bool:
        return self._spool is not None and self._spooling and self._spool.size > self._bounds.spool > 0

    def _next(self) -> Batch | None:
        if self._spooling and self._spool is not None:
            batch = self._spool.head()
            if batch is not None:
                return batch
            self._use_memory()
        return self._waiting[0] if self._waiting else None

    def _use_memory(self) -> None:
        self._spooling = False
        self._happenings.spooling(self.name, started=False)

    def _spill(self) -> None:
        """Bring all that waits in memory to disk, in order. What cannot be written goes on waiting."""
        spool = self._spool
        if spool is None or not self._bounds.spool or not self._waiting:
            return
        try:
            spool.append(self._waiting)
        except OSError as error:
            self._happenings.disk_failed(f"spool of sink {self.name}", error)
            return
        if not self._spooling:
            self._spooling = True
            self._happenings.spooling(self.name, started=True)
            if self._taken is not None:
                self._taken.spooled = True
        numbers = [batch.number for batch in self._waiting]
        self._waiting.clear()
        self._weight = 0
        for number in numbers:
            self._receipt(self.name, number)

    def _advance(self) -> None:
        if self._spool is None:
            return
        try:
            self._spool.advance()
            if not self._spool:
                self._use_memory()
        except OSError as error:  # a full disk: the cursor is written with the next batch
            self._happenings.disk_failed(f"spool of sink {self.name}", error)

    def _forget(self, index: int) -> Batch:
        batch = self._waiting[index]
        del self._waiting[index]
        self._weight -= batch.weight
        return batch

    def _drop_oldest(self) -> bool:
        """Give up the oldest that is not being sent. False if there is nothing else."""
        sending = self._taken is not None
        if self._spool is not None and self._spool_is_full():
            lost = self._spool.drop_oldest(keep_head=sending)
            if lost:
                self._happenings.dropped(self.name, lost, "spool_full", intended=True)
            return lost > 0
        index = 1 if sending and not self._spooling else 0
        if len(self._waiting) <= index:
            return False
        batch = self._forget(index)
        planned = not self._bounds.spool
        self._happenings.dropped(self.name, len(batch.events), "memory_full" if planned else "spool_failed", intended=planned)
        self._receipt(self.name, batch.number)
        return True
