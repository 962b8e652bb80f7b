"""Budget, breaker and settings by themselves."""

from math import inf, nan

import pytest

from probes.model import State, Verdict
from probes.verdict import Budget, Outcome, Peers, Policy, PolicySettings
from probes.verdict.breaker import Breaker

HUNG = Verdict("s", State.HUNG, 0.0, 0.0, "hung: two proofs", ready=False, started=True)


def test_a_budget_outlives_a_restart() -> None:
    before = Budget(2)
    assert before.spend(100.0)
    assert before.spend(200.0)
    after = Budget(2, before.state())
    assert not after.spend(300.0)
    assert after.left(100.0 + 3600.0) == 1
    assert after.spend(100.0 + 3600.0)


def test_after_a_restart_of_the_node_kills_of_before_still_count() -> None:
    budget = Budget(1, {"version": 1, "kills": [1e6]})
    assert not budget.spend(50.0)
    assert budget.left(50.0 + 3599.0) == 0
    assert budget.left(50.0 + 3601.0) == 1


@pytest.mark.parametrize(
    "state",
    [{}, {"version": 2, "kills": []}, {"version": 1}, {"version": 1, "kills": "x"}, {"version": 1, "kills": [nan, "y"]}],
    ids=str,
)
def test_a_state_that_cannot_be_read_counts_as_spent(state: dict[str, object]) -> None:
    budget = Budget(2, state)
    assert not budget.spend(1000.0)
    assert budget.left(1000.0 + 3601.0) == 2


def test_the_state_of_a_budget_is_bounded() -> None:
    budget = Budget(3, {"version": 1, "kills": [float(at) for at in range(100_000)]})
    assert budget.left(1e6) == 3
    for at in range(1000):
        budget.spend(1e6 + at * 1300.0)
    kills = budget.state()["kills"]
    assert isinstance(kills, list)
    assert len(kills) <= 3


def test_the_budget_of_none_kills_nothing() -> None:
    assert not Budget(0).spend(0.0)


@pytest.mark.parametrize(
    ("peers", "opens"),
    [
        (Peers(0, 1), False),
        (Peers(0, None), False),
        (Peers(1, 100), False),
        (Peers(19, 100), False),
        (Peers(20, 100), True),
        (Peers(1, 3), True),
        (Peers(1, 1), True),
        (Peers(2, None), False),
        (Peers(3, None), True),
        (Peers(1, 0), False),
    ],
    ids=str,
)
def test_the_breaker_opens_above_its_share(peers: Peers, opens: bool) -> None:
    breaker = Breaker(PolicySettings())
    assert bool(breaker.open(peers, 0.0)) is opens


def test_the_breaker_stays_open_for_a_while() -> None:
    breaker = Breaker(PolicySettings(breaker_hold=600.0))
    assert breaker.open(Peers(5, 10), 0.0) == "6 of 10 hang at a time"
    assert breaker.open(Peers(0, 10), 599.0)
    assert not breaker.open(Peers(0, 10), 601.0)


def test_a_kill_is_taken_from_the_budget_once() -> None:
    policy = Policy(PolicySettings(mode="enforce", kills_per_hour=1))
    for now in (0.0, 10.0, 4000.0):
        answer = policy.liveness(HUNG, now, fresh=True, draining=False, peers=Peers())
        assert (answer.ok, answer.outcome, answer.first) == (False, Outcome.KILL, now == 0.0)
    assert policy.budget_state()["kills"] == [0.0]


def test_readiness_and_startup_tell_why() -> None:
    policy = Policy(PolicySettings())
    well = Verdict("s", State.HEALTHY, 0.0, 0.0, "healthy: 3 pings answered", ready=True, started=True)
    assert policy.readiness(well, fresh=True, draining=False).ok
    assert policy.startup(well, fresh=True).ok
    draining = policy.readiness(well, fresh=True, draining=True)
    assert (draining.ok, draining.reason) == (False, "draining: healthy: 3 pings answered")
    stale = policy.readiness(well, fresh=False, draining=False)
    assert (stale.ok, stale.outcome) == (False, Outcome.STALE)


def test_mistakes_of_the_settings_are_told_all_at_once() -> None:
    assert not list(PolicySettings().mistakes())
    wrong = PolicySettings(kills_per_hour=-1, breaker_share=20, breaker_number=0, breaker_hold=1)
    assert [key for key, _ in wrong.mistakes()] == ["kills_per_hour", "breaker_share", "breaker_number", "breaker_hold"]


def test_what_withholds_is_the_label_of_a_metric() -> None:
    assert {outcome.value for outcome in Outcome if outcome.withheld} == {"budget", "breaker", "stale", "draining"}


def test_a_kill_at_no_time_counts_as_one_of_now() -> None:
    assert Budget(1, {"version": 1, "kills": [inf]}).left(0.0) == 0
