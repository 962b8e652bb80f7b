"""The check `mysql`, with a real Galera cluster that is taken through what happens to clusters; each test leaves it healthy."""

import contextlib
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pymysql
import pytest

from clients.sockets import Tls
from parsers.secret import Secret
from probes.checks import mysql
from probes.model import Finding, Process
from tests.clients import fakes
from tests.probes.checks.asking import CONTEXT, SHORT, context, look, process, time_wait, until
from tests.servers.galera import GaleraCluster, GaleraNode, tls_settings
from tests.servers.process import free_port, wait_until

_SLOW_TRANSFER = """\
#!/bin/sh
while [ -e {hold} ] && [ "$2" = donor ]; do sleep 0.1; done
exec wsrep_sst_rsync "$@"
"""


@dataclass(frozen=True, slots=True)
class Live:
    """Two nodes. While `hold` exists, a state transfer does not go on."""

    cluster: GaleraCluster
    hold: Path
    ca: Path


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    with TemporaryDirectory(prefix="transfer-") as name, pytest.MonkeyPatch.context() as patch:
        folder = Path(name)
        folder.chmod(0o755)
        script = folder / "wsrep_sst_slow"
        script.write_text(_SLOW_TRANSFER.format(hold=folder / "hold"))
        script.chmod(0o755)
        patch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
        settings = tls_settings(folder) | {"wsrep_sst_method": "slow"}
        with GaleraCluster.made(2, settings) as cluster:
            cluster.nodes[0].sql(
                "CREATE USER probe@localhost IDENTIFIED BY 'hunter2'", "CREATE USER probe@'127.0.0.1' IDENTIFIED BY 'hunter2'",
                "CREATE USER safe@'127.0.0.1' IDENTIFIED BY 'hunter2' REQUIRE SSL",
            )  # fmt: skip
            yield Live(cluster, folder / "hold", folder / "ca.pem")


def check(node: GaleraNode, *processes: Process, **more: Any) -> mysql.Server:
    settings: dict[str, Any] = {"user": "probe", "password": Secret("hunter2"), "data_dir": node.data}
    return mysql.make(mysql.Settings(**({"address": f"unix:{node.socket}"} | settings | more)), context(*processes))


def counters(node: GaleraNode) -> dict[str, int]:
    names = "'Aborted_connects', 'Aborted_connects_preauth', 'Aborted_clients'"
    return {name: int(value) for name, value in node.sql(f"SHOW GLOBAL STATUS WHERE Variable_name IN ({names})")}


def log(node: GaleraNode) -> list[str]:
    text = (node.folder / "server.log").read_text(errors="replace")
    return [line for line in text.splitlines() if "[ERROR]" in line or "[Warning]" in line]


@pytest.mark.servers
@pytest.mark.parametrize("way", ["unix", "tcp"])
def test_a_thousand_looks_leave_nothing_behind(live: Live, way: str) -> None:
    node = live.cluster.nodes[0]
    asked = check(node) if way == "unix" else check(node, address=f"tcp:{node.address}")
    before, written, waiting = counters(node), log(node), time_wait(node.port)
    for _ in range(1000):
        assert look(asked).finding is Finding.FINE
    asked.close()
    wait_until(lambda: node.status("Threads_connected") == "1", "the session has ended")
    assert counters(node) == before
    assert log(node) == written
    assert time_wait(node.port) <= waiting + 1


@pytest.mark.servers
def test_greetings_are_asked_for_once_a_minute_as_the_server_counts_each(live: Live) -> None:
    node = live.cluster.nodes[0]
    before = counters(node)
    asked = check(node, user="", password=None)
    texts = [look(asked).text for _ in range(100)]
    assert "MariaDB" in texts[0]
    assert all("greeted" in text for text in texts[1:])
    wait_until(lambda: counters(node) != before, "the server has noticed")
    assert counters(node) == before | {name: before[name] + 1 for name in ("Aborted_connects", "Aborted_connects_preauth")}


@pytest.mark.servers
def test_over_tls(live: Live) -> None:
    node = live.cluster.nodes[0]
    safe = {"address": f"tcp:{node.address}", "user": "safe"}
    assert look(check(node, **safe, tls=Tls(live.ca))).finding is Finding.FINE
    refused = look(check(node, **safe))
    assert refused.finding is Finding.UNKNOWN
    assert "hunter2" not in refused.text


