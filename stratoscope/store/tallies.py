"""Running sums beside the events, so that a page about ten million of them opens at once.

They are kept by part, and go with it. Sums by the minute let histograms, errors and dependencies be told for any time.
"""

import sqlite3
from collections import Counter
from collections.abc import Sequence

from parsers.model import Event
from stratoscope.store.schema import MINUTE
from stratoscope.store.terms import dependency_of, fingerprint_of
from stratoscope.store.views import HOSTS

WARNING = 13
ERROR = 17
_TEMPLATE = 500
"""Characters kept of a message template."""

_TALLY = """
    INSERT INTO tally VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
        count = count + excluded.count, oldest = min(oldest, excluded.oldest), newest = max(newest, excluded.newest)
"""
_PROBLEM = """
    INSERT INTO problem VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
        count = count + excluded.count, oldest = min(oldest, excluded.oldest), newest = max(newest, excluded.newest),
        severity = max(severity, excluded.severity)
"""
_MINUTE = "INSERT INTO minute VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count"
_PROBLEM_MINUTE = "INSERT INTO problem_minute VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count"
_PROBLEM_HOST = f"""
    INSERT INTO problem_host SELECT ?1, ?2, ?3, ?4 WHERE (
        SELECT count(*) FROM problem_host WHERE part = ?1 AND fingerprint = ?2 AND host != ?3
    ) < {HOSTS} ON CONFLICT DO UPDATE SET count = count + excluded.count
"""  # noqa: S608  HOSTS is a number
_BLAME = """
    INSERT INTO blame VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
        count = count + excluded.count, newest = max(newest, excluded.newest)
"""


def service_of(event: Event) -> str:
    """The event's service name, "" if nothing told it."""
    return str(event.get("resource", {}).get("service.name", ""))


def host_of(event: Event) -> str:
    """The host that the event tells of, or the node it was read on."""
    resource = event.get("resource", {})
    return str(resource.get("host.name") or resource.get("k8s.node.name") or "")


def level_of(event: Event) -> int:
    """The first number of the event's severity level (17 for 17 to 20), 0 without one."""
    return first_of(int(event.get("severity_number", 0)))


def first_of(number: int) -> int:
    """The first severity number of a level; 0 for 0."""
    return number - (number - 1) % 4 if number > 0 else 0


def count(db: sqlite3.Connection, part: int, rows: Sequence[tuple[int, Event]]) -> None:
    """Add events to the sums of a part; `rows` are (row id, event) in the order of rows, not one or none."""
    minutes: dict[tuple[int, str, int], list[int]] = {}
    failed: list[tuple[int, Event]] = []
    for row, event in rows:
        key = row // MINUTE, service_of(event), event.get("severity_number", 0)
        sums = minutes.get(key)
        if sums is None:
            minutes[key] = [1, row, row]
        else:
            sums[0] += 1
            sums[2] = row
        if "fingerprint" in event or "dependency" in event:
            failed.append((row, event))
    db.executemany(_MINUTE, [(part, *key, sums[0]) for key, sums in minutes.items()])
    db.executemany(_TALLY, _by_level(part, minutes))
    if failed:
        _count_problems(db, part, failed)


def _by_level(part: int, minutes: dict[tuple[int, str, int], list[int]]) -> list[tuple[int | str, ...]]:
    """Rows of `tally`, of what was counted by the minute."""
    tally: dict[tuple[str, int], list[int]] = {}
    for (_, service, number), (count, oldest, newest) in minutes.items():
        sums = tally.setdefault((service, first_of(number)), [0, oldest, newest])
        sums[:] = sums[0] + count, min(sums[1], oldest), max(sums[2], newest)
    return [(part, *key, *sums) for key, sums in tally.items()]


def _count_problems(db: sqlite3.Connection, part: int, rows: Sequence[tuple[int, Event]]) -> None:
    problems: dict[tuple[str, str], tuple[list[int], Event]] = {}
    minutes: Counter[tuple[int, str, str]] = Counter()
    hosts: Counter[tuple[str, str]] = Counter()
    blames: dict[tuple[int, str, str], list[int]] = {}
    for row, event in rows:
        service, fingerprint, dependency = service_of(event), fingerprint_of(event), dependency_of(event)
        if fingerprint and level_of(event) >= WARNING:
            _grow(problems.setdefault((fingerprint, service), ([0, row, row], event))[0], row)
            minutes[row // MINUTE, fingerprint, service] += 1
            hosts[fingerprint, host_of(event)] += 1
        if dependency:
            _grow(blames.setdefault((row // MINUTE, dependency, service), [0, row, row]), row)
    db.executemany(_PROBLEM, [(part, *_problem(*key, *found)) for key, found in problems.items()])
    db.executemany(_PROBLEM_MINUTE, [(part, *key, number) for key, number in minutes.items()])
    db.executemany(_PROBLEM_HOST, [(part, *key, number) for key, number in hosts.items() if key[1]])
    db.executemany(_BLAME, [(part, *key, sums[0], sums[2]) for key, sums in blames.items()])


def take(db: sqlite3.Connection, part: int, rows: Sequence[tuple[int, Event]]) -> None:
    """Subtract events that go from what version 1 counted: by service and by fingerprint."""
    services = Counter((service_of(event), level_of(event)) for _, event in rows)
    problems = Counter((fingerprint_of(event), service_of(event)) for _, event in rows if level_of(event) >= WARNING)
    command = "UPDATE {} SET count = max(0, count - ?) WHERE part = ? AND {} = ? AND {} = ?"
    for table, keys, sums in (("tally", ("service", "severity"), services), ("problem", ("fingerprint", "service"), problems)):
        db.executemany(command.format(table, *keys), [(number, part, *key) for key, number in sums.items()])
        db.execute(f"DELETE FROM {table} WHERE part = ? AND count = 0", (part,))  # noqa: S608  names are constants


def _grow(sums: list[int], row: int) -> None:
    sums[0] += 1
    sums[1] = min(sums[1], row)
    sums[2] = max(sums[2], row)


def _problem(fingerprint: str, service: str, sums: list[int], event: Event) -> tuple[str | int, ...]:
    template = str(event.get("fingerprint", {}).get("template") or event.get("body", ""))[:_TEMPLATE]
    exception = str(event.get("attributes", {}).get("exception.type", ""))
    return (fingerprint, service, level_of(event), template, exception, dependency_of(event), *sums)
