"""A store with more sums by the minute than there is time for, without the events that they would be of."""

import sqlite3
from pathlib import Path

from stratoscope.store.schema import row_of
from stratoscope.store.writer import Writer

MINUTE = 29_000_000
"""The first one, since 1970: 2025-02-19 21:20."""
START = MINUTE * 60.0
MINUTES = 100
"""In each part; each begins where the one before it ends."""
PARTS = 3


def sums(store: Path, kinds: int) -> None:
    """So many errors, dependencies and services with a line each in each minute; of the parts the last one has the newest."""
    Writer(store).close()
    db = sqlite3.connect(store)
    for part in range(1, PARTS + 1):
        first = MINUTE + (part - 1) * MINUTES
        ends = row_of(first * 60.0), row_of((first + MINUTES) * 60.0) - 1
        db.execute("INSERT INTO part VALUES (?, 1, 0, ?, ?)", (part, *ends))
        every = [(minute, kind) for minute in range(first, first + MINUTES) for kind in range(kinds)]
        errors = ((part, minute, f"error {kind}", f"service {kind % 9}", 1) for minute, kind in every)
        db.executemany("INSERT INTO problem_minute VALUES (?, ?, ?, ?, ?)", errors)
        lines = ((part, minute, f"service {kind}", 9, 1) for minute, kind in every)
        db.executemany("INSERT INTO minute VALUES (?, ?, ?, ?, ?)", lines)
        known = (
            (part, f"error {kind}", f"service {kind % 9}", 17, "it broke", "E", "galera", 1, *ends) for kind in range(kinds)
        )
        db.executemany("INSERT INTO problem VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", known)
        blames = ((part, minute, f"dependency {kind % 9}", f"service {kind}", 1, ends[1]) for minute, kind in every)
        db.executemany("INSERT INTO blame VALUES (?, ?, ?, ?, ?, ?)", blames)
    db.commit()
    db.close()
