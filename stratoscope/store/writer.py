"""Puts events and read positions into the store, in one transaction: after a crash both are there, or neither is.

A position stands before the first line of the oldest open record, so what was read behind it is read again after a crash.
Those repeats are known by file, offset and checksum and left out.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from collectors.model import Position
from parsers.model import Event
from stratoscope.store import schema, tallies
from stratoscope.store.records import MAX_SIZE, Progress, Stored, checksum, microseconds_of, pack, unpack
from stratoscope.store.schema import SLOT_BITS, StoreError
from stratoscope.store.terms import tags, text

_SLOT = (1 << SLOT_BITS) - 1
_CACHE_KIB = 64 << 10
_DROP_ROWS = 2000
"""Events per step of dropping: at the bound, one step makes room for about one batch."""

_SOURCE = """
    INSERT INTO source (identity, path, offset, line, newest) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (identity) DO UPDATE SET {} RETURNING id, newest
"""
_SOURCE_MOVED = _SOURCE.format("path = excluded.path, offset = excluded.offset, line = excluded.line")
_SOURCE_SEEN = _SOURCE.format("id = id")

Row = tuple[int, int, int, int, Event, bytes]
"""Time in epoch microseconds, source, offset, checksum, event, packed event."""


class Writer:
    """The one writer of a store. Not to be shared between threads at the same time. Methods raise StoreError."""

    def __init__(self, path: Path, max_size: int = MAX_SIZE) -> None:
        self.path = path
        self._max_size = max_size
        self._db = schema.connect(path, create=True)
        self._db.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        (self._page_size,) = self._db.execute("PRAGMA page_size").fetchone()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what `store` returned for is in it."""
        self._db.close()

    def positions(self) -> Mapping[str, Position]:
        """Where to read on, by file identity."""
        rows = self._db.execute("SELECT identity, offset, line, path FROM source ORDER BY id")
        return {identity: Position(offset, line, path) for identity, offset, line, path in rows}

    def store(self, batch: Sequence[Progress], now: float) -> Stored:
        """Add the events of `batch` and move the read positions, all or nothing; then drop the oldest beyond the bound."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                added, repeated = self._add(batch, round(now * 1_000_000))
                dropped = self._drop_oldest()
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise StoreError(f"{self.path}: {error}; nothing of this batch was stored, it will be read again") from error
        return Stored(added, repeated, dropped)

    def _add(self, batch: Sequence[Progress], now: int) -> tuple[int, int]:
        rows: list[Row] = []
        sources = {}
        for progress in batch:
            source, newest = self._source(progress)
            sources[source] = newest
            rows += self._new_rows(source, newest, progress, now)
        rows.sort(key=_time)
        ids = self._ids(rows)
        self._insert(rows, ids)
        for row, (_, source, *_) in zip(ids, rows, strict=True):
            sources[source] = max(sources[source], row)
        self._db.executemany("UPDATE source SET newest = ? WHERE id = ?", [(row, key) for key, row in sources.items()])
        return len(rows), sum(len(progress.events) for progress in batch) - len(rows)

    def _source(self, progress: Progress) -> tuple[int, int]:
        """The id of a stream and the row of its newest event; its position is moved on here, if a new one is known."""
        position = progress.position
        at = position or Position(0)
        values = (progress.identity, at.path, at.offset, at.line, schema.LEAST)
        command = _SOURCE_MOVED if position else _SOURCE_SEEN
        source, newest = self._db.execute(command, values).fetchone()
        return source, newest

    def _new_rows(self, source: int, newest: int, progress: Progress, now: int) -> list[Row]:
        """The events that are not in the store, with a time each: their own, or that of their neighbour in the file."""
        events = progress.events
        if not events:
            return []
        offsets = progress.offsets or [offset_of(event) for event in events]
        command = "SELECT offset, part FROM event WHERE source = ? AND offset BETWEEN ? AND ?"
        seen = set(self._db.execute(command, (source, min(offsets), max(offsets))))
        times = [microseconds_of(event.get("timestamp")) for event in events]
        first = next((time for time in times if time is not None), now)
        last = newest >> SLOT_BITS if newest > schema.LEAST else first
        rows = []
        for event, offset, time in zip(events, offsets, times, strict=True):
            last = last if time is None else time
            part = checksum(event)
            if (offset, part) not in seen:
                seen.add((offset, part))
                rows.append((last, source, offset, part, *pack(event)))
        return rows

    def _ids(self, rows: list[Row]) -> list[int]:
        """A free row id for each of `rows`, which are sorted by time: the first one left in its microsecond, or later."""
        (top,) = self._db.execute("SELECT coalesce(max(id), ?) FROM event", (schema.LEAST,)).fetchone()
        last, ids = schema.LEAST, []
        for time, *_ in rows:
            row = max(schema.row_of_us(time), last + 1)
            if row <= top and row >> SLOT_BITS != last >> SLOT_BITS:
                row = self._free_from(row)
            ids.append(row)
            last = row
        return ids

    def _free_from(self, row: int) -> int:
        while True:
            end = row | _SLOT
            (taken,) = self._db.execute("SELECT max(id) FROM event WHERE id BETWEEN ? AND ?", (row, end)).fetchone()
            if taken is None:
                return row
            if taken < end:
                return int(taken) + 1
            row = end + 1

    def _insert(self, rows: list[Row], ids: list[int]) -> None:
        packed = [(row, *told, data) for row, (_, *told, _, data) in zip(ids, rows, strict=True)]
        self._db.executemany("INSERT INTO event VALUES (?, ?, ?, ?, ?)", packed)
        events = [(row, event) for row, (*_, event, _) in zip(ids, rows, strict=True)]
        words = [(row, text(event), tags(event)) for row, event in events]
        self._db.executemany("INSERT INTO event_text (rowid, text, tags) VALUES (?, ?, ?)", words)
        tallies.count(self._db, events)

    def _size(self) -> int:
        """Bytes in use, without the pages that wait to be used again."""
        (pages,) = self._db.execute("PRAGMA page_count").fetchone()
        (free,) = self._db.execute("PRAGMA freelist_count").fetchone()
        return int(pages - free) * int(self._page_size)

    def _drop_oldest(self) -> int:
        dropped = 0
        while self._size() > self._max_size:
            oldest = self._db.execute("SELECT id, event FROM event ORDER BY id LIMIT ?", (_DROP_ROWS,)).fetchall()
            if not oldest:
                break
            words = [(row, text(event), tags(event)) for row, event in ((row, unpack(data)) for row, data in oldest)]
            self._db.executemany("INSERT INTO event_text (event_text, rowid, text, tags) VALUES ('delete', ?, ?, ?)", words)
            self._db.execute("DELETE FROM event WHERE id <= ?", (oldest[-1][0],))
            dropped += len(oldest)
        if dropped:
            self._db.execute("UPDATE retention SET events_dropped = events_dropped + ?", (dropped,))
        return dropped


def _time(row: Row) -> int:
    return row[0]


def offset_of(event: Event) -> int:
    """Byte offset of the event's first line in its file."""
    return int(event.get("source", {}).get("first_offset", 0))
