"""What waits for one sink: in memory, on disk, and what is given up at the bound."""

import threading
from pathlib import Path

import pytest

from collectors.pipeline.outbox import Outbox, Taken
from collectors.pipeline.settings import Bounds
from collectors.pipeline.spool import Spool
from tests.collectors.disk import full_beyond
from tests.collectors.pipeline.made import Receipts, Told, batch

BLOCK, DROP = Bounds(2500, 0, "block"), Bounds(2500, 0, "drop")
SPOOLED = Bounds(2500, 1 << 20, "drop")


class Box:
    """An outbox, and what came of it. Batches weigh 1,000, so two fit into memory."""

    def __init__(self, bounds: Bounds, folder: Path | None = None, segment: int = 1 << 20) -> None:
        self.told = Told()
        self.receipts = Receipts()
        self.lost: list[int] = []
        spool = Spool(str(folder), self.lost.append, segment) if folder else None
        self.box = Outbox("out", bounds, spool, self.told, self.receipts)

    def put(self, *numbers: int) -> None:
        for number in numbers:
            self.box.put(batch(number))

    def take(self) -> Taken:
        taken = self.box.take(threading.Event())
        assert taken is not None
        return taken

    def deliver(self) -> list[int]:
        """Take all that waits; the numbers."""
        numbers = []
        while not self.box.empty:
            taken = self.take()
            numbers.append(taken.batch.number)
            self.box.done(taken)
        return numbers


class TestBlocking:
    """`block` makes the pipeline stop reading."""

    def test_room_until_memory_is_full(self) -> None:
        box = Box(BLOCK)
        for number in (1, 2):
            box.put(number)
            assert box.box.has_room()
        box.put(3)
        assert not box.box.has_room()
        assert box.box.memory == 3000
        box.box.done(box.take())
        assert box.box.has_room()
        assert box.deliver() == [2, 3]
        assert box.receipts.numbers == [1, 2, 3]
        assert box.told.all == []

    def test_other_bounds_hold_at_once(self) -> None:
        box = Box(BLOCK)
        box.put(1, 2, 3)
        box.box.reconfigure(Bounds(9000, 0, "block"))
        assert box.box.has_room()


class TestDropping:
    """`drop` gives up the oldest and counts it."""

    def test_the_oldest_in_memory_but_not_what_is_being_sent(self) -> None:
        box = Box(DROP)
        box.put(1)
        taken = box.take()
        box.put(2, 3, 4)
        assert box.box.has_room()
        assert box.told.of("dropped") == [("out", 2, "memory_full", True)] * 2
        assert box.receipts.numbers == [2, 3]
        box.box.done(taken)
        assert box.deliver() == [4]
        assert box.receipts.numbers == [2, 3, 1, 4]

    def test_the_oldest_segment_of_the_spool(self, tmp_path: Path) -> None:
        box = Box(Bounds(500, 2000, "drop"), tmp_path, segment=1)
        box.put(*range(1, 9))
        dropped = box.told.of("dropped")
        assert dropped
        assert set(dropped) == {("out", 2, "spool_full", True)}
        assert box.box.spool_bytes <= 2000
        left = box.deliver()
        assert left == list(range(9 - len(left), 9))
        assert len(left) + len(dropped) == 8


