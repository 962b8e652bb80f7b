"""The check `ovsdb`, with real servers."""

import socket
from pathlib import Path

import pytest

from probes.checks import ovsdb
from probes.model import Finding
from tests.clients.talker import Speak, Talker, answers, silent
from tests.probes.checks.asking import CONTEXT, SHORT, about_connections, look, time_wait, until
from tests.servers.ovn import Ovn
from tests.servers.ovs import OpenVSwitch


def check(remote: str, database: str = "Open_vSwitch") -> ovsdb.Database:
    return ovsdb.make(ovsdb.Settings(remote, database), CONTEXT)


@pytest.mark.servers
def test_ovsdb_server_healthy_frozen_awake_and_killed(tmp_path: Path) -> None:
    with OpenVSwitch(tmp_path) as ovs:
        asked = check(ovs.remote)
        assert look(asked).finding is Finding.FINE
        assert look(check(ovs.remote, "OVN_Southbound")).finding is Finding.NOT_YET
        ovs.database.freeze()
        for _ in range(15):
            until(asked, Finding.SILENT, 0.05)
        assert look(check(ovs.remote), SHORT).finding is Finding.SILENT
        ovs.database.thaw()
        assert look(asked).finding is Finding.FINE
        before = about_connections(ovs.database.log.read_text())
        for _ in range(1000):
            assert look(asked).finding is Finding.FINE
        asked.close()
        assert look(check(ovs.remote)).finding is Finding.FINE
        assert about_connections(ovs.database.log.read_text()) == before
        ovs.database.kill()
        assert look(asked).finding is Finding.GONE
        assert look(check(ovs.remote)).finding is Finding.NOT_YET


@pytest.mark.servers
def test_raft_members_lose_their_leader_and_answer_all_the_same(tmp_path: Path) -> None:
    with Ovn(tmp_path / "ovn", members=3) as ovn:
        checks = [check(remote, "OVN_Southbound") for remote in ovn.remotes("sb")]
        assert sum(until(asked, Finding.FINE).figures["leader"] for asked in checks) == 1
        leader = ovn.leader("sb")
        followers = [member for member in ovn.southbound if member is not leader]
        leader.process.kill()
        followers[0].process.kill()
        left = check(followers[1].remote, "OVN_Southbound")
        evidence = until(left, Finding.DEPENDENCY)
        assert evidence.about == "raft peers"
        followers[0].start()
        until(left, Finding.FINE)
        port = int(followers[1].remote.rpartition(":")[2])
        before = time_wait(port)
        for _ in range(100):
            look(left)
        assert time_wait(port) <= before


def test_another_server_than_one_of_databases(tmp_path: Path) -> None:
    speaks: list[tuple[Speak, Finding]] = [
        (answers({"echo": [], "list_dbs": []}), Finding.NOT_YET),
        (answers({"echo": [], "list_dbs": 7}), Finding.NOT_YET),
        (answers({"echo": [], "list_dbs": ["Open_vSwitch"], "transact": [{"rows": []}]}), Finding.FINE),
        (answers({"echo": [], "list_dbs": ["Open_vSwitch"], "transact": [{"error": "no", "details": "x"}]}), Finding.UNKNOWN),
        (answers({"echo": [], "list_dbs": ["Open_vSwitch"], "transact": [{"rows": [{"model": "clustered"}]}]}), Finding.FINE),
        (lambda connection: connection.sendall(b"SSH-2.0-OpenSSH\r\n"), Finding.UNKNOWN),
        (socket.socket.close, Finding.NOT_YET),
        (silent, Finding.SILENT),
    ]
    for number, (speak, finding) in enumerate(speaks):
        with Talker(tmp_path / f"{number}", speak) as talker:
            seconds = SHORT if finding is Finding.SILENT else 30.0
            assert look(check(talker.address), seconds).finding is finding, number


@pytest.mark.parametrize(
    ("connected", "finding"), [(True, Finding.FINE), (False, Finding.DEPENDENCY), (None, Finding.DEPENDENCY)]
)
def test_a_raft_member_is_what_it_says(tmp_path: Path, connected: bool | None, finding: Finding) -> None:
    row = {"name": "Open_vSwitch", "model": "clustered", "connected": connected, "leader": False, "index": ["set", [7]]}
    results = {"echo": [], "list_dbs": ["_Server", "Open_vSwitch"], "transact": [{"rows": [{"name": "_Server"}, row]}]}
    with Talker(tmp_path / "s", answers(results)) as talker:
        assert look(check(talker.address)).finding is (Finding.FINE if connected else Finding.DEPENDENCY)


def test_mistakes_in_settings() -> None:
    assert dict(ovsdb.Settings("ssl:a:1").mistakes()).keys() == {"tls"}
    assert dict(ovsdb.Settings("a").mistakes()).keys() == {"remote"}
    assert not list(ovsdb.Settings().mistakes())
