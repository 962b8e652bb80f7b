"""A real Open vSwitch, taken through what goes wrong with one: the metrics say what happened, and the verdict names it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from clients.model import Deadline, RefusedError, TargetError, TimedOutError, UnreachableError
from exporters.model import Verdict
from exporters.ovs.collector import OvsCollector
from exporters.ovs.metrics import METRICS
from exporters.ovs.settings import OvsSettings
from exporters.ovs.vswitchd import EVENTS
from tests.exporters.promtool import complaints
from tests.exporters.samples import Rendered
from tests.servers.ovs import CommandFailedError, OpenVSwitch
from tests.servers.process import free_port, wait_until

pytestmark = pytest.mark.servers
PORT = "be57fbcf-d8a7-4009-a308-262c103ced30"
PATIENT = 30.0
"""Seconds that a daemon which lives may take to answer here: the machine may be busy."""


@pytest.fixture
def ovs(tmp_path: Path) -> Iterator[OpenVSwitch]:
    with OpenVSwitch(tmp_path / "ovs") as started:
        started.add_bridge()
        yield started


class Looking:
    """A collector, and its last look."""

    def __init__(self, ovs: OpenVSwitch, timeout: float = PATIENT) -> None:
        self.now = 1000.0
        settings = OvsSettings(run_dir=ovs.run_dir, timeout=timeout)
        self.collector = OvsCollector("local", settings, clock=lambda: self.now)

    def look(self) -> tuple[Rendered, Verdict]:
        snapshot = self.collector.fetch(Deadline.after(2 * PATIENT))
        (verdict,) = self.collector.verdicts(snapshot)
        rendered = Rendered(self.collector.families(snapshot))
        assert rendered.states("ovs_verdict", host="cmp001") == {verdict.state}
        assert rendered.states("ovs_reason", host="cmp001") == set(verdict.reasons)
        return rendered, verdict

    def sees(self, reason: str) -> tuple[Rendered, Verdict]:
        """Look until the verdict has this reason."""
        wait_until(lambda: reason in self.look()[1].reasons, f"the reason {reason}")
        return self.look()


def test_a_healthy_host(ovs: OpenVSwitch) -> None:
    ovs.add_port("tap1", iface_id=PORT, attached_mac="fa:16:3e:00:00:01", vm_uuid="0b1c")
    ovs.appctl("netdev-dummy/receive", "tap1", "in_port(1),eth(src=50:54:00:00:00:01,dst=50:54:00:00:00:02),eth_type(0x88cc)")
    looking = Looking(ovs)
    rendered, verdict = looking.look()
    assert (verdict.state, verdict.subject) == ("healthy", "ovs cmp001")
    assert rendered.labels("ovs_interface_info", port_id=PORT)["interface"] == "tap1"
    assert (rendered.value("ovs_database_up"), rendered.value("ovs_vswitchd_up")) == (1, 1)
    assert rendered.value("ovs_bridge_ports", bridge="br-int") == 2
    assert rendered.value("ovs_datapath_lookups_missed_total") == 1
    assert rendered.value("ovs_datapath_lookups_lost_total") == 0
    assert rendered.value("ovs_upcall_flow_limit") == 10_000
    assert rendered.value("ovs_coverage_events_total", event="netlink_overflow") == 0
    assert rendered.value("ovs_memory_objects", kind="ports") == 2
    assert rendered.value("ovs_fdb_entries_limit", bridge="br-int") == 8192
    assert rendered.value("ovs_pmd_upcalls_failed_total", core="main") == 0
    assert rendered.value("ovs_conntrack_connections_limit") == 3_000_000
    wait_until(lambda: looking.look()[0].value("ovs_interface_rx_packets_total", port_id=PORT) == 1, "statistics are renewed")
    assert complaints(looking.look()[0].text) == ""


def test_interfaces_that_could_not_be_made_and_dead_ports(ovs: OpenVSwitch) -> None:
    ovs.vsctl("add-port", "br-int", "bad0", "--", "set", "interface", "bad0", f"external_ids:iface-id={PORT}")
    ovs.add_port("tap2", iface_id="dead")
    ovs.vsctl("set", "port", "tap2", "tag=4095")
    rendered, verdict = Looking(ovs).look()
    assert (verdict.state, verdict.reasons) == ("degraded", ("dead_vlan", "interface_error"))
    assert verdict.evidence["Interface bad0 error"] == "could not open network device bad0 (No such device)"
    assert verdict.evidence["Port tap2 tag"] == "4095 (Neutron port dead)"
    assert rendered.value("ovs_interface_error", port_id=PORT) == 1
    assert rendered.value("ovs_interface_ofport", port_id=PORT) == -1
    assert rendered.value("ovs_port_dead_vlan", port_id="dead") == 1
    assert rendered.value("ovs_bridge_interfaces_in_error", bridge="br-int") == 1
    assert rendered.value("ovs_bridge_ports_on_dead_vlan", bridge="br-int") == 1
    assert complaints(rendered.text) == ""


def test_controllers_and_managers_that_are_not_there(ovs: OpenVSwitch) -> None:
    nobody, passive = f"tcp:127.0.0.1:{free_port()}", f"ptcp:{free_port()}:127.0.0.1"
    ovs.vsctl("set-controller", "br-int", nobody, "--", "set-manager", nobody, passive)
    looking = Looking(ovs)
    wait_until(
        lambda: "Connection refused" in str(looking.look()[1].evidence.get(f"Controller br-int {nobody}")), "it was tried"
    )
    rendered, verdict = looking.look()
    assert verdict.reasons == ("controller_disconnected", "manager_disconnected")
    assert rendered.value("ovs_controller_connected", bridge="br-int", remote=nobody) == 0
    assert rendered.value("ovs_manager_connected", remote=nobody) == 0
    assert complaints(rendered.text) == ""
    with OpenVSwitch(ovs.run_dir.parent / "manager", "manager") as other:  # whose database stands in for a manager's
        other.vsctl("set-manager", f"ptcp:{free_port()}:127.0.0.1")
        there = "tcp:" + other.vsctl("get", "manager", ".", "target").strip('"').removeprefix("ptcp:").removesuffix(
            ":127.0.0.1"
        )
        ovs.vsctl("set-manager", there.replace("tcp:", "tcp:127.0.0.1:"))
        wait_until(lambda: looking.look()[0].value("ovs_manager_connected") == 1, "the manager is connected")


def test_a_bond_with_a_member_that_is_down(ovs: OpenVSwitch) -> None:
    members = ("--", "set", "interface", "p1", "type=dummy", "--", "set", "interface", "p2", "type=dummy")
    ovs.vsctl("add-bond", "br-int", "bond0", "p1", "p2", "bond_mode=active-backup", *members)
    looking = Looking(ovs)
    assert looking.look()[1].healthy
    ovs.appctl("netdev-dummy/set-admin-state", "p1", "down")
    rendered, verdict = looking.sees("bond_member_disabled")
    assert (verdict.state, verdict.evidence) == ("degraded", {"bond/show bond0 p1": "disabled"})
    assert rendered.value("ovs_bond_members", bond="bond0") == 2
    assert rendered.value("ovs_bond_members_enabled", bond="bond0") == 1
    assert rendered.value("ovs_bond_member_active", bond="bond0", interface="p2") == 1
    assert rendered.value("ovs_interface_link_up", interface="p1") == 0
    ovs.appctl("netdev-dummy/set-admin-state", "p1", "up")
    ovs.vsctl("set", "port", "bond0", "lacp=active")
    rendered, verdict = looking.sees("lacp_not_current")
    assert rendered.value("ovs_lacp_pdus_received_total", interface="p1") == 0
    assert rendered.labels("ovs_bond_info")["lacp"] in {"configured", "negotiated"}
    assert complaints(rendered.text) == ""


def test_a_frozen_vswitchd_costs_its_own_half(ovs: OpenVSwitch) -> None:
    looking = Looking(ovs)
    looking.look()
    ovs.vswitchd.freeze()
    with pytest.raises(CommandFailedError):  # it waits in vain for ovs-vswitchd, but the database has it
        ovs.vsctl("--timeout=1", "add-port", "br-int", "tap1", "--", "set", "interface", "tap1", "type=dummy")
    looking = Looking(ovs, timeout=1.0)
    rendered, verdict = looking.look()
    assert (verdict.state, verdict.reasons) == ("stalled", ("vswitchd_silent",))
    assert "no answer in time" in verdict.evidence["vswitchd"]
    assert (rendered.value("ovs_vswitchd_up"), rendered.value("ovs_database_up")) == (0, 1)
    assert rendered.value("ovs_config_pending") == 1
    assert rendered.value("ovs_bridge_ports", bridge="br-int") == 2
    assert rendered.value("ovs_upcall_flow_limit") is None
    looking.now += 30
    rendered, verdict = looking.look()
    assert verdict.reasons == ("configuration_not_applied", "vswitchd_silent")
    assert rendered.value("ovs_config_stuck_seconds") == 30
    assert complaints(rendered.text) == ""
    ovs.vswitchd.thaw()
    looking = Looking(ovs)
    wait_until(lambda: looking.look()[1].healthy, "it has caught up")
    assert looking.look()[0].value("ovs_config_stuck_seconds") == 0


def test_a_frozen_database_costs_its_own_half(ovs: OpenVSwitch) -> None:
    looking = Looking(ovs, timeout=1.0)
    looking.look()
    ovs.database.freeze()
    rendered, verdict = looking.look()
    assert (verdict.state, verdict.reasons) == ("stalled", ("database_silent",))
    assert rendered.value("ovs_database_up", host="cmp001") == 0  # the host's name is remembered
    assert rendered.value("ovs_upcall_flow_limit") == 10_000
    assert rendered.value("ovs_bridge_ports") is None


def test_a_killed_vswitchd_and_a_new_one(ovs: OpenVSwitch) -> None:
    looking = Looking(ovs)
    ovs.vswitchd.kill()
    rendered, verdict = looking.look()
    assert (verdict.state, verdict.reasons) == ("down", ("vswitchd_unreachable",))
    assert "connection refused; does the daemon run" in verdict.evidence["vswitchd"]
    assert rendered.value("ovs_vswitchd_up") == 0
    ovs.start_vswitchd()  # beside the socket that the killed one has left behind
    wait_until(lambda: looking.look()[1].healthy, "the new one is found")


def test_a_killed_database(ovs: OpenVSwitch) -> None:
    looking = Looking(ovs)
    looking.look()
    ovs.database.kill()
    _, verdict = looking.look()
    assert (verdict.state, verdict.reasons) == ("stalled", ("database_unreachable",))


@pytest.mark.parametrize(("state", "error"), [("killed", UnreachableError), ("frozen", TimedOutError)])
def test_where_nobody_answers_there_is_no_snapshot(ovs: OpenVSwitch, state: str, error: type[TargetError]) -> None:
    looking = Looking(ovs, timeout=0.5)
    for process in (ovs.vswitchd, ovs.database):
        if state == "killed":
            process.kill()
        else:
            process.freeze()
    with pytest.raises(error, match=r"db\.sock"):
        looking.look()


def test_a_database_of_another_kind_is_refused(ovs: OpenVSwitch) -> None:
    ovs.vswitchd.kill()
    settings = OvsSettings(run_dir=ovs.run_dir, database=f"unix:{ovs.run_dir}/ovsdb-server.{ovs.database.pid}.ctl")
    with pytest.raises(RefusedError, match="transact Open_vSwitch: "):
        OvsCollector("local", settings).fetch(Deadline.after(PATIENT))


def test_saturation(ovs: OpenVSwitch) -> None:
    ovs.appctl("upcall/set-flow-limit", "500")
    rendered, verdict = Looking(ovs).look()
    assert (verdict.state, verdict.reasons) == ("saturated", ("flow_limit_reduced",))
    assert rendered.value("ovs_upcall_flow_limit") == 500


def test_the_list_of_events_has_no_wrong_names(ovs: OpenVSwitch) -> None:
    """All but those that came after OVS 3.1."""
    newer = {
        "upcall_flow_limit_grew", "upcall_flow_limit_reduced", "upcall_flow_limit_scaled", "dumped_inconsistent_flow",
    }  # fmt: skip
    unknown = set()
    for event in EVENTS:
        try:
            ovs.appctl("coverage/read-counter", event)
        except CommandFailedError:
            unknown.add(event)
    assert unknown == newer


def test_all_that_is_given_out_is_declared_and_promtool_likes_the_rest_too(ovs: OpenVSwitch) -> None:
    names = {metric.name for metric in METRICS}
    assert Looking(ovs).look()[0].names() <= names
    assert len(names) == len(METRICS)
