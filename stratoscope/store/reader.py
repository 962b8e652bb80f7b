"""Asks the store: events by search, sums by service and by fingerprint."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from clients.model import Deadline
from stratoscope.query import Field, Or, Query
from stratoscope.store import arrivals, schema
from stratoscope.store.facets import facets_of
from stratoscope.store.groups import Span, blames, errors
from stratoscope.store.histogram import histogram
from stratoscope.store.parts import parts
from stratoscope.store.records import Hit, Problem, ServiceTally, Totals, unpack
from stratoscope.store.schema import StoreError, time_of
from stratoscope.store.tallies import ERROR, WARNING
from stratoscope.store.views import Arrivals, Blames, ErrorGroups, Facets, Found, Histogram, Story
from stratoscope.store.walk import by_mark, fetch, rows, snapshot


class Reader:
    """One connection for reading, for one thread at a time. Methods raise StoreError."""

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
        return self.find(query, limit, before).hits

    def find(self, query: Query, limit: int = 50, before: int | None = None, deadline: Deadline | None = None) -> Found:
        """As `search`, and not longer than the deadline and one slice (None: to the end): `Found.reached` tells how far."""
        with self._asking():
            found, reached = rows(self._db, query, limit, before, deadline)
            return Found(self._hits(found), reached)

    def _hits(self, found: list[int]) -> list[Hit]:
        with snapshot(self._db):
            packed = fetch(self._db, found, by_mark(parts(self._db)))
        return [Hit(row, time_of(row), unpack(packed[row])) for row in found if row in packed]

    def arrived(self) -> int:
        """How many events have come in so far: the number at which a live tail begins."""
        with self._asking():
            return arrivals.last(self._db)

    def arrivals(self, query: Query, after: int, limit: int = 100, deadline: Deadline | None = None) -> Arrivals:
        """What has come in since number `after`, and matches, for a live tail; at most `limit`, the last to come first."""
        with self._asking():
            with snapshot(self._db):
                number = arrivals.last(self._db)
                rows, complete = arrivals.since(self._db, query, after, limit, deadline)
            return Arrivals(self._hits(rows), number, complete and after <= number)

    def story(self, ident: str, limit: int = 5000, deadline: Deadline | None = None) -> Story:
        """The events of a request id (with or without `req-`), a global one, or a server's uuid, in the order of time.

        If there are more than `limit`, the newest ones.
        """
        node = Or((Field("request_id", ident), Field("instance", ident)))
        found = self.find(Query(node), limit + 1, None, deadline)
        return Story(found.hits[:limit][::-1], len(found.hits) > limit or found.reached is not None)

    def histogram(
        self, query: Query, since: float, until: float, buckets: int = 60, deadline: Deadline | None = None
    ) -> Histogram:
        """Events that match per bucket between two moments (epoch seconds); also between those of the query itself."""
        with self._asking():
            return histogram(self._db, query, since, until, buckets, deadline)

    def facets(self, query: Query, newest: int = 2000, top: int = 10, deadline: Deadline | None = None) -> Facets:
        """The `top` values of each field of `FACETS` among the `newest` events that match."""
        found = self.find(query, newest, None, deadline)
        complete = found.reached is None and len(found.hits) < newest
        return facets_of([hit.event for hit in found.hits], top, complete=complete)

    def errors(
        self,
        since: float,
        until: float,
        buckets: int = 24,
        new_since: float | None = None,
        limit: int = 50,
        least: int = ERROR,
        deadline: Deadline | None = None,
    ) -> ErrorGroups:
        """The fingerprints of severity `least` (WARNING or worse) between two moments, the most frequent first.

        `new_since`: those first seen at or after this moment are marked as new.
        """
        with self._asking(), snapshot(self._db):
            return errors(self._db, Span(since, until, buckets), new_since, limit, least, deadline)

    def dependencies(self, since: float, until: float, buckets: int = 24, deadline: Deadline | None = None) -> Blames:
        """Which dependency is blamed by which service between two moments, the most frequent first."""
        with self._asking(), snapshot(self._db):
            return blames(self._db, Span(since, until, buckets), deadline)

    def event(self, row: int) -> Hit | None:
        """One event by its row."""
        with self._asking():
            found = self._hits([row])
        return found[0] if found else None

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
            SELECT fingerprint, service, max(severity) AS worst, template, exception, dependency, sum(count) AS total,
                   min(oldest), max(newest) AS last
            FROM problem GROUP BY fingerprint, service HAVING worst >= ? ORDER BY total DESC, last DESC LIMIT ?
        """
        return [_problem(row) for row in self._rows(sql, (least, limit))]

    def totals(self) -> Totals:
        """How much there is, and since when."""
        sql = """
            SELECT coalesce(sum(events), 0), (SELECT count(*) FROM source), min(oldest), max(newest),
                   (SELECT events_dropped FROM retention) FROM part WHERE events > 0
        """
        ((events, files, oldest, newest, dropped),) = self._rows(sql, ())
        times = [None if row is None else time_of(row) for row in (oldest, newest)]
        return Totals(events, files, times[0], times[1], dropped)

    def _rows(self, sql: str, parameters: tuple[str | int, ...]) -> list[tuple[Any, ...]]:
        with self._asking():
            return self._db.execute(sql, parameters).fetchall()

    @contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(f"{self._path}: {error}; if this stays, name another file with --store") from error


def _problem(row: tuple[Any, ...]) -> Problem:
    fingerprint, service, severity, template, exception, dependency, count, oldest, newest = row
    seen = time_of(oldest), time_of(newest)
    return Problem(fingerprint, service, severity, template, exception, dependency, count, *seen)
