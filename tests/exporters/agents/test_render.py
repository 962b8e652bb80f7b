"""Series: what is declared, no more; what Prometheus thinks of them; how many there are."""

import subprocess
from collections import Counter
from dataclasses import replace

import pytest
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.registry import CollectorRegistry

from clients.model import TargetError
from exporters.agents.metrics import METRICS, OUTCOMES, REASONS
from exporters.agents.model import Agent, Answer, Snapshot
from exporters.agents.render import families
from exporters.agents.verdict import judge, verdicts
from exporters.metrics import Samples
from tests.exporters.agents.recorded import answer, samples, snapshot

STATES = {
    "healthy": (),
    "stopped": ("healthy",),
    "disabled": (),
    "auto_disabled": (),
    "forced_down": (),
    "cell_down": ("healthy",),
    "old_microversion": ("healthy",),
    "ovn_never_heard": (),
    "ovn_dead": (),
    "ovn_chassis_deleted": (),
    "samples": (),
}


class Registered:
    def __init__(self, samples: Samples) -> None:
        self.samples = samples

    def collect(self) -> Samples:
        return self.samples


@pytest.mark.servers
@pytest.mark.parametrize("state", STATES)
def test_promtool_has_nothing_to_say(state: str) -> None:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Registered(families(snapshot(state, *STATES[state]))))
    openmetrics.generate_latest(registry)  # type: ignore[no-untyped-call]
    done = subprocess.run(["promtool", "check", "metrics"], input=generate_latest(registry), capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.parametrize("state", STATES)
def test_no_series_is_there_twice_and_each_is_declared(state: str) -> None:
    declared = {metric.name.removesuffix("_info") for metric in METRICS}
    found = families(snapshot(state, *STATES[state]))
    twice = Counter((sample.name, *sorted(sample.labels.items())) for family in found for sample in family.samples)
    assert {family.name for family in found} <= declared
    assert max(twice.values()) == 1


def test_each_metric_is_seen_in_some_state() -> None:
    """A metric that no state of a cloud brings about would be one that nobody has looked at."""
    seen = {family.name for state, before in STATES.items() for family in families(snapshot(state, *before))}
    seen |= {family.name for family in families(Snapshot("c", (_stale(),), token_expires=1.0))}
    seen |= {"openstack_api_list_duration_seconds", "openstack_api_clock_offset_seconds"}  # see test_collector
    assert {metric.name.removesuffix("_info") for metric in METRICS} - seen == set()


def test_every_reason_and_outcome_is_a_declared_one() -> None:
    reasons = {TargetError.reason, *(error.reason for error in TargetError.__subclasses__())}
    assert reasons <= set(OUTCOMES)
    for outcome in OUTCOMES:
        families(Snapshot("c", (Answer("r", "nova", outcome),)))
    said = {word for state, before in STATES.items() for a in snapshot(state, *before).answers for word in _words(a)}
    said |= _words(replace(_stale(), outcome="failed", dropped=1)) | _words(Answer("r", "nova", "refused"))
    assert said == set(REASONS)


def _words(answer: Answer) -> set[str]:
    judgement = judge(answer)
    return set(judgement.reasons) if judgement else set()


def _stale() -> Answer:
    stale = Agent("nova", "nova-compute", "gone", "az", up=False, enabled=True, age=1e6, stale=True)
    ahead = Agent("nova", "nova-compute", "ahead", "az", up=True, enabled=True, age=-60)
    return Answer("r", "nova", "ok", agents=(stale, ahead))


def test_a_stale_row_is_down_and_does_not_count_among_those_that_are_missed() -> None:
    found = samples(Snapshot("c", (_stale(),)))
    assert found["openstack_agent_up", "nova-compute", "nova", "gone", "az"] == 0
    assert found["openstack_agent_stale", "nova-compute", "nova", "gone", "az"] == 1
    assert found["openstack_agents", "enabled", "nova-compute", "nova", "stale", "az"] == 1
    assert found["openstack_agents", "enabled", "nova-compute", "nova", "down", "az"] == 0
    assert found["openstack_agents_clock_ahead", "nova"] == 1
    (nova, _) = verdicts(Snapshot("c", (_stale(),)))
    assert nova.reasons == ("the clock is ahead of the API's on nova-compute on ahead",)


def test_quantiles_are_ages_of_agents() -> None:
    agents = tuple(Agent("nova", "nova-compute", str(age), up=True, enabled=True, age=float(age)) for age in range(1, 11))
    found = samples(Snapshot("c", (Answer("r", "nova", "ok", agents=agents),)))
    statistics = {key[2]: value for key, value in found.items() if key[0] == "openstack_agents_heartbeat_age_seconds"}
    assert statistics == {"median": 5, "p90": 9, "max": 10}


def test_half_of_the_computes_down_is_degraded_and_names_ten_of_them() -> None:
    agents = tuple(Agent("nova", "nova-compute", f"cmp{n:03}", up=n % 2 == 0, enabled=True, age=1.0) for n in range(100))
    (nova, cloud) = verdicts(Snapshot("c", (Answer("r", "nova", "ok", agents=agents),)))
    assert nova.state == cloud.state == "degraded"
    assert nova.reasons[0].startswith("down: 50 of 100 nova-compute: nova-compute on cmp001, nova-compute on cmp003")
    assert nova.reasons[0].endswith("and 40 more")
    assert len(nova.evidence) == 10


def test_ovn_metadata_agents_follow_their_controller_and_are_not_told_of_twice() -> None:
    agents = tuple(
        Agent("neutron", binary, host, up=host == "b", enabled=True, polled=True)
        for binary in ("ovn-controller", "neutron-ovn-metadata-agent")
        for host in ("a", "b")
    )
    (neutron, _) = verdicts(Snapshot("c", (Answer("r", "neutron", "ok", agents=agents),)))
    assert neutron.reasons == ("down: 1 of 2 ovn-controller: ovn-controller on a",)


def test_disabled_agents_that_are_down_worry_nobody() -> None:
    agents = (
        Agent("nova", "nova-compute", "a", up=False, enabled=False, disabled="operator"),
        Agent("nova", "nova-compute", "b", up=True, enabled=True),
    )
    assert {verdict.state for verdict in verdicts(Snapshot("c", (Answer("r", "nova", "ok", agents=agents),)))} == {"healthy"}


def test_equal_snapshots_give_equal_families() -> None:
    one, other = (samples(snapshot("stopped", "healthy")) for _ in range(2))
    assert one == other
    assert answer("healthy", "nova") == answer("healthy", "nova")
