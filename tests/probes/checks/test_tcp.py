"""The check `tcp`."""

import socket
import threading
from pathlib import Path

import pytest

from probes.checks import tcp
from probes.model import Finding
from tests.probes.checks.asking import CONTEXT, SHORT, look, time_wait
from tests.servers import bad
from tests.servers.process import wait_until


def test_accepts_and_then_is_gone() -> None:
    with bad.listening(bad.closing) as port:
        check = tcp.make(tcp.Settings(f"tcp:127.0.0.1:{port}"), CONTEXT)
        assert look(check).finding is Finding.FINE
    assert look(check).finding is Finding.GONE
    check.close()


def test_a_unix_socket_before_it_is_there_while_it_accepts_and_when_its_backlog_is_full(tmp_path: Path) -> None:
    check = tcp.make(tcp.Settings(f"unix:{tmp_path}/s"), CONTEXT)
    assert look(check).finding is Finding.NOT_YET
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        listening.listen(0)
        assert look(check).finding is Finding.FINE
        assert look(check).finding is Finding.SILENT


def test_a_full_backlog_of_tcp_is_silence() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=1) as listening:
        port = listening.getsockname()[1]
        held = [socket.socket() for _ in range(4)]
        for one in held:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        check = tcp.make(tcp.Settings(f"tcp:127.0.0.1:{port}"), CONTEXT)
        assert look(check, SHORT).finding is Finding.SILENT
        for one in held:
            one.close()


def reading(connection: socket.socket, _: threading.Event) -> None:
    """Waits until the other side hangs up."""
    while connection.recv(4096):
        pass


def test_looks_leave_no_socket_behind() -> None:
    with bad.listening(reading) as port:
        check = tcp.make(tcp.Settings(f"tcp:127.0.0.1:{port}"), CONTEXT)
        for _ in range(50):
            assert look(check).finding is Finding.FINE
        assert time_wait(port) == 0


def test_an_orderly_end_stays_for_a_minute() -> None:
    with bad.listening(reading) as port:
        assert look(tcp.make(tcp.Settings(f"tcp:127.0.0.1:{port}", "finish"), CONTEXT)).finding is Finding.FINE
        wait_until(lambda: time_wait(port) == 1, "a socket is in TIME_WAIT")


@pytest.mark.parametrize("address", ["", "ssl:a:1", "tcp:a", "unix:s", "http://a/"])
def test_a_bad_address_is_a_mistake(address: str) -> None:
    assert dict(tcp.Settings(address).mistakes()).keys() == {"address"}
