"""Whether what waits in a socket is being taken. Pure: what was seen at each look goes in, what does not move comes out.

A queue that is not empty is no fault: a busy service has one all the time. It proves a hang only when nothing leaves it.
"""

from collections.abc import Hashable, Mapping


class Unread:
    """Bytes that wait in sockets, by inode: those of which none was taken over `samples` looks.

    Where it is not told how many were taken, those count that have not become fewer. A busy reader of messages of equal
    length can look the same, if it is met while it has one each time: one more reason why a proof alone kills nobody.
    """

    def __init__(self, samples: int) -> None:
        self._samples = samples
        self._seen: dict[int, tuple[int, int, int | None]] = {}
        """By inode: looks in a row, and bytes unread and taken at the last."""

    def feed(self, now: Mapping[int, int], taken: Mapping[int, int] | None = None) -> frozenset[int]:
        """The sockets that do not move. `now`: bytes unread; `taken`: in all, where known. Those not in `now` are forgotten."""
        known = taken or {}
        self._seen = {
            inode: (self._row(inode, unread, known.get(inode)), unread, known.get(inode))
            for inode, unread in now.items()
            if unread > 0
        }
        return frozenset(inode for inode, (row, _, _) in self._seen.items() if row >= self._samples)

    def _row(self, inode: int, unread: int, taken: int | None) -> int:
        row, before, taken_before = self._seen.get(inode, (0, 0, None))
        if taken is not None and taken_before is not None:
            return row + 1 if taken == taken_before else 1
        return row + 1 if unread >= before else 1


class Waiting:
    """Connections that wait to be accepted, each known by its other side. The kernel gives them out oldest first.

    So nothing is accepted as long as all that waited at the first look still wait. How many there are says less: the queue of
    a busy server can be full at each look, with other connections in it.
    """

    def __init__(self, samples: int) -> None:
        self._samples = samples
        self._first: frozenset[Hashable] = frozenset()
        self._row = 0

    def feed(self, now: frozenset[Hashable]) -> bool:
        """Whether none has been accepted over `samples` looks at which some waited."""
        if self._first and self._first <= now:
            self._row += 1
        else:
            self._first, self._row = now, int(bool(now))
        return self._row >= self._samples
