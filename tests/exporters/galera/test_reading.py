"""Nodes that misbehave, as sockets of our own; the real ones are in test_journey and test_access."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from clients.model import Deadline, TimedOutError, UnreachableError
from clients.mysql import PATIENCE
from exporters.galera.collector import GaleraCollector, _Lookup
from exporters.galera.node import Failure
from exporters.galera.reading import GATE
from exporters.galera.settings import GaleraSettings, GaleraTls
from exporters.galera.snapshot import Snapshot
from parsers.secret import Secret
from tests.clients import fakes
from tests.servers.process import free_port, wait_until

DEADLINE = 1.0


@pytest.fixture
def made() -> Iterator[list[GaleraCollector]]:
    collectors: list[GaleraCollector] = []
    yield collectors
    for collector in collectors:
        collector.close()


def collector(made: list[GaleraCollector], *ports: int) -> GaleraCollector:
    nodes = tuple(f"127.0.0.1:{port}" for port in ports)
    made.append(GaleraCollector(GaleraSettings(name="main", nodes=nodes, password=Secret("x"), deadline=DEADLINE)))
    return made[-1]


def words(snapshot: Snapshot) -> list[str]:
    return [node.word if isinstance(node, Failure) else "ok" for node in snapshot.nodes]


def test_a_silent_node_is_waited_for_once_and_then_keeps_nobody_waiting(made: list[GaleraCollector]) -> None:
    accepted: list[socket.socket] = []

    def silent(client: socket.socket) -> None:
        accepted.append(client)
        client.recv(1)

    with fakes.server(silent) as port:
        watching = collector(made, port, free_port())
        assert words(watching.fetch(Deadline.after(60))) == ["silent", "unreachable"]
        before = time.monotonic()
        for _ in range(20):
            snapshot = watching.fetch(Deadline.after(60))
        assert words(snapshot) == ["silent", "unreachable"]
        assert time.monotonic() - before < PATIENCE / 10
        assert len(accepted) == 1
        assert isinstance(snapshot.nodes[0], Failure)
        assert "takes connections but says nothing" in snapshot.nodes[0].text


def test_a_node_that_answers_half_is_silent(made: list[GaleraCollector]) -> None:
    with fakes.server(fakes.say(fakes.greeting()[:20])) as port:
        assert words(collector(made, port).fetch(Deadline.after(60))) == ["silent"]


def test_a_server_that_is_no_galera_node(made: list[GaleraCollector]) -> None:
    with fakes.server(fakes.answer(fakes.ok(1))) as port:
        snapshot = collector(made, port).fetch(Deadline.after(60))
        assert words(snapshot) == ["malformed"]
        assert "no Galera node" in str(snapshot.nodes[0])


@pytest.mark.parametrize(
    ("behave", "word"),
    [
        (fakes.refuse_at_once(1040), "too_many_connections"),
        (fakes.refuse_login(1045), "refused"),
        (fakes.say(b"SSH-2.0-x\r\n"), "malformed"),
    ],
)
def test_the_word_for_what_went_wrong(made: list[GaleraCollector], behave: fakes.Behaviour, word: str) -> None:
    with fakes.server(behave) as port:
        assert words(collector(made, port).fetch(Deadline.after(60))) == [word]


def test_a_failure_is_told_once_in_the_log(made: list[GaleraCollector], caplog: pytest.LogCaptureFixture) -> None:
    watching = collector(made, free_port())
    with caplog.at_level("INFO"):
        for _ in range(5):
            watching.fetch(Deadline.after(60))
    (line,) = caplog.messages
    assert line.startswith("galera main: 127.0.0.1:")
    assert "Connection refused" in line


def test_a_short_deadline_holds(made: list[GaleraCollector]) -> None:
    with fakes.server(fakes.say(b"")) as port:
        watching = collector(made, port)
        before = time.monotonic()
        assert words(watching.fetch(Deadline.after(0.05))) == ["silent"]
        assert time.monotonic() - before < DEADLINE + GATE + 5


def test_tls_files_are_read_again_after_a_failure(made: list[GaleraCollector], tmp_path: Path) -> None:
    tls = GaleraTls(ca=tmp_path / "ca.pem")
    with fakes.server(fakes.say(fakes.greeting())) as port:
        watching = GaleraCollector(GaleraSettings(name="main", nodes=(f"127.0.0.1:{port}",), tls=tls, deadline=DEADLINE))
        made.append(watching)
        snapshot = watching.fetch(Deadline.after(60))
        assert words(snapshot) == ["tls"]
        assert "ca.pem" in str(snapshot.nodes[0])
        wait_until(lambda: words(watching.fetch(Deadline.after(60))) == ["tls"], "it is tried again")


def test_a_headless_service_is_looked_up_for_every_reading_and_its_last_answer_kept() -> None:
    answers: list[list[str] | OSError] = [["10.0.0.2", "10.0.0.1", "10.0.0.1"], ["10.0.0.3"], OSError(-3, "try again")]

    def resolve(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        assert (host, port) == ("mariadb.test", 3307)
        found = answers.pop(0)
        if isinstance(found, OSError):
            raise found
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    lookup = _Lookup("mariadb.test:3307", resolve)
    assert lookup.addresses(Deadline.after(60)) == [("10.0.0.1", 3307), ("10.0.0.2", 3307)]
    assert lookup.addresses(Deadline.after(60)) == [("10.0.0.3", 3307)]
    assert lookup.addresses(Deadline.after(60)) == [("10.0.0.3", 3307)]


def test_a_service_that_does_not_exist() -> None:
    collector = GaleraCollector(GaleraSettings(name="main", service="nowhere.invalid:3306"))
    with pytest.raises(UnreachableError, match=r"nowhere\.invalid: .*check service, or the cluster's DNS"):
        collector.fetch(Deadline.after(60))


def test_a_resolver_that_does_not_answer() -> None:
    def resolve(*_: object, **__: object) -> list[tuple[object, ...]]:
        time.sleep(2)
        return []

    with pytest.raises(TimedOutError, match="the resolver does not answer"):
        _Lookup("mariadb.test", resolve).addresses(Deadline.after(0.1))


def test_nodes_of_a_service_come_and_go(made: list[GaleraCollector]) -> None:
    watching = GaleraCollector(GaleraSettings(name="main", service=f"localhost:{free_port()}", deadline=DEADLINE))
    made.append(watching)
    assert set(words(watching.fetch(Deadline.after(60)))) == {"unreachable"}
    (first, *_) = watching._readers
    watching._current([("127.0.0.9", 3306)])
    assert set(watching._readers) == {"127.0.0.9:3306"}
    assert first.startswith(("127.0.0.1:", "[::1]:"))
