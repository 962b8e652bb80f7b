"""A file that version 1 wrote, recorded as it was: brought up while others look, complete, and dropped as the store fills."""

import lzma
import sqlite3
import threading
from pathlib import Path

import pytest

from parsers.model import Event
from stratoscope.query import Query, parse
from stratoscope.store import retention
from stratoscope.store.reader import Reader
from stratoscope.store.schema import MIGRATIONS
from stratoscope.store.writer import Writer
from tests.stratoscope.made import NOW, bodies, event, progress

RECORDED = Path(__file__).parents[2] / "data" / "store" / "version-1.db.xz"
"""45 events: 40 of nova-compute by the minute, three failures, a long one of keystone without a time, one of glance-api."""
SPAN = (1_795_402_800.0, 1_795_413_600.0)
"""2026-11-23 03:00 to 06:00."""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "events.db"
    path.write_bytes(lzma.decompress(RECORDED.read_bytes()))
    return path


def version_of(path: Path) -> int:
    with sqlite3.connect(path) as db:
        (version,) = db.execute("PRAGMA user_version").fetchone()
    db.close()
    return int(version)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 45), ("synchronizing", 40), ("service:nova", 43), ("level>=error", 3), ("request_id:5f1c-3", 4),
        ("dependency:galera", 3), ("größe", 1), ("-service:nova", 2), ("since:2026-11-23T04:00", 1),
    ],
)  # fmt: skip
def test_all_is_found_as_before(old: Path, query: str, count: int) -> None:
    assert version_of(old) == 1
    assert len(bodies(old, query)) == count
    assert version_of(old) == len(MIGRATIONS)


def test_sums_and_positions_are_kept(old: Path) -> None:
    with Writer(old) as writer:
        assert {name: at.offset for name, at in writer.positions().items()} == {"1a-400-00ff": 6000, "2b-400-00aa": 80}
    with Reader(old) as reader:
        services = {one.service: (one.events, one.errors) for one in reader.services()}
        assert services == {"nova-compute": (43, 3), "glance-api": (1, 0), "keystone": (1, 0)}
        assert [one.count for one in reader.problems()] == [3]
        assert reader.totals().events == 45


def test_histograms_count_what_has_no_sums_by_the_minute(old: Path) -> None:
    with Writer(old) as writer:
        writer.store([progress([event("new", 9000, timestamp="2026-11-23T05:10:00Z")])], NOW)
    with Reader(old) as reader:
        told = reader.histogram(Query(), *SPAN, buckets=3)
    assert [sum(counts) for counts in told.counts] == [44, 0, 2]


def test_repeats_of_what_version_1_stored_are_known(old: Path) -> None:
    again = [event("Synchronizing state 7", 700, timestamp="2026-11-23T03:07:00.5Z"), event("new", 9000)]
    with Writer(old) as writer:
        stored = writer.store([progress(again)], NOW)
    assert (stored.added, stored.repeated) == (1, 1)


def test_it_is_brought_up_once_while_many_open_it(old: Path) -> None:
    """One brings it up, those that come meanwhile wait, and one that was reading goes on."""
    watching = sqlite3.connect(old, isolation_level=None)
    watching.execute("BEGIN")
    assert watching.execute("SELECT count(*) FROM event").fetchone() == (45,)
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(len(bodies(old)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == [45] * 4
    assert watching.execute("SELECT count(*) FROM event").fetchone() == (45,)
    watching.close()


def filling(batch: int) -> list[Event]:
    """50 events of 0.8 KB, later than those recorded."""
    numbers = range(batch * 50, batch * 50 + 50)
    return [event("filling " * 99, 10_000 + n, timestamp=f"2026-11-24T00:00:{n / 20:09.6f}Z", service="new") for n in numbers]


def test_it_goes_by_rows_as_the_store_fills_and_its_sums_shrink(old: Path) -> None:
    with Reader(old) as reader:
        before = reader.totals().events
    with Writer(old, max_size=700_000) as writer:
        dropped = sum(writer.store([progress(filling(batch))], NOW).dropped for batch in range(20))
    with Reader(old) as reader:
        totals = reader.totals()
        found = reader.search(Query(), 10_000)
        assert dropped == totals.dropped >= before
        assert {one.service for one in reader.services()} == {"new"}
        assert reader.problems() == []
    assert totals.events == len(found) == before + 1000 - dropped
    with sqlite3.connect(old) as db:
        assert db.execute("SELECT name FROM sqlite_schema WHERE name IN ('event_0', 'text_0')").fetchall() == []
    db.close()


def test_the_rest_of_it_is_found_after_some_rows_went(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_ROWS", 5)
    times = iter([True, True, True, True, False])
    with Writer(old) as writer:
        writer.store([progress([])], NOW)
        assert retention.drop_old(writer._db, 1, lambda: next(times, False), None) == 15
    with sqlite3.connect(old, isolation_level=None) as db:
        db.execute("INSERT INTO text_0 (text_0) VALUES ('integrity-check')")
    db.close()
    with Reader(old) as reader:
        found = reader.search(parse("synchronizing state service:nova", NOW))
        assert {one.service: one.events for one in reader.services()}["nova-compute"] == len(found) + 3 == 28
        assert reader.search(parse('"state 14"', NOW)) == []
        assert reader.totals().events == 30
