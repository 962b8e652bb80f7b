"""Each state of a real cloud, as its APIs told it: the metrics say what was done to it, and the verdict names it."""

import pytest

from tests.exporters.agents.recorded import agents, answer, samples, snapshot, verdict


def test_a_healthy_cloud_is_healthy() -> None:
    seen = snapshot("healthy")
    assert {verdict(seen, component).state for component in ("nova", "neutron", "cinder", "cloud")} == {"healthy"}
    found = samples(seen)
    assert found["openstack_agent_up", "nova-compute", "nova", "cmp1", "nova"] == 1
    assert found["openstack_agent_up", "cinder-volume", "cinder", "ctl1@fake", "nova"] == 1
    assert found["openstack_agent_up", "neutron-openvswitch-agent", "neutron", "cmp1", ""] == 1
    assert 0 <= found["openstack_agent_heartbeat_age_seconds", "nova-compute", "nova", "cmp1", "nova"] < 15
    assert found["openstack_cloud_verdict", "healthy"] == 1


def test_a_host_that_an_operator_disabled_does_not_make_a_cloud_ill() -> None:
    found = samples(snapshot("healthy"))
    assert found["openstack_agent_enabled", "nova-compute", "nova", "cmp2", "nova"] == 0
    assert found["openstack_agent_disabled", "nova-compute", "nova", "cmp2", "operator", "nova"] == 1
    assert found["openstack_agents", "disabled", "nova-compute", "nova", "up", "nova"] == 1
    assert found["openstack_agents", "enabled", "nova-compute", "nova", "down", "nova"] == 0


def test_free_text_is_in_no_series_but_the_info() -> None:
    named = [key[0] for key in samples(snapshot("disabled")) if "kernel upgrade, ticket 4711" in key]
    assert named == ["openstack_agent_disabled_reason_info"]


def test_agents_that_were_stopped() -> None:
    seen = snapshot("stopped", "healthy")
    found = samples(seen)
    assert found["openstack_agent_up", "nova-compute", "nova", "cmp1", "nova"] == 0
    assert found["openstack_agent_heartbeat_age_seconds", "nova-compute", "nova", "cmp1", "nova"] > 100
    assert found["openstack_agent_up", "neutron-dhcp-agent", "neutron", "cmp1", "nova"] == 0
    assert found["openstack_agents", "enabled", "nova-compute", "nova", "down", "nova"] == 1
    nova, neutron, cinder = (verdict(seen, component) for component in ("nova", "neutron", "cinder"))
    assert nova.state == "down"
    assert nova.reasons[0] == "not one is up of nova-compute"
    assert nova.reasons[1] == "down: 1 of 1 nova-compute: nova-compute on cmp1"
    (where, shown), *_ = nova.evidence.items()
    assert where == "GET http://cloud.example/v2.1/os-services [?binary=='nova-compute' && host=='cmp1'].state"
    assert shown.startswith("down, last sign of life 1")
    assert neutron.reasons[1] == "down: 1 of 1 neutron-dhcp-agent: neutron-dhcp-agent on cmp1"
    assert cinder.reasons[1] == "down: 1 of 1 cinder-volume: cinder-volume on ctl1@fake"


def test_nova_compute_that_disabled_itself_is_told_from_an_operators_doing() -> None:
    seen = snapshot("auto_disabled")
    found = samples(seen)
    assert found["openstack_agent_disabled", "nova-compute", "nova", "cmp1", "auto", "nova"] == 1
    assert found["openstack_agent_disabled", "nova-compute", "nova", "cmp2", "operator", "nova"] == 1
    assert found["openstack_agent_up", "nova-compute", "nova", "cmp1", "nova"] == 1, "it is alive, and of no use"
    assert verdict(seen, "nova").state == "degraded"
    assert verdict(seen, "nova").reasons == ("disabled itself, having lost its hypervisor: nova-compute on cmp1",)
    assert "AUTO: Connection to libvirt lost: 1" in verdict(seen, "nova").evidence.values()


def test_a_host_that_was_forced_down() -> None:
    seen = snapshot("forced_down")
    assert samples(seen)["openstack_agent_forced_down", "nova-compute", "nova", "cmp2", "nova"] == 1
    assert verdict(seen, "nova").reasons == ("declared dead by an operator or a tool: nova-compute on cmp2",)


def test_a_restart_shows_in_started_at() -> None:
    before, after = agents("healthy", "neutron"), agents("disabled", "neutron")
    name = "neutron-dhcp-agent on cmp1"
    assert (after[name].started or 0) > (before[name].started or 0) > 0
    assert after["neutron-metadata-agent on cmp1"].started == before["neutron-metadata-agent on cmp1"].started


