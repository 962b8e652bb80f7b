"""Which rows have come in, in the order in which they came: what a live tail follows.

A row's id is its time, so an event that is read late stands before others that were there already. Each transaction leaves its
rows here, numbered by how many events had come in with it; the last `KEPT` are kept.
"""

import sqlite3
import struct
from collections.abc import Iterator, Sequence

from clients.model import Deadline
from stratoscope.query import Node, Query
from stratoscope.query_sql import statement
from stratoscope.store.parts import Part, parts
from stratoscope.store.schema import LEAST, SLOT_BITS, row_of
from stratoscope.store.walk import by_mark

KEPT = 50_000
"""Events whose arrival is remembered, or as many as there are: 8 bytes each, and some minutes of a busy cloud."""
_STRETCH = 10 * 1_000_000 << SLOT_BITS
"""Rows of ten seconds: what stands closer to each other than that is looked for by one search."""
_LOOK = 1000
"""Rows of a search between two looks at the clock."""
_ALL = -1
"""No limit, as SQL says it."""


def note(db: sqlite3.Connection, rows: Sequence[int]) -> None:
    """These have come in now; in the transaction that stores them."""
    if rows:
        number = last(db) + len(rows)
        db.execute("INSERT INTO arrival VALUES (?, ?)", (number, struct.pack(f"<{len(rows)}q", *rows)))
        ((stored,),) = db.execute("SELECT sum(events) FROM part")
        db.execute("DELETE FROM arrival WHERE number <= ?", (number - min(KEPT, stored),))


def last(db: sqlite3.Connection) -> int:
    """The number of the last event that has come in."""
    ((number,),) = db.execute("SELECT coalesce(max(number), 0) FROM arrival").fetchall()
    return int(number)


def since(db: sqlite3.Connection, query: Query, after: int, limit: int, deadline: Deadline | None) -> tuple[list[int], bool]:
    """Of what came in after number `after`, the rows that match, the last to come first; and whether these are all.

    At most `limit`, and not longer than the deadline and one search in one part.
    """
    first = db.execute("SELECT number, length(rows) / 8 FROM arrival ORDER BY number LIMIT 1").fetchone()
    missed = first is not None and first[0] - first[1] > after
    low = row_of(query.since) if query.since is not None else LEAST
    high = row_of(query.until) if query.until is not None else None
    owner = by_mark(parts(db))
    found: list[int] = []
    for (packed,) in db.execute("SELECT rows FROM arrival WHERE number > ? ORDER BY number DESC", (after,)):
        rows = [row for row in struct.unpack(f"<{len(packed) // 8}q", packed) if row >= low and (high is None or row < high)]
        part = next(iter(owner(rows[0])), None) if rows else None  # what comes in together goes into one part
        matching = _matching(db, query.node, rows, part, deadline) if part is not None else ()
        found += [row for row in reversed(rows) if row in matching]
        if len(found) > limit or _is_over(deadline):
            return found[:limit], False
    return found, not missed


def _matching(
    db: sqlite3.Connection, node: Node | None, rows: Sequence[int], part: Part, deadline: Deadline | None
) -> set[int]:
    """Which of some rows of a part match, as far as time allows."""
    if node is None:
        return set(rows)
    wanted, found = set(rows), set[int]()
    for begin, end in _stretches(sorted(rows)):
        asked = statement(part.number, node, begin, end + 1, _ALL)
        for place, (row,) in enumerate(db.execute(asked.sql, asked.parameters), 1):
            if row in wanted:
                found.add(row)
            if place % _LOOK == 0 and _is_over(deadline):
                return found
        if _is_over(deadline):
            break
    return found


def _stretches(rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The first and the last of those that stand close together."""
    begin = end = rows[0]
    for row in rows[1:]:
        if row - end > _STRETCH:
            yield begin, end
            begin = row
        end = row
    yield begin, end


def _is_over(deadline: Deadline | None) -> bool:
    return deadline is not None and deadline.clock() >= deadline.at
