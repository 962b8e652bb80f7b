"""The kernel's view of sockets: real ones, of processes of our own."""

import contextlib
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from probes.checks import sockets
from probes.checks.sockets import RABBITMQ, Settings, broker_ports
from probes.model import Context, Finding
from tests.probes.checks.looking import Looker, by_about, never
from tests.probes.proc.services import Service
from tests.rights import as_nobody
from tests.servers.process import free_port, wait_until


class Broker:
    """Accepts connections and sends what it is told to."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.accepted: list[socket.socket] = []

    def accept(self, number: int = 1) -> None:
        for _ in range(number):
            self.accepted.append(self._listening.accept()[0])

    def send(self, data: bytes, to: int = -1) -> None:
        self.accepted[to].sendall(data)

    def close(self) -> None:
        for one in (*self.accepted, self._listening):
            one.close()


@pytest.fixture
def broker() -> Iterator[Broker]:
    made = Broker()
    yield made
    made.close()


class MakeLooker(Protocol):
    """Makes what looks at a service, or at one of which nothing is known."""

    def __call__(self, service: Service | None, settings: Settings) -> Looker: ...


@pytest.fixture
def looker() -> Iterator[MakeLooker]:
    with contextlib.ExitStack() as made:

        def make(service: Service | None, settings: Settings) -> Looker:
            check = sockets.make(settings, service.context() if service else Context("service"))
            made.callback(check.close)
            return Looker(check)

        yield make


class TestConnections:
    def test_a_service_that_reads_is_fine(self, tmp_path: Path, broker: Broker, looker: MakeLooker) -> None:
        with Service(tmp_path, "--connect", str(broker.port)) as service:
            broker.accept()
            look = looker(service, Settings((broker.port,)))
            assert look.whole().finding is Finding.FINE
            broker.send(b"x" * 1000)
            whole = look.until(Finding.FINE)
            assert f"1 connection to 127.0.0.1:{broker.port}" in whole.text
            wait_until(lambda: look.whole().figures["backlog_bytes"] == 0, "it has read all")

    def test_a_service_that_does_not_read_is_stuck_at_the_third_look(
        self, tmp_path: Path, broker: Broker, looker: MakeLooker
    ) -> None:
        with Service(tmp_path, "--connect", str(broker.port), "--do", "hub") as service:
            broker.accept()
            look = looker(service, Settings((broker.port,)))
            assert look.whole().finding is Finding.FINE
            broker.send(b"x" * 1254)
            wait_until(lambda: unread(broker.port) == 1254, "the bytes wait")
            findings = [look.whole() for _ in range(4)]
            assert [one.finding for one in findings] == [Finding.UNKNOWN, Finding.UNKNOWN, Finding.STUCK, Finding.STUCK]
            assert "the next looks tell whether it reads them" in findings[0].text
            assert f"pid {service.pid} leaves 1254 bytes unread" in findings[-1].text
            assert findings[-1].figures == {"sockets": 1.0, "backlog_bytes": 1254.0}

    def test_a_service_that_is_slow_and_reads_is_not_stuck(self, tmp_path: Path, broker: Broker, looker: MakeLooker) -> None:
        with Service(tmp_path, "--connect", str(broker.port), "--do", "work") as service:
            broker.accept()
            look = looker(service, Settings((broker.port,)))

            def one_more() -> None:
                wait_until(lambda: not unread(broker.port), "it has read")
                broker.send(b"y" * 500)

            never(look, Finding.STUCK, 6, one_more)

    def test_one_of_three_workers(self, tmp_path: Path, broker: Broker, looker: MakeLooker) -> None:
        with Service(tmp_path, "--connect", str(broker.port), workers=3) as service:
            broker.accept(3)
            look = looker(service, Settings((broker.port,)))
            assert look.whole().finding is Finding.FINE
            hung = service.workers()[1]
            os.kill(hung, signal.SIGSTOP)
            wait_until(lambda: "T" in {one.state for one in service.find()}, "it is stopped")
            for number in range(3):
                broker.send(b"ping", number)
            wait_until(lambda: unread(broker.port) == 4, "the others have read")
            evidence = [look.look() for _ in range(3)][-1]
            assert by_about(evidence) == {
                "": Finding.PARTIAL,
                **{str(pid): Finding.STUCK if pid == hung else Finding.FINE for pid in service.workers()},
            }

    def test_bytes_unread_at_a_connection_that_the_broker_has_closed(
        self, tmp_path: Path, broker: Broker, looker: MakeLooker
    ) -> None:
        with Service(tmp_path, "--connect", str(broker.port), "--do", "sleep") as service:
            broker.accept()
            look = looker(service, Settings((broker.port,)))
            look.look()
            broker.send(b"bye")
            broker.accepted[0].close()
            assert look.until(Finding.STUCK).figures["backlog_bytes"] == 4

    def test_not_connected_yet_then_connected_then_not_any_more(
        self, tmp_path: Path, broker: Broker, looker: MakeLooker
    ) -> None:
        with Service(tmp_path) as idle:
            assert looker(idle, Settings((broker.port,))).whole().finding is Finding.NOT_YET
        with Service(tmp_path, "--connect", str(broker.port), "--do", "sleep") as service:
            broker.accept()
            look = looker(service, Settings((broker.port,)))
            assert look.whole().finding is Finding.FINE
            abort(broker.accepted[0])
            gone = look.until(Finding.GONE)
            assert gone.text == f"no connection to port {broker.port} any more"

    def test_connections_of_others_to_the_same_port_do_not_count(
        self, tmp_path: Path, broker: Broker, looker: MakeLooker
    ) -> None:
        with Service(tmp_path) as service, socket.create_connection(("127.0.0.1", broker.port)):
            broker.accept()
            broker.send(b"not read")
            look = looker(service, Settings((broker.port,)))
            never(look, Finding.STUCK, 4)
            assert look.whole().finding is Finding.NOT_YET


def unread(port: int) -> int:
    """Bytes that wait in connections to a port."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(int(row[4].split(":")[1], 16) for row in rows if row[2].endswith(f":{port:04X}"))


