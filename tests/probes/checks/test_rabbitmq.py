"""The check `rabbitmq`, with a real node of 3.10 and with what newer ones answer."""

import contextlib
import socket
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from parsers.secret import Secret
from probes.checks import rabbitmq
from probes.model import Finding
from tests.probes.checks.asking import CONTEXT, SHORT, context, look, process, time_wait, until
from tests.servers import bad
from tests.servers.rabbitmq import RabbitmqCluster, RabbitmqNode

BEAM = process("/usr/lib/erlang/erts/bin/beam.smp", "-s", "rabbit", "boot")


@pytest.fixture(scope="module")
def cluster() -> Iterator[RabbitmqCluster]:
    """One node; each test leaves it as it was."""
    with RabbitmqCluster.made(1) as made:
        made.add_user("probe", "hunter2", "monitoring")
        yield made


def by_api(node: RabbitmqNode, *processes: Any, **more: Any) -> rabbitmq.Node:
    settings: dict[str, Any] = {"url": f"http://127.0.0.1:{node.management}", "user": "probe", "password": Secret("hunter2")}
    return rabbitmq.make(rabbitmq.Settings(**(settings | more)), context(*processes))


def by_metrics(node: RabbitmqNode, *processes: Any) -> rabbitmq.Node:
    return rabbitmq.make(rabbitmq.Settings(metrics=f"http://127.0.0.1:{node.prometheus}/metrics"), context(*processes))


@pytest.mark.servers
def test_healthy_and_alarmed(cluster: RabbitmqCluster) -> None:
    (node,) = cluster.nodes
    api, metrics = by_api(node, BEAM), by_metrics(node)
    evidence = until(api, Finding.FINE)
    assert evidence.figures == {"quorum_critical": 0, "alarms": 0}
    until(metrics, Finding.FINE)
    node.control("set_vm_memory_high_watermark", "absolute", "1MB")
    alarm = until(api, Finding.PARTIAL)
    assert (alarm.about, alarm.figures["alarms"]) == ("alarm memory", 1)
    assert until(metrics, Finding.PARTIAL).about == "alarm memory_used_watermark"
    node.control("set_vm_memory_high_watermark", "absolute", "4GB")
    until(api, Finding.FINE)
    until(metrics, Finding.FINE)


@pytest.mark.servers
def test_its_application_stopped_and_started_again(cluster: RabbitmqCluster) -> None:
    (node,) = cluster.nodes
    api, metrics = by_api(node, BEAM), by_metrics(node)
    until(api, Finding.FINE)
    until(metrics, Finding.FINE)
    node.control("stop_app")
    stopped = until(api, Finding.UNFIT)
    assert "its process lives" in stopped.text
    assert until(metrics, Finding.GONE)  # it cannot see the process
    assert look(by_api(node, BEAM)).finding is Finding.NOT_YET
    node.control("start_app")
    until(api, Finding.FINE)
    until(metrics, Finding.FINE)


@pytest.mark.servers
def test_frozen_and_awake(cluster: RabbitmqCluster) -> None:
    (node,) = cluster.nodes
    api, metrics = by_api(node), by_metrics(node)
    until(api, Finding.FINE)
    until(metrics, Finding.FINE)
    node.freeze()
    for asked in (api, metrics, by_api(node)):
        for _ in range(3):
            until(asked, Finding.SILENT, SHORT)
    node.thaw()
    until(api, Finding.FINE)
    until(metrics, Finding.FINE)


@pytest.mark.servers
def test_a_user_that_may_not(cluster: RabbitmqCluster) -> None:
    (node,) = cluster.nodes
    for wrong in ({"password": Secret("hunter3")}, {"user": "nobody"}):
        evidence = look(by_api(node, **wrong))
        assert evidence.finding is Finding.UNKNOWN
        assert "refused with 401; check user and password" in evidence.text
        assert "hunter" not in evidence.text


@pytest.mark.servers
def test_a_listener_that_is_not_there(cluster: RabbitmqCluster) -> None:
    evidence = look(by_api(cluster.nodes[0], protocol="amqp/ssl"))
    assert evidence.finding is Finding.NOT_YET
    assert "protocol-listener/amqp%2Fssl: 503" in evidence.text


@pytest.mark.servers
def test_a_thousand_looks_leave_nothing_behind(cluster: RabbitmqCluster) -> None:
    (node,) = cluster.nodes
    asked, metrics = by_api(node), by_metrics(node)
    before, waiting = log(node), time_wait(node.management, node.prometheus)
    for _ in range(1000):
        assert look(asked).finding is Finding.FINE
    for _ in range(50):
        assert look(metrics).finding is Finding.FINE
    asked.close()
    metrics.close()
    assert time_wait(node.management, node.prometheus) <= waiting
    assert log(node) == before
    assert node.api("GET", "/connections") == []


def log(node: RabbitmqNode) -> list[str]:
    text = (node.folder / f"{node.name.partition('@')[0]}.log").read_text(errors="replace")
    return [line for line in text.splitlines() if "[error]" in line or "[warning]" in line]


