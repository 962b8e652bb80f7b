"""The server of all commands, asked over real sockets: forms of /metrics, bounds, addresses, what a browser is told."""

import gzip
import logging
import socket
import urllib.request
from collections.abc import Callable, Iterable
from pathlib import Path

import httpx
import pytest
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families
from prometheus_client.parser import text_string_to_metric_families as text_families
from starlette.requests import Request

from stratoscope.serving.bounds import Bounds
from stratoscope.serving.listen import ListenError, bind, is_loopback, url_of
from stratoscope.serving.metrics_page import Asked, asked_for
from stratoscope.serving.server import Server
from tests.servers.process import wait_until
from tests.stratoscope.serving.made import BOUNDS, app, get, raw, served

PROMETHEUS = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)


def asked(query: str = "", **headers: str) -> Asked:
    raw_headers = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return asked_for(Request({"type": "http", "query_string": query.encode(), "headers": raw_headers}))


@pytest.mark.parametrize(
    ("accept", "openmetrics"),
    [
        (PROMETHEUS, True),
        ("application/openmetrics-text", True),
        ("application/openmetrics-text; version=1.0.0; charset=utf-8", True),
        ("application/openmetrics-text;version=2.0.0,text/plain", False),
        ("application/openmetrics-text;version=0.0.1", False),
        ("text/html,*/*;q=0.8", False),
        ("", False),
    ],
)
def test_openmetrics_is_given_to_those_who_take_it(accept: str, openmetrics: bool) -> None:
    assert asked(accept=accept).openmetrics is openmetrics


@pytest.mark.parametrize(
    ("told", "seconds"), [("10", 10.0), ("0.5", 0.5), ("0", None), ("-1", None), ("inf", None), ("nan", None), ("x", None)]
)
def test_the_time_that_prometheus_waits_is_read(told: str, seconds: float | None) -> None:
    assert asked(x_prometheus_scrape_timeout_seconds=told).timeout == seconds


def test_metrics_can_be_chosen_by_name() -> None:
    assert asked("name[]=a&name[]=b").names == frozenset({"a", "b"})
    with served() as server:
        body = get(f"{server.url}/metrics?name[]=nova_answers_total")[1]
    assert "nova_answers_total 42.0" in body
    assert "glance" not in body


def names(families: Callable[[str], Iterable[Metric]], body: str) -> set[str]:
    return {family.name for family in families(body)}


def test_both_forms_parse_and_say_what_they_are() -> None:
    with served() as server, httpx.Client(base_url=server.url) as client:
        text = client.get("/metrics")
        assert text.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert names(text_families, text.text) >= {"nova_answers", "glance_answers"}
        other = client.get("/metrics", headers={"accept": PROMETHEUS})
        assert other.headers["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
        assert names(openmetrics_families, other.text) == {"nova_answers", "glance_answers"}


@pytest.mark.parametrize(
    ("encodings", "packed"), [("gzip", True), ("deflate, gzip;q=0.5", True), ("gzip;q=0", False), ("identity", False)]
)
def test_answers_are_packed_for_those_who_take_it(encodings: str, packed: bool) -> None:
    with (
        served() as server,
        urllib.request.urlopen(
            urllib.request.Request(f"{server.url}/metrics", headers={"accept-encoding": encodings}), timeout=30
        ) as answer,
    ):
        body = answer.read()
        assert (answer.headers["content-encoding"] == "gzip") is packed
    assert b"nova_answers_total 42.0" in (gzip.decompress(body) if packed else body)


def test_the_first_page_links_to_the_others_and_obeys_nothing() -> None:
    with served() as server:
        status, body = get(server.url)
        assert status == 200
        assert '<a href="/metrics">' in body
        assert '<a href="/more?a=&lt;b&gt;">/more?a=&lt;b&gt;</a> more &amp; more' in body
        assert get(f"{server.url}/-/healthy") == (200, "Healthy\n")
        assert get(f"{server.url}/nowhere")[0] == 404


def test_only_questions_are_answered_and_every_answer_is_guarded() -> None:
    with served() as server, httpx.Client(base_url=server.url) as client:
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
            answer = client.request(method, "/metrics")
            assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
            assert answer.headers["x-content-type-options"] == "nosniff"
        head = client.head("/metrics")
        assert (head.status_code, head.content) == (200, b"")
        assert client.get("/metrics").headers["content-security-policy"].startswith("default-src 'none'")
        assert "server" not in head.headers


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\r\n\r\n\x00\x00",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nHost: a\r\nX: " + b"x" * (BOUNDS.head + 1),
    ],
)
def test_what_is_no_request_is_refused(data: bytes) -> None:
    with served() as server:
        assert raw(server, data).startswith(b"HTTP/1.1 400")
        assert get(f"{server.url}/-/healthy")[0] == 200


