"""Searches through many parts: in order, complete, and honest about how far they came when their time was up."""

import itertools
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.model import Deadline
from stratoscope.query import Query, parse
from stratoscope.store import parts, walk
from stratoscope.store.parts import Part, cut
from stratoscope.store.reader import Reader
from stratoscope.store.writer import Writer
from tests.stratoscope.made import NOW, event, progress

FILES = 5
EVENTS = 400


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five files that were written side by side and read one after the other: parts that overlap in time."""
    path = tmp_path_factory.mktemp("walk") / "events.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "MOST_EVENTS", 150)
        with Writer(path) as writer:
            for file in range(FILES):
                for start in range(0, EVENTS, 50):
                    events = [_event(file, number) for number in range(start, start + 50)]
                    writer.store([progress(events, identity=f"{file}-1-00")], NOW)
    return path


def _event(file: int, number: int) -> dict[str, object]:
    time = f"2026-11-23T03:{number // 60:02d}:{number % 60:02d}.{file:06d}Z"
    return event(f"file{file} number{number} {'odd' if number % 2 else 'even'}", number, timestamp=time, service=f"s-{file}")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slices of a few events."""
    monkeypatch.setattr(walk, "_FIRST", 70)
    monkeypatch.setattr(walk, "next_size", lambda size, seconds: size)


def test_parts_overlap_and_hits_come_in_the_order_of_time(store: Path) -> None:
    with Reader(store) as reader:
        hits = reader.search(Query(), 10_000)
        assert len(parts.parts(reader._db)) > FILES
    rows = [hit.row for hit in hits]
    assert len(set(rows)) == FILES * EVENTS
    assert rows == sorted(rows, reverse=True)
    assert [hit.event["body"].split()[0] for hit in hits[:5]] == ["file4", "file3", "file2", "file1", "file0"]


def expired() -> Deadline:
    """One that has passed before anything began."""
    return Deadline(0.0, lambda: 1.0)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("text", ["", "odd", "service:s-3", "number17", "nowhere", "file1 -odd", "numb*"])
def test_each_search_gets_on_though_its_time_is_up_and_all_steps_together_find_all(store: Path, text: str) -> None:
    query = parse(text, NOW)
    found, before, steps = [], None, 0
    with Reader(store) as reader:
        whole = [hit.row for hit in reader.search(query, 10_000)]
        while True:
            told = reader.find(query, 10_000, before, expired())
            found += [hit.row for hit in told.hits]
            steps += 1
            if told.reached is None:
                break
            assert before is None or told.reached < before
            assert all(hit.row >= told.reached for hit in told.hits)
            before = told.reached
    assert found == whole
    assert steps > 10


@pytest.mark.usefixtures("small")
def test_the_clock_is_asked_after_each_slice(store: Path) -> None:
    ticks = itertools.count()
    with Reader(store) as reader:
        told = reader.find(parse("nowhere", NOW), 50, None, Deadline(4.0, lambda: float(next(ticks))))
    assert next(ticks) == 5
    assert told.reached is not None


@cache
def rows_of(store: Path, text: str) -> list[int]:
    """All rows that a search finds."""
    with Reader(store) as reader:
        return [hit.row for hit in reader.search(parse(text, NOW), 10_000)]


@pytest.mark.usefixtures("small")
@given(st.integers(1, 60), st.integers(0, FILES * EVENTS - 1), st.sampled_from(["", "odd", "service:s-2"]))
@settings(deadline=None, max_examples=25)
def test_the_newest_before_any_row(store: Path, limit: int, at: int, text: str) -> None:
    query = parse(text, NOW)
    with Reader(store) as reader:
        before = rows_of(store, "")[at]
        whole = [row for row in rows_of(store, text) if row < before]
        assert [hit.row for hit in reader.search(query, limit, before)] == whole[:limit]


def test_a_slice_grows_while_it_is_quick_and_shrinks_when_slow() -> None:
    assert walk.next_size(1_000_000, 0.001) == 2_000_000
    assert walk.next_size(1_000_000, 0.02) == 1_000_000
    assert walk.next_size(1_000_000, 0.2) == 500_000
    assert walk.next_size(8_000_000, 0.001) == 8_000_000
    assert walk.next_size(60_000, 10.0) == 60_000


PARTS = st.lists(
    st.builds(
        lambda number, events, oldest, span: Part(number, events, 0, oldest << 10, (oldest + span) << 10),
        st.integers(1, 500),
        st.integers(1, 1_000_000),
        st.integers(0, 10**9),
        st.integers(0, 10**9),
    ),
    min_size=1,
    max_size=6,
)


@given(PARTS, st.integers(1, 500_000))
def test_a_cut_gets_on_and_holds_about_what_is_asked(every: list[Part], events: int) -> None:
    top, bottom = max(part.newest for part in every) + 1, min(part.oldest for part in every)
    low = cut(every, top, bottom, events)
    assert bottom <= low < top
    inside = sum(part.between(low, top) for part in every)
    assert low == bottom or low == top - 1 or inside <= events * 1.001 + 1


@given(st.integers(1, 5000), st.integers(1, 1000))
def test_parts_of_one_time_have_different_marks(number: int, apart: int) -> None:
    assert Part(number, 0, 0, 0, 0).slot != Part(number + apart, 0, 0, 0, 0).slot or apart % 1024 == 0
