"""What a batch may hold, and that none of its events is lost or turned around."""

from hypothesis import given
from hypothesis import strategies as st

from collectors.pipeline.batches import Batcher, weight_of
from collectors.pipeline.settings import BatchSettings, BufferSettings, RetrySettings
from tests.collectors.pipeline.made import event, moved

SIZES = st.lists(st.integers(0, 40_000), max_size=40)


class TestABatchKeepsItsBounds:
    """The first bound that is met cuts a batch."""

    @given(SIZES, st.integers(1, 10), st.integers(64 << 10, 200 << 10))
    def test_events_and_memory(self, sizes: list[int], most: int, memory: int) -> None:
        batcher = Batcher(BatchSettings(events=most, memory=memory))
        batcher.add([event(1, size) for size in sizes], 0.0)
        for batch in batcher.cut([], 0.0):
            assert len(batch.events) <= most
            assert batch.weight <= memory or len(batch.events) == 1
            assert batch.weight == sum(map(weight_of, batch.events))

    @given(SIZES)
    def test_nothing_is_lost_and_the_order_stays(self, sizes: list[int]) -> None:
        batcher = Batcher(BatchSettings(events=3))
        events = [event(number, size) for number, size in enumerate(sizes)]
        batcher.add(events, 0.0)
        assert [one for batch in batcher.cut([], 0.0) for one in batch.events] == events
        assert list(batcher.cut([], 0.0)) == []
        assert batcher.weight == 0


def test_the_last_batch_carries_the_positions() -> None:
    batcher = Batcher(BatchSettings(events=2))
    batcher.add([event(0), event(1), event(2)], 5.0)
    first, last = batcher.cut([moved(30)], 6.0)
    assert (first.moved, last.moved) == ((), (moved(30),))
    assert (first.number, last.number, first.read) == (1, 2, 5.0)


def test_positions_alone_are_a_batch_without_events() -> None:
    (batch,) = Batcher(BatchSettings()).cut([moved(30)], 7.0)
    assert (list(batch.events), batch.moved, batch.weight) == ([], (moved(30),), 0)


def test_age_and_size_make_it_due() -> None:
    batcher = Batcher(BatchSettings(events=2, age=1.0))
    assert not batcher.due(100.0)
    batcher.add([event(0)], 10.0)
    assert not batcher.due(10.9)
    assert batcher.due(11.0)
    assert not batcher.full()
    batcher.add([event(1)], 10.5)
    assert batcher.full()


def test_mistakes_in_settings() -> None:
    assert [key for key, _ in BatchSettings(events=0, memory=1, age=-1).mistakes()] == ["events", "memory", "age"]
    assert [key for key, _ in BufferSettings(memory=1, spool=1).mistakes()] == ["memory", "spool"]
    assert [key for key, _ in RetrySettings(first=5, most=1).mistakes()] == ["first"]
    for settings in (
        BatchSettings(),
        BufferSettings(),
        RetrySettings(),
        BufferSettings(spool=0),
        BufferSettings(spool=1 << 30),
    ):
        assert not list(settings.mistakes())


def test_several_sinks_have_a_spool_and_drop_one_has_none_and_blocks() -> None:
    one, many = BufferSettings().bounds(1), BufferSettings().bounds(2)
    assert (one.spool, one.when_full) == (0, "block")
    assert (many.spool, many.when_full) == (1 << 30, "drop")
    told = BufferSettings(spool=0, when_full="drop").bounds(5)
    assert (told.spool, told.when_full) == (0, "drop")
