"""A worker does not give up, and does not give up the wrong thing."""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from collectors.model import Rejected, RetryError, Sent, TooLargeError
from collectors.pipeline.batches import Batch
from collectors.pipeline.dead_letters import DeadLetters
from collectors.pipeline.outbox import Outbox
from collectors.pipeline.settings import Bounds, RetrySettings
from collectors.pipeline.worker import Worker
from parsers.model import Event
from tests.collectors.disk import full_beyond
from tests.collectors.pipeline.made import Receipts, ScriptedSink, Told, batch, event
from tests.servers.process import wait_until


class Work:
    """A worker over a scripted sink. `deliver` gives it batches and waits until it is done with them."""

    def __init__(self, folder: Path, sink: Any, first: float = 0.001) -> None:
        self.sink = sink
        self.told = Told()
        self.receipts = Receipts()
        self.dead = folder / "dead" / "letters.jsonl"
        self.box = Outbox("out", Bounds(1 << 20, 0, "block"), None, self.told, self.receipts)
        letters = DeadLetters(str(self.dead), 1 << 20, "out", clock=lambda: 1.5)
        self.worker = Worker(
            sink, self.box, self.told, letters, RetrySettings(first=first, most=60.0 if first > 1 else 0.01), 5.0
        )
        self.worker.start()

    def deliver(self, *batches: Batch) -> None:
        for one in batches:
            self.box.put(one)
        wait_until(lambda: self.box.empty, "the worker has done its work", pause=0.002)

    def letters(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.dead.read_text().splitlines()]


Start = Callable[..., Work]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Work] = []

    def begin(sink: Any, **more: Any) -> Work:
        started.append(Work(tmp_path, sink, **more))
        return started[-1]

    yield begin
    for work in started:
        work.worker.stop()
        assert work.worker.join(30)


def test_batches_go_in_order_and_are_acknowledged(start: Start) -> None:
    work = start(ScriptedSink())
    work.deliver(batch(1), batch(2), batch(3))
    assert work.receipts.numbers == [1, 2, 3]
    assert [sink for sink, *_ in work.told.of("delivered")] == ["scripted"] * 3
    assert work.worker.error is None


def test_the_same_list_is_sent_again_until_it_is_taken(start: Start) -> None:
    work, one = start(ScriptedSink(RetryError("away"), OSError(5, "no route"), TimeoutError("slow"), None)), batch(1)
    work.deliver(one)
    assert all(sent is one.events for sent in work.sink.sent)
    assert len(work.sink.sent) == 4
    assert len(work.told.of("retried")) == 3
    assert work.worker.error is None


def test_only_the_rest_is_sent_again(start: Start) -> None:
    one = batch(1, events=3)
    work = start(ScriptedSink(RetryError("half", remaining=one.events[1:])))
    work.deliver(one)
    assert work.sink.sent == [one.events, one.events[1:]]
    assert [events for _, events, _ in work.told.of("delivered")] == [1, 2]


def test_what_the_far_side_asks_for_is_waited(start: Start) -> None:
    work = start(ScriptedSink(RetryError("later", after=0.05)))
    work.deliver(batch(1))
    assert work.told.of("retried")[0][2] == 0.05


def test_too_large_is_halved_down_to_one_event_which_is_rejected(start: Start) -> None:
    class Small(ScriptedSink):
        def send(self, events: Sequence[Event], timeout: float) -> Sent:
            if len(events) > 1 or events[0]["body"] == "event 102":
                raise TooLargeError("more than I can take")
            return super().send(events, timeout)

    work = start(Small())
    work.deliver(batch(1, events=5))
    assert [sent[0]["body"] for sent in work.sink.sent] == ["event 100", "event 101", "event 103", "event 104"]
    (letter,) = work.letters()
    assert letter == {"time": 1.5, "sink": "out", "reason": "more than I can take", "event": event(102)}
    assert work.receipts.numbers == [1]


def test_rejected_events_go_to_the_dead_letters(start: Start) -> None:
    one = batch(1)
    work = start(ScriptedSink(Sent(1, (Rejected(one.events[1], "mapper_parsing_exception"),))))
    work.deliver(one)
    assert [letter["reason"] for letter in work.letters()] == ["mapper_parsing_exception"]
    assert work.told.of("rejected") == [("scripted", one.events[1], "mapper_parsing_exception")]


