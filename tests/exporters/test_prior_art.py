"""What is wrong with the exporters that there are, and that ours have none of it: a test for each defect, on recorded data.

Each docstring names whose defect it is. Of the eighteen that were found, some are of alert rules and dashboards; where metrics
can rule them out, that is shown here, too (a total that wears a queue's name, names that went with RabbitMQ 4, "all are down"
that means one). Three are beyond an exporter: a rule on a metric that nobody exports (Atmosphere's `neutron_port`), a
percentage compared with a fraction (its NovaFailureRisk), a dashboard of Galera without a wsrep figure (genestack's). They are
for the checks of rules and dashboards against the same tables of metrics.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

import pytest

from clients.model import UnreachableError
from exporters.agents.model import Answer
from exporters.frame.frame import Frame
from exporters.frame.metrics import METRICS as FRAME
from exporters.galera.families import families
from exporters.galera.metrics import METRICS as GALERA
from exporters.galera.settings import GaleraThresholds
from exporters.metrics import FORBIDDEN_LABELS
from exporters.ovs.bonds import bonds, lacp
from exporters.ovs.daemon import coverage
from exporters.ovs.database import Database, database
from exporters.ovs.datapath import upcalls
from exporters.ovs.families import samples as of_ovs
from exporters.ovs.snapshot import Snapshot as OvsSnapshot
from exporters.ovs.vswitchd import EVENTS, Vswitchd
from exporters.rabbitmq.metrics import METRICS as RABBITMQ
from exporters.table import EXPORTERS
from tests.exporters.agents.recorded import samples, snapshot
from tests.exporters.frame.made import Fake, text, value, wanted
from tests.exporters.galera.recorded import answers as galera_answers
from tests.exporters.galera.recorded import snapshot_of
from tests.exporters.ovs.test_database import rows
from tests.exporters.ovs.test_verdict import DAEMON
from tests.exporters.ovs.texts import recorded as ovs_text
from tests.exporters.rabbitmq.recorded import recorded as rabbitmq_text
from tests.exporters.rabbitmq.scripted import broker
from tests.exporters.rabbitmq.test_collector import answers as rabbitmq_answers
from tests.exporters.rabbitmq.test_collector import seen_of
from tests.exporters.samples import Rendered

USELESS = re.compile(r"(_avg|_max|_min|_oooe|_oool|_window|cert_interval|cert_deps_distance|flow_control_paused)$")
"""Averages and extremes since the last FLUSH STATUS: they are left out on purpose."""


def galera(step: str) -> Rendered:
    return Rendered(families(snapshot_of(galera_answers("loaded", step)), GaleraThresholds()))


def ovs(found: Database, daemon: Vswitchd = DAEMON) -> Rendered:
    return Rendered(of_ovs(OvsSnapshot("cmp001", found, daemon, max_interfaces=100)))


def test_no_wsrep_variable_gets_lost() -> None:
    """mysqld_exporter 0.20 loses 14 of the 74: it reads numbers, ON and OFF, but not `true`, and no text."""
    (node, *_) = snapshot_of(galera_answers("loaded", "healthy")).nodes
    told_by = " ".join(metric.source for metric in GALERA)
    told_as_labels = {"provider_name", "provider_vendor", "provider_version"}
    lost = {name for name in node.status if not re.search(rf"\b(wsrep_)?{name}\b", told_by)}  # type: ignore[union-attr]
    assert len(node.status) == 74  # type: ignore[union-attr]
    assert {name for name in lost if not USELESS.search(name)} == told_as_labels
    seen = galera("ftwrl_node3")
    assert seen.value("galera_flow_control_active", member="node1") is not None
    assert seen.value("galera_flow_control_requested", member="node3") is not None
    assert seen.states("galera_evs_state", member="node1") == {"operational"}
    assert seen.value("galera_evicted_members", member="node1") == 0
    assert seen.value("galera_member_lists", member="node1", peer="node3") == 1
    assert seen.value("galera_checkpoint_seqno", member="node1")
    assert seen.labels("galera_local_state_comment_info", member="node3")["comment"] == "Donor/Desynced"
    assert seen.labels("galera_group_info", member="node1")["gcomm_uuid"]
    assert seen.labels("galera_node_info", member="node1")["provider"] == "Galera"


def test_lag_is_told_of_one_instant() -> None:
    """All others are scraped node by node: 15 s between two scrapes were 20,000 seqnos of lag that was not there."""
    seen = galera("ftwrl_node3")
    assert [seen.value("galera_seqno_lag", member=f"node{number}") for number in (1, 2, 3)] == [54, 0, 8242]
    assert (seen.value("galera_cluster_state_uuids"), seen.value("galera_cluster_primary_views")) == (1, 1)


def test_there_is_no_view_number_outside_a_primary_component() -> None:
    """mysqld_exporter 0.20 gives out 18446744073709551615 for it, and the axis of the graph is gone."""
    assert galera("healthy").value("galera_cluster_conf_id", member="node1") == 3
    seen = galera("nonprimary")
    assert seen.states("galera_cluster_status", member="node1") == {"non_primary"}
    assert seen.value("galera_cluster_conf_id", member="node1") is None


def test_what_could_not_be_routed_is_counted_when_its_channel_is_gone() -> None:
    """The usual alerts use rabbitmq_channel_messages_unroutable_*, which dies with its channel: here it is 0 after a loss."""
    plugin = rabbitmq_text("metrics-3.10.8.txt")
    assert b"\nrabbitmq_channel_messages_unroutable_dropped_total 0\n" in plugin
    with broker(rabbitmq_answers()) as made:
        seen = seen_of(made)
    assert seen.value("casts_dropped_total", member="a@localhost") == 1
    assert seen.value("replies_undeliverable_total", member="a@localhost") == 0


def test_every_figure_of_queues_says_of_which() -> None:
    """Alerts of Atmosphere and awesome-prometheus-alerts sum by (queue) what the plugin gives out without that label."""
    with broker(rabbitmq_answers()) as made:
        seen = seen_of(made)
    assert seen.value("messages_ready", vhost="/", kind="rpc_server") is not None
    assert seen.value("topic_consumers", vhost="/", kind="rpc_topic", topic="compute") == 2
    of_queues = re.compile(r"rabbitmq_oslo_(topic_\w+|messages_(ready|unacked))$")
    found = {metric.name: metric.labels for metric in RABBITMQ if of_queues.match(metric.name)}
    assert len(found) >= 5
    assert all({"vhost", "class"} <= {*labels} for labels in found.values()), found


def test_no_name_goes_with_a_version_of_rabbitmq() -> None:
    """Alerts of Atmosphere and of the cluster operator use names of sockets and descriptors that RabbitMQ 4 does not have."""
    gone = (b"tcp_sockets", b"file_descriptor_limit")
    newer = [line for line in rabbitmq_text("metrics-3.10.8.txt").splitlines() if not any(name in line for name in gone)]
    given = rabbitmq_answers() | {"/metrics": (200, b"\n".join(newer) + b"\n")}
    with broker(rabbitmq_answers()) as before, broker(given) as after:
        old, new = ({family.name for family in seen_of(made).families} for made in (before, after))
    assert new == old


def test_enabled_is_not_alive() -> None:
    """openstack_database_exporter (2026-03) gives 1 for a nova-compute that is enabled and dead, and 0 for one at rest."""
    found = samples(snapshot("stopped", "healthy"))
    assert found["openstack_agent_up", "nova-compute", "nova", "cmp1", "nova"] == 0
    assert found["openstack_agent_enabled", "nova-compute", "nova", "cmp1", "nova"] == 1
    assert found["openstack_agent_enabled", "nova-compute", "nova", "cmp2", "nova"] == 0


def test_series_of_cinder_stay_the_same_from_look_to_look() -> None:
    """openstack-exporter (2026-08) has a new random uuid in each series at each scrape: no alert with `for` can fire."""
    looks = [samples(snapshot(state)) for state in ("healthy", "disabled")]
    first, second = ({key for key in look if key[0] == "openstack_agent_up" and "cinder" in key} for look in looks)
    assert first
    assert second == first
    uuid = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-")
    assert not [key for look in looks for key in look if any(uuid.match(word) for word in key)]


def test_that_all_are_down_is_told_from_that_one_is() -> None:
    """Atmosphere's `min by (...) == 0` says "all agents are down" when one is."""
    found = samples(snapshot("samples"))
    assert found["openstack_agents", "enabled", "ironic-conductor", "ironic", "down", "rack-b"] == 1
    assert sum(value for key, value in found.items() if key[:4:3] == ("openstack_agents", "ironic") and key[4] == "up") == 1
    whole = samples(snapshot("stopped", "healthy"))
    assert whole["openstack_agents", "enabled", "nova-compute", "nova", "up", "nova"] == 0


