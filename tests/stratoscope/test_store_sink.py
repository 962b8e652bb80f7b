"""The store as a sink: events and positions together, repeats left out, whoever repeats them."""

from pathlib import Path

import pytest

from collectors.model import Position, RetryError
from collectors.pipeline.batches import Batch, Moved
from parsers.model import Event
from stratoscope.store.records import Stored
from stratoscope.store.sink import StoreSink
from stratoscope.store.writer import Writer
from tests.stratoscope.made import bodies, event

FILE = "1a-400-0000ff01"


def stored(body: str, offset: int, uid: str) -> Event:
    return event(body, offset, attributes={"log.record.uid": uid})


class Kept:
    """A store as a sink, and what it told."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.told: list[Stored] = []
        self.writer = Writer(path)
        self.sink = StoreSink("store", self.writer, lambda _, stored: self.told.append(stored))


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path / "events.db")


def batch(*events: Event, moved: tuple[Moved, ...] = ()) -> Batch:
    return Batch(1, events, moved, 0, 0.0)


def test_events_and_positions_are_stored_together(kept: Kept) -> None:
    at = Position(50, 3, "/var/log/nova.log")
    sent = kept.sink.keep(batch(stored("one", 0, f"{FILE}:0"), moved=(Moved("files", FILE, FILE, at),)), 1.0)
    assert sent.accepted == 1
    assert kept.writer.positions() == {FILE: at}
    assert kept.told == [Stored(1, 0, 0)]
    assert bodies(kept.path) == ["one"]


def test_positions_without_events_are_stored_too(kept: Kept) -> None:
    kept.sink.keep(batch(moved=(Moved("files", FILE, FILE, Position(7, 2, "x")),)), 1.0)
    assert kept.writer.positions()[FILE].offset == 7


def test_events_without_a_position_leave_the_position_where_it_is(kept: Kept) -> None:
    kept.sink.keep(batch(moved=(Moved("files", FILE, FILE, Position(7, 2, "x")),)), 1.0)
    kept.sink.send([stored("one", 0, f"{FILE}:0")], 1.0)
    assert kept.writer.positions()[FILE].offset == 7


def test_repeats_are_left_out(kept: Kept) -> None:
    one = batch(stored("one", 0, f"{FILE}:0"), stored("two", 10, f"{FILE}:a"))
    kept.sink.keep(one, 1.0)
    kept.sink.keep(one, 1.0)
    assert kept.told == [Stored(2, 0, 0), Stored(0, 2, 0)]


def test_pushed_events_are_known_by_their_ids_though_their_offsets_are_new_in_each_life(kept: Kept) -> None:
    kept.sink.send([stored("one", 0, "tag/4f2a:0"), stored("one", 10, "tag/4f2b:0")], 1.0)
    moved = (Moved("forward", "tag#1", "forward-run", Position(5, 1, "tag")),)
    kept.sink.keep(batch(stored("one", 700, "tag/4f2a:0"), stored("one", 10, "tag/9999:0"), moved=moved), 1.0)
    assert kept.told == [Stored(2, 0, 0), Stored(1, 1, 0)]
    assert list(kept.writer.positions()) == ["pushed to us"]


def test_a_store_that_fails_is_tried_again(kept: Kept) -> None:
    kept.sink.close()
    with pytest.raises(RetryError, match="nothing of this batch was stored"):
        kept.sink.send([stored("one", 0, f"{FILE}:0")], 1.0)
