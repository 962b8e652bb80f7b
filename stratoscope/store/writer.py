"""Puts events and read positions into the store, in one transaction: after a crash both are there, or neither is.

A position stands before the first line of the oldest open record, so what was read behind it is read again after a crash.
Those repeats are known by file, offset and checksum and left out.
"""

import sqlite3
import time
from collections.abc import Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Self

from collectors.model import Position
from parsers.model import Event
from stratoscope.store import arrivals, parts, schema, tallies
from stratoscope.store.parts import Part
from stratoscope.store.records import MAX_SIZE, Progress, Stored, checksum, microseconds_of, pack
from stratoscope.store.retention import drop_old
from stratoscope.store.schema import SLOT_BITS, StoreError
from stratoscope.store.terms import tags, text

_STEP = 1 << SLOT_BITS
_MARKS = _STEP - 1
_CACHE_KIB = 64 << 10
_CHECKPOINT_PAGES = 4000
"""32 MB in the write-ahead log before it is written back: pages that each batch changes are then written once for some."""
_PARTS = 16
"""Parts that a full store has, if these have fewer than `MOST_EVENTS`: this share of it goes at once."""
_WAL_BOUND = 256 << 20
"""Bytes of the write-ahead log from which readers are waited for, shortly, to begin it anew."""
_WAL_PATIENCE = 0.2
"""Seconds of this waiting."""
_WAL_PAUSE = 5.0
"""Seconds until it is tried again, so that a reader that stands still costs a twentieth of the time."""

_SOURCE = """
    INSERT INTO source (identity, path, offset, line, newest, furthest) VALUES (?, ?, ?, ?, ?, -1)
    ON CONFLICT (identity) DO UPDATE SET {} RETURNING id, newest, furthest
"""
_SOURCE_MOVED = _SOURCE.format("path = excluded.path, offset = excluded.offset, line = excluded.line")
_SOURCE_SEEN = _SOURCE.format("id = id")

Row = tuple[int, int, int, int, Event, bytes]
"""Time in epoch microseconds, source, offset, checksum, event, packed event."""


