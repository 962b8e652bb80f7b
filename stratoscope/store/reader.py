"""Asks the store: events by search, sums by service and by fingerprint."""

import sqlite3
from pathlib import Path
from typing import Any, Self

from stratoscope.query import Query
from stratoscope.query_sql import statement
from stratoscope.store import schema
from stratoscope.store.records import Hit, Problem, ServiceTally, Totals, unpack
from stratoscope.store.schema import StoreError, time_of
from stratoscope.store.tallies import ERROR, WARNING


class Reader:
    """One connection for reading. Each call sees what was stored when it began. Methods raise StoreError."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db = schema.connect(path, create=False)
        self._db.execute("PRAGMA query_only = ON")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def search(self, query: Query, limit: int = 50, before: int | None = None) -> list[Hit]:
        """The newest `limit` events that match, newest first; with `before` (the row of a hit), those older than it."""
        asked = statement(query, limit, before)
        return [Hit(row, time_of(row), unpack(data)) for row, data in self._rows(asked.sql, asked.parameters)]

    def event(self, row: int) -> Hit | None:
        """One event by its row."""
        found = self._rows("SELECT event FROM event WHERE id = ?", (row,))
        return Hit(row, time_of(row), unpack(found[0][0])) if found else None

    def services(self) -> list[ServiceTally]:
        """All services, the one with most errors first."""
        sql = """
            SELECT service, sum(count), sum(count * (severity >= ? AND severity < ?)) AS warnings,
                   sum(count * (severity >= ?)) AS errors, min(oldest), max(newest)
            FROM tally GROUP BY service ORDER BY errors DESC, warnings DESC, service
        """
        return [
            ServiceTally(service, events, warnings, errors, time_of(oldest), time_of(newest))
            for service, events, warnings, errors, oldest, newest in self._rows(sql, (WARNING, ERROR, ERROR))
        ]

    def problems(self, limit: int = 20, least: int = ERROR) -> list[Problem]:
        """The fingerprints of severity `least` or worse, the most frequent first."""
        sql = """
            SELECT fingerprint, service, severity, template, exception, dependency, count, oldest, newest
            FROM problem WHERE severity >= ? ORDER BY count DESC, newest DESC LIMIT ?
        """
        return [_problem(row) for row in self._rows(sql, (least, limit))]

    def totals(self) -> Totals:
        """How much there is, and since when."""
        sql = """
            SELECT (SELECT coalesce(sum(count), 0) FROM tally) - events_dropped, (SELECT count(*) FROM source),
                   (SELECT min(id) FROM event), (SELECT max(id) FROM event), events_dropped FROM retention
        """
        ((events, files, oldest, newest, dropped),) = self._rows(sql, ())
        times = [None if row is None else time_of(row) for row in (oldest, newest)]
        return Totals(events, files, times[0], times[1], dropped)

    def _rows(self, sql: str, parameters: tuple[str | int, ...]) -> list[tuple[Any, ...]]:
        try:
            return self._db.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise StoreError(f"{self._path}: {error}; if this stays, name another file with --store") from error


def _problem(row: tuple[Any, ...]) -> Problem:
    fingerprint, service, severity, template, exception, dependency, count, oldest, newest = row
    seen = time_of(oldest), time_of(newest)
    return Problem(fingerprint, service, severity, template, exception, dependency, count, *seen)