@pytest.mark.servers
def test_a_wrong_password_is_tried_once_and_tells_what_to_do(live: Live) -> None:
    node = live.cluster.nodes[0]
    before = counters(node)
    asked = check(node, password=Secret("hunter3"))
    for _ in range(20):
        evidence = look(asked)
        assert evidence.finding is Finding.UNKNOWN
        assert "check user and password" in evidence.text
        assert "hunter3" not in evidence.text
    assert counters(node)["Aborted_connects"] == before["Aborted_connects"] + 1


@pytest.mark.servers
def test_maintenance_by_hand(live: Live) -> None:
    node = live.cluster.nodes[1]
    asked = check(node)
    for on, off, words in (
        ("wsrep_desync = ON", "wsrep_desync = OFF", "desynced by hand"),
        ("read_only = ON", "read_only = OFF", "read-only"),
        ("wsrep_reject_queries = ALL", "wsrep_reject_queries = NONE", "reject"),
    ):
        until(asked, Finding.FINE)
        with node.connect() as root, root.cursor() as cursor:  # which may do more than others in that state
            cursor.execute(f"SET GLOBAL {on}")
            assert words in until(asked, Finding.UNFIT).text
            cursor.execute(f"SET GLOBAL {off}")
    until(asked, Finding.FINE)


@contextlib.contextmanager
def crowd(node: GaleraNode) -> Iterator[None]:
    """So many sessions that nobody else gets in."""
    with contextlib.ExitStack() as held:
        while True:
            raw = held.enter_context(socket.socket(socket.AF_UNIX))
            raw.connect(str(node.socket))
            client = pymysql.connect(user="probe", password="hunter2", defer_connect=True, ssl_disabled=True)
            try:
                client.connect(raw)
            except pymysql.OperationalError:
                break
            held.callback(client.close)
        yield


@pytest.mark.servers
def test_all_connections_in_use_is_alive_and_saturated(live: Live) -> None:
    node = live.cluster.nodes[1]
    inside = check(node)
    until(inside, Finding.FINE)
    node.sql("SET GLOBAL max_connections = 10")
    with crowd(node):
        outside = check(node)
        assert "1040" in until(outside, Finding.DRAINED).text
        assert "connections are in use" in until(inside, Finding.DRAINED).text
        with socket.socket(socket.AF_UNIX) as last:  # one more is greeted, in case it is an administrator
            last.connect(str(node.socket))
            last.recv(1)
            greeted = check(node, user="", password=None)
            assert "1040" in look(greeted).text
    until(inside, Finding.FINE)
    until(outside, Finding.FINE)
    node.sql("SET GLOBAL max_connections = 60")


@pytest.mark.servers
def test_frozen_it_is_silent_and_its_peer_without_quorum_waits_for_it(live: Live) -> None:
    peer, frozen = live.cluster.nodes
    before = counters(frozen)
    inside, other = check(frozen), check(peer)
    until(inside, Finding.FINE)
    until(other, Finding.FINE)
    frozen.freeze()
    outside, greeted = check(frozen), check(frozen, user="", password=None)
    for _ in range(5):
        until(inside, Finding.SILENT, 0.1)
        until(outside, Finding.SILENT, 0.1)
        until(greeted, Finding.SILENT, 0.1)
    evidence = until(other, Finding.DEPENDENCY)
    assert evidence.about == "peers"
    assert "non-Primary" in evidence.text
    frozen.thaw()
    for asked in (inside, outside, greeted, other):
        until(asked, Finding.FINE)
    # A hundred looks at a frozen server would have been a hundred connections: each check has made one.
    assert counters(frozen)["Aborted_connects"] <= before["Aborted_connects"] + 1  # the greeting
    for node in live.cluster.nodes:
        node.wait_synced()


@pytest.mark.servers
def test_a_joiner_that_receives_a_full_copy_and_its_donor(live: Live) -> None:
    donor, joiner = live.cluster.nodes
    joiner.stop()
    asked = check(joiner)
    assert look(asked).finding is Finding.NOT_YET
    (joiner.data / "grastate.dat").unlink()
    live.hold.touch()
    joiner.start()
    assert joiner.process
    main = joiner.process.pid
    watched = mysql.make(mysql.Settings(f"unix:{joiner.socket}", data_dir=joiner.data), as_seen(main))
    evidence = until(watched, Finding.NOT_YET)
    wait_until(lambda: "at work" in look(watched).text, "the script of the state transfer runs")
    assert look(watched).figures["progress"] > 0
    feeding = check(donor)
    wait_until(lambda: "Donor" in look(feeding).text, "the other one is its donor")
    assert look(feeding).finding is Finding.FINE
    assert look(check(donor, donor=False)).finding is Finding.UNFIT
    joiner.freeze()
    assert look(watched, SHORT).finding is Finding.NOT_YET, evidence  # frozen, and still nothing that killing would mend
    joiner.thaw()
    live.hold.unlink()
    until(asked, Finding.FINE)
    joiner.wait_synced()
    until(feeding, Finding.FINE)


