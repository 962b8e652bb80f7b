"""When a target is asked, for how long an answer is served, and what of a timeout is ours."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.model import MalformedError, RefusedError, TimedOutError, UnreachableError
from exporters.frame.exposition import Rendering
from exporters.frame.plan import MAX_BACKOFF, MAX_SCRAPE_TIMEOUT, Collection, Plan, budget, pause
from exporters.frame.state import Good, State, answered, failed
from tests.exporters.frame.made import BACKGROUND, SCRAPE


@pytest.mark.parametrize(("told", "ours"), [(None, 9.0), (10.0, 9.0), (2.0, 1.75), (0.3, 0.15), (60.0, 59.0), (1e9, 119.0)])
def test_the_answer_leaves_time_for_the_way_back(told: float | None, ours: float) -> None:
    assert budget(told) == pytest.approx(ours)


@given(st.floats(0.001, 1e9))
def test_a_scrape_takes_less_than_it_has(told: float) -> None:
    assert 0 < budget(told) < min(told, MAX_SCRAPE_TIMEOUT)


@given(st.integers(0, 10**6), st.floats(0, 1, exclude_max=True))
def test_a_target_that_fails_is_asked_less_often_but_is_asked(failures: int, chance: float) -> None:
    calm = pause(BACKGROUND, 0, chance)
    assert 0.9 * 30 <= calm <= 1.1 * 30
    assert calm <= pause(BACKGROUND, failures, chance) <= 1.1 * 30 * MAX_BACKOFF
    assert pause(BACKGROUND, failures, chance) <= pause(BACKGROUND, failures + 1, chance)


def test_settings_change_the_plan_of_the_exporter() -> None:
    assert Collection().over(BACKGROUND) == BACKGROUND
    changed = Collection("scrape", 60.0, 5.0, 3, 100)
    assert changed.over(BACKGROUND) == Plan("scrape", 60.0, 5.0, 3, 100)
    assert not list(changed.mistakes())
    assert [key for key, _ in Collection(None, 0.0, 0.01, 0, 0).mistakes()] == ["interval", "timeout", "keep", "max_series"]


def good(at: float = 1000.0) -> Good:
    return Good("snapshot", Rendering(), at, at + 1e9)


def test_an_answer_is_served_on_the_scrape_lane_only_as_long_as_it_is_the_newest() -> None:
    state = answered(State(), good(), 0.1)
    assert state.served(SCRAPE, 1000.1) == good()
    assert state.served(SCRAPE, 1000.1, late=True) is None
    assert failed(state, TimedOutError("slow"), 9.0).served(SCRAPE, 1009.0) is None


def test_in_the_background_the_last_good_answer_is_served_for_some_intervals() -> None:
    state = failed(answered(State(), good(), 0.1), TimedOutError("slow"), 9.0)
    assert state.served(BACKGROUND, 1000 + 5 * 30) == good()
    assert state.served(BACKGROUND, 1000 + 5 * 30 + 1) is None
    hanging = answered(State(), good(), 0.1)
    assert hanging.served(BACKGROUND, 1e6) == good()
    assert hanging.served(BACKGROUND, 1e6, late=True) is None
    assert State().served(BACKGROUND, 0.0) is None


@dataclass(frozen=True)
class Cluster:
    reachable: bool


def test_a_snapshot_of_several_nodes_says_itself_whether_any_answered() -> None:
    for reachable in (True, False):
        state = answered(State(), Good(Cluster(reachable), Rendering(), 0.0, 0.0), 0.1)
        assert (state.success, state.reachable) == (reachable, reachable)
        assert state.served(SCRAPE, 0.0) is not None


@pytest.mark.parametrize(
    ("error", "reachable", "outcome"),
    [
        (UnreachableError("refused"), False, "unreachable"),
        (TimedOutError("slow"), False, "timeout"),
        (RefusedError("password"), True, "refused"),
        (MalformedError("html"), True, "malformed"),
        (KeyError("wsrep"), None, "error"),
    ],
)
def test_a_failure_says_whether_the_target_was_reached(error: Exception, reachable: bool | None, outcome: str) -> None:
    state = failed(failed(State(), error, 1.0), error, 2.0)
    assert (state.success, state.reachable, state.failures, state.duration) == (False, reachable, 2, 2.0)
    assert state.outcomes[outcome] == 2
    assert answered(state, good(), 0.1).failures == 0
    assert answered(state, good(), 0.1).outcomes[outcome] == 2
