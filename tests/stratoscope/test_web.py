"""The page, asked through starlette's client: what it shows, and that nothing of a log reaches the browser as markup."""

import asyncio
import re
import socket
import urllib.request
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from stratoscope.collect.metrics import registry_of
from stratoscope.serving.listen import ListenError, bind_to_loopback
from stratoscope.serving.server import Server
from stratoscope.store.writer import Writer
from stratoscope.telemetry.log_metrics import LogMetrics
from stratoscope.web.app import create_app
from tests.stratoscope.made import NOW, event, failed, progress

EVIL = "<script>alert(1)</script> \x1b[31mred \u202etxt.exe\x00 \"'&"


class Client:
    """Asks an application without a socket. Starlette's own client wants a fork of httpx that is not needed otherwise."""

    def __init__(self, app: Starlette, base_url: str) -> None:
        self._app = app
        self._base_url = base_url

    def get(self, path: str, params: dict[str, str] | None = None, headers: dict[str, str] | None = None) -> httpx.Response:
        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self._app), base_url=self._base_url) as client:
                return await client.get(path, params=params, headers=headers)

        return asyncio.run(ask())


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "events.db"
    Writer(path).close()
    return path


@pytest.fixture
def client(store: Path) -> Client:
    return Client(create_app(store, registry_of(LogMetrics())), base_url="http://127.0.0.1:8765")


def put(store: Path, *events: dict[str, object]) -> None:
    with Writer(store) as writer:
        writer.store([progress(events)], NOW)


def test_an_empty_store_has_a_page(client: Client) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    assert "No events yet." in answer.text


def test_the_first_page_shows_events_errors_and_services(client: Client, store: Path) -> None:
    put(store, event("Starting up"), failed("It broke", 5))
    text = client.get("/").text
    for shown in ("Starting up", "It broke", "DBConnectionError", "galera", "nova-compute", "2 events", "2026-11-23 03:33:01"):
        assert shown in text


def test_a_search_shows_what_it_finds_and_keeps_what_was_typed(client: Client, store: Path) -> None:
    put(store, event("Starting up"), failed("It broke", 5))
    text = client.get("/", params={"q": 'level>=ERROR "it broke"'}).text
    assert "It broke" in text
    assert "Starting up" not in text
    assert 'value="level&gt;=ERROR &#34;it broke&#34;"' in text
    assert "Nothing matches." in client.get("/", params={"q": "zebra"}).text


def test_a_search_that_cannot_be_understood_is_told(client: Client) -> None:
    answer = client.get("/", params={"q": "a <b>:("})
    assert answer.status_code == 400
    assert "column" in answer.text
    assert "<b>" not in re.sub("<b></b>", "", answer.text)


def test_every_link_of_the_page_leads_somewhere(client: Client, store: Path) -> None:
    made = failed('A "quoted" <b>', 5)
    made["attributes"]["openstack.request_id"] = 'req-"<x>& y'
    put(store, made, *[event(str(i), 10 + i) for i in range(60)])
    seen: set[str] = set()
    waiting = ["/"]
    while waiting:
        link = waiting.pop()
        answer = client.get(link)
        assert answer.status_code == 200, link
        assert "Nothing matches." not in answer.text, link
        if len(seen) < 40:
            found = {found.replace("&amp;", "&") for found in re.findall('href="(/[^"]*)"', answer.text)}
            waiting += found - seen
            seen |= found
    assert len(seen) > 10


@pytest.mark.parametrize("field", ["body", "service", "logger", "trace", "fingerprint", "file", "key"])
def test_what_a_log_says_is_shown_and_never_obeyed(client: Client, store: Path, field: str) -> None:
    made = failed("broke", 5)
    if field == "body":
        made["body"] = EVIL
        made["fingerprint"]["template"] = EVIL
    elif field == "service":
        made["resource"]["service.name"] = EVIL
    elif field == "logger":
        made["attributes"]["log.logger"] = EVIL
    elif field == "trace":
        made["attributes"]["exception.stacktrace"] = EVIL
        made["attributes"]["exception.type"] = EVIL
        made["dependency"]["name"] = EVIL
    elif field == "fingerprint":
        made["fingerprint"]["id"] = EVIL
    elif field == "file":
        made["source"]["file"] = EVIL
    else:
        made["attributes"][EVIL] = EVIL
        made["quality"] = [EVIL]
    put(store, made)
    first = client.get("/")
    (link,) = re.findall('href="(/event/[0-9]+)"', first.text)
    for answer in (
        first,
        client.get(link),
        client.get("/", params={"q": '"alert(1)"'}),
        client.get("/", params={"q": f'-"{EVIL[:9]}"'}),
    ):
        assert answer.status_code == 200
        assert not re.search("<script", answer.text, re.IGNORECASE)
        assert not set(answer.text) & {"\x1b", "\u202e", "\x00"}
    assert "&lt;script&gt;alert(1)&lt;/script&gt; ␛[31mred &lt;U+202E&gt;txt.exe␀" in first.text