class Writer:
    """The one writer of a store. Not to be shared between threads at the same time. Methods raise StoreError.

    Events are dropped, the oldest first, when the store has more than `max_size` bytes, and when they are older than
    `max_age` seconds (None: never). Events of one part go together, a sixteenth of the store or fewer.
    """

    def __init__(self, path: Path, max_size: int = MAX_SIZE, max_age: float | None = None) -> None:
        self.path = path
        self._max_size = max_size
        self._max_age = max_age
        self._db = schema.connect(path, create=True)
        self._db.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        self._db.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
        (self._page_size,) = self._db.execute("PRAGMA page_size").fetchone()
        self._wal = path.with_name(path.name + "-wal")
        self._wal_next = 0.0

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
                stored = self._store(batch, now)
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
            self._bound_wal(time.monotonic())
        except sqlite3.Error as error:
            raise StoreError(f"{self.path}: {error}; nothing of this batch was stored, it will be read again") from error
        return stored

    def _store(self, batch: Sequence[Progress], now: float) -> Stored:
        every = parts.parts(self._db)
        if every and not every[0].events and not every[0].number:  # a new file passes through version 1
            parts.drop(self._db, every.pop(0))
        part = self._part(every)
        added, repeated = self._add(batch, round(now * 1_000_000), part, every)
        oldest = None if self._max_age is None else now - self._max_age
        dropped = drop_old(self._db, part.number, self._too_large, oldest)
        return Stored(added, repeated, dropped)

    def _part(self, every: Sequence[Part]) -> Part:
        """The part to be filled: the last one, or a new one."""
        last = every[-1] if every and every[-1].number else None
        if last is None or (self._is_full(last) and len(every) < parts.MOST_PARTS):
            return parts.begin(self._db, every[-1].number + 1 if every else 1)
        return last

    def _is_full(self, part: Part) -> bool:
        if part.events >= parts.MOST_EVENTS or part.bytes >= self._max_size // _PARTS:
            return True
        span = schema.time_of(part.newest) - schema.time_of(part.oldest)
        return part.events > 0 and self._max_age is not None and span >= self._max_age / _PARTS

    def _add(self, batch: Sequence[Progress], now: int, part: Part, every: Sequence[Part]) -> tuple[int, int]:
        rows: list[Row] = []
        furthest: dict[int, int] = {}
        for progress in batch:
            offsets = _offsets(progress)
            source, newest, reached = self._source(progress)
            known = self._known(source, reached, offsets, every)
            rows += self._new_rows(source, newest, progress.events, offsets, now, known)
            furthest[source] = max(furthest.get(source, reached), max(offsets, default=reached))
        rows.sort(key=itemgetter(0))
        ids = self._ids(rows, part, every[-2:])
        if rows:
            before = self._size()
            self._insert(rows, ids, part)
            parts.grown(self._db, part, ids, self._size() - before)
            arrivals.note(self._db, ids)
        newest_of = {source: row for row, (_, source, _, _, _, _) in zip(ids, rows, strict=True)}  # the last of each is left
        moved = [(newest_of.get(source, schema.LEAST), reached, source) for source, reached in furthest.items()]
        self._db.executemany("UPDATE source SET newest = max(newest, ?), furthest = ? WHERE id = ?", moved)
        return len(rows), sum(len(progress.events) for progress in batch) - len(rows)

    def _source(self, progress: Progress) -> tuple[int, int, int]:
        """The id of a stream, the row of its newest event, its greatest offset; its position is moved on here, if known."""
        position = progress.position
        at = position or Position(0)
        values = (progress.identity, at.path, at.offset, at.line, schema.LEAST)
        command = _SOURCE_MOVED if position else _SOURCE_SEEN
        source, newest, furthest = self._db.execute(command, values).fetchone()
        return source, newest, furthest

    def _known(self, source: int, furthest: int, offsets: Sequence[int], every: Sequence[Part]) -> set[tuple[int, int]]:
        """Offset and checksum of what is stored of a stream, between `offsets`: nothing, behind its furthest event."""
        known: set[tuple[int, int]] = set()
        if offsets and min(offsets) <= furthest:
            for part in every:
                command = f"SELECT offset, part FROM event_{part.number} WHERE source = ? AND offset BETWEEN ? AND ?"  # noqa: S608
                known.update(self._db.execute(command, (source, min(offsets), max(offsets))))
        return known

    def _new_rows(
        self, source: int, newest: int, events: Sequence[Event], offsets: Sequence[int], now: int, seen: set[tuple[int, int]]
    ) -> list[Row]:
        """The events that are not among those `seen`, with a time each: their own, or that of their neighbour in the file."""
        times = [microseconds_of(event.get("timestamp")) for event in events]
        first = next((moment for moment in times if moment is not None), now)
        last = newest >> SLOT_BITS if newest > schema.LEAST else first
        rows = []
        for event, offset, moment in zip(events, offsets, times, strict=True):
            last = last if moment is None else moment
            part = checksum(event)
            if (offset, part) not in seen:
                seen.add((offset, part))
                kept, data = pack(event)
                rows.append((last, source, offset, part, kept, data))
        return rows

    def _ids(self, rows: list[Row], part: Part, lately: Sequence[Part]) -> list[int]:
        """A free row id for each of `rows`, which are sorted by time: that of its microsecond, or of the next one free.

        Free in the parts filled `lately`: events of one moment stay in the order of the file where a new part begins, too.
        """
        top = max((one.newest for one in lately if one.events), default=schema.LEAST) | _MARKS
        last, ids = schema.LEAST, []
        for moment, *_ in rows:
            row = max(schema.row_of_us(moment) | part.slot, last + _STEP)
            if row <= top:
                row = self._free_from(row, lately)
            ids.append(row)
            last = row
        return ids

    def _free_from(self, row: int, lately: Sequence[Part]) -> int:
        commands = [(f"SELECT 1 FROM event_{one.number} WHERE id = ?", one.slot) for one in lately if one.number]  # noqa: S608
        while any(self._db.execute(command, (row & ~_MARKS | slot,)).fetchone() for command, slot in commands):
            row += _STEP
        return row

    def _insert(self, rows: list[Row], ids: list[int], part: Part) -> None:
        number = part.number
        packed = ((row, source, offset, mark, data) for row, (_, source, offset, mark, _, data) in zip(ids, rows, strict=True))
        self._db.executemany(f"INSERT INTO event_{number} VALUES (?, ?, ?, ?, ?)", packed)  # noqa: S608
        events = [(row, event) for row, (*_, event, _) in zip(ids, rows, strict=True)]
        words = ((row, text(event), tags(event)) for row, event in events)
        self._db.executemany(f"INSERT INTO text_{number} (rowid, text, tags) VALUES (?, ?, ?)", words)  # noqa: S608
        tallies.count(self._db, number, events)

    def _size(self) -> int:
        """Bytes in use, without the pages that wait to be used again."""
        (pages,) = self._db.execute("PRAGMA page_count").fetchone()
        (free,) = self._db.execute("PRAGMA freelist_count").fetchone()
        return int(pages - free) * int(self._page_size)

    def _too_large(self) -> bool:
        return self._size() > self._max_size

    def _bound_wal(self, now: float) -> None:
        """Begin the write-ahead log anew where it has grown as always some reader looked at it.

        SQLite writes it back by itself but begins anew only in a moment without readers. This waits for such a moment.
        """
        if now < self._wal_next or not self._wal.exists() or self._wal.stat().st_size <= _WAL_BOUND:
            return
        self._db.execute(f"PRAGMA busy_timeout = {round(_WAL_PATIENCE * 1000)}")
        try:
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            self._db.execute(f"PRAGMA busy_timeout = {schema.BUSY_MS}")
        self._wal_next = now + _WAL_PAUSE


def _offsets(progress: Progress) -> Sequence[int]:
    """Where the events begin."""
    return progress.offsets or [offset_of(event) for event in progress.events]


def offset_of(event: Event) -> int:
    """Byte offset of the event's first line in its file."""
    return int(event.get("source", {}).get("first_offset", 0))
