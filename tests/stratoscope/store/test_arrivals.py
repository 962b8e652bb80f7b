"""What has come in, in the order in which it came: late events as well, once each, within bounds of number and time."""

import sqlite3
from pathlib import Path

import pytest

from clients.model import Deadline
from stratoscope.query import Query, parse
from stratoscope.store import arrivals
from stratoscope.store.reader import Reader
from stratoscope.store.views import Arrivals
from stratoscope.store.writer import Writer
from tests.stratoscope.made import NOW, event, progress

OVER = Deadline(0.0, lambda: 1.0)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "events.db"
    Writer(path).close()
    return path


def put(store: Path, *bodies: str, day: int = 23, seconds: int = 0, identity: str = "") -> None:
    """Events of one file, a second apart."""
    events = [
        event(body, number, timestamp=f"2026-11-{day:02d}T03:{(seconds + number) // 60:02d}:{(seconds + number) % 60:02d}Z")
        for number, body in enumerate(bodies)
    ]
    with Writer(store) as writer:
        writer.store([progress(events, identity=identity or bodies[0])], NOW)


def arrived(store: Path, after: int, query: str = "", limit: int = 100, deadline: Deadline | None = None) -> Arrivals:
    with Reader(store) as reader:
        return reader.arrivals(parse(query, NOW), after, limit, deadline)


def bodies(found: Arrivals) -> list[str]:
    return [hit.event["body"] for hit in found.hits]


def test_what_comes_late_comes_all_the_same(store: Path) -> None:
    put(store, "known")
    with Reader(store) as reader:
        begin = reader.arrived()
        assert reader.arrivals(Query(), begin) == Arrivals([], begin, complete=True)
    put(store, "new", day=24)
    put(store, "late", "later", day=1)
    found = arrived(store, begin)
    assert bodies(found) == ["later", "late", "new"]
    assert found.complete
    assert bodies(arrived(store, found.number)) == []


def test_only_what_matches_comes(store: Path) -> None:
    put(store, "one known", "two known")
    begin = arrived(store, 0).number
    put(store, "one new", "two new", "two more")
    put(store, "two late", "one late", day=1)
    assert bodies(arrived(store, begin, "two")) == ["two late", "two more", "two new"]
    assert bodies(arrived(store, begin, "two since:2026-11-10")) == ["two more", "two new"]
    assert bodies(arrived(store, begin, "-two until:2026-11-10")) == ["one late"]


def test_of_many_the_last_come(store: Path) -> None:
    put(store, *(f"line {number}" for number in range(300)))
    found = arrived(store, 0, limit=3)
    assert (bodies(found), found.number, found.complete) == (["line 299", "line 298", "line 297"], 300, False)


@pytest.mark.parametrize("query", ["", "line"])
def test_when_time_is_up_the_last_come(store: Path, query: str) -> None:
    for number in range(3):
        put(store, f"line {number}")
    found = arrived(store, 0, query, deadline=OVER)
    assert (bodies(found), found.number, found.complete) == (["line 2"], 3, False)


def test_in_a_crowd_the_clock_is_looked_at(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(store, *(f"line {number}" for number in range(50)))
    monkeypatch.setattr(arrivals, "_LOOK", 10)
    put(store, *(f"line {number} of the middle" for number in range(10)), seconds=20)
    found = arrived(store, 50, "line", deadline=OVER)
    assert bodies(found) == [f"line {number} of the middle" for number in (9, 8, 7, 6, 5)]
    assert (found.number, found.complete) == (60, False)


def test_no_more_than_some_are_remembered(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "KEPT", 3)
    for number in range(6):
        put(store, f"line {number}")
    assert bodies(arrived(store, 0)) == ["line 5", "line 4", "line 3"]
    assert not arrived(store, 2).complete
    assert arrived(store, 3).complete


def test_a_small_store_remembers_no_more_than_it_holds(store: Path) -> None:
    for number in range(6):
        put(store, f"line {number}")
    with sqlite3.connect(store) as db:
        db.execute("UPDATE part SET events = 2")
    db.close()
    put(store, "line 6")
    assert bodies(arrived(store, 0)) == ["line 6", "line 5", "line 4"]


def test_a_number_that_was_of_another_store_begins_anew(store: Path) -> None:
    put(store, "line")
    found = arrived(store, 99)
    assert (found.hits, found.number, found.complete) == ([], 1, False)


def test_what_is_not_stored_has_not_come(store: Path) -> None:
    with Writer(store) as writer, pytest.raises(RuntimeError):
        writer.store([progress([event("a")]), _Broken()], NOW)  # type: ignore[list-item]
    assert arrived(store, 0) == Arrivals([], 0, complete=True)


class _Broken:
    """What a fault of ours could be."""

    def __getattr__(self, name: str) -> object:
        raise RuntimeError(name)