def as_seen(main: int) -> Any:
    """A context whose processes are this one and all that it has started."""
    from probes.model import Context

    def processes() -> list[Process]:
        found: dict[int, Process] = {}
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError, ValueError, IndexError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                words = tuple((entry / "cmdline").read_text().split("\0")[:-1])
                found[int(entry.name)] = Process(int(entry.name), parent, entry.name, words, 0, "S", 1)
        chosen = {main}
        for _ in range(5):
            chosen |= {pid for pid, one in found.items() if one.parent in chosen}
        return [found[pid] for pid in sorted(chosen) if pid in found]

    return Context("galera", processes)


@pytest.mark.servers
def test_killed_and_never_there(live: Live, tmp_path: Path) -> None:
    node = live.cluster.nodes[1]
    asked = check(node)
    until(asked, Finding.FINE)
    node.stop()
    assert look(asked).finding is Finding.GONE
    assert look(check(node)).finding is Finding.NOT_YET
    node.start()
    until(asked, Finding.FINE)


@pytest.mark.parametrize(
    ("command", "work"),
    [
        (("mariadbd", "--user=mysql"), ""),
        (("/bin/sh", "/usr/bin/wsrep_sst_rsync", "--role", "joiner"), "wsrep_sst_rsync is at work (process 7)"),
        (("/usr/sbin/mariadbd", "--wsrep-recover"), "--wsrep-recover is at work (process 7)"),
        (("mysql_upgrade",), "mysql_upgrade is at work (process 7)"),
        ((), ""),
    ],
)
def test_processes_that_work_on_the_data(command: tuple[str, ...], work: str) -> None:
    seen = [process(*command)] if command else []
    assert mysql.at_work(seen, ()) == work


def test_files_that_mark_work_on_the_data(tmp_path: Path) -> None:
    assert mysql.markers(tmp_path / "none") == ()
    assert mysql.markers(tmp_path) == ()
    (tmp_path / "sst_in_progress").touch()
    (tmp_path / "wsrep_recovery_verbose.log").touch()
    assert mysql.markers(tmp_path) == ("sst_in_progress", "wsrep_recovery_verbose.log")
    assert "its data has sst_in_progress" in mysql.at_work((), mysql.markers(tmp_path))


def test_silence_while_it_works_on_its_data_is_no_silence(tmp_path: Path) -> None:
    (tmp_path / "sst_in_progress").touch()
    settings = mysql.Settings(f"unix:{tmp_path}/s", data_dir=tmp_path)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(f"{tmp_path}/s")
        listening.listen()
        asked = mysql.make(settings, CONTEXT)
        evidence = look(asked, SHORT)
        assert evidence.finding is Finding.NOT_YET
        assert evidence.figures["progress"] > 0
        (tmp_path / "sst_in_progress").unlink()
        assert look(asked, SHORT).finding is Finding.SILENT


@pytest.mark.parametrize(
    ("behave", "finding"),
    [
        (fakes.refuse_at_once(1040), Finding.DRAINED),
        (fakes.refuse_login(1045, "denied"), Finding.UNKNOWN),
        (fakes.say(b"HTTP/1.1 400 Bad Request\r\n\r\n"), Finding.UNKNOWN),
        (fakes.answer(fakes.error(1, 1047, "WSREP")), Finding.UNFIT),
        (fakes.answer(fakes.error(1, 1142, "command denied")), Finding.UNKNOWN),
        (fakes.answer(b""), Finding.NOT_YET),
    ],
    ids=["full", "denied", "another protocol", "not ready", "no right", "hangs up"],
)
def test_what_a_server_does_and_what_it_means(behave: fakes.Behaviour, finding: Finding) -> None:
    with fakes.server(behave) as port:
        asked = mysql.make(mysql.Settings(f"tcp:127.0.0.1:{port}", "probe", Secret("hunter2")), CONTEXT)
        for _ in range(2):
            evidence = look(asked)
            assert evidence.finding is finding
            assert "hunter2" not in evidence.text


def test_mistakes_in_settings() -> None:
    assert dict(mysql.Settings("tcp:127.0.0.1:1").mistakes()).keys() == {"user"}
    assert dict(mysql.Settings("x", password=Secret("hunter2")).mistakes()).keys() == {"address", "user"}
    assert not list(mysql.Settings().mistakes())
    assert not list(mysql.Settings(f"tcp:127.0.0.1:{free_port()}", "probe").mistakes())