def test_a_cell_that_is_down_hides_its_conductor_and_scheduler() -> None:
    """Nova shows the computes as UNKNOWN, without a zone, and the rest of the cell not at all."""
    seen = snapshot("cell_down", "healthy")
    found = samples(seen)
    hidden = {key[1:] for key in found if key[0] == "openstack_agent_cell_down"}
    assert hidden == {
        ("nova-compute", "nova", "cmp1", "nova"),
        ("nova-compute", "nova", "cmp2", "nova"),
        ("nova-conductor", "nova", "ctl1", "internal"),
        ("nova-scheduler", "nova", "ctl1", "internal"),
    }
    assert not [key for key in found if key[0] == "openstack_agent_up" and key[2] == "nova"], "unknown is not down"
    assert not [key for key in found if key[0].startswith("openstack_agents_vanished")]
    assert found[("openstack_nova_cell_down_hosts",)] == 3
    assert found["openstack_agents", "unknown", "nova-compute", "nova", "unknown", "nova"] == 2
    assert verdict(seen, "nova").state == "down"
    assert verdict(seen, "nova").reasons[0].startswith("a cell does not answer, nothing is known of nova-compute on cmp1")


def test_without_earlier_lists_the_computes_of_a_hidden_cell_are_known_still() -> None:
    assert {agent.host for agent in answer("cell_down", "nova").agents} == {"cmp1", "cmp2"}


def test_a_list_that_became_empty_tells_who_has_vanished() -> None:
    """Below microversion 2.69 a cell that is down is just not there."""
    seen = snapshot("old_microversion", "healthy")
    assert samples(seen)["openstack_agents_vanished", "nova-compute", "nova"] == 2
    assert verdict(seen, "nova").state == "degraded"
    assert verdict(seen, "nova").reasons == (
        "the API lists no agents",
        "no longer listed: nova-compute on cmp1, nova-compute on cmp2, nova-conductor on ctl1, nova-scheduler on ctl1",
    )


def test_an_empty_list_without_a_past_is_unknown() -> None:
    assert verdict(snapshot("old_microversion"), "nova").state == "unknown"


def test_an_ovn_agent_that_was_never_heard_of_has_no_age_of_half_a_century() -> None:
    assert agents("ovn_never_heard", "neutron")["ovn-controller on cmp1"].age is None
    assert not [key for key in samples(snapshot("ovn_never_heard")) if "heartbeat_age" in key[0]]


def test_ages_of_ovn_agents_are_shown_and_not_counted_among_the_others() -> None:
    """They come when they are asked for: their age says how long ago somebody asked."""
    found = samples(snapshot("ovn_alive"))
    assert found["openstack_agent_heartbeat_age_seconds", "ovn-controller", "neutron", "cmp1", ""] < 1
    assert not [key for key in found if key[0] == "openstack_agents_heartbeat_age_seconds"]


@pytest.mark.parametrize(("state", "up"), [("ovn_alive", True), ("ovn_killed_but_alive", True), ("ovn_dead", False)])
def test_an_ovn_agent_is_dead_when_neutron_says_so(state: str, up: bool) -> None:
    assert agents(state, "neutron")["ovn-controller on cmp1"].up is up


def test_what_a_deleted_chassis_left_behind_is_no_host() -> None:
    left = answer("ovn_chassis_deleted", "neutron")
    assert (left.agents, left.leftovers) == ((), 1)


def test_the_other_apis() -> None:
    seen = snapshot("samples")
    found = samples(seen)
    assert found["openstack_agent_up", "heat-engine", "heat", "ctl1", ""] == 1, "two workers live, one row is of a former life"
    assert found["openstack_agents_duplicate_rows", "heat"] == 2
    assert found["openstack_agents_leftover_rows", "heat"] == 1
    assert found["openstack_octavia_amphorae", "ALLOCATED"] == 2
    assert found["openstack_octavia_amphorae", "ERROR"] == 1
    assert found["openstack_agent_up", "ironic-conductor", "ironic", "cond2", "rack-b"] == 0
    assert found["openstack_agent_up", "designate-mdns", "designate", "ctl1", ""] == 0
    assert found["openstack_agent_up", "designate-central", "designate", "ctl1", ""] == 1
    assert found["openstack_agent_disabled_reason_info", "manila-scheduler", "manila", "ctl1", "being moved", "nova"] == 1
    assert verdict(seen, "heat").state == "healthy"
    assert verdict(seen, "octavia").reasons == ("1 amphorae are in ERROR",)
    assert verdict(seen, "manila").reasons == ("not one is up of manila-data", "down: 1 of 1 manila-data: manila-data on ctl1")
    assert verdict(seen, "ironic").reasons == ("down: 1 of 2 ironic-conductor: ironic-conductor on cond2",)
    assert verdict(seen, "designate").state == "down"
