"""The pauses: their bounds, and what they are for."""

import random
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from probes.wait.backoff import Backoff

BACKOFFS = st.tuples(st.floats(0.01, 10), st.floats(0, 100)).map(lambda drawn: Backoff(drawn[0], drawn[0] + drawn[1]))


@given(BACKOFFS, st.integers(1, 10**6), st.floats(0, 1))
def test_a_pause_is_between_half_of_the_first_and_the_longest(backoff: Backoff, failures: int, chance: float) -> None:
    shortest, longest = backoff.bounds(failures)
    pause = backoff.pause(failures, chance)
    assert backoff.first / 2 <= shortest <= pause <= longest <= backoff.most


@given(BACKOFFS, st.integers(1, 1000))
def test_the_pause_doubles_from_first_to_most(backoff: Backoff, failures: int) -> None:
    (_, now), (_, then) = backoff.bounds(failures), backoff.bounds(failures + 1)
    assert backoff.bounds(1) == (backoff.first / 2, backoff.first)
    assert then == min(backoff.most, 2 * now) or now == backoff.most


@settings(max_examples=10)
@given(st.integers(0, 2**32))
def test_five_hundred_that_begin_together_are_soon_spread_out(seed: int) -> None:
    draw = random.Random(seed)
    backoff = Backoff(0.5, 15)
    asked: Counter[int] = Counter()
    for _ in range(500):
        at, failures = 0.0, 0
        while at < 300:
            failures += 1
            at += backoff.pause(failures, draw.random())
            if at >= 60:
                asked[int(at)] += 1
    mean = sum(asked.values()) / 240
    assert max(asked[second] for second in range(60, 300)) < 2 * mean