HEALTH = "/api/health/checks/"
ALARMS = '{"alarms":[{"resource":"disk"},{"resource":"memory"}]}'
OK = (200, '{"status":"ok"}')
NEWER = {HEALTH + "is-in-service": OK, HEALTH + "ready-to-serve-clients": OK, HEALTH + "local-alarms": OK}


@contextlib.contextmanager
def answering(answers: Mapping[str, tuple[int, str]]) -> Iterator[tuple[rabbitmq.Node, list[str]]]:
    """A management API that gives these answers and 404 to all else, and what it was asked."""
    heard: list[str] = []

    def behave(connection: socket.socket, _: threading.Event) -> None:
        while asked := connection.recv(65536):
            path = asked.split(b" ")[1].decode()
            heard.append(path.removeprefix(HEALTH))
            status, body = answers.get(path, (404, '{"error":"Object Not Found"}'))
            connection.sendall(f"HTTP/1.1 {status} x\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())

    with bad.listening(behave) as port:
        settings = rabbitmq.Settings(f"http://127.0.0.1:{port}", "probe", Secret("hunter2"))
        asked = rabbitmq.make(settings, CONTEXT)
        yield asked, heard
        asked.close()


@pytest.mark.parametrize(
    ("differs", "finding", "words"),
    [
        ({}, Finding.FINE, "in service, no alarm"),
        (
            {"is-in-service": (503, '{"status":"failed","reason":"in maintenance\\nmode"}')},
            Finding.NOT_YET,
            "in maintenance mode",
        ),
        ({"ready-to-serve-clients": (503, "not JSON")}, Finding.NOT_YET, "ready-to-serve-clients: 503"),
        ({"is-in-service": (500, "")}, Finding.NOT_YET, "is-in-service: 500"),
        ({"is-in-service": (403, "")}, Finding.UNKNOWN, "its tag monitoring"),
        (
            {"local-alarms": (503, '{"alarms":[{"resource":"disk"},{"resource":"memory"}]}')},
            Finding.PARTIAL,
            "alarm disk, memory",
        ),
        ({"local-alarms": (503, "[]")}, Finding.PARTIAL, "of a resource"),
        ({"node-is-quorum-critical": (503, "{}")}, Finding.FINE, "the last of a majority"),
    ],
)
def test_what_a_newer_node_answers(differs: Mapping[str, tuple[int, str]], finding: Finding, words: str) -> None:
    with answering(NEWER | {HEALTH + name: answer for name, answer in differs.items()}) as (asked, heard):
        evidence = look(asked)
        assert evidence.finding is finding
        assert words in evidence.text
    assert not any("protocol-listener" in path for path in heard)


def test_what_a_version_does_not_have_is_asked_for_once() -> None:
    with answering({HEALTH + "protocol-listener/amqp": OK, HEALTH + "local-alarms": OK}) as (asked, heard):
        assert look(asked).finding is Finding.FINE
        heard.clear()
        assert look(asked).finding is Finding.FINE
        assert heard == ["protocol-listener/amqp", "local-alarms", "node-is-quorum-critical"]


def test_another_server_than_rabbitmq() -> None:
    with answering({}) as (asked, _):
        evidence = look(asked)
        assert evidence.finding is Finding.UNKNOWN
        assert "is it the management API" in evidence.text


def test_what_was_in_service_and_is_not_any_more_is_unfit() -> None:
    answers = dict(NEWER)
    with answering(answers) as (asked, _):
        assert look(asked).finding is Finding.FINE
        answers[HEALTH + "is-in-service"] = (503, "{}")
        assert look(asked).finding is Finding.UNFIT


def test_one_that_drips_is_silent() -> None:
    with bad.listening(bad.dripping(b"HTTP/1.1 200 OK\r\n")) as port:
        asked = rabbitmq.make(rabbitmq.Settings(f"http://127.0.0.1:{port}", "probe", Secret("x")), CONTEXT)
        assert look(asked, SHORT).finding is Finding.SILENT


@pytest.mark.parametrize("said", [(200, "up 1\n"), (500, "rabbitmq_identity_info")])
def test_metrics_of_something_else(said: tuple[int, str]) -> None:
    def behave(connection: socket.socket, _: threading.Event) -> None:
        connection.recv(65536)
        connection.sendall(f"HTTP/1.1 {said[0]} x\r\n\r\n{said[1]}".encode())

    with bad.listening(behave) as port:
        asked = rabbitmq.make(rabbitmq.Settings(metrics=f"http://127.0.0.1:{port}/metrics"), CONTEXT)
        assert "no metrics of RabbitMQ" in look(asked).text


def test_mistakes_in_settings() -> None:
    assert dict(rabbitmq.Settings().mistakes()).keys() == {"url"}
    assert dict(rabbitmq.Settings("http://a", metrics="b").mistakes()).keys() == {"url", "metrics", "user"}
    assert dict(rabbitmq.Settings(metrics="http://a/", protocol="x?y").mistakes()).keys() == {"protocol"}
    assert not list(rabbitmq.Settings("http://a", "u", Secret("p")).mistakes())
    assert not list(rabbitmq.Settings(metrics="http://a:15692/metrics").mistakes())
