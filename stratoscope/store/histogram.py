"""Events per bucket of time, by severity: from the sums by minute where these can tell, else counted in the index.

Counting goes bucket by bucket, newest first, each level and part for itself, and at most `_SAMPLE` rows of each: where there
are more, the stretch that these cover is taken for the whole. So it costs about the same for a million hits as for a thousand.
"""

import sqlite3
from collections import Counter
from dataclasses import dataclass
from functools import partial

from clients.model import Deadline
from stratoscope.query import And, Node, Query, Range
from stratoscope.query_sql import statement
from stratoscope.store.parts import Part, parts
from stratoscope.store.schema import LEAST, MINUTE, row_of, time_of
from stratoscope.store.tallied import is_tallied, matches
from stratoscope.store.tallies import first_of
from stratoscope.store.views import LEVELS, Histogram
from stratoscope.store.walk import completes, snapshot

_SAMPLE = 500
"""Rows that are counted in one part's share of a bucket and level; the estimate then errs by some 4 %."""
_OFTEN_FIRST = (9, 13, 17, 5, 21, 1)
"""Levels in the order in which they are counted: when none are left over, the others are not."""


@dataclass(slots=True)
class _Buckets:
    """What is being counted."""

    edges: list[int]
    counts: list[Counter[int]]
    estimated: bool = False

    def place(self, row: int) -> int:
        """The bucket of a row inside the edges."""
        span = self.edges[-1] - self.edges[0]
        return min(len(self.counts) - 1, (row - self.edges[0]) * len(self.counts) // span)


def histogram(
    db: sqlite3.Connection, query: Query, since: float, until: float, buckets: int, deadline: Deadline | None
) -> Histogram:
    """See `Reader.histogram`."""
    low, high = row_of(since), row_of(until)
    edges = [low + (high - low) * number // buckets for number in range(buckets + 1)]
    made = _Buckets(edges, [Counter() for _ in range(buckets)])
    inside = (
        max(low, row_of(query.since) if query.since is not None else LEAST),
        min(high, row_of(query.until) if query.until is not None else high),
    )
    tallied = is_tallied(query.node) and high - low >= buckets * MINUTE
    summed = None
    if tallied:
        with snapshot(db):
            summed = _sum(db, query.node, inside, made, deadline)
    counted = _count(db, query.node, inside, made, deadline, only_old=tallied) if summed is None else summed
    counts = tuple(tuple(counter[level] for level in LEVELS) for counter in made.counts)
    return Histogram(since, (until - since) / buckets, LEVELS, counts, made.estimated, counted)


def _sum(
    db: sqlite3.Connection, node: Node | None, inside: tuple[int, int], made: _Buckets, deadline: Deadline | None
) -> float | None:
    """Add the sums by minute; from when on all is counted (epoch seconds) if time was up, None if that is all.

    A minute that an edge cuts is shared out by time, and the whole is an estimate then.
    """
    every = db.execute(
        "SELECT number, newest FROM part WHERE newest >= ? AND oldest < ? ORDER BY newest DESC", inside
    ).fetchall()
    for part, newest in every:
        if not completes(db, deadline, partial(_sum_part, db, part, node, inside, made)):
            return time_of(min(newest, inside[1]))
    return None


def _sum_part(db: sqlite3.Connection, part: int, node: Node | None, inside: tuple[int, int], made: _Buckets) -> None:
    sql = "SELECT minute, service, severity, count FROM minute WHERE part = ? AND minute BETWEEN ? AND ? ORDER BY minute DESC"
    for minute, service, severity, count in db.execute(sql, (part, inside[0] // MINUTE, (inside[1] - 1) // MINUTE)):
        if matches(node, service, severity):
            _share(made, inside, minute, first_of(severity), count)


def _share(made: _Buckets, inside: tuple[int, int], minute: int, level: int, count: int) -> None:
    start, end = minute * MINUTE, (minute + 1) * MINUTE
    low, high = max(start, inside[0]), min(end, inside[1])
    if (low, high) != (start, end) or made.place(low) != made.place(high - 1):
        made.estimated = True
        place = made.place((low + high) // 2)
        made.counts[place][level] += round(count * (high - low) / MINUTE)
    else:
        made.counts[made.place(low)][level] += count


def _count(
    db: sqlite3.Connection,
    node: Node | None,
    inside: tuple[int, int],
    made: _Buckets,
    deadline: Deadline | None,
    *,
    only_old: bool,
) -> float | None:
    """Count in the index, or only what version 1 wrote; from when on all is counted (epoch seconds), None if that is all."""
    for number in range(len(made.counts) - 1, -1, -1):
        low, high = max(made.edges[number], inside[0]), min(made.edges[number + 1], inside[1])
        if low >= high:
            continue
        with snapshot(db):
            for part in parts(db):
                if part.between(low, high) and not (only_old and part.number):
                    _count_part(db, part, node, (low, high), made, number)
        if deadline is not None and deadline.clock() >= deadline.at and low > inside[0] and not only_old:
            return time_of(low)
    return None


def _count_part(
    db: sqlite3.Connection, part: Part, node: Node | None, between: tuple[int, int], made: _Buckets, number: int
) -> None:
    """Count by level what one part has in a bucket; what no level has is left over of all."""
    low, high = max(between[0], part.oldest), min(between[1], part.newest + 1)
    left, estimated = _matching(db, part, node, low, high)
    made.estimated |= estimated
    if not left:
        return
    for level in _OFTEN_FIRST:
        wanted = Range("level", level, level + 3)
        count, estimated = _matching(db, part, wanted if node is None else And((node, wanted)), low, high)
        made.estimated |= estimated
        made.counts[number][level] += count
        left -= count
        if left <= 0:
            return
    made.counts[number][0] += 0 if made.estimated else left


def _matching(db: sqlite3.Connection, part: Part, node: Node | None, low: int, high: int) -> tuple[int, bool]:
    """How many rows match, and whether that is an estimate."""
    asked = statement(part.number, node, low, high, _SAMPLE)
    found = db.execute(asked.sql, asked.parameters).fetchall()
    if len(found) < _SAMPLE:
        return len(found), False
    covered = high - found[-1][0]
    return max(_SAMPLE, round(_SAMPLE * (high - low) / covered)), covered < high - low
