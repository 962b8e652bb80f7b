"""Errors by fingerprint and dependencies by service, from the sums by minute.

They are summed part by part, the one with the newest events first, and within a part from new to old: what there is when time
is up is what the newest parts tell.
"""

import sqlite3
from collections import Counter
from dataclasses import dataclass, field

from clients.model import Deadline
from stratoscope.store.schema import LEAST, MINUTE, row_of, time_of
from stratoscope.store.views import HOSTS, Blame, Blames, ErrorGroup, ErrorGroups
from stratoscope.store.walk import completes


@dataclass(frozen=True, slots=True)
class Span:
    """The time asked for, in epoch seconds, and its buckets."""

    since: float
    until: float
    buckets: int

    @property
    def minutes(self) -> tuple[int, int]:
        """The first and the last minute that it touches."""
        return row_of(self.since) // MINUTE, (row_of(self.until) - 1) // MINUTE

    def place(self, minute: int) -> int:
        """The bucket that the middle of a minute is in."""
        place = int((minute * 60 + 30 - self.since) / (self.until - self.since) * self.buckets)
        return max(0, min(self.buckets - 1, place))

    def trend(self, minutes: Counter[int]) -> tuple[int, ...]:
        """Counts by minute as counts by bucket."""
        counts = [0] * self.buckets
        for minute, count in minutes.items():
            counts[self.place(minute)] += count
        return tuple(counts)


@dataclass(slots=True)
class _Counted:
    """Of one fingerprint, or of one service that blames one dependency."""

    minutes: Counter[int] = field(default_factory=Counter)
    services: Counter[str] = field(default_factory=Counter)
    newest: int = LEAST


def errors(
    db: sqlite3.Connection, span: Span, new_since: float | None, limit: int, least: int, deadline: Deadline | None
) -> ErrorGroups:
    """See `Reader.errors`."""
    groups: dict[str, _Counted] = {}
    found: list[ErrorGroup] = []
    complete = completes(db, deadline, lambda: _sum_errors(db, span, groups))
    order = sorted(groups.items(), key=lambda item: (-item[1].services.total(), -max(item[1].minutes), item[0]))

    def tell() -> None:
        for name, group in order:
            if len(found) == limit:
                break
            found.extend(_group(db, name, group, span, new_since, least))

    if complete:
        return ErrorGroups(found, completes(db, deadline, tell))
    del order[limit:]  # of what was counted so far: some look-ups for each, and no more
    tell()
    return ErrorGroups(found, complete=False)


def _sum_errors(db: sqlite3.Connection, span: Span, groups: dict[str, _Counted]) -> None:
    sql = """
        SELECT fingerprint, service, minute, count FROM problem_minute WHERE part = ? AND minute BETWEEN ? AND ?
        ORDER BY minute DESC
    """
    for part in _newest_first(db, span):
        for name, service, minute, count in db.execute(sql, (part, *span.minutes)):
            group = groups.get(name)
            if group is None:
                group = groups[name] = _Counted()
            group.minutes[minute] += count
            group.services[service] += count


def _newest_first(db: sqlite3.Connection, span: Span) -> list[int]:
    """The parts that may have something of this time."""
    sql = "SELECT number FROM part WHERE events > 0 AND newest >= ? AND oldest < ? ORDER BY newest DESC"
    return [number for (number,) in db.execute(sql, (row_of(span.since), row_of(span.until)))]


def _group(
    db: sqlite3.Connection, name: str, counted: _Counted, span: Span, new_since: float | None, least: int
) -> list[ErrorGroup]:
    """The group, or none if its worst event is not bad enough."""
    sql = """
        SELECT max(severity), max(template), max(exception), max(dependency), min(oldest), max(newest)
        FROM problem WHERE part IN (SELECT number FROM part) AND fingerprint = ?
    """
    ((severity, template, exception, dependency, oldest, newest),) = db.execute(sql, (name,))
    if severity < least:
        return []
    hosts = db.execute(
        "SELECT host, sum(count) FROM problem_host WHERE fingerprint = ? AND part IN "
        "(SELECT number FROM part WHERE newest >= ? AND oldest < ?) GROUP BY host ORDER BY 2 DESC, 1 LIMIT ?",
        (name, row_of(span.since), row_of(span.until), HOSTS),
    ).fetchall()
    first = time_of(oldest)
    return [
        ErrorGroup(
            fingerprint=name,
            severity=severity,
            template=template,
            exception=exception,
            dependency=dependency,
            count=counted.services.total(),
            trend=span.trend(counted.minutes),
            services=tuple(sorted(counted.services.items(), key=lambda item: (-item[1], item[0]))),
            hosts=tuple(hosts),
            first=first,
            last=time_of(newest),
            newest=newest,
            new=new_since is not None and first >= new_since,
        )
    ]


def blames(db: sqlite3.Connection, span: Span, deadline: Deadline | None) -> Blames:
    """See `Reader.dependencies`."""
    groups: dict[tuple[str, str], _Counted] = {}
    complete = completes(db, deadline, lambda: _sum_blames(db, span, groups))
    found = [
        Blame(*key, group.minutes.total(), span.trend(group.minutes), time_of(group.newest)) for key, group in groups.items()
    ]
    return Blames(sorted(found, key=lambda blame: (-blame.count, blame.dependency, blame.service)), complete)


def _sum_blames(db: sqlite3.Connection, span: Span, groups: dict[tuple[str, str], _Counted]) -> None:
    sql = """
        SELECT dependency, service, minute, count, newest FROM blame WHERE part = ? AND minute BETWEEN ? AND ?
        ORDER BY minute DESC
    """
    for part in _newest_first(db, span):
        for dependency, service, minute, count, newest in db.execute(sql, (part, *span.minutes)):
            group = groups.setdefault((dependency, service), _Counted())
            group.minutes[minute] += count
            group.newest = max(group.newest, newest)
