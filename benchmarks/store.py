"""`python -m benchmarks.store [N]`: N events into the store, searches and views; beside a plain SQLite table with LIKE.

The events are those of the generated log of `benchmarks.logs`, parsed once, and again and again with new times, hosts (a few
have most), request and server ids (four and forty events each). The baseline is a table `(id, event)` of the same JSON in
the same SQLite, asked with `event LIKE '%word%' ORDER BY id DESC LIMIT 50`; it gets `--baseline` events, as it is slow.
"""

import argparse
import gc
import os
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from benchmarks import logs
from benchmarks.report import machine, table
from clients.model import Deadline
from collectors.model import Position
from parsers.model import Event
from parsers.parser import Parser, ParserOptions
from stratoscope.query import parse
from stratoscope.store.reader import Reader
from stratoscope.store.records import Progress
from stratoscope.store.writer import Writer

_BATCH = 5000
_POOL = 24 << 20
"""Bytes of generated log whose events are used again and again."""
_HOSTS = 200
_START = datetime(2026, 11, 23, 5, tzinfo=UTC)
_GAP = timedelta(milliseconds=2)
_TIMES = 5
_SEED = 1

_SEARCHES = (
    ("one word, frequent", "instance", "%instance%"),
    ("one word, rare", "unreachable", "%unreachable%"),
    ("a word that is nowhere", "nosuchwordanywhere", "%nosuchwordanywhere%"),
    ("a phrase", '"lost connection"', "%lost connection%"),
    ("a prefix of frequent words", "re*", "%re%"),
    ("fields", "service:nova level>=warning", None),
    ("a field's beginning", "logger:nova.compute*", '%"nova.compute%'),
    ("not", "-level:info -level:debug host:cmp-0007", None),
    ("two frequent ones, never together", "service:keystone logger:nova.compute.manager", None),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.store", description=__doc__)
    parser.add_argument("events", type=int, nargs="?", default=1_000_000, help="in the store (1000000)")
    parser.add_argument("--baseline", type=int, default=200_000, help="events in the plain table (200000)")
    parser.add_argument("--folder", help="where both are put for the time (the system's temporary folder)")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="stratoscope-bench-", dir=asked.folder) as name:
        folder = Path(name)
        pool = list(_parsed(folder / "pool.log"))
        gc.freeze()  # the collector would walk through the pool, which no collecting process has
        sys.stdout.write(f"{machine()}, load {os.getloadavg()[0]:.1f} at the beginning\n\n")
        plain = folder / "plain.db"
        told = [_filled("plain SQLite table", plain, _batches(pool, asked.baseline), _insert(plain))]
        ours = folder / "store.db"
        with Writer(ours, max_size=1 << 40) as writer:
            told.append(_filled("stratoscope's store", ours, _batches(pool, asked.events), _store(writer)))
        rows = [("what", "events", "events/CPU s", "events/s", "last tenth", "B/event"), *told]
        for part in (table(rows), _searches(ours, plain, asked), _views(ours)):
            sys.stdout.write(f"{part}\n\n")
            sys.stdout.flush()
    return 0


def _parsed(path: Path) -> Iterator[Event]:
    logs.write(path, _POOL, "plain")
    parser = Parser(ParserOptions())
    with path.open("rb") as file:
        while data := file.read(1 << 18):
            yield from parser.feed(data, 0.0)
    path.unlink()


def _batches(pool: Sequence[Event], count: int) -> Iterator[list[Event]]:
    chance = random.Random(_SEED)  # noqa: S311  the same events each time
    hosts = [f"cmp-{min(int(chance.paretovariate(0.7)), _HOSTS):04d}" for _ in range(997)]
    for start in range(0, count, _BATCH):
        yield [_again(pool[n % len(pool)], n, hosts[n % 997]) for n in range(start, min(count, start + _BATCH))]


def _again(event: Event, number: int, host: str) -> Event:
    """The event with another time, host and ids."""
    attributes = event.get("attributes", {})
    made: Event = {**event, "timestamp": f"{(_START + _GAP * number).isoformat(timespec='milliseconds')[:-6]}Z"}
    if "openstack.request_id" in attributes:
        digits = f"{number // 4 * 0x9E3779B97F4A7C15 & (1 << 128) - 1:032x}"
        uuid = f"{digits[24:]}-{digits[20:24]}-4{digits[17:20]}-8{digits[14:17]}-{digits[:12]}"
        attributes = {**attributes, "openstack.request_id": f"req-{uuid}"}
        made["trace_id"] = uuid.replace("-", "")
    if "openstack.instance_uuid" in attributes:
        attributes = {**attributes, "openstack.instance_uuid": f"{number // 40:08x}-0000-4000-8000-000000000000"}
    made |= {"attributes": attributes, "resource": {**event.get("resource", {}), "host.name": host}}
    made["source"] = {**event["source"], "first_offset": number * 400, "file": "/var/log/pods/openstack.log"}
    return made