def test_who_connects_and_does_not_ask_is_left() -> None:
    with served(bounds=Bounds(request_seconds=0.2, keep_alive_seconds=1)) as server:
        assert raw(server, b"") == b""
        assert raw(server, b"GET /metrics HTTP/1.1\r\nHost:") == b""
        whole = raw(server, b"GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\nGET /-/healthy HTTP/1.1\r\nHost:")
        assert whole.count(b"Healthy") == 1


def test_more_connections_than_the_bound_are_closed_and_the_others_served() -> None:
    with served(bounds=Bounds(connections=3)) as server:
        host, port = server.url.rpartition("/")[2].split(":")
        held = [socket.create_connection((host, int(port)), 30) for _ in range(3)]
        held[0].sendall(b"GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n")
        assert held[0].recv(15) == b"HTTP/1.1 200 OK"
        with socket.create_connection((host, int(port)), 30) as one_more:
            assert _ends(one_more)
        for connection in held:
            connection.close()
        wait_until(lambda: _answers(server), "there is room again")


def _ends(connection: socket.socket) -> bool:
    """An end is as good as a reset."""
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


def _answers(server: Server) -> bool:
    try:
        return get(f"{server.url}/-/healthy")[0] == 200
    except OSError:
        return False


@pytest.mark.parametrize(
    ("listen", "message"),
    [
        ("9100", "write HOST:PORT"),
        ("127.0.0.1:x", "write HOST:PORT"),
        ("127.0.0.1:70000", "write HOST:PORT"),
        ("::1:80", "write HOST:PORT"),
        ("no.such.host.invalid:80", "cannot be listened on: .*; check --listen"),
        ("192.0.2.1:80", "port 80 on 192.0.2.1 cannot be used: .*; choose another with --listen"),
    ],
)
def test_addresses_that_are_refused(listen: str, message: str) -> None:
    with pytest.raises(ListenError, match=message):
        bind(listen)


@pytest.mark.parametrize(
    ("listen", "url", "loopback"),
    [("127.0.0.1:0", "http://127.0.0.1:", True), (":0", "http://localhost:", False), ("0.0.0.0:0", "http://localhost:", False)],
)
def test_addresses_that_are_listened_on(listen: str, url: str, loopback: bool) -> None:
    with bind(listen) as bound:
        assert url_of(bound).startswith(url)
        assert is_loopback(bound) is loopback
        with socket.create_connection(("127.0.0.1", bound.getsockname()[1]), 30):
            pass


def test_listening_openly_without_passwords_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "stratoscope.serving"), Server(app(), bind("0.0.0.0:0")):
        pass
    (record,) = caplog.records
    assert "everybody who reaches" in record.getMessage()
    assert "basic_auth_users" in record.getMessage()


def test_a_server_that_has_ended_is_gone(tmp_path: Path) -> None:
    with served() as server:
        assert get(f"{server.url}/metrics")[0] == 200
    with pytest.raises(OSError, match="refused"):
        get(f"{server.url}/metrics")
