"""Errors by fingerprint and dependencies by service, from the sums by minute."""

import sqlite3
from collections import Counter
from dataclasses import dataclass, field

from stratoscope.store.schema import LEAST, MINUTE, row_of, time_of
from stratoscope.store.views import HOSTS, Blame, ErrorGroup


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


def errors(db: sqlite3.Connection, span: Span, new_since: float | None, limit: int, least: int) -> list[ErrorGroup]:
    """See `Reader.errors`."""
    sql = """
        SELECT fingerprint, service, minute, sum(count) FROM problem_minute
        WHERE part IN (SELECT number FROM part WHERE newest >= ? AND oldest < ?) AND minute BETWEEN ? AND ? GROUP BY 1, 2, 3
    """
    groups: dict[str, _Counted] = {}
    rows = row_of(span.since), row_of(span.until)
    for name, service, minute, count in db.execute(sql, (*rows, *span.minutes)):
        group = groups.setdefault(name, _Counted())
        group.minutes[minute] += count
        group.services[service] += count
    found: list[ErrorGroup] = []
    for name, group in sorted(groups.items(), key=lambda item: (-item[1].services.total(), -max(item[1].minutes), item[0])):
        if len(found) == limit:
            break
        found += _group(db, name, group, span, new_since, least)
    return found


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


def blames(db: sqlite3.Connection, span: Span) -> list[Blame]:
    """See `Reader.dependencies`."""
    sql = "SELECT dependency, service, minute, sum(count), max(newest) FROM blame WHERE minute BETWEEN ? AND ? GROUP BY 1, 2, 3"
    groups: dict[tuple[str, str], _Counted] = {}
    for dependency, service, minute, count, newest in db.execute(sql, span.minutes):
        group = groups.setdefault((dependency, service), _Counted())
        group.minutes[minute] += count
        group.newest = max(group.newest, newest)
    found = [
        Blame(*key, group.minutes.total(), span.trend(group.minutes), time_of(group.newest)) for key, group in groups.items()
    ]
    return sorted(found, key=lambda blame: (-blame.count, blame.dependency, blame.service))
