"""Whether what waits in a socket is being taken. Pure: what was seen at each look goes in, what does not move comes out.

A queue that is not empty is no fault: a busy service has one all the time. It proves a hang only when nothing leaves it.
"""

from collections.abc import Hashable, Mapping

from probes.model import Finding


class Unread:
    """Bytes that wait in sockets, by inode: STUCK when none was taken over `samples` looks, FINE when some were since the last.

    UNKNOWN until one of both can be told. Where the kernel does not tell how many were taken, none were if they have not
    become fewer. A busy reader of messages of equal length can look the same, if it is met while it has one each time: one
    more reason why a proof alone kills nobody.
    """

    def __init__(self, samples: int) -> None:
        self._samples = samples
        self._seen: dict[int, tuple[int, int, int | None]] = {}
        """By inode: looks in a row, and bytes unread and taken at the last."""

    def feed(self, now: Mapping[int, int], taken: Mapping[int, int] | None = None) -> dict[int, Finding]:
        """What is found of each socket that has some. `now`: bytes unread; `taken`: in all, where known.

        Those that are not in `now`, or have none there, are forgotten.
        """
        known = taken or {}
        found, seen = {}, {}
        for inode, unread in now.items():
            if unread > 0:
                row, found[inode] = self._next(inode, unread, known.get(inode))
                seen[inode] = (row, unread, known.get(inode))
        self._seen = seen
        return found

    def _next(self, inode: int, unread: int, taken: int | None) -> tuple[int, Finding]:
        if inode not in self._seen:
            return 1, Finding.UNKNOWN
        row, before, taken_before = self._seen[inode]
        moves = unread < before if taken is None or taken_before is None else taken > taken_before
        if moves:
            return 1, Finding.FINE
        return row + 1, Finding.STUCK if row + 1 >= self._samples else Finding.UNKNOWN


class Waiting:
    """Connections that wait to be accepted, each known by its other side. The kernel gives them out oldest first.

    So nothing is accepted as long as all that waited at the first look still wait. How many there are says less: the queue of
    a busy server can be full at each look, with other connections in it.
    """

    def __init__(self, samples: int) -> None:
        self._samples = samples
        self._first: frozenset[Hashable] = frozenset()
        self._row = 0

    def feed(self, now: frozenset[Hashable]) -> Finding:
        """STUCK when none was accepted over `samples` looks at which some waited; UNKNOWN while that cannot be told."""
        if self._first and self._first <= now:
            self._row += 1
            return Finding.STUCK if self._row >= self._samples else Finding.UNKNOWN
        moves = bool(self._first) or not now
        self._first, self._row = now, int(bool(now))
        return Finding.FINE if moves else Finding.UNKNOWN