class TestSpooling:
    """When memory is full, all that waits goes to disk and is safe."""

    def test_what_is_being_sent_goes_too_and_is_acknowledged_once(self, tmp_path: Path) -> None:
        box = Box(SPOOLED, tmp_path)
        box.put(1)
        taken = box.take()
        box.put(2)
        assert box.receipts.numbers == []
        box.put(3)
        assert box.receipts.numbers == [1, 2, 3]
        assert box.told.of("spooling") == [("out", True)]
        assert box.box.memory == 0
        box.put(4)
        assert box.receipts.numbers == [1, 2, 3, 4]
        box.box.done(taken)
        assert box.deliver() == [2, 3, 4]
        assert box.receipts.numbers == [1, 2, 3, 4]

    def test_it_goes_back_to_memory_when_the_sink_has_caught_up(self, tmp_path: Path) -> None:
        box = Box(SPOOLED, tmp_path)
        box.put(1, 2, 3)
        assert box.deliver() == [1, 2, 3]
        box.put(4)
        assert not box.take().spooled
        assert box.told.of("spooling") == [("out", True), ("out", False)]

    def test_the_next_life_goes_on_with_it(self, tmp_path: Path) -> None:
        first = Box(SPOOLED, tmp_path)
        first.put(1, 2, 3)
        first.box.done(first.take())
        first.box.close()
        second = Box(SPOOLED, tmp_path)
        second.put(7)
        assert second.deliver() == [2, 3, 7]

    def test_what_an_earlier_life_has_left_is_sent_though_no_spool_is_wanted_now(self, tmp_path: Path) -> None:
        first = Box(SPOOLED, tmp_path)
        first.put(1, 2, 3)
        first.box.close()
        second = Box(BLOCK, tmp_path)
        second.put(7)
        assert second.receipts.numbers == []
        assert second.deliver() == [1, 2, 3, 7]
        assert second.receipts.numbers == [7]

    def test_at_the_end_what_waits_in_memory_goes_to_disk(self, tmp_path: Path) -> None:
        box = Box(SPOOLED, tmp_path)
        box.put(1)
        taken = box.take()
        assert box.box.spill()
        assert box.receipts.numbers == [1]
        box.box.done(taken)
        assert box.box.empty
        plain = Box(BLOCK)
        plain.put(1)
        assert not plain.box.spill()

    def test_a_full_disk_leaves_it_in_memory(self, tmp_path: Path) -> None:
        box = Box(Bounds(2500, 1 << 20, "block"), tmp_path)
        with full_beyond(10):
            box.put(1, 2, 3)
        assert box.receipts.numbers == []
        assert not box.box.has_room()
        assert box.told.of("disk_failed")
        box.put(4)
        assert box.receipts.numbers == [1, 2, 3, 4]
        assert box.deliver() == [1, 2, 3, 4]

    def test_a_full_disk_and_drop_is_not_intended(self, tmp_path: Path) -> None:
        box = Box(SPOOLED, tmp_path)
        with full_beyond(10):
            box.put(1, 2, 3)
        assert box.told.of("dropped") == [("out", 2, "spool_failed", False)]
        assert box.deliver() == [2, 3]

    def test_a_full_disk_does_not_keep_the_cursor_from_moving_on(self, tmp_path: Path) -> None:
        box = Box(SPOOLED, tmp_path)
        box.put(1, 2, 3)
        taken = box.take()
        with full_beyond(10):
            box.box.done(taken)
        assert box.told.of("disk_failed")
        assert box.deliver() == [2, 3]


class TestAnotherWorkerTakesOver:
    """What a worker had in its hands is still the first."""

    @pytest.mark.parametrize("spool", [False, True])
    def test_the_batch_comes_again_and_the_old_workers_word_counts_no_more(self, tmp_path: Path, spool: bool) -> None:
        box = Box(SPOOLED if spool else BLOCK, tmp_path if spool else None)
        box.put(1, 2, 3)
        old = box.take()
        box.box.requeue(None)
        new = box.take()
        assert new.batch.number == old.batch.number == 1
        box.box.done(old)
        box.box.done(new)
        assert box.deliver() == [2, 3]
        assert box.receipts.numbers == [1, 2, 3]

    def test_a_spool_may_come_with_it(self, tmp_path: Path) -> None:
        box = Box(BLOCK)
        box.put(1, 2)
        box.box.requeue(Spool(str(tmp_path), box.lost.append))
        box.box.reconfigure(SPOOLED)
        box.put(3)
        assert box.box.has_spool
        assert box.receipts.numbers == [1, 2, 3]


def test_take_waits_for_a_batch_and_for_the_stop() -> None:
    box, stop = Box(BLOCK), threading.Event()
    taken: list[Taken | None] = []
    thread = threading.Thread(target=lambda: taken.extend([box.box.take(stop), box.box.take(stop)]))
    thread.start()
    box.put(1)
    stop.set()
    box.box.wake()
    thread.join(30)
    assert taken[-1] is None