def abort(connection: socket.socket) -> None:
    """Close it by a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()


class TestPrivileges:
    """Who may not look into the processes still sees the sockets, and says how it told them apart."""

    def test_by_the_user_id_of_its_processes_where_descriptors_are_denied(
        self, tmp_path: Path, broker: Broker, looker: MakeLooker
    ) -> None:
        with Service(tmp_path, "--connect", str(broker.port), "--do", "sleep", "--undumpable") as service:
            broker.accept()
            broker.send(b"x" * 10)
            look = looker(service, Settings((broker.port,)))
            with as_nobody():
                stuck = look.until(Finding.STUCK)
            assert f"told by user id {os.getuid()}, as its descriptors may not be read" in stuck.text

    def test_by_user_id_where_its_processes_are_not_seen(self, broker: Broker, tmp_path: Path, looker: MakeLooker) -> None:
        with Service(tmp_path, "--connect", str(broker.port), "--do", "sleep"):
            broker.accept()
            broker.send(b"x" * 10)
            look = looker(None, Settings((broker.port,), uid=os.getuid()))
            assert "told by user id" in look.until(Finding.STUCK).text
            other = looker(None, Settings((broker.port,), uid=4_000_000_000))
            never(other, Finding.STUCK, 4)

    def test_of_anybody_but_ourselves_where_nothing_is_known(self, broker: Broker, tmp_path: Path, looker: MakeLooker) -> None:
        look = looker(None, Settings((broker.port,)))
        with socket.create_connection(("127.0.0.1", broker.port)):
            broker.accept()
            broker.send(b"ours")
            never(look, Finding.STUCK, 4)
            assert look.whole().finding is Finding.NOT_YET
            with Service(tmp_path, "--connect", str(broker.port), "--do", "sleep"):
                broker.accept()
                broker.send(b"theirs")
                assert "of anybody in this network namespace" in look.until(Finding.STUCK).text

    def test_on_the_hosts_network_it_proves_nothing(self, broker: Broker, tmp_path: Path, looker: MakeLooker) -> None:
        with Service(tmp_path, "--connect", str(broker.port), "--do", "sleep"):
            broker.accept()
            broker.send(b"x")
            look = looker(None, Settings((broker.port,), shared_network=True))
            never(look, Finding.STUCK, 3)
            assert "maybe another's" in look.until(Finding.UNKNOWN).text


class TestListeners:
    def test_connections_that_nobody_accepts(self, tmp_path: Path, looker: MakeLooker) -> None:
        port = free_port()
        with Service(tmp_path, "--listen", str(port), "--do", "sleep") as service, contextlib.ExitStack() as clients:
            look = looker(service, Settings((), (port,)))
            assert look.whole().finding is Finding.FINE
            clients.enter_context(socket.create_connection(("127.0.0.1", port)))
            findings = [look.whole() for _ in range(3)]
            assert [one.finding for one in findings] == [Finding.UNKNOWN, Finding.UNKNOWN, Finding.STUCK]
            assert f"accepts none of 1 connections on port {port}" in findings[-1].text
            assert findings[-1].figures["listen_backlog"] == 1

    def test_clients_that_give_up_leave_a_queue_that_is_not_accepted(self, tmp_path: Path, looker: MakeLooker) -> None:
        port = free_port()
        with Service(tmp_path, "--listen", str(port), "--do", "sleep") as service:
            look = looker(service, Settings((), (port,)))
            look.look()
            socket.create_connection(("127.0.0.1", port)).close()
            look.until(Finding.STUCK)

    def test_a_queue_that_is_never_empty_and_moves(self, tmp_path: Path, looker: MakeLooker) -> None:
        port = free_port()
        with Service(tmp_path, "--listen", str(port)) as service, contextlib.ExitStack() as clients:
            look = looker(service, Settings((), (port,)))
            look.look()

            def others_wait() -> None:
                os.kill(service.pid, signal.SIGCONT)
                wait_until(lambda: look.whole().figures["listen_backlog"] == 0, "all are accepted")
                os.kill(service.pid, signal.SIGSTOP)
                wait_until(lambda: service.find()[0].state == "T", "it is stopped")
                clients.enter_context(socket.create_connection(("127.0.0.1", port)))

            for _ in range(4):
                others_wait()
                whole = look.whole()
                assert (whole.finding, whole.figures["listen_backlog"]) == (Finding.UNKNOWN, 1)

    def test_a_full_queue_makes_unfit(self, tmp_path: Path, looker: MakeLooker) -> None:
        port = free_port()
        with Service(tmp_path, "--listen", str(port), "--do", "sleep") as service, contextlib.ExitStack() as clients:
            look = looker(service, Settings((), (port,)))
            for _ in range(3):
                clients.enter_context(socket.create_connection(("127.0.0.1", port)))
            whole = look.whole()
            assert (whole.finding, whole.figures["listen_backlog_limit"]) == (Finding.UNFIT, 2)
            assert f"3 connections wait on 127.0.0.1:{port}, whose limit is 2" in whole.text

    def test_a_port_that_nobody_listens_on(self, tmp_path: Path, looker: MakeLooker) -> None:
        port, other = free_port(), free_port()
        with Service(tmp_path, "--listen", str(port)) as service:
            assert looker(service, Settings((), (other,))).whole().finding is Finding.NOT_YET
            both = looker(service, Settings((), (port, other))).whole()
            assert (both.finding, f"nobody listens on port {other}" in both.text) == (Finding.PARTIAL, True)


class TestDatagrams:
    def test_datagrams_that_nobody_reads_and_that_are_dropped(self, tmp_path: Path, looker: MakeLooker) -> None:
        port = free_port()
        with Service(tmp_path, "--udp", str(port), "--do", "sleep") as service:
            look = looker(service, Settings((), udp_ports=(port,)))
            assert look.whole().finding is Finding.FINE
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                for _ in range(20):
                    sender.sendto(b"heartbeat" * 50, ("127.0.0.1", port))
            first = look.whole()
            assert first.figures["udp_lost"] > 0
            assert "datagrams dropped since the last look" in first.text
            assert look.whole().figures["udp_lost"] == 0
            assert look.whole().finding is Finding.STUCK

    def test_datagrams_that_are_read(self, tmp_path: Path, looker: MakeLooker) -> None:
        port = free_port()
        with Service(tmp_path, "--udp", str(port)) as service, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            look = looker(service, Settings((), udp_ports=(port,)))
            for _ in range(4):
                sender.sendto(b"heartbeat", ("127.0.0.1", port))
                wait_until(lambda: look.whole().figures["udp_backlog_bytes"] == 0, "it has read")
                assert look.whole().finding is Finding.FINE

    def test_a_port_that_nobody_receives_on(self, tmp_path: Path, looker: MakeLooker) -> None:
        with Service(tmp_path) as service:
            assert looker(service, Settings((), udp_ports=(free_port(),))).whole().finding is Finding.NOT_YET


def test_several_kinds_at_once_tell_the_worst(tmp_path: Path, broker: Broker, looker: MakeLooker) -> None:
    port = free_port()
    with Service(tmp_path, "--connect", str(broker.port), "--listen", str(port), "--do", "sleep") as service:
        broker.accept()
        look = looker(service, Settings((broker.port,), (port,), (free_port(),)))
        assert look.whole().finding is Finding.NOT_YET  # the UDP port
        broker.send(b"x")
        stuck = look.until(Finding.STUCK)
        assert "unread" in stuck.text
        assert f"listens on port {port}" in stuck.text


def test_what_cannot_be_right() -> None:
    def keys(settings: Settings) -> list[str]:
        return [key for key, _ in settings.mistakes()]

    assert keys(Settings()) == []
    assert keys(Settings(())) == ["remote_ports"]
    assert keys(Settings((0,), (65536,), (5555,), samples=1)) == [
        "remote_ports",
        "listen_ports",
        "samples",
    ]


@pytest.mark.parametrize(
    ("text", "ports"),
    [
        ("[DEFAULT]\ntransport_url = rabbit://u:p@a:5673,u:p@b:5674/\n", (5673, 5674)),
        ("[DEFAULT]\ntransport_url = rabbit://u:p@a/\n", (5672,)),
        ("[DEFAULT]\nhost = a\n", RABBITMQ),
        ("no configuration", RABBITMQ),
    ],
)
def test_the_ports_are_those_of_the_brokers_that_the_service_is_told(tmp_path: Path, text: str, ports: tuple[int, ...]) -> None:
    (tmp_path / "nova.conf").write_text(text)
    assert broker_ports([tmp_path / "nova.conf"]) == ports


def test_without_configuration_files_the_ports_are_those_of_rabbitmq() -> None:
    assert broker_ports([]) == RABBITMQ
