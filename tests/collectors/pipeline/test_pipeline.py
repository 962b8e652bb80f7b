"""The turns of the pipeline, with sources, outboxes and time made up."""

import threading
from collections.abc import Sequence

from collectors.model import Position
from collectors.pipeline.loop import Loop
from collectors.pipeline.outbox import Outbox
from collectors.pipeline.pipeline import PAUSE, Pipeline, receiver
from collectors.pipeline.settings import BatchSettings, Bounds
from collectors.pipeline.streams import Streams
from parsers.model import Event
from tests.collectors.pipeline.made import ListSource, Told, chunk, line_parser

WALL = 1_800_000_000.0


class Rig:
    """A pipeline with outboxes called `sinks`."""

    def __init__(self, *sinks: str, memory: int = 1 << 20, age: float = 0.0, events: int = 1000) -> None:
        self.told = Told()
        self.persisted = 0
        self.pipeline = Pipeline(Streams(line_parser, "run"), BatchSettings(events=events, age=age), self.told)
        self.pipeline.persist = self.persist
        receive = receiver(self.pipeline.receipts, lambda: None)
        for name in sinks:
            self.pipeline.outboxes[name] = Outbox(name, Bounds(memory, 0, "block"), None, self.told, receive)

    def persist(self) -> None:
        self.persisted += 1
        assert all(outbox.empty for outbox in self.pipeline.outboxes.values()), "a sink has events of what is not known on disk"

    def deliver(self, sink: str) -> list[str]:
        """A sink takes what waits; the bodies."""
        bodies, outbox = [], self.pipeline.outboxes[sink]
        while not outbox.empty:
            taken = outbox.take(threading.Event())
            assert taken is not None
            bodies += [event["body"] for event in taken.batch.events]
            outbox.done(taken)
        return bodies


def test_the_position_is_committed_when_every_sink_has_accepted() -> None:
    rig, source = Rig("a", "b"), ListSource([chunk(b"one\ntwo\nthree\n")])
    rig.pipeline.add("files", source)
    rig.pipeline.turn(0.0, WALL)
    assert source.committed == {"1-3-abc": Position(0, 1, "a.log")}
    assert rig.persisted == 1
    assert rig.deliver("a") == ["one", "two"]
    rig.pipeline.turn(0.1, WALL)
    assert source.committed["1-3-abc"].offset == 0
    assert not rig.pipeline.settled(0.1)
    assert rig.pipeline.lag(2.5) == 2.5
    assert rig.deliver("b") == ["one", "two"]
    assert rig.pipeline.settled(1.5)
    assert source.committed["1-3-abc"] == Position(8, 3, "a.log")
    assert rig.pipeline.lag(2.5) == 0.0
    assert rig.told.of("settled") == [(2, 1.5)]
    assert rig.told.of("read") == [("files", 14, 3)]


def test_a_full_outbox_stops_the_reading_in_the_middle_of_a_sweep() -> None:
    lines = [chunk(b"x\n" * 10, offset) for offset in range(0, 200, 20)]
    rig, source = Rig("a", memory=15_000, events=5), ListSource(lines)
    rig.pipeline.add("files", source)
    assert not rig.pipeline.turn(0.0, WALL)
    assert rig.pipeline.blocked
    assert rig.pipeline.due(0.0) == PAUSE
    assert rig.pipeline.descriptors() == []
    first = len(rig.deliver("a"))
    assert 0 < first < 50
    rounds = 0
    while len(rig.told.of("read")) < 10:
        rig.pipeline.turn(0.0, WALL)
        first += len(rig.deliver("a"))
        rounds += 1
    rig.pipeline.turn(100.0, WALL)
    assert first + len(rig.deliver("a")) == 100
    assert rounds > 1


def test_sources_are_read_in_turn() -> None:
    rig = Rig("a")
    rig.pipeline.add("one", ListSource([chunk(b"1\n", offset, identity="i1") for offset in (0, 2, 4)]))
    rig.pipeline.add("two", ListSource([chunk(b"2\n", offset, identity="i2") for offset in (0, 2, 4)]))
    rig.pipeline.turn(0.0, WALL)
    assert [source for source, *_ in rig.told.of("read")] == ["one", "two"] * 3


