"""The HTTP client of the sinks against a server that fails in every way. Its deadline holds for all of them."""

import gzip
import time
from collections.abc import Iterator
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path

import pytest

from collectors.model import RetryError
from collectors.sinks.http import LONGEST_WAIT, Answer, HttpClient, packed, retry_after
from collectors.sinks.remote import BasicAuth, RemoteSettings, TlsSettings
from parsers.secret import Secret
from tests.servers.authority import Authority
from tests.servers.http import Hang, HttpServer, Reply, Request, Reset, Trouble
from tests.servers.process import free_port

pytestmark = pytest.mark.servers
NOW = 1_795_404_781.0
SOON = 0.4
"""Seconds: a deadline that is to be met."""
LONG = 60.0
"""A deadline that is not. What takes half of it hangs."""


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer(lambda _: Reply(200, b"fine")) as running:
        yield running


def post(server: HttpServer, timeout: float = LONG, limit: int = 1000, **changes: object) -> Answer:
    client = client_of(server, **changes)
    try:
        return client.post("/push", b"data", {"Content-Type": "text/plain"}, timeout, limit)
    finally:
        client.close()


def client_of(server: HttpServer, **changes: object) -> HttpClient:
    return HttpClient(replace(RemoteSettings(url=server.url), **changes), clock=lambda: NOW)  # type: ignore[arg-type]


def test_an_answer_comes_back(server: HttpServer) -> None:
    answer = post(server, headers={"X-Cloud": "one"}, secret_headers={"X-Key": Secret("k")})
    assert (answer.status, answer.body, answer.after, answer.cut) == (200, b"fine", None, False)
    (request,) = server.requests
    assert (request.path, request.body) == ("/push", b"data")
    assert gzip.decompress(request.packed) == b"data"
    assert request.headers["x-cloud"] == "one"
    assert request.headers["x-key"] == "k"
    assert "authorization" not in request.headers


def test_what_is_sent_need_not_be_packed(server: HttpServer) -> None:
    post(server, gzip=False)
    assert server.requests[0].packed == b"data"


def test_one_connection_serves_many_requests_and_a_lost_one_is_opened_again(server: HttpServer) -> None:
    client = client_of(server)
    for _ in range(3):
        client.post("/push", b"data", {}, LONG)
    assert server.connections == 1
    server.plan.append(Reply(200, b"bye", {"Connection": "close"}))
    client.post("/push", b"data", {}, LONG)
    assert client.post("/push", b"data", {}, LONG).body == b"fine"
    assert server.connections == 2
    client.close()


def test_user_and_password_are_sent(server: HttpServer) -> None:
    post(server, basic=BasicAuth(username="nova", password=Secret("pässword")))
    assert server.requests[0].headers["authorization"] == "Basic bm92YTpww6Rzc3dvcmQ="


def test_a_token_is_sent(server: HttpServer) -> None:
    post(server, bearer=Secret("abc"))
    assert server.requests[0].headers["authorization"] == "Bearer abc"


@pytest.mark.parametrize(
    "trouble",
    [
        Hang(),
        Reply(200, b"x" * 400, drip=0.05),
        Reply(503, b"x" * 400, drip=0.05),
        Reply(200, b"x" * 400, drip=0.05, length=False),
    ],
    ids=["hangs", "drips", "drips an error", "drips without a length"],
)
def test_a_deadline_holds_for_all_of_a_request(server: HttpServer, trouble: Trouble) -> None:
    server.plan.append(trouble)
    before = time.monotonic()
    with pytest.raises(RetryError, match=r"no whole answer within 0\.4 s"):
        post(server, SOON)
    assert time.monotonic() - before < 15


def test_no_time_left_is_told_at_once(server: HttpServer) -> None:
    with pytest.raises(RetryError, match="no whole answer within 0 s"):
        post(server, 0.0)
    assert server.requests == []


@pytest.mark.parametrize(
    "trouble",
    [Reset(), Reply(200, b"half", half=True), Reply(200, b"4\r\nhalf\r\n", {"Transfer-Encoding": "chunked"}, length=False)],
    ids=["reset", "half", "half chunked"],
)
def test_an_answer_that_is_not_whole_is_none(server: HttpServer, trouble: Trouble) -> None:
    server.plan.append(trouble)
    with pytest.raises(RetryError, match=r"/push: (the connection was lost before the answer|connection reset by peer)"):
        post(server)


def test_a_redirect_is_an_answer_and_not_followed(server: HttpServer) -> None:
    server.plan.append(Reply(307, b"", {"Location": server.url + "/elsewhere"}))
    assert post(server).status == 307
    assert len(server.requests) == 1