def test_what_was_typed_is_never_obeyed(client: Client) -> None:
    answer = client.get("/", params={"q": '"><script>alert(1)</script>\u202e'})
    assert "<script" not in answer.text
    assert "\u202e" not in answer.text


def test_the_browser_is_told_to_run_nothing(client: Client) -> None:
    for path in ("/", "/style.css", "/metrics", "/nowhere", "/event/1"):
        headers = client.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self';")
        assert headers["x-content-type-options"] == "nosniff"
    assert "style=" not in client.get("/").text


def test_a_page_elsewhere_cannot_ask_by_another_name(client: Client) -> None:
    for host, status in {
        "evil.example:8765": 421,
        "localhost:8765": 200,
        "127.0.0.1": 200,
        "[::1]:8765": 200,
        "[::1]": 200,
        "": 421,
    }.items():
        assert client.get("/", headers={"host": host}).status_code == status


@pytest.mark.parametrize("path", ["/nowhere", "/event/1", "/event/99999999999999999999999", "/event/x", "/../etc/passwd"])
def test_what_there_is_not(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "Not here" in answer.text


def test_a_store_that_is_gone_is_told(client: Client, store: Path) -> None:
    store.unlink()
    answer = client.get("/")
    assert answer.status_code == 503
    assert "there is no store at" in answer.text


def test_metrics_count_events_and_exceptions(store: Path) -> None:
    metrics = LogMetrics()
    metrics.observe([event("x"), failed("y", 5)])
    text = Client(create_app(store, registry_of(metrics)), base_url="http://localhost").get("/metrics").text
    for line in (
        'openstack_log_events_total{component="nova-compute",severity="info"} 1.0',
        (
            'openstack_log_exceptions_total{component="nova-compute",dependency="galera",'
            'exception="oslo_db.exception.DBConnectionError"} 1.0'
        ),
        'stratoscope_label_overflow_total{metric="openstack_log_events_total"} 0.0',
    ):
        assert line in text.splitlines()


def test_labels_are_bounded_and_what_is_beyond_is_counted(store: Path) -> None:
    metrics = LogMetrics()
    metrics.observe([event(service=f"s{i}") for i in range(1200)])
    text = Client(create_app(store, registry_of(metrics)), base_url="http://localhost").get("/metrics").text
    assert text.count("openstack_log_events_total{") == 1001
    assert 'openstack_log_events_total{component="other",severity="other"} 200.0' in text
    assert 'stratoscope_label_overflow_total{metric="openstack_log_events_total"} 200.0' in text


@pytest.mark.parametrize(
    ("listen", "message"),
    [
        ("8765", "write HOST:PORT"),
        ("127.0.0.1:x", "write HOST:PORT"),
        ("127.0.0.1:70000", "write HOST:PORT"),
        ("0.0.0.0:80", "no authentication, so it only listens on this machine; use 127.0.0.1:80"),
        (":80", "no authentication"),
    ],
)
def test_addresses_that_are_refused(listen: str, message: str) -> None:
    with pytest.raises(ListenError, match=message):
        bind_to_loopback(listen)


def test_a_port_in_use_is_told(store: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ListenError, match=f"port {port} on 127.0.0.1 cannot be used: .*choose another with --listen"):
            bind_to_loopback(f"127.0.0.1:{port}")


def test_the_server_serves_and_ends(store: Path) -> None:
    server = Server(create_app(store, registry_of(LogMetrics())), bind_to_loopback("127.0.0.1:0"))
    with (
        server,
        urllib.request.urlopen(f"{server.url}/metrics", timeout=10) as answer,
    ):
        assert answer.status == 200
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(server.url, timeout=10)