def test_a_sweep_begins_when_it_is_due_or_the_source_says_so() -> None:
    class Ready(ListSource):
        def streams(self) -> list[int]:
            return [7]

    rig, source = Rig("a"), Ready([], [chunk(b"one\n")], [chunk(b"two\n", 4)])
    rig.pipeline.add("in", source)
    rig.pipeline.turn(0.0, WALL)
    rig.pipeline.turn(PAUSE / 2, WALL)
    assert rig.told.of("read") == []
    assert rig.pipeline.idle
    rig.pipeline.turn(PAUSE / 2, WALL, [7])
    assert len(rig.told.of("read")) == 1
    rig.pipeline.turn(PAUSE * 2, WALL)
    assert len(rig.told.of("read")) == 2
    assert rig.pipeline.done()


def test_much_to_read_is_read_in_several_turns() -> None:
    rig = Rig("a")
    rig.pipeline.add("files", ListSource([chunk(b"x\n", offset) for offset in range(0, 100, 2)]))
    assert rig.pipeline.turn(0.0, WALL)
    assert rig.pipeline.turn(0.0, WALL)
    assert rig.pipeline.turn(0.0, WALL)
    assert not rig.pipeline.turn(0.0, WALL)


def test_events_wait_for_others_until_they_are_old_enough() -> None:
    rig = Rig("a", age=1.0)
    rig.pipeline.add("files", ListSource([chunk(b"one\ntwo\n")]))
    rig.pipeline.turn(0.0, WALL)
    assert rig.deliver("a") == []
    rig.pipeline.turn(0.9, WALL)
    assert rig.deliver("a") == []
    rig.pipeline.turn(1.0, WALL)
    assert rig.deliver("a") == ["one"]


def test_the_last_record_comes_by_itself_after_a_while() -> None:
    rig, source = Rig("a"), ListSource([chunk(b"one\n")])
    rig.pipeline.add("files", source)
    rig.pipeline.turn(0.0, WALL)
    assert rig.deliver("a") == []
    rig.pipeline.turn(100.0, WALL)
    assert rig.deliver("a") == ["one"]
    rig.pipeline.turn(100.0, WALL)
    assert source.committed["1-3-abc"].offset == 4


class Broken:
    """An observer with a fault."""

    name = "broken"

    def observe(self, events: Sequence[Event], now: float) -> None:
        raise ZeroDivisionError


class Seeing:
    """An observer that remembers."""

    name = "seeing"

    def __init__(self) -> None:
        self.bodies: list[str] = []

    def observe(self, events: Sequence[Event], now: float) -> None:
        self.bodies += [event["body"] for event in events]


def test_an_observer_that_fails_never_stops_delivery_nor_the_others() -> None:
    rig, seeing = Rig("a"), Seeing()
    rig.pipeline.observers += [Broken(), seeing]
    rig.pipeline.add("files", ListSource([chunk(b"one\ntwo\n", ended=True)]))
    rig.pipeline.turn(0.0, WALL)
    assert rig.deliver("a") == seeing.bodies == ["one", "two"]
    assert [name for name, _ in rig.told.of("observer_failed")] == ["broken"]


def test_at_the_end_only_what_cannot_be_read_again_is_closed() -> None:
    rig = Rig("a")
    rig.pipeline.add("in", ListSource([chunk(b"said\n", identity="-", path="-")]))
    rig.pipeline.add("files", ListSource([chunk(b"written\n")]))
    rig.pipeline.turn(0.0, WALL)
    rig.pipeline.end(0.0, WALL)
    assert rig.deliver("a") == ["said"]


def test_a_source_that_is_removed_is_closed_and_what_is_on_its_way_stays_so() -> None:
    rig, source, next_one = Rig("a"), ListSource([chunk(b"one\ntwo\n")]), ListSource()
    rig.pipeline.add("files", source)
    rig.pipeline.turn(0.0, WALL)
    assert rig.pipeline.remove("files") == {"1-3-abc": Position(4, 2, "a.log")}
    assert source.closed
    rig.pipeline.add("files", next_one)
    assert rig.deliver("a") == ["one"]
    rig.pipeline.turn(1.0, WALL)
    assert next_one.committed["1-3-abc"].offset == 4
    rig.pipeline.remove("files")
    assert rig.pipeline.done()
    assert rig.pipeline.due(5.0) == 5.0 + PAUSE


def test_the_loop_rests_wakes_and_waits() -> None:
    rig = Rig("a")
    rig.pipeline.add("files", ListSource([chunk(b"one\n")]))
    with Loop(rig.pipeline) as loop:
        loop.wake()
        assert not loop.step()
        assert not loop.until(lambda: False, 0.01)
        assert loop.until(lambda: True, 60.0)
    loop.wake()