def _store(writer: Writer) -> Callable[[list[Event]], None]:
    def store(batch: list[Event]) -> None:
        position = Position(batch[-1]["source"]["first_offset"] + 1, 1, "bench.log")
        writer.store([Progress("1-1-00000000", position, batch)], time.time())

    return store


def _insert(path: Path) -> Callable[[list[Event]], None]:
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("CREATE TABLE event (id INTEGER PRIMARY KEY, event TEXT)")

    def insert(batch: list[Event]) -> None:
        db.execute("BEGIN")
        db.executemany("INSERT INTO event (event) VALUES (?)", [(orjson.dumps(event).decode(),) for event in batch])
        db.execute("COMMIT")

    return insert


def _filled(name: str, path: Path, batches: Iterator[list[Event]], store: Callable[[list[Event]], None]) -> tuple[str, ...]:
    """Store all; only the storing is timed."""
    events, spent = 0, []
    for batch in batches:
        cpu, start = time.process_time(), time.perf_counter()
        store(batch)
        spent.append((time.process_time() - cpu, time.perf_counter() - start))
        events += len(batch)
    cpu, wall = (sum(one) for one in zip(*spent, strict=True))
    last = spent[-max(1, len(spent) // 10) :]
    late = len(last) * _BATCH / sum(cpu for cpu, _ in last)
    size = sum(file.stat().st_size for file in path.parent.glob(f"{path.name}*"))
    return name, f"{events:,}", f"{events / cpu:,.0f}", f"{events / wall:,.0f}", f"{late:,.0f}", f"{size / events:,.0f}"


def _searches(ours: Path, plain: Path, asked: argparse.Namespace) -> str:
    rows = [("newest 50 of", "search", "hits", "first, ms", "best, ms", f"LIKE over {asked.baseline:,}, ms")]
    db = sqlite3.connect(plain)
    like = "SELECT id, event FROM event WHERE event LIKE ? ORDER BY id DESC LIMIT 50"
    for name, text, pattern in _SEARCHES:
        query = parse(text, time.time())
        with Reader(ours) as reader:
            found = reader.search(query)
            told = _milliseconds(lambda reader=reader, query=query: reader.search(query))  # type: ignore[misc]
        base = "" if pattern is None else _milliseconds(lambda pattern=pattern: db.execute(like, (pattern,)).fetchall())[1]  # type: ignore[misc]
        rows.append((name, text, str(len(found)), *told, base))
    db.close()
    return table(rows)


def _views(ours: Path) -> str:
    with Reader(ours) as reader:
        totals = reader.totals()
        since, until = totals.oldest or 0.0, (totals.newest or 0.0) + 1
        found = [hit.event.get("attributes", {}) for hit in reader.search(parse("instance:0* request_id:4*", 0.0), 1000)]
        example = found[-1]
        asked: list[tuple[str, Callable[[], object]]] = [
            ("the story of a request", lambda: reader.story(example["openstack.request_id"])),
            ("the story of a server", lambda: reader.story(example["openstack.instance_uuid"])),
            ("histogram of all", lambda: reader.histogram(parse("", 0.0), since, until)),
            (
                "histogram of a word, 200 ms",
                lambda: reader.histogram(parse("instance", 0.0), since, until, 60, Deadline.after(0.2)),
            ),
            ("facets of the newest 2,000", lambda: reader.facets(parse("level>=warning", 0.0))),
            ("errors with trends", lambda: reader.errors(since, until)),
            ("dependencies", lambda: reader.dependencies(since, until)),
            ("services, totals", lambda: (reader.services(), reader.totals())),
        ]
        return table([("view", "first, ms", "best, ms"), *((name, *_milliseconds(ask)) for name, ask in asked)])


def _milliseconds(ask: Callable[[], object]) -> tuple[str, str]:
    """The first time, and the best of some."""
    spent = []
    for _ in range(_TIMES):
        start = time.perf_counter()
        ask()
        spent.append((time.perf_counter() - start) * 1000)
    return f"{spent[0]:.1f}", f"{min(spent):.1f}"


if __name__ == "__main__":
    sys.exit(main())
