"""No two on one node."""

from collections.abc import Iterable

import pytest

from probes.profiles.table import PROFILES
from stratoscope.inject.admitting import injected
from stratoscope.inject.model import Decision
from stratoscope.inject.ports import HOST_PLACES, USED_ON_HOSTS, free_port, host_port, taken
from stratoscope.inject.reading import declared_ports
from tests.stratoscope.inject.workloads import RUNNING, SETTINGS, Workload

ON_HOSTS = [one for one in RUNNING if one.pod["spec"].get("hostNetwork")]


def test_each_profile_has_a_place_of_its_own() -> None:
    assert sorted(HOST_PLACES) == sorted(profile.name for profile in PROFILES)
    assert sorted(HOST_PLACES.values()) == list(range(len(PROFILES)))


def test_places_are_kept() -> None:
    """Firewalls know them: whoever changes this breaks somebody's node."""
    assert list(HOST_PLACES)[:9] == [
        "nova-compute",
        "neutron-openvswitch-agent",
        "neutron-l3-agent",
        "neutron-dhcp-agent",
        "neutron-metadata-agent",
        "ovsdb-server",
        "ovn-controller",
        "libvirtd",
        "ovs-vswitchd",
    ]


def test_no_place_is_used_by_others() -> None:
    assert not {host_port(name, SETTINGS.port) for name in HOST_PLACES} & USED_ON_HOSTS.keys()
    assert max(host_port(name, SETTINGS.port) for name in HOST_PLACES) < 32768


def ports_of(one: Workload) -> Iterable[int]:
    yield from {port for port, _ in declared_ports(one.pod["spec"])}
    decided, _ = injected(one.subject, SETTINGS)
    if isinstance(decided, Decision) and decided.services:
        yield decided.port


def test_a_node_that_runs_everything_has_no_port_twice() -> None:
    """Compute, network and control node in one: whatever openstack-helm puts on a host's network, all at once."""
    owners: dict[int, list[str]] = {}
    for one in ON_HOSTS:
        for port in ports_of(one):
            owners.setdefault(port, []).append(one.name)
    assert len(ON_HOSTS) > 25
    assert {port: names for port, names in owners.items() if len(names) > 1} == {}


@pytest.mark.parametrize("one", ON_HOSTS, ids=lambda one: one.name)
def test_ports_that_openstack_helm_declares_on_hosts_are_known(one: Workload) -> None:
    assert {port for port, _ in declared_ports(one.pod["spec"])} <= USED_ON_HOSTS.keys()


def test_a_port_that_a_container_declares_is_taken() -> None:
    spec = {"containers": [{"name": "a", "ports": [{"containerPort": 9768}, {"containerPort": 1, "hostPort": 9769}]}]}
    for on_host in (True, False):
        assert taken(9768, spec, on_host=on_host) == taken(9769, spec, on_host=on_host) == "container a"
    assert taken(10250, spec, on_host=True) == "the kubelet"
    assert taken(9770, spec, on_host=True) == taken(10250, spec, on_host=False) == ""
    assert free_port(9768, spec) == 9770
