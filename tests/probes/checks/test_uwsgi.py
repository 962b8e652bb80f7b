"""The check `uwsgi`, with a real uWSGI and with what real ones have said."""

import contextlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.model import MalformedError
from probes.checks import uwsgi
from probes.model import Finding
from tests.clients.talker import Talker
from tests.probes.checks.asking import CONTEXT, SHORT, look, time_wait, until
from tests.servers.process import free_port
from tests.servers.uwsgi import Uwsgi

RECORDED = Path(__file__).parents[2] / "data" / "probes" / "uwsgi"


def check(address: str, stuck_after: float = 120.0) -> uwsgi.Workers:
    return uwsgi.make(uwsgi.Settings(address, stuck_after=stuck_after), CONTEXT)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Uwsgi]:
    with Uwsgi(tmp_path) as made:
        made.wait_until_ready()
        yield made


@pytest.mark.servers
def test_idle_one_stuck_all_stuck_queueing_released_and_frozen(running: Uwsgi) -> None:
    asked, impatient = check(f"unix:{running.stats}"), check(f"unix:{running.stats}", 0.2)
    evidence = until(asked, Finding.FINE)
    assert evidence.figures["workers"] == 2
    running.ask("/fail")
    assert until(asked, Finding.FINE).figures["exceptions"] == 1
    running.start_waiting()
    stuck = until(impatient, Finding.PARTIAL)
    assert stuck.about.isdigit()
    assert f"worker {stuck.about} has been at GET /wait" in stuck.text
    assert look(asked).finding is Finding.FINE
    running.start_waiting("/wait?secret=hunter2")
    full = until(asked, Finding.DRAINED)
    assert "all workers are busy" in full.text
    running.start_waiting()
    waiting = until(asked, Finding.DRAINED)
    assert "hunter2" not in full.text + waiting.text + stuck.text
    running.release()
    until(asked, Finding.FINE)
    running.process.freeze()
    until(asked, Finding.SILENT, SHORT)
    running.process.thaw()
    until(asked, Finding.FINE)
    running.process.kill()
    assert until(asked, Finding.GONE)


@contextlib.contextmanager
def crowd(port: int) -> Iterator[None]:
    """Clients that ask for what takes long, more than the queue holds."""
    with contextlib.ExitStack() as held:
        for _ in range(8):
            client = held.enter_context(socket.socket())
            client.settimeout(0.2)
            with contextlib.suppress(TimeoutError):
                client.connect(("127.0.0.1", port))
                client.sendall(b"GET /wait HTTP/1.0\r\n\r\n")
        yield


@pytest.mark.servers
def test_a_full_listen_queue(tmp_path: Path) -> None:
    with Uwsgi(tmp_path, workers=1, listen=2) as running:
        running.wait_until_ready()
        asked = check(f"unix:{running.stats}")
        until(asked, Finding.FINE)
        with crowd(running.port):
            assert "the listen queue is full" in until(asked, Finding.UNFIT).text


@pytest.mark.servers
@pytest.mark.parametrize("http", [True, False])
def test_looks_over_tcp_leave_no_socket_behind(tmp_path: Path, http: bool) -> None:
    port = free_port()
    more = ["--stats-http"] if http else []
    with Uwsgi(tmp_path, "--stats", f"127.0.0.1:{port}", *more) as running:
        running.wait_until_ready()
        asked = uwsgi.make(uwsgi.Settings(f"tcp:127.0.0.1:{port}", http=http), CONTEXT)
        for _ in range(50):
            assert until(asked, Finding.FINE)
        assert time_wait(port) == 0


def recorded(name: str) -> uwsgi.Stats:
    return uwsgi.parsed((RECORDED / f"{name}.json").read_bytes(), "stats")


def test_a_worker_that_is_cheap_does_not_count() -> None:
    stats = recorded("two-of-three-workers-idle")
    assert stats.statuses == {"idle": 2, "cheap": 1}
    assert len(stats.cores) == 4  # two threads each
    assert not [core for core in stats.cores if core.request]


def test_odd_header_fields_do_not_hurt_and_are_not_kept() -> None:
    stats = recorded("busy-with-odd-headers")
    busy = [core for core in stats.cores if core.request]
    assert [core.path for core in busy] == ["GET /slow", "GET /slow"]
    assert "hunter2" not in repr(stats)


def test_a_backslash_in_a_header_field_does_not_hurt() -> None:
    data = (RECORDED / "busy-with-odd-headers.json").read_bytes().replace(b"\\tab", b"\\q\\u12")
    assert uwsgi.parsed(data, "stats") == recorded("busy-with-odd-headers")


def test_without_an_application_it_is_not_there_yet_and_later_unfit(tmp_path: Path) -> None:
    answers = [
        (RECORDED / f"{name}.json").read_bytes() for name in ("no-application", "two-of-three-workers-idle", "no-application")
    ]

    def speak(connection: socket.socket) -> None:
        connection.sendall(answers.pop(0))
        connection.close()

    with Talker(tmp_path / "s", speak) as talker:
        asked = check(talker.address)
        assert [look(asked).finding for _ in range(3)] == [Finding.NOT_YET, Finding.FINE, Finding.UNFIT]


@pytest.mark.parametrize("said", [b"", b"{}", b"[]", b"not JSON", b'{"workers":1}', b"[" * 99_999, b"x" * (9 << 20)])
def test_what_no_stats_server_says(tmp_path: Path, said: bytes) -> None:
    def speak(connection: socket.socket) -> None:
        connection.sendall(said)
        connection.close()

    with Talker(tmp_path / "s", speak) as talker:
        evidence = look(check(talker.address))
    assert evidence.finding is Finding.UNKNOWN
    assert "stats server of uWSGI" in evidence.text


def odd(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    names = ["workers", "sockets", "cores", "apps", "vars", "req_info", "pid", "in_request", "status", "queue", "max_queue"]
    return st.dictionaries(st.sampled_from(names), inner, max_size=6)


@settings(max_examples=30)
@given(st.recursive(st.none() | st.integers() | st.text(max_size=3), lambda inner: st.lists(inner, max_size=3) | odd(inner)))
def test_whatever_it_says_is_read_or_malformed(said: Any) -> None:
    with contextlib.suppress(MalformedError):
        uwsgi.parsed(json.dumps(said).encode(), "stats")


def test_mistakes_in_settings() -> None:
    assert dict(uwsgi.Settings("x", stuck_after=0).mistakes()).keys() == {"address", "stuck_after"}
    assert not list(uwsgi.Settings("unix:/s").mistakes())
