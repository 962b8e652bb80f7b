"""Rates from counters that restart."""

import pytest

from exporters.rabbitmq.history import History, Unroutable


def after(*rounds: tuple[float, dict[str, tuple[float, float]]], window: float = 100) -> History:
    history = History()
    for now, totals in rounds:
        history = history.after({member: Unroutable(*total) for member, total in totals.items()}, now, window)
    return history


@pytest.mark.parametrize(
    ("rounds", "rates"),
    [
        pytest.param([(0, {"a": (5, 5)})], None, id="one round says nothing"),
        pytest.param([(0, {"a": (5, 5)}), (10, {"a": (15, 5)})], (1, 0), id="two rounds"),
        pytest.param([(0, {"a": (5, 0), "b": (0, 0)}), (10, {"a": (15, 0), "b": (10, 20)})], (2, 2), id="members are added up"),
        pytest.param([(0, {"a": (50, 0)}), (10, {"a": (10, 0)})], (1, 0), id="a restart counts from 0"),
        pytest.param([(0, {"a": (0, 0)}), (10, {"a": (0, 0), "b": (99, 9)})], (0, 0), id="a new member has added nothing"),
        pytest.param([(0, {"a": (0, 0)}), (10, {}), (20, {"a": (20, 0)})], (1, 0), id="a silent member is not forgotten"),
        pytest.param([(0, {"a": (0, 0)}), (90, {"a": (90, 0)}), (190, {"a": (90, 0)})], (0, 0), id="what is past the window"),
        pytest.param([(0, {"a": (0, 0)}), (0, {"a": (0, 0)})], (0, 0), id="no time between two"),
    ],
)
def test_rates(rounds: list[tuple[float, dict[str, tuple[float, float]]]], rates: tuple[float, float] | None) -> None:
    assert after(*rounds).per_second() == rates


def test_it_does_not_grow() -> None:
    history = after(*((float(number), {"a": (float(number), 0.0)}) for number in range(3000)), window=1e9)
    assert len(history.steps) <= 1001
