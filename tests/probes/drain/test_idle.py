"""Connections to a service, as the kernel counts them."""

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from clients.model import RefusedError
from probes.drain.conductor import Drain, Step
from probes.drain.idle import make
from probes.drain.model import Outcome, Phase
from probes.drain.settings import DrainSettings, IdleSettings
from probes.model import Context, Process
from probes.proc.processes import process as seen
from tests.probes.soon import soon
from tests.servers.process import READY, free_port, wait_until
from tests.servers.process import Process as Running

PROC = Path("/proc")

# accepts when it is told to, and never answers: a request that takes long
_SERVER = """
import socket, sys
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
kept = []
while True:
    kept.append(server.accept())
"""

_HAPROXY = """
global
    maxconn 100
defaults
    mode http
    timeout connect 60s
    timeout client 600s
    timeout server 600s
frontend front
    bind 127.0.0.1:{front}
    default_backend back
backend back
    server one 127.0.0.1:{back}
"""


@contextlib.contextmanager
def server(folder: Path, port: int) -> Iterator[Running]:
    with Running([sys.executable, "-c", _SERVER, str(port)], folder / "server.log") as process:
        process.wait_until(lambda: _accepts(port), "it listens")
        yield process


def _accepts(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1.0):
        return True
    return False


def context(*processes: int) -> Context:
    def now() -> list[Process]:
        return [seen(PROC, pid) for pid in processes]

    return Context("nova-api", now)


class Client:
    """Holds connections to a port in a process of its own: ours would not count."""

    def __init__(self, folder: Path, port: int, count: int) -> None:
        text = f"import socket, time\nheld = [socket.create_connection(('127.0.0.1', {port})) for _ in range({count})]\n"
        self._process = Running(
            [sys.executable, "-c", f"{text}print('held', flush=True)\ntime.sleep(600)"], folder / "client.log"
        )
        self._process.wait_until(lambda: "held" in (folder / "client.log").read_text(), "it is connected")

    def leave(self) -> None:
        self._process.kill()


def test_connections_to_the_ports_on_which_it_listens_are_counted(tmp_path: Path) -> None:
    port = free_port()
    with server(tmp_path, port) as process:
        action = make(IdleSettings(), context(process.pid))
        wait_until(lambda: action.look(soon(600.0)).done, "the connection of the start is gone")
        client = Client(tmp_path, port, 3)
        progress = action.look(soon(600.0))
        assert (progress.done, progress.in_flight) == (False, 3)
        assert progress.text == f"3 connections to port {port}"
        client.leave()
        wait_until(lambda: action.look(soon(600.0)).done, "they have ended")


def test_our_own_connections_do_not_count(tmp_path: Path) -> None:
    port = free_port()
    with server(tmp_path, port) as process, socket.create_connection(("127.0.0.1", port)):
        action = make(IdleSettings((port,)), context(process.pid))
        wait_until(lambda: action.look(soon(600.0)).in_flight == 0, "only ours is there")


def test_those_that_wait_to_be_accepted_count_too(tmp_path: Path) -> None:
    port = free_port()
    with server(tmp_path, port) as process:
        process.freeze()
        client = Client(tmp_path, port, 2)
        action = make(IdleSettings((port,)), context(process.pid))
        assert action.look(soon(600.0)).in_flight == 2
        client.leave()


def test_some_may_stay(tmp_path: Path) -> None:
    port = free_port()
    with server(tmp_path, port) as process:
        client = Client(tmp_path, port, 2)
        wait_until(
            lambda: make(IdleSettings((port,)), context(process.pid)).look(soon(600.0)).in_flight == 2, "only they are there"
        )
        assert make(IdleSettings((port,), spare=2), context(process.pid)).look(soon(600.0)).done
        assert not make(IdleSettings((port,), spare=1), context(process.pid)).look(soon(600.0)).done
        client.leave()


def test_named_ports_need_no_look_into_the_process() -> None:
    assert make(IdleSettings((1,)), Context("nova-api")).look(soon(600.0)).done


def test_without_ports_and_processes_what_is_missing_is_told() -> None:
    with pytest.raises(RefusedError, match="name them under `ports`"):
        make(IdleSettings(), Context("nova-api")).look(soon(600.0))


def test_a_service_that_does_not_listen_any_more_is_idle() -> None:
    with subprocess.Popen(["/bin/sleep", "600"]) as process:
        progress = make(IdleSettings(), context(process.pid)).look(soon(600.0))
        process.kill()
    assert progress.done
    assert progress.text.endswith("(none is open)")


def test_settings_that_are_no_ports_are_told() -> None:
    assert [key for key, _ in IdleSettings((0,)).mistakes()] == ["ports"]
    assert [key for key, _ in IdleSettings((80,), spare=-1).mistakes()] == ["spare"]
    assert list(IdleSettings((80,)).mistakes()) == []


@pytest.mark.servers
def test_a_real_haproxy_is_drained_when_its_last_request_has_been_answered(tmp_path: Path) -> None:
    """A request that takes long is under way; the drain waits for it, and ends when it has."""
    front, back = free_port(), free_port()
    (tmp_path / "haproxy.cfg").write_text(_HAPROXY.format(front=front, back=back))
    with (
        server(tmp_path, back),
        Running(["/usr/sbin/haproxy", "-db", "-f", tmp_path / "haproxy.cfg"], tmp_path / "haproxy.log") as haproxy,
    ):
        haproxy.wait_until(lambda: _accepts(front), "haproxy listens")
        action = make(IdleSettings((front,)), context(haproxy.pid))
        wait_until(lambda: action.look(soon(600.0)).done, "nobody is connected")
        client = Client(tmp_path, front, 1)
        settings = DrainSettings(grace=2 * READY, margin=0.0, settle=0.0, pause=0.05)
        unready: list[bool] = []
        drain = Drain("nova-api", [Step("idle", action)], settings, grace=60.0, ready=unready.append)
        drain.begin()
        wait_until(lambda: drain.status().phase is Phase.ACTING and drain.status().in_flight == 1, "it waits for the request")
        assert unready == [False]
        client.leave()
        assert drain.wait().outcome is Outcome.DRAINED
        assert haproxy.running()


def test_it_looks_at_the_process_that_runs_the_tests_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        progress = make(IdleSettings(), context(os.getpid())).look(soon(600.0))
        assert str(port) in progress.text
