"""Walks the store from new to old, in slices of time, so that a search can end when its time is up and still be right.

SQLite does not look at its interrupt flag inside the full-text index. So a search goes slice by slice through all parts that
have events there: what came before a slice is complete. A slice begins with a part's worth of events and grows while slices
are quick, as those of rare words are. Each slice is a transaction of its own: a long search does not hold the write-ahead log.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from clients.model import Deadline
from stratoscope.query import Node, Query
from stratoscope.query_sql import statement
from stratoscope.store.parts import Part, cut, parts
from stratoscope.store.schema import LEAST, row_of

_FIRST = 250_000
"""Events in the first slice."""
_QUICK = 0.01
_SLOW = 0.05
"""Seconds of a slice, below which the next one is twice as long, and above which it is half as long."""
_LEAST = 60_000
_MOST = 8_000_000
"""Events that a slice has at least and at most."""
_STEPS = 20_000
"""Steps of SQLite's machine between two looks at the clock: about a millisecond."""
_END = 2**63 - 1


def rows(
    db: sqlite3.Connection, query: Query, limit: int, before: int | None, deadline: Deadline | None
) -> tuple[list[int], int | None]:
    """The newest `limit` rows that match, newest first, and the row down to which was looked if time was up before the end."""
    low = row_of(query.since) if query.since is not None else LEAST
    high = row_of(query.until) if query.until is not None else _END
    top, found = high if before is None else min(high, before), list[int]()
    size = _FIRST
    while top > low and len(found) < limit:
        start = time.perf_counter()
        top, more = _slice(db, query.node, low, top, size, limit - len(found))
        found += more
        if deadline is not None and deadline.clock() >= deadline.at and top > low and len(found) < limit:
            return found, top
        size = next_size(size, time.perf_counter() - start)
    return found, None


def _slice(db: sqlite3.Connection, node: Node | None, low: int, top: int, size: int, limit: int) -> tuple[int, list[int]]:
    """Where the slice below `top` begins, and the newest rows of it that match."""
    with snapshot(db):
        every = [part for part in parts(db) if part.between(low, top)]
        if not every:
            return low, []
        top = min(top, max(part.newest for part in every) + 1)
        bottom = cut(every, top, max(low, min(part.oldest for part in every)), size)
        found: list[int] = []
        for part in every:
            if part.between(bottom, top):
                asked = statement(part.number, node, bottom, top, limit)
                found += [row for (row,) in db.execute(asked.sql, asked.parameters)]
    found.sort(reverse=True)
    oldest = min(part.oldest for part in every)
    return (bottom if bottom > oldest else low), found[:limit]


def next_size(size: int, seconds: float) -> int:
    """Events of the next slice, after one that took so long."""
    if seconds < _QUICK:
        return min(_MOST, size * 2)
    return max(_LEAST, size // 2) if seconds > _SLOW else size


@contextmanager
def snapshot(db: sqlite3.Connection) -> Iterator[None]:
    """Within, all that is read is of one moment: no part goes between being listed and being asked."""
    db.execute("BEGIN")
    try:
        yield
    finally:
        db.execute("ROLLBACK")


def completes(db: sqlite3.Connection, deadline: Deadline | None, work: Callable[[], None]) -> bool:
    """Do some work on sums; False if SQLite stopped in the middle of it, as time was up. Not for searches: see above."""
    if deadline is not None:
        db.set_progress_handler(lambda: deadline.clock() >= deadline.at, _STEPS)
    try:
        work()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        return False
    finally:
        db.set_progress_handler(None, 0)
    return True


def fetch(db: sqlite3.Connection, found: list[int], part_of: Callable[[int], list[Part]]) -> dict[int, bytes]:
    """The packed events of rows; those that retention has taken meanwhile are left out."""
    got: dict[int, bytes] = {}
    for row in found:
        for part in part_of(row):
            data = db.execute(f"SELECT event FROM event_{part.number} WHERE id = ?", (row,)).fetchone()  # noqa: S608
            if data is not None:
                got[row] = data[0]
                break
    return got


def by_mark(every: list[Part]) -> Callable[[int], list[Part]]:
    """Tells the parts that can have a row: the one of its mark, and that of version 1."""
    old = [part for part in every if part.number == 0]
    marked = {part.slot: [part, *old] for part in every if part.number}
    return lambda row: marked.get(row & 1023, old)
