"""The parts of the store: each has a table and a full-text index of its own, and its own sums.

A part is filled with what comes in, until it has `MOST_EVENTS` or a sixteenth of the store's size. So dropping the oldest
events is dropping tables, the sums shrink with them, an index never has more to merge than one part, and what SQLite cannot
interrupt, a full-text search, is at most one part long. Parts can overlap in time: files are read one after the other.

The ten low bits of a row id are the mark of its part: no two parts have the same, so rows are free of each other.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from stratoscope.store.schema import OF_PARTS, PART, SLOT_BITS

MOST_EVENTS = 250_000
"""Events in a part: a search through all of them takes some hundredths of a second."""
MOST_PARTS = 1000
"""Parts at one time; then the last one is filled beyond its bound. There are 1,024 marks."""
_SLOTS = 1 << SLOT_BITS


@dataclass(frozen=True, slots=True)
class Part:
    """`oldest` and `newest` are row ids, both included; of an empty part they say nothing."""

    number: int
    events: int
    bytes: int
    oldest: int
    newest: int

    @property
    def slot(self) -> int:
        """The mark in its row ids. Version 1 counted from 0 up in part 0, so the marks go from the top down."""
        return _SLOTS - 1 - (self.number - 1) % _SLOTS

    def between(self, low: int, high: int) -> float:
        """About how many of its events have `low <= row < high`, as if they were spread evenly."""
        if not self.events or high <= self.oldest or low > self.newest:
            return 0.0
        inside = min(high, self.newest + 1) - max(low, self.oldest)
        return self.events * inside / (self.newest + 1 - self.oldest)


def parts(db: sqlite3.Connection) -> list[Part]:
    """All of them, in the order they were made in."""
    return [Part(*row) for row in db.execute("SELECT number, events, bytes, oldest, newest FROM part ORDER BY number")]


def begin(db: sqlite3.Connection, number: int) -> Part:
    """A new part, empty."""
    for command in PART.format(number).split(";\n"):
        db.execute(command)
    db.execute("INSERT INTO part VALUES (?, 0, 0, 0, 0)", (number,))
    return Part(number, 0, 0, 0, 0)


def grown(db: sqlite3.Connection, part: Part, ids: Sequence[int], size: int) -> None:
    """Note what was added to a part."""
    oldest, newest = (min(ids), max(ids)) if not part.events else (min(part.oldest, *ids), max(part.newest, *ids))
    command = "UPDATE part SET events = events + ?, bytes = bytes + ?, oldest = ?, newest = ? WHERE number = ?"
    db.execute(command, (len(ids), size, oldest, newest, part.number))


def drop(db: sqlite3.Connection, part: Part) -> None:
    """Take a part out, with its sums."""
    db.execute(f"DROP TABLE text_{part.number}")
    db.execute(f"DROP TABLE event_{part.number}")
    for table in OF_PARTS:
        db.execute(f"DELETE FROM {table} WHERE part = ?", (part.number,))  # noqa: S608  names are constants
    db.execute("DELETE FROM part WHERE number = ?", (part.number,))


def cut(all_parts: Sequence[Part], top: int, bottom: int, events: int) -> int:
    """The lowest row from which to `top` there are about `events` events, not below `bottom`."""
    low, high = bottom, top
    if sum(part.between(low, top) for part in all_parts) <= events:
        return bottom
    while high - low > 1 << SLOT_BITS:
        middle = (low + high) // 2
        if sum(part.between(middle, top) for part in all_parts) > events:
            low = middle
        else:
            high = middle
    return min(high, top - 1)