def test_an_agent_that_died_keeps_its_age() -> None:
    """SAP's query keeps only heartbeats of the last 90 s, and its alert waits for 75 s over 10 minutes: it cannot fire."""
    found = samples(snapshot("stopped", "healthy"))
    assert found["openstack_agent_heartbeat_age_seconds", "nova-compute", "nova", "cmp1", "nova"] > 100


@pytest.mark.parametrize(
    "metrics", [FRAME, *(one.metrics() for one in EXPORTERS)], ids=["frame", *(one.name for one in EXPORTERS)]
)
def test_no_label_is_renamed_to_exported(metrics: Iterable[object]) -> None:
    """openstack-exporter's label `service` is `exported_service` on Kubernetes and not elsewhere: no rule fits both."""
    assert {"service", "instance", "job", "namespace", "pod", "container", "endpoint", "node"} == FORBIDDEN_LABELS
    for metric in metrics:
        assert not FORBIDDEN_LABELS & {*metric.labels, *metric.told}, metric.name  # type: ignore[attr-defined]


def test_a_compute_that_disabled_itself_is_seen() -> None:
    """All alerts on `adminState="enabled"` miss it: Nova disables a host by itself when libvirt is gone, and it stays "up"."""
    found = samples(snapshot("auto_disabled"))
    assert found["openstack_agent_disabled", "nova-compute", "nova", "cmp1", "auto", "nova"] == 1
    assert found["openstack_agent_disabled", "nova-compute", "nova", "cmp2", "operator", "nova"] == 1