def test_dead_letters_that_cannot_be_written_are_counted_as_lost(start: Start) -> None:
    one = batch(1)
    work = start(ScriptedSink(Sent(1, (Rejected(one.events[1], "no"),))))
    with full_beyond(5):
        work.deliver(one)
    assert work.told.of("dropped") == [("scripted", 1, "dead_letters_failed", False)]
    assert work.told.of("rejected") == []


def test_events_refused_without_a_name_are_told(start: Start) -> None:
    work = start(ScriptedSink(Sent(1, unnamed=1, remark="one was bad")))
    work.deliver(batch(1))
    assert work.told.of("refused") == [("scripted", 1, "one was bad")]


class Choking(ScriptedSink):
    """A sink with a fault: it cannot send one particular event."""

    def send(self, events: Sequence[Event], timeout: float) -> Sent:
        if any(one["body"] == "event 201" for one in events):
            raise KeyError("surprise")
        return super().send(events, timeout)


def test_an_event_that_breaks_a_sink_that_works_is_set_aside(start: Start) -> None:
    work = start(Choking())
    work.deliver(batch(1), batch(2, events=4), batch(3))
    assert [letter["event"]["body"] for letter in work.letters()] == ["event 201"]
    assert work.receipts.numbers == [1, 2, 3]


def test_a_sink_that_has_never_worked_costs_no_event(start: Start) -> None:
    work = start(ScriptedSink(*[KeyError("no such setting")] * 8))
    work.deliver(batch(1))
    assert not work.dead.exists()
    assert len(work.told.of("retried")) == 8
    assert work.receipts.numbers == [1]


def test_stop_ends_a_pause_and_the_batch_is_not_acknowledged(start: Start) -> None:
    work = start(ScriptedSink(RetryError("away")), first=60.0)
    work.box.put(batch(1))
    wait_until(lambda: work.worker.error is not None, "the first attempt failed")
    work.worker.stop()
    assert work.worker.join(30)
    assert work.receipts.numbers == []
    assert work.sink.closed


def test_a_sink_that_hangs_does_not_keep_stop_waiting(start: Start) -> None:
    release, inside = threading.Event(), threading.Event()

    class Hanging(ScriptedSink):
        def send(self, events: Sequence[Event], timeout: float) -> Sent:
            inside.set()
            release.wait(60)
            return Sent(len(events))

    work = start(Hanging())
    work.box.put(batch(1))
    assert inside.wait(30)
    work.worker.stop()
    assert not work.worker.join(0.01)
    release.set()


def test_a_sink_that_keeps_positions_gets_the_whole_batch(start: Start) -> None:
    kept: list[Batch] = []

    class Keeping(ScriptedSink):
        def keep(self, given: Batch, timeout: float) -> Sent:
            kept.append(given)
            return Sent(len(given.events))

    work, one = start(Keeping()), batch(1, at=7)
    work.deliver(one)
    assert kept == [one]
    assert work.sink.sent == []


def test_a_spool_that_cannot_be_read_is_told_and_tried_again(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    work = start(ScriptedSink())
    take = work.box.take
    failed: list[int] = []

    def once_failing(stop: threading.Event) -> Any:
        if not failed:
            failed.append(1)
            raise OSError(5, "Input/output error")
        return take(stop)

    monkeypatch.setattr(work.box, "take", once_failing)
    work.deliver(batch(1))
    work.deliver(batch(2))
    assert work.receipts.numbers == [1, 2]
    assert work.told.of("disk_failed")


class TestDeadLetters:
    """Together at most `bound` bytes; the older file is given up when the newer one is full."""

    def test_two_files(self, tmp_path: Path) -> None:
        path = tmp_path / "dead.jsonl"
        letters = DeadLetters(str(path), 2000, "out")
        for number in range(20):
            letters.write([Rejected(event(number), "no")])
        lines = [json.loads(line) for one in (tmp_path / "dead.jsonl.1", path) for line in one.read_text().splitlines()]
        assert [line["event"]["body"] for line in lines] == [f"event {number}" for number in range(20 - len(lines), 20)]
        assert sum(one.stat().st_size for one in tmp_path.iterdir()) <= 2000

    def test_a_full_disk_leaves_no_half_line(self, tmp_path: Path) -> None:
        path = tmp_path / "dead.jsonl"
        letters = DeadLetters(str(path), 1 << 20, "out")
        letters.write([Rejected(event(1), "no")])
        size = path.stat().st_size
        with full_beyond(size + 10), pytest.raises(OSError, match="File too large"):
            letters.write([Rejected(event(2), "no")])
        assert path.stat().st_size == size
