"""What goes when the store is full or events are old; the sums go with it, and readers are not in the way."""

import sqlite3
from pathlib import Path

import pytest

from parsers.model import Event
from stratoscope.query import Query, parse
from stratoscope.store import parts
from stratoscope.store import writer as writing
from stratoscope.store.reader import Reader
from stratoscope.store.schema import OF_PARTS
from stratoscope.store.writer import Writer
from tests.stratoscope.made import NOW, event, failed, progress

MIDNIGHT = 1_795_392_000.0
"""2026-11-23."""


def hourly(first: int, count: int, service: str) -> list[Event]:
    """`count` events an hour apart."""
    return [
        event(f"hour {n}", n, timestamp=f"2026-11-{23 + n // 24:02d}T{n % 24:02d}:00:00Z", service=service)
        for n in range(first, first + count)
    ]


def test_sums_shrink_as_events_go(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with Writer(path, max_size=1 << 20) as writer:
        early = [failed("early " * 50, n) for n in range(100)]
        writer.store([progress(early)], NOW)
        with Reader(path) as reader:
            assert [one.count for one in reader.problems()] == [100]
        for batch in range(1, 40):
            events = [
                event(f"late {n} " * 50, n, timestamp=f"2026-11-24T00:00:{n / 100:09.6f}Z", service="late")
                for n in range(batch * 100, batch * 100 + 100)
            ]
            writer.store([progress(events)], NOW)
    with Reader(path) as reader:
        totals = reader.totals()
        assert reader.problems() == []
        assert [(one.service, one.events) for one in reader.services()] == [("late", totals.events)]
        assert reader.errors(MIDNIGHT, MIDNIGHT + 86400).groups == []
        assert reader.dependencies(MIDNIGHT, MIDNIGHT + 86400).blames == []
        assert totals.events == 4000 - totals.dropped == len(reader.search(Query(), 10_000))
    with sqlite3.connect(path) as db:
        kept = {number for (number,) in db.execute("SELECT number FROM part")}
        for table in OF_PARTS:
            assert {number for (number,) in db.execute(f"SELECT part FROM {table}")} <= kept
    db.close()


def test_what_is_older_than_its_time_goes_and_the_part_being_filled_stays(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with Writer(path, max_age=16 * 3600) as writer:  # a part is full when it spans an hour
        for hour in range(0, 48, 2):
            writer.store([progress(hourly(hour, 2, "nova"))], MIDNIGHT + hour * 3600)
        stored = writer.store([progress(hourly(48, 1, "nova"))], MIDNIGHT + 48 * 3600)
        with Reader(path) as reader:
            oldest = reader.search(Query(), 100)[-1].time
            assert reader.totals().dropped == 48 + 1 - len(reader.search(Query(), 100)) > 0
        assert MIDNIGHT + 30 * 3600 <= oldest <= MIDNIGHT + 32 * 3600
        assert stored.dropped == 2
        writer.store([progress(hourly(49, 1, "nova"))], MIDNIGHT + 1000 * 3600)
        with Reader(path) as reader:
            assert [hit.event["body"] for hit in reader.search(Query())] == ["hour 49", "hour 48"]


def test_a_file_read_late_is_sorted_in_and_goes_when_its_newest_is_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MOST_EVENTS", 10)
    path = tmp_path / "events.db"
    with Writer(path) as writer:
        writer.store([progress(hourly(10, 10, "first"), identity="1-1-1")], NOW)
        writer.store([progress(hourly(0, 10, "second"), identity="2-2-2")], NOW)
        writer.store([progress(hourly(15, 10, "third"), identity="3-3-3")], NOW)
    with Reader(path) as reader:
        found = reader.search(Query())
        assert len(parts.parts(reader._db)) == 3
        assert [hit.event["body"] for hit in found[:11:5]] == ["hour 24", "hour 19", "hour 17"]
        assert [hit.event["body"] for hit in found[-3:]] == ["hour 2", "hour 1", "hour 0"]
    with Writer(path, max_age=15 * 3600) as writer:
        assert writer.store([progress(hourly(40, 1, "third"), identity="3-3-3")], MIDNIGHT + 26 * 3600).dropped == 10
    with Reader(path) as reader:
        assert {one.service for one in reader.services()} == {"first", "third"}


def test_a_reader_in_the_middle_sees_what_it_saw_while_its_part_goes(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with Writer(path, max_age=3600) as writer:
        writer.store([progress(hourly(0, 2, "nova"))], MIDNIGHT)
        slow = sqlite3.connect(path, isolation_level=None)
        slow.execute("BEGIN")
        assert slow.execute("SELECT count(*) FROM event_1").fetchone() == (2,)
        stored = writer.store([progress(hourly(30, 2, "nova"))], MIDNIGHT + 40 * 3600)
        assert stored.dropped == 2
        assert slow.execute("SELECT count(*) FROM text_1 WHERE text_1 MATCH 'hour'").fetchone() == (2,)
        slow.execute("COMMIT")
        slow.close()
    with Reader(path) as reader:
        assert len(reader.search(parse("hour", NOW))) == 2


class TestTheWriteAheadLogIsBounded:
    """Readers are never locked out, and never in the way for long."""

    def fill(self, writer: Writer, first: int, count: int) -> None:
        for n in range(first, first + count):
            writer.store([progress([event("filling " * 400, n)])], NOW)

    def test_while_there_is_always_some_reader(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(writing, "_WAL_BOUND", 1 << 20)
        monkeypatch.setattr(writing, "_WAL_PATIENCE", 0.01)
        monkeypatch.setattr(writing, "_WAL_PAUSE", 0.0)
        path = tmp_path / "events.db"
        with Writer(path) as writer:
            readers = [sqlite3.connect(path, isolation_level=None) for _ in range(2)]
            readers[0].execute("BEGIN")
            readers[0].execute("SELECT * FROM part").fetchall()
            sizes = []
            for step in range(10):  # one begins before the other ends
                one, other = readers[step % 2], readers[1 - step % 2]
                other.execute("BEGIN")
                other.execute("SELECT * FROM part").fetchall()
                one.execute("COMMIT")
                self.fill(writer, step * 10, 10)
                sizes.append(Path(f"{path}-wal").stat().st_size)
            for reader in readers:
                reader.close()
            self.fill(writer, 1000, 1)
            assert Path(f"{path}-wal").stat().st_size <= 1 << 20
        assert max(sizes) > 1 << 20

    def test_a_reader_that_stands_still_delays_and_does_not_stop_the_writer(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(writing, "_WAL_BOUND", 1 << 16)
        monkeypatch.setattr(writing, "_WAL_PATIENCE", 0.01)
        monkeypatch.setattr(writing, "_WAL_PAUSE", 0.0)
        path = tmp_path / "events.db"
        with Writer(path) as writer:
            self.fill(writer, 0, 1)
            standing = sqlite3.connect(path, isolation_level=None)
            standing.execute("BEGIN")
            assert standing.execute("SELECT sum(events) FROM part").fetchone() == (1,)
            self.fill(writer, 1, 60)
            assert standing.execute("SELECT sum(events) FROM part").fetchone() == (1,)
            standing.close()
            self.fill(writer, 100, 1)
            assert Path(f"{path}-wal").stat().st_size <= 1 << 16
        with Reader(path) as reader:
            assert reader.totals().events == 62