def test_each_api_has_a_success_of_its_own() -> None:
    """openstack-exporter (2026-08) is up while any one of its parts works, and asks without a time-out."""
    seen = snapshot("healthy")
    failed = Answer("RegionOne", "nova", "timeout", error="GET http://cloud.example/v2.1/os-services: no answer")
    found = samples(replace(seen, answers=(failed, *(one for one in seen.answers if one.component != "nova"))))
    assert (found["openstack_api_success", "nova"], found["openstack_api_success", "neutron"]) == (0, 1)
    assert found["openstack_api_result", "nova", "timeout"] == 1


def test_what_fails_has_a_success_of_its_own_and_a_deadline() -> None:
    """The same defect, in the frame: `up` is whether the target can be reached, and nothing else."""
    bad, good = Fake("bad", UnreachableError("refused")), Fake("good")
    frame = Frame()
    try:
        frame.use([wanted(bad), wanted(good)])
        seen = text(frame, timeout=10.0)
    finally:
        frame.close()
    assert [value(seen, "stratoscope_exporter_success", target) for target in ("bad", "good")] == [0, 1]
    assert [value(seen, "stratoscope_exporter_up", target) for target in ("bad", "good")] == [0, 1]
    assert all(deadline.at - deadline.clock() < 10.0 for fake in (bad, good) for deadline in fake.deadlines)


def test_events_are_counted_and_not_given_as_rates() -> None:
    """greenpau's ovs_exporter (2023) gives out the rate of the last minute as that of five; ours is the total behind it."""
    seen = ovs(database(rows()), replace(DAEMON, coverage=coverage(ovs_text("coverage_show"), EVENTS)))
    assert seen.value("ovs_coverage_events_total", event="bridge_reconfigure") == 13


def test_what_tools_write_into_external_ids_makes_no_series() -> None:
    """greenpau's ovs_exporter (2023) makes a series of each external id, status and option of each interface."""
    many = ["map", [[f"key-{number}", f"value {number}"] for number in range(100)]]
    plain, full = (ovs(database(rows(external_ids=ids))) for ids in (["map", []], many))
    assert len(full) == len(plain)
    assert "value 7" not in full.text


def test_what_no_exporter_of_open_vswitch_tells() -> None:
    """None of ten has Interface.error, Neutron's dead VLAN, upcalls, the lag of the configuration, connections or bonds."""
    found = rows(error="could not open network device", ofport=-1, external_ids=["map", [["iface-id", "be57fbcf"]]])
    found["Port"][0]["tag"] = 4095
    found["Open_vSwitch"][0]["next_cfg"] = 7
    found["Controller"][0]["is_connected"] = False
    daemon = replace(
        DAEMON,
        upcalls=upcalls(ovs_text("upcall_show")),
        bonds=bonds(ovs_text("bond_show")),
        lacp=lacp(ovs_text("lacp_show")),
    )
    seen = ovs(database(found), daemon)
    assert seen.value("ovs_interface_error", interface="tap1", port_id="be57fbcf") == 1
    assert seen.value("ovs_port_dead_vlan", port_id="be57fbcf") == 1
    assert seen.value("ovs_config_pending") == 2
    assert seen.value("ovs_controller_connected", bridge="br-int") == 0
    assert seen.value("ovs_upcall_flow_limit") == 10_000
    assert seen.value("ovs_upcall_dump_duration_seconds") == 0.001
    assert {"ovs_bond_member_enabled", "ovs_lacp_member_state"} <= seen.names()
