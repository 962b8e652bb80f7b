"""A position moves when every sink has all that stands before it, and never earlier."""

from hypothesis import given
from hypothesis import strategies as st

from collectors.pipeline.ledger import Ledger
from tests.collectors.pipeline.made import batch


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 8)), max_size=40))
def test_a_position_is_safe_once_no_sink_owes_it_or_anything_before_it(receipts: list[tuple[str, int]]) -> None:
    ledger = Ledger()
    for number in range(1, 9):
        ledger.add(batch(number, at=number), ["a", "b"])
    had: set[tuple[str, int]] = set()
    safe = 0
    for receipt in receipts:
        ledger.accepted(*receipt)
        had.add(receipt)
        for settled in ledger.settled():
            safe += 1
            assert settled.moved[0].position.offset == safe
        assert all({("a", number), ("b", number)} <= had for number in range(1, safe + 1))
        assert safe == 8 or not {("a", safe + 1), ("b", safe + 1)} <= had


def test_a_batch_without_events_waits_for_those_before_it_only() -> None:
    ledger = Ledger()
    ledger.add(batch(1), ["a"])
    ledger.add(batch(2, events=0, at=7), ["a"])
    assert list(ledger.settled()) == []
    ledger.accepted("a", 1)
    assert [settled.events for settled in ledger.settled()] == [2, 0]
    assert len(ledger) == 0


def test_a_sink_that_is_taken_out_owes_nothing() -> None:
    ledger = Ledger()
    ledger.add(batch(1), ["a", "b"])
    ledger.accepted("a", 1)
    assert (ledger.owed("a"), ledger.owed("b"), ledger.oldest()) == (0, 2, 1.0)
    ledger.without("b")
    assert len(list(ledger.settled())) == 1
    assert ledger.oldest() is None
    ledger.accepted("b", 1)
