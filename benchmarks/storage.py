"""The store beside a plain SQLite table of the same rows: what the full-text index, the sums and the checks cost."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson

from benchmarks.report import table
from collectors.model import Position
from parsers.model import Event
from parsers.parser import Parser, ParserOptions
from stratoscope.query import parse
from stratoscope.store.reader import Reader
from stratoscope.store.records import Progress
from stratoscope.store.writer import Writer

_BATCH = 1000
_ASKED = ("level>=ERROR", "service:nova level>=warning", "unreachable", "exception:MessagingTimeout", "nosuchwordanywhere", "")
_TIMES = 5


def measure(log: Path, count: int, folder: Path) -> str:
    """Store the first `count` events of `log` in both, then ask for the newest 50; a table of CPU seconds and milliseconds."""
    batches = list(_batches(log, count))
    stored = sum(len(batch) for batch in batches)
    ours, plain = folder / "store.db", folder / "plain.db"
    seconds = _cpu(lambda: _store(ours, batches)), _cpu(lambda: _insert(plain, batches))
    sizes = [sum(p.stat().st_size for p in folder.glob(f"{path.name}*")) for path in (ours, plain)]
    rows = [("what", "CPU s", "events/CPU s", "MB", "of plain SQLite")]
    for name, spent, size in zip(("stratoscope's store", "plain SQLite insert"), seconds, sizes, strict=True):
        cells = f"{spent:.2f}", f"{stored / spent:,.0f}", f"{size / (1 << 20):.0f}", f"{seconds[1] / spent:.2f}x"
        rows.append((name, *cells))
    asked = [("newest 50 of", "hits", "ms (best)")]
    with Reader(ours) as reader:
        for text in _ASKED:
            query = parse(text, time.time())
            best = min(_timed(lambda query=query: reader.search(query)) for _ in range(_TIMES))  # type: ignore[misc]
            asked.append((text or "(everything)", str(len(reader.search(query))), f"{best * 1000:.1f}"))
    return f"{stored:,} events\n\n{table(rows)}\n\n{table(asked)}"


def _batches(log: Path, count: int) -> Iterator[list[Event]]:
    parser, left = Parser(ParserOptions()), count
    waiting: list[Event] = []
    with log.open("rb") as file:
        while left > 0 and (data := file.read(1 << 18)):
            waiting += parser.feed(data, 0.0)
            while left > 0 and len(waiting) >= _BATCH:
                yield waiting[: min(_BATCH, left)]
                left -= _BATCH
                del waiting[:_BATCH]


def _store(path: Path, batches: list[list[Event]]) -> None:
    with Writer(path) as writer:
        for batch in batches:
            end = batch[-1]["source"]["last_offset"]
            writer.store([Progress("1-1-00000000", Position(end, 1, "bench.log"), batch)], time.time())


def _insert(path: Path, batches: list[list[Event]]) -> None:
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("CREATE TABLE event (id INTEGER PRIMARY KEY, offset INTEGER, event BLOB)")
    for batch in batches:
        db.execute("BEGIN")
        rows = [(event["source"]["first_offset"], orjson.dumps(event)) for event in batch]
        db.executemany("INSERT INTO event (offset, event) VALUES (?, ?)", rows)
        db.execute("COMMIT")
    db.close()


def _cpu(work: Callable[[], None]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
