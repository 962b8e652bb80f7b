"""The host view over recorded answers of a real cloud."""

import subprocess
from collections.abc import Iterable

import pytest
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector as Registered
from prometheus_client.registry import CollectorRegistry

from clients.model import Deadline, UnreachableError
from exporters.agents.model import Agent, Answer
from exporters.agents.model import Snapshot as AgentsSnapshot
from exporters.frame.view import Seen
from exporters.hosts.collector import HostsCollector, Snapshot
from exporters.hosts.metrics import METRICS
from exporters.hosts.settings import HostsSettings
from exporters.model import Verdict
from tests.exporters.agents.recorded import snapshot
from tests.exporters.hosts.views import GivenView


def look(view: GivenView, settings: HostsSettings | None = None) -> tuple[HostsCollector, Snapshot]:
    collector = HostsCollector(settings or HostsSettings(), view)
    return collector, collector.fetch(Deadline.after(10))


def states(state: str, *before: str) -> dict[str, str]:
    _, seen = look(GivenView(agents={"mini": snapshot(state, *before)}))
    return {host.key.host: host.state for host in seen.hosts}


def verdicts(view: GivenView) -> dict[str, Verdict]:
    collector, seen = look(view)
    return {verdict.subject: verdict for verdict in collector.verdicts(seen)}


def series(families: Iterable[Family]) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def test_states_of_the_recorded_cloud() -> None:
    assert states("healthy") == {"cmp1": "healthy", "cmp2": "drained"}
    assert states("stopped") == {"cmp1": "agent_dead", "cmp2": "drained"}
    assert states("auto_disabled") == {"cmp1": "agent_dead", "cmp2": "drained"}
    assert states("cell_down", "healthy") == {"cmp1": "unknown", "cmp2": "unknown"}


def test_the_verdict_of_a_host_shows_where_the_facts_stand() -> None:
    found = verdicts(GivenView(agents={"mini": snapshot("auto_disabled")}))
    host = found["host cmp1 in RegionOne, cloud mini"]
    assert (host.state, host.reasons) == ("agent_dead", ("nova-compute has lost its hypervisor",))
    assert host.evidence == {
        "GET http://cloud.example/v2.1/os-services [?binary=='nova-compute' && host=='cmp1'].disabled_reason": (
            "AUTO: Connection to libvirt lost: 1"
        )
    }
    assert found["all hypervisors"].reasons == ("1 agent_dead: cmp1",)


def test_hosts_that_are_drained_on_purpose_leave_the_whole_healthy() -> None:
    found = verdicts(GivenView(agents={"mini": snapshot("healthy")}))
    assert found["host cmp2 in RegionOne, cloud mini"].reasons == ("disabled: no network agent",)
    assert found["all hypervisors"].healthy


def test_series() -> None:
    collector, seen = look(GivenView(agents={"mini": snapshot("stopped")}))
    found = series(collector.families(seen))
    assert found["openstack_host_state", "mini", "cmp1", "agent_dead", "RegionOne", "nova"] == 1
    assert found["openstack_host_state", "mini", "cmp1", "healthy", "RegionOne", "nova"] == 0
    assert found["openstack_host_reason", "mini", "cmp1", "compute_down", "RegionOne", "nova"] == 1
    assert found["openstack_hosts", "mini", "RegionOne", "agent_dead"] == 1
    assert found["openstack_hosts", "mini", "RegionOne", "down"] == 0
    assert found["openstack_hosts_source_age_seconds", "agents", "mini"] == 1
    assert {name for name, *_ in found} == {metric.name for metric in METRICS}


def test_a_network_agent_that_is_down_with_nova_compute_means_that_the_host_is() -> None:
    agents = (
        Agent("nova", "nova-compute", "a", "az", up=False, enabled=True, age=100),
        Agent("neutron", "ovn-controller", "a.example.org", up=False, enabled=True),
        Agent("neutron", "neutron-l3-agent", "b", up=False, enabled=True),
        Agent("nova", "nova-compute", "b", "az", up=True, enabled=True, age=1),
        Agent("neutron", "neutron-openvswitch-agent", "b", up=True, enabled=True, age=1),
    )
    cloud = AgentsSnapshot("c", (Answer("r", "nova", "ok", agents=agents),))
    _, seen = look(GivenView(agents={"c": cloud}))
    assert {host.key.host: host.state for host in seen.hosts} == {"a": "down", "b": "healthy"}


def test_sources_that_are_too_old_tell_nothing() -> None:
    old = Seen(snapshot("healthy"), 301.0)
    with pytest.raises(UnreachableError, match="no agents exporter of this process has an answer"):
        look(GivenView(agents={"mini": old}))
    with pytest.raises(UnreachableError):
        look(GivenView())


def test_a_cloud_without_computes_is_unknown() -> None:
    found = verdicts(GivenView(agents={"mini": snapshot("ovn_alive")}))
    assert (found["all hypervisors"].state, found["all hypervisors"].reasons) == ("unknown", ("no nova-compute is listed",))


def test_more_hosts_than_wanted_are_counted() -> None:
    collector, seen = look(GivenView(agents={"mini": snapshot("healthy")}), HostsSettings(max_hosts=1))
    assert series(collector.families(seen))[("openstack_hosts_dropped",)] == 1
    assert len(seen.hosts) == 1


def test_mistakes_in_settings() -> None:
    assert [key for key, _ in HostsSettings(max_age=0, max_hosts=0).mistakes()] == ["max_age", "max_hosts"]
    assert list(HostsSettings().mistakes()) == []


@pytest.mark.servers
def test_promtool_has_nothing_to_say() -> None:
    collector, seen = look(GivenView(agents={"mini": snapshot("stopped")}))

    class Families(Registered):
        def collect(self) -> Iterable[Family]:
            return collector.families(seen)

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Families())
    done = subprocess.run(["promtool", "check", "metrics"], input=generate_latest(registry), capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
