"""The check `memcached`, with a real one: each row of its table of faults."""

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from probes.checks import memcached
from probes.model import Finding
from tests.clients.talker import Talker, says
from tests.probes.checks.asking import CONTEXT, SHORT, look, time_wait, until
from tests.servers.memcached import memcached as started
from tests.servers.process import Process


def check(port: int) -> memcached.Cache:
    return memcached.make(memcached.Settings(f"tcp:127.0.0.1:{port}"), CONTEXT)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[Process, int]]:
    with started(tmp_path, "-c", "20") as made:
        yield made


@pytest.mark.servers
def test_healthy_frozen_awake_and_killed(running: tuple[Process, int]) -> None:
    process, port = running
    asked = check(port)
    evidence = look(asked)
    assert evidence.finding is Finding.FINE
    assert evidence.figures.keys() == {"connections", "connections_limit", "rejected", "listen_disabled"}
    process.freeze()
    for _ in range(3):
        assert until(asked, Finding.SILENT, SHORT)
    process.thaw()
    assert look(asked).finding is Finding.FINE
    process.kill()
    assert look(asked).finding is Finding.GONE
    assert look(check(port)).finding is Finding.NOT_YET


@pytest.mark.servers
def test_frozen_before_it_was_ever_asked(running: tuple[Process, int]) -> None:
    process, port = running
    process.freeze()
    asked = check(port)
    assert until(asked, Finding.SILENT, SHORT)
    process.thaw()
    assert look(asked).finding is Finding.FINE


@contextlib.contextmanager
def crowd(port: int, size: int = 30) -> Iterator[None]:
    """So many clients who connect, whether or not they get in."""
    with contextlib.ExitStack() as held:
        for _ in range(size):
            client = held.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", port))
        yield


@pytest.mark.servers
def test_full_while_we_are_connected_and_for_those_who_come_later(running: tuple[Process, int]) -> None:
    _, port = running
    asked = check(port)
    assert look(asked).finding is Finding.FINE
    with crowd(port):
        assert "it refused" in until(asked, Finding.UNFIT).text
        assert until(asked, Finding.FINE)  # as nobody is refused any more
        assert "all its connections are in use" in until(check(port), Finding.UNFIT).text
        assert look(asked).finding is Finding.UNFIT  # we were, just now
    assert until(asked, Finding.FINE)


@pytest.mark.servers
def test_one_that_stops_accepting_is_seen_on_the_connection_that_is_kept(tmp_path: Path) -> None:
    with started(tmp_path, "-c", "20", "-o", "no_maxconns_fast") as (_, port):
        asked = check(port)
        assert look(asked).finding is Finding.FINE
        with crowd(port):
            assert "it refused" in until(asked, Finding.UNFIT).text
            assert look(check(port), SHORT).finding is Finding.SILENT  # as any client sees it
        assert until(asked, Finding.FINE)


def test_nearly_all_connections_are_in_use(tmp_path: Path) -> None:
    def speak(connection: socket.socket) -> None:
        for answer in (b"VERSION 1\r\n", b"STAT curr_connections 95\r\nSTAT max_connections 100\r\nEND\r\n"):
            connection.recv(4096)
            connection.sendall(answer)

    with Talker(tmp_path / "s", speak) as talker:
        evidence = look(memcached.make(memcached.Settings(talker.address), CONTEXT))
    assert (evidence.finding, evidence.text) == (Finding.UNFIT, f"{talker.address}: version 1, 95 of 100 connections: full")


@pytest.mark.servers
def test_one_that_wants_a_login_is_alive(tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text("probe:hunter2\n")
    with started(tmp_path, "-Y", str(users)) as (process, port):
        asked = check(port)
        for _ in range(3):
            evidence = look(asked)
            assert evidence.finding is Finding.FINE
            assert "wants a login" in evidence.text
        process.freeze()
        assert until(asked, Finding.SILENT, SHORT)


@pytest.mark.servers
def test_a_thousand_looks_leave_nothing_behind(running: tuple[Process, int]) -> None:
    process, port = running
    asked = check(port)
    before = time_wait(port)
    for _ in range(1000):
        evidence = look(asked)
    assert evidence.figures["connections"] <= 5
    asked.close()
    assert time_wait(port) <= before + 1  # our orderly goodbye, once
    assert process.tail() == ""


def test_one_that_speaks_something_else_is_told(tmp_path: Path) -> None:
    with Talker(tmp_path / "s", says(b"")) as talker:
        evidence = look(memcached.make(memcached.Settings(talker.address), CONTEXT))
    assert evidence.finding is Finding.UNKNOWN
    assert "does it want TLS or SASL" in evidence.text


def test_mistakes_in_settings() -> None:
    assert dict(memcached.Settings("ssl:a:1", full=0.0).mistakes()).keys() == {"address", "full"}
    assert not list(memcached.Settings().mistakes())
