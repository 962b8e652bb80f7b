"""The check `unixctl`, with real daemons of OVS and OVN."""

from pathlib import Path

import pytest

from probes.checks import unixctl
from probes.model import Evidence, Finding
from tests.clients.talker import Talker, answers, silent
from tests.probes.checks.asking import CONTEXT, PATIENT, SHORT, about_connections, look, until
from tests.servers.ovn import Ovn
from tests.servers.ovs import OpenVSwitch


def check(target: str, command: str, *folders: Path, **more: object) -> unixctl.Command:
    settings = unixctl.Settings(target, command, folders=tuple(map(str, folders)), **more)  # type: ignore[arg-type]
    return unixctl.make(settings, CONTEXT)


def told(evidence: Evidence) -> tuple[Finding, str]:
    return evidence.finding, evidence.about


@pytest.mark.servers
def test_ovs_vswitchd_healthy_without_bridge_frozen_awake_and_killed(tmp_path: Path) -> None:
    version = check("ovs-vswitchd", "version", tmp_path)
    bridge = check("ovs-vswitchd", "ofproto/list", tmp_path, line=("br-int",))
    assert look(version).finding is Finding.NOT_YET
    with OpenVSwitch(tmp_path) as ovs:
        assert "(Open vSwitch)" in look(version).text
        assert look(bridge).finding is Finding.NOT_YET
        ovs.add_bridge("br-int")
        until(bridge, Finding.FINE)
        ovs.vsctl("del-br", "br-int")
        until(bridge, Finding.UNFIT)
        ovs.vswitchd.freeze()
        for _ in range(15):  # more than its backlog takes
            until(version, Finding.SILENT, 0.05)
        assert look(check("ovs-vswitchd", "version", tmp_path), SHORT).finding is Finding.SILENT
        ovs.vswitchd.thaw()
        assert look(version).finding is Finding.FINE
        ovs.vswitchd.kill()
        assert look(version).finding is Finding.GONE
        ovs.start_vswitchd()
        assert look(version).finding is Finding.FINE  # another pid, another socket


@pytest.mark.servers
def test_ovs_vswitchd_without_its_database_answers_all_the_same(tmp_path: Path) -> None:
    with OpenVSwitch(tmp_path) as ovs:
        ovs.add_bridge("br-int")
        bridge = check("ovs-vswitchd", "ofproto/list", tmp_path, line=("br-int",))
        ovs.database.freeze()
        assert look(bridge).finding is Finding.FINE
        ovs.database.kill()
        assert look(bridge).finding is Finding.FINE


@pytest.mark.servers
def test_a_thousand_looks_write_nothing_into_its_log(tmp_path: Path) -> None:
    with OpenVSwitch(tmp_path) as ovs:
        version = check("ovs-vswitchd", "version", tmp_path)
        before = about_connections(ovs.vswitchd.log.read_text())
        for _ in range(1000):
            assert look(version).finding is Finding.FINE
        version.close()
        assert look(check("ovs-vswitchd", "version", tmp_path)).finding is Finding.FINE
        assert about_connections(ovs.vswitchd.log.read_text()) == before


@pytest.mark.servers
def test_ovn_connected_and_not_connected_and_raft_without_a_leader(tmp_path: Path) -> None:
    with Ovn(tmp_path / "ovn", members=3) as ovn, OpenVSwitch(tmp_path / "host") as ovs:
        process = ovn.controller(ovs)
        southbound = {"otherwise": "dependency", "about": "southbound"}
        connected = check("ovn-controller", "connection-status", tmp_path / "host", line=("connected",), **southbound)
        alive = check("ovn-controller", "version", tmp_path / "host")
        northd = check("ovn-northd", "status", ovn.run_dir, line=("Status: active", "Status: standby"))
        linked = check("ovn-northd", "sb-connection-status", ovn.run_dir, line=("connected",), **southbound)
        one = ovn.southbound[0]
        member = check(
            str(one.control), "cluster/status", arguments=("OVN_Southbound",), without=("Leader: unknown",),
            otherwise="dependency", about="raft peers",
        )  # fmt: skip
        for asked in (connected, alive, northd, linked, member):
            until(asked, Finding.FINE)
        for other in ovn.southbound[1:]:
            other.process.kill()
        # What is left of the cluster has no leader, which all who ask the southbound database find out one by one.
        assert until(member, Finding.DEPENDENCY).about == "raft peers"
        one.process.kill()
        evidence = until(connected, Finding.DEPENDENCY)
        assert evidence.about == "southbound"
        assert "not connected" in evidence.text
        assert until(linked, Finding.DEPENDENCY).about == "southbound"
        assert look(alive).finding is Finding.FINE
        process.freeze()
        ovn.northd.freeze()
        until(alive, Finding.SILENT, SHORT)
        until(connected, Finding.SILENT, SHORT)
        until(northd, Finding.SILENT, SHORT)
        process.thaw()
        ovn.northd.thaw()
        until(alive, Finding.FINE, PATIENT)


@pytest.mark.parametrize(
    ("said", "settings", "finding"),
    [
        ("connected\n", {"line": ("connected",)}, Finding.FINE),
        ("not connected\n", {"line": ("connected",)}, Finding.NOT_YET),
        ("not connected", {"line": ("connected",), "otherwise": "dependency", "about": "southbound"}, Finding.DEPENDENCY),
        ("", {"line": ("connected",)}, Finding.NOT_YET),
        ("", {}, Finding.FINE),
        ("a\n  br-int\n", {"line": ("br-ex", "br-int")}, Finding.FINE),
        ("Role: follower\nLeader: unknown\n", {"without": ("Leader: unknown",)}, Finding.NOT_YET),
        ("x\x1b[31m\n" + "y" * 5000, {}, Finding.FINE),
        (LookupError(), {}, Finding.UNKNOWN),
    ],
)
def test_an_answer_and_what_it_means(tmp_path: Path, said: object, settings: dict[str, object], finding: Finding) -> None:
    path = tmp_path / "daemon.7.ctl"
    with Talker(path, answers({"status": said})):
        asked = check("daemon", "status", tmp_path, **settings)
        evidence = look(asked)
        assert evidence.finding is finding
        assert look(asked).text == evidence.text
        assert len(evidence.text) < 300


def test_what_was_fine_and_is_not_any_more_is_unfit(tmp_path: Path) -> None:
    results: dict[str, object] = {"status": "active"}
    with Talker(tmp_path / "daemon.ctl", answers(results)):
        asked = check("daemon", "status", tmp_path, line=("active",))
        assert look(asked).finding is Finding.FINE
        results["status"] = "paused"
        assert look(asked).finding is Finding.UNFIT


def test_silence_on_a_path_of_its_own(tmp_path: Path) -> None:
    with Talker(tmp_path / "s", silent):
        assert look(check(str(tmp_path / "s"), "version"), SHORT).finding is Finding.SILENT


def test_mistakes_in_settings() -> None:
    assert dict(unixctl.Settings("", otherwise="dependency").mistakes()).keys() == {"target", "about"}
    assert not list(unixctl.Settings("ovs-vswitchd").mistakes())
