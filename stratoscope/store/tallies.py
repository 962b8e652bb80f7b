"""Running sums beside the events, so that a page about ten million of them opens at once.

They count all that was ever stored; what retention drops later stays counted.
"""

import sqlite3
from collections.abc import Iterable

from parsers.model import Event
from stratoscope.store.terms import dependency_of, fingerprint_of

WARNING = 13
ERROR = 17
_TEMPLATE = 500
"""Characters kept of a message template."""

_TALLY = """
    INSERT INTO tally VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
        count = count + excluded.count, oldest = min(oldest, excluded.oldest), newest = max(newest, excluded.newest)
"""
_PROBLEM = """
    INSERT INTO problem VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
        count = count + excluded.count, oldest = min(oldest, excluded.oldest), newest = max(newest, excluded.newest),
        severity = max(severity, excluded.severity)
"""


def service_of(event: Event) -> str:
    """The event's service name, "" if nothing told it."""
    return str(event.get("resource", {}).get("service.name", ""))


def level_of(event: Event) -> int:
    """The first number of the event's severity level (17 for 17 to 20), 0 without one."""
    number = int(event.get("severity_number", 0))
    return number - (number - 1) % 4 if number > 0 else 0


def count(db: sqlite3.Connection, rows: Iterable[tuple[int, Event]]) -> None:
    """Add events to the sums; `rows` are (row id, event)."""
    tally: dict[tuple[str, int], list[int]] = {}
    problems: dict[tuple[str, str], tuple[list[int], Event]] = {}
    for row, event in rows:
        service, level = service_of(event), level_of(event)
        _grow(tally.setdefault((service, level), [0, row, row]), row)
        fingerprint = fingerprint_of(event)
        if fingerprint and level >= WARNING:
            _grow(problems.setdefault((fingerprint, service), ([0, row, row], event))[0], row)
    db.executemany(_TALLY, [(*key, *sums) for key, sums in tally.items()])
    db.executemany(_PROBLEM, [_problem(*key, *found) for key, found in problems.items()])


def _grow(sums: list[int], row: int) -> None:
    sums[0] += 1
    sums[1] = min(sums[1], row)
    sums[2] = max(sums[2], row)


def _problem(fingerprint: str, service: str, sums: list[int], event: Event) -> tuple[str | int, ...]:
    template = str(event.get("fingerprint", {}).get("template") or event.get("body", ""))[:_TEMPLATE]
    exception = str(event.get("attributes", {}).get("exception.type", ""))
    return (fingerprint, service, level_of(event), template, exception, dependency_of(event), *sums)
