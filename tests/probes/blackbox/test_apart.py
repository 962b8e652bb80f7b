"""What may hang runs apart."""

import threading
from collections.abc import Iterator

import pytest

from probes.apart import Apart, OverdueError
from tests.servers.process import wait_until

PATIENCE = 60.0


def test_a_call_returns_what_it_returns() -> None:
    assert Apart().call("one", lambda: 7, PATIENCE) == 7


def test_what_a_call_raises_is_raised() -> None:
    def fail() -> int:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        Apart().call("one", fail, PATIENCE)


def test_one_that_hangs_is_left_behind_and_not_begun_again_until_it_ends() -> None:
    apart, gate = Apart(), threading.Event()
    with pytest.raises(OverdueError, match=r"one: not done after 0\.0 s"):
        apart.call("one", gate.wait, 0.01)
    with pytest.raises(OverdueError, match="one: the last one still hangs"):
        apart.call("one", lambda: True, PATIENCE)
    assert apart.call("another", lambda: 3, PATIENCE) == 3
    assert apart.hanging() == ["one"]
    gate.set()
    wait_until(lambda: not apart.hanging(), "the thread has ended")
    assert apart.call("one", lambda: 4, PATIENCE) == 4


def test_what_came_before_it_hung_is_had() -> None:
    gate = threading.Event()

    def produce() -> Iterator[int]:
        yield 1
        yield 2
        gate.wait()
        yield 3

    stream = Apart().stream("one", produce, PATIENCE)
    assert [next(stream), next(stream)] == [1, 2]
    gate.set()
    assert list(stream) == [3]


def test_a_producer_whose_items_nobody_takes_any_more_ends() -> None:
    def produce() -> Iterator[int]:
        yield from range(10**9)

    apart = Apart()
    stream = apart.stream("one", produce, PATIENCE)
    assert next(stream) == 0
    stream.close()
    wait_until(lambda: not apart.hanging(), "the thread has ended")


def test_the_next_may_begin_as_soon_as_the_end_of_the_last_was_told() -> None:
    apart = Apart()
    for number in range(300):
        assert apart.call("one", lambda: 7, PATIENCE) == 7, number