def test_an_answer_is_read_to_its_bound(server: HttpServer) -> None:
    server.plan.append(Reply(200, b"x" * 1001))
    answer = post(server)
    assert (len(answer.body), answer.cut) == (1000, True)
    server.plan.append(Reply(200, b"x" * 1000))
    answer = post(server)
    assert (len(answer.body), answer.cut) == (1000, False)


def test_a_server_may_answer_before_it_has_read_all() -> None:
    def refuse(_: Request) -> Reply:
        return Reply(413, b"too large", {"Connection": "close"})

    with HttpServer(refuse) as server:
        client = client_of(server, gzip=False)
        assert client.post("/push", b"x" * (8 << 20), {}, LONG).status == 413
        client.close()


def test_the_environment_names_no_proxy(server: HttpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    assert post(server).status == 200


def test_an_unknown_name_a_closed_port_and_a_bad_file_are_told_with_advice(tmp_path: Path) -> None:
    for settings, words in (
        (RemoteSettings(url="http://nowhere.invalid"), "its name is not known; check url"),
        (RemoteSettings(url=f"http://127.0.0.1:{free_port()}"), "connection refused; is it running"),
        (RemoteSettings(url="https://127.0.0.1:1", tls=TlsSettings(ca=tmp_path / "none.pem")), "tls.ca .*none.pem holds no"),
        (
            RemoteSettings(url="https://127.0.0.1:1", tls=TlsSettings(certificate=tmp_path / "none.pem")),
            "tls.certificate .*none.pem",
        ),
    ):
        with pytest.raises(RetryError, match=words):
            HttpClient(settings).post("/push", b"", {}, LONG)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("7", 7.0),
        (" 7 ", 7.0),
        ("0", 0.0),
        ("99999999999999999999", LONGEST_WAIT),
        (formatdate(NOW + 30, usegmt=True), 30.0),
        (formatdate(NOW - 30, usegmt=True), 0.0),
        (formatdate(NOW + 1e7, usegmt=True), LONGEST_WAIT),
        ("Mon, 23 Nov 2026 03:33:11 -0000", 10.0),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("٣", None),
    ],
)
def test_retry_after_is_read_in_both_forms(value: str | None, expected: float | None) -> None:
    assert retry_after(value, NOW) == expected


@pytest.mark.parametrize("header", ["30", formatdate(NOW + 30, usegmt=True)])
def test_an_answer_tells_how_long_to_wait(server: HttpServer, header: str) -> None:
    server.plan.append(Reply(429, b"slow\n\x1b[31mdown\xff", {"Retry-After": header}))
    answer = post(server)
    assert answer.after == 30
    assert answer.said == "HTTP 429: slow [31mdown"


def test_packed_data_is_gzip() -> None:
    assert gzip.decompress(packed(b"data" * 1000)) == b"data" * 1000


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def test_tls_with_an_authority_that_is_named(authority: Authority) -> None:
    with HttpServer(lambda _: Reply(200, b"fine"), authority.server()) as server:
        assert post(server, tls=TlsSettings(ca=authority.file)).body == b"fine"


def test_a_certificate_that_nobody_vouches_for_is_refused_unless_told_otherwise(authority: Authority) -> None:
    with HttpServer(lambda _: Reply(200, b"fine"), authority.server()) as server:
        with pytest.raises(RetryError, match=r"certificate is not trusted .*set tls\.ca"):
            post(server)
        assert server.requests == []
        assert post(server, tls=TlsSettings(insecure=True)).body == b"fine"


def test_a_certificate_of_another_host_is_refused(authority: Authority) -> None:
    with HttpServer(lambda _: Reply(200, b"fine"), authority.server()) as server:
        server.url = server.url.replace("localhost", "127.0.0.1")
        with pytest.raises(RetryError, match="certificate is not trusted"):
            post(server, tls=TlsSettings(ca=authority.file))


def test_our_certificate_is_shown_where_it_is_asked_for(authority: Authority, tmp_path: Path) -> None:
    with HttpServer(lambda _: Reply(200, b"fine"), authority.server(asks=True)) as server:
        assert post(server, tls=authority.client(tmp_path)).body == b"fine"
        with pytest.raises(RetryError):
            post(server, tls=TlsSettings(ca=authority.file))


def test_tls_to_a_server_without_is_told(server: HttpServer) -> None:
    server.url = server.url.replace("http:", "https:")
    with pytest.raises(RetryError, match=r"TLS failed .*check that it speaks TLS there"):
        post(server)


def test_a_deadline_holds_with_tls(authority: Authority) -> None:
    with HttpServer(lambda _: Reply(200, b"x" * 400, drip=0.05), authority.server()) as server:
        before = time.monotonic()
        with pytest.raises(RetryError, match="no whole answer"):
            post(server, 1.0, tls=TlsSettings(ca=authority.file))
        assert time.monotonic() - before < 15
