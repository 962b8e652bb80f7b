"""What to send next, and how long to wait before."""

from hypothesis import given
from hypothesis import strategies as st

from collectors.pipeline.delivery import STRANGE, Delivery, pause_after
from collectors.pipeline.settings import RetrySettings
from tests.collectors.pipeline.made import event

EVENTS = [event(number) for number in range(8)]


class TestEveryEventIsSentUntilItIsTakenOrRejected:
    """Whatever the answers, each event is accepted or rejected exactly once, and in order."""

    @given(st.lists(st.sampled_from(["taken", "later", "half", "too large"]), max_size=60))
    def test_any_answers(self, answers: list[str]) -> None:
        delivery = Delivery(EVENTS)
        done: list[object] = []
        for answer in [*answers, *["taken"] * 20]:
            part = delivery.part
            if part is None:
                break
            if answer == "too large" and delivery.halve():
                continue
            if answer == "later":
                delivery.failed(None)
            elif answer == "half":
                done += part[: len(part) // 2]
                delivery.failed(part[len(part) // 2 :])
            else:
                done += part
                delivery.done()
        assert done == EVENTS
        assert delivery.part is None


def test_a_repeat_is_the_very_same_list() -> None:
    delivery = Delivery(EVENTS)
    delivery.failed(None)
    assert delivery.part is EVENTS
    delivery.halve()
    first = delivery.part
    delivery.failed(None)
    assert delivery.part is first


def test_nothing_remaining_is_the_end() -> None:
    delivery = Delivery(EVENTS)
    delivery.failed([])
    assert delivery.part is None
    assert Delivery([]).part is None


def test_failures_are_counted_in_a_row() -> None:
    delivery = Delivery(EVENTS)
    assert [delivery.failed(None), delivery.failed(None)] == [1, 2]
    assert delivery.failed(EVENTS[4:]) == 1
    assert [delivery.is_suspect() for _ in range(STRANGE)] == [False] * (STRANGE - 1) + [True]


class TestPauses:
    """Each further one waits twice as long; half of each pause is left to chance."""

    settings = RetrySettings(first=1.0, most=30.0)

    @given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
    def test_they_are_bounded(self, failures: int, chance: float) -> None:
        assert 0.5 <= pause_after(failures, self.settings, chance, None) <= 30.0

    def test_they_grow(self) -> None:
        assert [pause_after(number, self.settings, 1.0, None) for number in range(1, 8)] == [1, 2, 4, 8, 16, 30, 30]

    def test_a_far_side_may_ask_for_more_within_reason(self) -> None:
        assert pause_after(1, self.settings, 0.0, 20.0) == 20.0
        assert pause_after(1, self.settings, 0.0, 1e9) == 300.0
        assert pause_after(9, self.settings, 0.0, 1.0) == 15.0
