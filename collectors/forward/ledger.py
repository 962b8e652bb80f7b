"""Which messages wait for which positions, and which chunk ids were seen: an acknowledgement is sent once everything is safe.

Pure. A stream of ours is virtual: the lines of all messages that belong to it, one after the other, numbered by bytes. A
message is safe once the position of each of its streams has passed its last line. What a sender repeats (it lost its
connection, or waited too long) is known by tag and chunk id: Fluent Bit makes the id of the content, the same each time.
"""

from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from collectors.model import Position

Waiter = TypeVar("Waiter")

ChunkId = tuple[str, str]
"""Tag and `chunk` of a message."""


@dataclass(slots=True)
class Delivery(Generic[Waiter]):
    """A message whose lines were given out. `open`: streams whose position has not passed it. `waiters`: who wants to know."""

    chunk: ChunkId | None
    open: int = 0
    waiters: list[Waiter] = field(default_factory=list)


class Ledger(Generic[Waiter]):
    """What is under way, and the last chunk ids (`remembered` of them) that were acknowledged."""

    def __init__(self, remembered: int) -> None:
        self._remembered = remembered
        self._done: OrderedDict[ChunkId, None] = OrderedDict()
        self._under_way: dict[ChunkId, Delivery[Waiter]] = {}
        self._ends: dict[str, deque[tuple[int, Delivery[Waiter]]]] = {}

    def is_done(self, chunk: ChunkId) -> bool:
        """Whether a chunk was acknowledged."""
        if chunk not in self._done:
            return False
        self._done.move_to_end(chunk)
        return True

    def under_way(self, chunk: ChunkId) -> Delivery[Waiter] | None:
        """The delivery of a chunk that is not safe yet."""
        return self._under_way.get(chunk)

    def open(self, delivery: Delivery[Waiter], ends: Mapping[str, int]) -> None:
        """A message is given out; `ends`: identity of each of its streams -> the offset behind its last byte there."""
        delivery.open = len(ends)
        if delivery.chunk is not None:
            self._under_way[delivery.chunk] = delivery
        for identity, end in ends.items():
            self._ends.setdefault(identity, deque()).append((end, delivery))

    def passed(self, positions: Mapping[str, Position]) -> list[Delivery[Waiter]]:
        """The deliveries that are safe now that the streams are safe up to these positions."""
        safe = []
        for identity, position in positions.items():
            ends = self._ends.get(identity)
            while ends and ends[0][0] <= position.offset:
                delivery = ends.popleft()[1]
                delivery.open -= 1
                if not delivery.open:
                    self.close(delivery)
                    safe.append(delivery)
            if ends is not None and not ends:
                del self._ends[identity]
        return safe

    def close(self, delivery: Delivery[Waiter]) -> None:
        """A delivery is safe: remember its chunk."""
        if delivery.chunk is None:
            return
        del self._under_way[delivery.chunk]
        self._done[delivery.chunk] = None
        while len(self._done) > self._remembered:
            self._done.popitem(last=False)

    def __len__(self) -> int:
        return len(self._under_way)
