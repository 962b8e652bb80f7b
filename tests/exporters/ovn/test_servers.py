"""A real OVN, taken through what goes wrong with one: the metrics say what happened, and the verdict names it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from clients.jsonrpc import Connection
from clients.model import Deadline
from clients.sockets import Endpoint, Tls
from exporters.model import Verdict
from exporters.ovn.collector import OvnCollector
from exporters.ovn.metrics import METRICS
from exporters.ovn.settings import ControllerSettings, DatabaseSettings, NorthdSettings, OvnSettings
from tests.exporters.promtool import complaints
from tests.exporters.samples import Rendered
from tests.servers.ovn import Member, Ovn
from tests.servers.ovs import CommandFailedError, OpenVSwitch
from tests.servers.process import free_port, wait_until

BROKEN = {"no_leader", "member_disconnected", "member_unreachable", "tables_unreadable"}
pytestmark = pytest.mark.servers
PATIENT = 30.0
"""Seconds that a daemon which lives may take to answer here: the machine may be busy."""


@pytest.fixture
def ovn(tmp_path: Path) -> Iterator[Ovn]:
    with Ovn(tmp_path / "ovn") as started:
        yield started


@pytest.fixture
def host(tmp_path: Path) -> Iterator[OpenVSwitch]:
    with OpenVSwitch(tmp_path / "cmp001") as started:
        yield started


def database(members: list[Member]) -> DatabaseSettings:
    return DatabaseSettings(tuple(one.remote for one in members), tuple(str(one.control) for one in members), members[0].file)


def all_of(ovn: Ovn, host: OpenVSwitch | None = None, timeout: float = PATIENT) -> "Looking":
    """Looking at everything."""
    settings = OvnSettings(
        northbound=database(ovn.northbound),
        southbound=database(ovn.southbound),
        northd=NorthdSettings((f"{ovn.run_dir}/ovn-northd.*.ctl",)),
        controller=ControllerSettings(host.run_dir, host.remote) if host else None,
        timeout=timeout,
        behind_after=0.2,
        wrong_after=0.2,
    )
    return Looking(OvnCollector("main", settings))


class Looking:
    """A collector, and what it says now."""

    def __init__(self, collector: OvnCollector) -> None:
        self.collector = collector

    def look(self) -> tuple[Rendered, dict[str, Verdict]]:
        snapshot = self.collector.fetch(Deadline.after(2 * PATIENT))
        verdicts = {verdict.subject.split()[0]: verdict for verdict in self.collector.verdicts(snapshot)}
        return Rendered(self.collector.families(snapshot)), verdicts

    def sees(self, *reasons: str, of: str = "ovn") -> tuple[Rendered, Verdict]:
        """Look until the verdict has these reasons among others; without any, until it is healthy."""

        def seen() -> bool:
            found = set(self.look()[1][of].reasons)
            return found >= set(reasons) if reasons else not found

        wait_until(seen, f"the reasons {reasons}")
        rendered, verdicts = self.look()
        return rendered, verdicts[of]


@pytest.fixture
def looks() -> Iterator[list[Looking]]:
    made: list[Looking] = []
    yield made
    for looking in made:
        looking.collector.close()


def test_ports_from_unplugged_to_up(ovn: Ovn, host: OpenVSwitch, looks: list[Looking]) -> None:
    ovn.controller(host)
    plugged, absent, elsewhere, _ = ovn.add_switch("net", 4)
    ovn.nbctl(
        "lsp-set-options", absent, "requested-chassis=nohost", "--", "lsp-set-options", elsewhere, "requested-chassis=cmp001"
    )
    host.add_port("tap1", iface_id=plugged)
    host.add_port("tap2", iface_id="of-no-logical-port")
    ovn.nbctl("--wait=hv", "sync")
    looks.append(looking := all_of(ovn, host))
    rendered, verdict = looking.sees("port_without_chassis")
    assert verdict.state == "degraded"
    assert f"Port_Binding {absent} (nohost)" in verdict.evidence
    assert rendered.value("ovn_port_wrong_since_timestamp_seconds", port_id=absent, host="nohost", state="no_chassis")
    counts = {
        state: rendered.value("ovn_ports", state=state)
        for state in ("up", "unbound", "waiting", "down", "misplaced", "no_chassis")
    }
    assert counts == {"up": 1, "unbound": 1, "waiting": 1, "down": 0, "misplaced": 0, "no_chassis": 1}
    assert (rendered.value("ovn_nb_cfg"), rendered.value("ovn_sb_cfg"), rendered.value("ovn_hv_cfg")) == (1, 1, 1)
    assert rendered.value("ovn_chassis_nb_cfg_lag", host="cmp001") == 0
    assert rendered.value("ovn_logical_switch_ports", up="up") == 1
    assert rendered.states("ovn_northd_status") == {"active"}
    assert rendered.value("ovn_northd_stopwatch_samples_total", stopwatch="ovn-northd-loop")
    assert rendered.value("ovn_northd_engine_recomputes_total", engine_node="northd")
    assert rendered.value("ovn_database_size_bytes", db="northbound")
    assert (rendered.value("ovn_raft_leader", db="southbound"), rendered.value("ovn_database_storage_ok", db="southbound")) == (
        1,
        1,
    )
    rendered, of_host = looking.sees("interface_not_bound", of="ovn-controller")
    assert "Interface tap2 iface-id of-no-logical-port" in of_host.evidence
    assert rendered.value("ovn_controller_interfaces", state="installed") == 1
    assert rendered.value("ovn_controller_southbound_connected", host="cmp001") == 1
    assert rendered.value("ovn_controller_flow_cache_enabled") == 1
    assert rendered.names() <= {metric.name for metric in METRICS}
    assert complaints(rendered.text) == ""
    ovn.nbctl("lsp-set-options", absent, "requested-chassis=cmp001")
    host.vsctl("set", "interface", "tap2", f"external_ids:iface-id={absent}")
    rendered, _ = looking.sees()
    assert rendered.value("ovn_ports", state="up") == 2
    looking.sees(of="ovn-controller")


def test_without_any_chassis_the_number_of_the_chassis_is_not_given(ovn: Ovn, looks: list[Looking]) -> None:
    ovn.nbctl("--wait=sb", "sync")
    looks.append(looking := all_of(ovn))
    wait_until(lambda: looking.look()[0].value("ovn_sb_cfg") == 1, "the number has come to the copy")
    rendered, verdicts = looking.look()
    assert verdicts["ovn"].healthy
    assert ovn.nbctl("get", "nb_global", ".", "hv_cfg") == "1"
    assert rendered.value("ovn_hv_cfg") is None
    assert rendered.value("ovn_chassis") == 0


def test_a_frozen_controller_is_behind(ovn: Ovn, host: OpenVSwitch, tmp_path: Path, looks: list[Looking]) -> None:
    first = ovn.controller(host)
    with OpenVSwitch(tmp_path / "cmp002", "cmp002") as second:
        ovn.controller(second, "127.0.0.2")
        (port,) = ovn.add_switch("net", 1)
        ovn.nbctl("lsp-set-options", port, "requested-chassis=cmp001")
        host.add_port("tap1", iface_id=port)
        ovn.nbctl("--wait=hv", "sync")
        looks.append(looking := all_of(ovn, host, timeout=1.0))
        looking.sees()
        first.freeze()
        ovn.nbctl("lsp-set-options", port, "requested-chassis=cmp002")
        ovn.nbctl("--wait=sb", "sync")
        rendered, verdict = looking.sees("chassis_behind", "port_misplaced")
        assert verdict.state == "degraded"
        assert rendered.value("ovn_chassis_nb_cfg_lag", host="cmp001") == 1
        assert rendered.value("ovn_chassis_nb_cfg_lag", host="cmp002") == 0
        assert (rendered.value("ovn_chassis_behind_seconds", host="cmp001") or 0) > 0.2
        assert rendered.value("ovn_port_wrong_since_timestamp_seconds", port_id=port, host="cmp002", state="misplaced")
        rendered, of_host = looking.sees("controller_silent", of="ovn-controller")
        assert of_host.state == "down"
        assert rendered.value("ovn_controller_up", host="cmp001") == 0
        first.thaw()
        looks.append(patient := all_of(ovn, host))
        patient.sees()


def test_a_gateway_that_moves(ovn: Ovn, host: OpenVSwitch, tmp_path: Path, looks: list[Looking]) -> None:
    first = ovn.controller(host)
    with OpenVSwitch(tmp_path / "cmp002", "cmp002") as other:
        second = ovn.controller(other, "127.0.0.2")
        ovn.nbctl("lr-add", "r", "--", "lrp-add", "r", "lrp-1", "00:00:00:00:00:01", "192.0.2.1/24")
        ovn.nbctl("lrp-set-gateway-chassis", "lrp-1", "nowhere", "30")
        looks.append(looking := all_of(ovn))
        looking.sees("gateway_unclaimed")
        ovn.nbctl("lrp-del-gateway-chassis", "lrp-1", "nowhere", "--", "lrp-set-gateway-chassis", "lrp-1", "cmp001", "20")
        rendered, _ = looking.sees()
        assert rendered.value("ovn_gateway_ports", state="on_preferred") == 1
        assert rendered.value("ovn_gateway_ports_active", host="cmp001") == 1
        first.freeze()
        second.freeze()
        ovn.nbctl("lrp-del-gateway-chassis", "lrp-1", "cmp001", "--", "lrp-set-gateway-chassis", "lrp-1", "cmp002", "20")
        rendered, verdict = looking.sees("gateway_failed_over")
        assert verdict.evidence["Port_Binding cr-lrp-1"] == "on cmp001, preferred cmp002"
        first.thaw()
        second.thaw()
        rendered, _ = looking.sees()
        assert rendered.value("ovn_gateway_ports_active", host="cmp002") == 1


def test_a_paused_northd(ovn: Ovn, looks: list[Looking]) -> None:
    looks.append(looking := all_of(ovn))
    looking.sees()
    ovn.northd_appctl("pause")
    rendered, verdict = looking.sees("northd_not_active", "northd_paused")
    assert verdict.state == "behind"
    assert rendered.states("ovn_northd_status") == {"paused"}
    with pytest.raises(CommandFailedError):
        ovn.nbctl("--timeout=1", "--wait=sb", "sync")
    rendered, _ = looking.sees("northd_not_active", "northd_paused", "southbound_behind")
    assert (rendered.value("ovn_southbound_behind_seconds") or 0) > 0.2
    ovn.northd_appctl("resume")
    looking.sees()


def test_a_killed_northd(ovn: Ovn, looks: list[Looking]) -> None:
    looks.append(looking := all_of(ovn))
    ovn.northd.kill()
    rendered, _ = looking.sees("northd_not_active", "northd_unreachable")
    assert rendered.value("ovn_northd_up") == 0
    ovn.start_northd()
    looking.sees()


def test_a_cluster_that_loses_its_leader_and_then_its_majority(tmp_path: Path, looks: list[Looking]) -> None:
    with Ovn(tmp_path / "ovn", members=3, southbound_members=1) as ovn:
        looks.append(looking := all_of(ovn))
        rendered, _ = looking.sees()
        leader = ovn.leader("nb")
        name = leader.appctl("cluster/sid", "OVN_Northbound")[:4]
        assert rendered.value("ovn_raft_leader", db="northbound", server=name) == 1
        assert rendered.states("ovn_raft_role", db="northbound") == {"leader", "follower"}
        assert rendered.value("ovn_raft_servers", server=name) == 3
        wait_until(lambda: looking.look()[0].value("ovn_raft_connected_peers", server=name) == 2, "all are connected")
        leader.process.kill()
        others = [member for member in ovn.northbound if member is not leader]
        wait_until(lambda: any(member.leads() for member in others), "another leads")
        rendered, verdict = looking.sees("member_unreachable")
        assert verdict.state == "degraded"
        assert rendered.value("ovn_database_up", remote=leader.remote) == 0
        assert sum(rendered.value("ovn_database_up", remote=member.remote) or 0 for member in others) == 2
        assert rendered.value("ovn_database_copied", db="northbound") == 1
        assert complaints(rendered.text) == ""
        others[0].process.kill()
        rendered, verdict = looking.sees("no_leader", "member_disconnected", "tables_unreadable")
        assert verdict.state == "no_leader"
        assert rendered.value("ovn_raft_connected", db="northbound") == 0
        leader.start()
        others[0].start()
        wait_until(lambda: not BROKEN & set(looking.look()[1]["ovn"].reasons), "the cluster is whole again")
        assert looking.look()[0].value("ovn_database_copied", db="northbound") == 1


def test_a_frozen_server_costs_the_others_nothing(tmp_path: Path, looks: list[Looking]) -> None:
    with Ovn(tmp_path / "ovn", members=3, southbound_members=1) as ovn:
        ovn.leader("nb")
        follower = next(member for member in ovn.northbound if not member.leads())
        looks.append(looking := all_of(ovn, timeout=1.0))
        looking.look()
        follower.process.freeze()
        rendered, verdict = looking.sees("member_unreachable")
        assert "no answer in time" in verdict.evidence[f"northbound {follower.remote}"]
        assert rendered.value("ovn_database_up", remote=follower.remote) == 0


def southbound_only(remote: str, tls: Tls | None = None) -> Looking:
    settings = OvnSettings(southbound=DatabaseSettings((remote,)), tls=tls, timeout=PATIENT)
    return Looking(OvnCollector("main", settings))


def listen(ovn: Ovn, target: str, *more: str) -> str:
    """Let the Southbound database listen on one more port, as the document tells to; its address."""
    port = free_port()
    create = ("--id=@c", "create", "connection", f'target="p{target}:{port}:127.0.0.1"', *more)
    ovn.sbctl("--", *create, "--", "add", "sb_global", ".", "connections", "@c")
    return f"{target}:127.0.0.1:{port}"


def test_a_port_for_readers_is_all_it_needs(ovn: Ovn, looks: list[Looking]) -> None:
    remote = listen(ovn, "tcp", "read_only=true")
    looks.append(looking := southbound_only(remote))
    rendered, _ = looking.sees()
    assert rendered.value("ovn_chassis") == 0
    deadline = Deadline.after(PATIENT)
    with Connection(Endpoint.parse(remote), deadline) as connection:
        insert = {"op": "insert", "table": "DNS", "row": {}}
        reply = connection.call("transact", ["OVN_Southbound", insert], deadline)
    assert "not allowed" in str(reply.result)


def test_tls(ovn: Ovn, tmp_path: Path, looks: list[Looking]) -> None:
    authority, other = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    other.cert_pem.write_to_path(tmp_path / "other.pem")
    for name in ("server", "ours"):
        made = authority.issue_cert(f"{name}.example")
        made.private_key_pem.write_to_path(tmp_path / f"{name}.key")
        made.cert_chain_pems[0].write_to_path(tmp_path / f"{name}.pem")
    ovn.sbctl("set-ssl", f"{tmp_path}/server.key", f"{tmp_path}/server.pem", f"{tmp_path}/ca.pem")
    remote = listen(ovn, "ssl")
    ours = Tls(tmp_path / "ca.pem", tmp_path / "ours.pem", tmp_path / "ours.key")
    looks.append(looking := southbound_only(remote, ours))
    looking.sees()
    looks.append(stranger := southbound_only(remote, replace(ours, ca=tmp_path / "other.pem")))
    rendered, verdict = stranger.sees("southbound_unreachable")
    assert "TLS: CERTIFICATE_VERIFY_FAILED" in verdict.evidence[f"southbound {remote}"]
    assert rendered.value("ovn_database_up") == 0
    looks.append(plain := southbound_only(remote.replace("ssl:", "tcp:")))
    plain.sees("southbound_unreachable")


@pytest.mark.parametrize("state", ["killed", "frozen"])
def test_where_nobody_answers_it_is_down(ovn: Ovn, state: str, looks: list[Looking]) -> None:
    for process in (ovn.northd, ovn.northbound[0].process, ovn.southbound[0].process):
        if state == "killed":
            process.kill()
        else:
            process.freeze()
    looks.append(looking := all_of(ovn, timeout=0.5))
    snapshot = looking.collector.fetch(Deadline.after(1.0))
    (verdict,) = looking.collector.verdicts(snapshot)
    assert not snapshot.reachable
    assert verdict.state == "down"
    assert set(verdict.reasons) >= {"northbound_unreachable", "southbound_unreachable", "northd_unreachable"}
    rendered = Rendered(looking.collector.families(snapshot))
    assert rendered.states("ovn_verdict") == {"down"}
    assert rendered.value("ovn_database_up", db="southbound") == 0
