"""What goes when the store is full or events are old: the oldest part as a whole, with its sums.

What version 1 wrote is one part of any size. It goes by rows, as it did then.
"""

import sqlite3
from collections.abc import Callable

from stratoscope.store import tallies
from stratoscope.store.parts import Part, drop, parts
from stratoscope.store.records import unpack
from stratoscope.store.schema import row_of
from stratoscope.store.terms import tags, text

_ROWS = 2000
"""Events of part 0 that go in one step."""


def drop_old(db: sqlite3.Connection, keep: int, too_large: Callable[[], bool], oldest: float | None) -> int:
    """Drop until the store is small enough and nothing ends before `oldest` (epoch seconds); events dropped.

    The part numbered `keep`, the one that is being filled, stays.
    """
    bound = None if oldest is None else row_of(oldest)
    dropped = 0
    for part in sorted(parts(db), key=lambda part: part.newest):
        if part.number == keep:
            continue
        if bound is None or part.newest >= bound:
            if not too_large():
                break
            if part.number == 0:
                dropped += _drop_rows(db, part, too_large)
                continue
        drop(db, part)
        dropped += part.events
    if dropped:
        db.execute("UPDATE retention SET events_dropped = events_dropped + ?", (dropped,))
    return dropped


def _drop_rows(db: sqlite3.Connection, part: Part, too_large: Callable[[], bool]) -> int:
    """Drop the oldest events of part 0 until there is room; how many."""
    dropped = 0
    while too_large():
        rows = db.execute("SELECT id, event FROM event_0 ORDER BY id LIMIT ?", (_ROWS,)).fetchall()
        if not rows:
            drop(db, part)
            break
        events = [(row, unpack(data)) for row, data in rows]
        words = [(row, text(event), tags(event)) for row, event in events]
        db.executemany("INSERT INTO text_0 (text_0, rowid, text, tags) VALUES ('delete', ?, ?, ?)", words)
        db.execute("DELETE FROM event_0 WHERE id <= ?", (rows[-1][0],))
        tallies.take(db, 0, events)
        db.execute("UPDATE part SET events = events - ?, oldest = ? WHERE number = 0", (len(rows), rows[-1][0]))
        dropped += len(rows)
    return dropped
