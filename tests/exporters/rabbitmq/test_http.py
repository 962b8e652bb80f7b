"""The HTTP client against servers that do all that servers should not."""

import contextlib
import gzip
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from urllib3.connection import HTTPConnection

from clients.http import Credentials, HttpClient, HttpTls
from clients.model import Deadline, MalformedError, RefusedError, TargetError, TimedOutError, UnreachableError
from parsers.secret import Secret
from tests.exporters.rabbitmq.scripted import Handler, answering, http, raw_server, read_request, silent

SECRET = "not-to-be-seen"


@contextlib.contextmanager
def client(handler: Handler, context: ssl.SSLContext | None = None, tls: HttpTls | None = None) -> Iterator[HttpClient]:
    scheme = "http" if context is None and tls is None else "https"
    with raw_server(handler, context) as port:
        asking = HttpClient(f"{scheme}://localhost:{port}/prefix/", Credentials("monitor", Secret(SECRET)), tls)
        try:
            yield asking
        finally:
            asking.close()


def soon() -> Deadline:
    return Deadline.after(0.5)


def later() -> Deadline:
    return Deadline.after(30)


def test_an_answer() -> None:
    with client(answering(http(b"body"))) as asking:
        answer = asking.get("/path?x=1", later())
        assert (answer.status, answer.body) == (200, b"body")
        assert (asking.requests, asking.received) == (1, 4)


def test_what_is_sent() -> None:
    heads: list[bytes] = []

    def handler(connection: socket.socket) -> None:
        heads.append(read_request(connection))
        connection.sendall(http(b""))

    with client(handler) as asking:
        asking.get("/path?x=1", later())
    assert heads[0].startswith(b"GET /prefix/path?x=1 HTTP/1.1\r\n")
    assert b"Authorization: Basic bW9uaXRvcjpub3QtdG8tYmUtc2Vlbg==\r\n" in heads[0]
    assert b"Accept-Encoding: gzip\r\n" in heads[0]


def test_the_connection_is_kept_and_opened_anew_when_it_was_closed_meanwhile() -> None:
    with client(answering(http(b"1"), http(b"2"))) as asking:  # two answers for a connection
        assert [asking.get("/", later()).body for _ in range(5)] == [b"1", b"2", b"1", b"2", b"1"]


def test_gzip_is_counted_as_it_came() -> None:
    packed = gzip.compress(b"x" * 100_000)
    with client(answering(http(packed, "200 OK", "Content-Encoding: gzip"))) as asking:
        assert asking.get("/", later()).body == b"x" * 100_000
        assert asking.received == len(packed)


def test_chunks() -> None:
    body = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    with client(answering(body, body)) as asking:
        assert [asking.get("/", later()).body for _ in range(2)] == [b"abcde", b"abcde"]


def test_a_health_check_may_fail() -> None:
    with client(answering(http(b'{"status":"failed"}', "503 Service Unavailable"))) as asking:
        assert asking.json("/", later(), accept=(200, 503)) == {"status": "failed"}


@pytest.mark.parametrize(
    ("handler", "error", "text"),
    [
        pytest.param(answering(http(b"", "401 Unauthorized")), RefusedError, "refused with 401", id="wrong password"),
        pytest.param(answering(http(b"", "403 Forbidden")), RefusedError, "refused with 403", id="forbidden"),
        pytest.param(answering(http(b"", "404 Not Found")), MalformedError, "answered 404 Not Found", id="not found"),
        pytest.param(answering(http(b"", "302 Found", "Location: /x")), MalformedError, "answered 302 Found", id="redirected"),
        pytest.param(answering(http(b"{")), MalformedError, "not JSON", id="no JSON"),
        pytest.param(answering(b"SSH-2.0-OpenSSH_9.2\r\n"), MalformedError, "broken", id="no HTTP"),
        pytest.param(answering(b"HTTP/1.1 200 OK\r\nContent-Le"), MalformedError, "not JSON", id="half a head"),
        pytest.param(answering(http(b"[1]")[:-1]), MalformedError, "ends too early", id="half a body"),
        pytest.param(
            answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc"),
            MalformedError,
            "ends too early",
            id="half a chunk",
        ),
        pytest.param(
            answering(http(b"no gzip", "200 OK", "Content-Encoding: gzip")), MalformedError, "broken", id="broken compression"
        ),
        pytest.param(answering(http(b"[" + b"1," * 1000)), MalformedError, "more than 1000 bytes", id="too long"),
        pytest.param(
            answering(http(gzip.compress(b"x" * (1 << 24)), "200 OK", "Content-Encoding: gzip")),
            MalformedError,
            "more than 1000 bytes",
            id="too long when unpacked",
        ),
        pytest.param(answering(b""), UnreachableError, "closed without an answer", id="closed"),
        pytest.param(silent, TimedOutError, "did not answer in time", id="silent"),
    ],
)
def test_bad_answers(handler: Handler, error: type[TargetError], text: str) -> None:
    with client(handler) as asking:
        deadline = soon() if error is TimedOutError else later()
        with pytest.raises(error, match=text) as raised:
            asking.json("/", deadline, limit=1000)
        assert SECRET not in str(raised.value)
        assert "\n" not in str(raised.value)
        assert str(raised.value).startswith(f"localhost:{asking.port}/prefix/: ")
        with pytest.raises(error):  # nor does the next request read what was left of this one
            asking.json("/", soon() if error is TimedOutError else later(), limit=1000)


def test_a_body_that_comes_byte_by_byte_ends_at_the_deadline() -> None:
    def handler(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            connection.sendall(b"x")
            time.sleep(0.01)

    with client(handler) as asking:
        begun = time.monotonic()
        with pytest.raises(TimedOutError):
            asking.get("/", soon())
        assert time.monotonic() - begun < 20


def test_a_head_that_comes_byte_by_byte_is_ended_by_abort() -> None:
    """Each byte would begin a new timeout: whoever waits for the thread ends it."""
    dripping = threading.Event()

    def handler(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        while True:
            connection.sendall(b"x")
            dripping.set()
            time.sleep(0.01)

    with client(handler) as asking:

        def end_it() -> None:
            dripping.wait(30)
            asking.abort()

        threading.Thread(target=end_it, daemon=True).start()
        with pytest.raises(TimedOutError):
            asking.get("/", later())


def test_an_abort_while_it_connects_ends_it_too() -> None:
    """There is no socket yet that could be shut down; the server would never answer."""

    def handler(connection: socket.socket) -> None:
        read_request(connection)
        threading.Event().wait(100)

    with client(handler) as asking:
        plain = asking._plain

        def aborted_meanwhile(seconds: float) -> HTTPConnection:
            connection = plain(seconds)
            connect = connection.connect

            def connecting() -> None:
                connect()
                asking.abort()

            connection.connect = connecting  # type: ignore[method-assign]
            return connection

        asking._open = aborted_meanwhile
        with pytest.raises(TimedOutError, match="byte by byte"):
            asking.get("/", later())


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(UnreachableError, match="Connection refused"):
        HttpClient(f"http://127.0.0.1:{port}").get("/", later())


def test_a_name_that_is_not_known() -> None:
    with pytest.raises(UnreachableError, match="the name is not known"):
        HttpClient("http://rabbitmq.invalid:15692").get("/", later())


def test_a_deadline_that_is_over_asks_nothing() -> None:
    with client(answering(http(b""))) as asking, pytest.raises(TimedOutError, match="no time left"):
        asking.get("/", Deadline.after(-1))


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


class TestTls:
    """`https` URLs, with certificates of an authority of our own."""

    @pytest.fixture
    def ca(self, authority: trustme.CA, tmp_path: Path) -> Path:
        path = tmp_path / "ca.pem"
        authority.cert_pem.write_to_path(str(path))
        return path

    def context(self, authority: trustme.CA, name: str = "localhost") -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert(name).configure_cert(context)
        return context

    def test_accepted(self, authority: trustme.CA, ca: Path) -> None:
        with client(answering(http(b"1"), http(b"2")), self.context(authority), HttpTls(ca)) as asking:
            assert [asking.get("/", later()).body for _ in range(3)] == [b"1", b"2", b"1"]

    def test_the_certificate_of_another_name(self, authority: trustme.CA, ca: Path) -> None:
        context = self.context(authority, "rabbitmq.openstack.svc")
        with client(answering(http(b"1")), context, HttpTls(ca)) as asking, pytest.raises(RefusedError, match="certificate"):
            asking.get("/", later())
        with client(answering(http(b"1")), context, HttpTls(ca, server_name="rabbitmq.openstack.svc")) as asking:
            assert asking.get("/", later()).body == b"1"

    def test_an_unknown_authority(self, authority: trustme.CA) -> None:
        serving = client(answering(http(b"")), self.context(authority), HttpTls())
        with serving as asking, pytest.raises(RefusedError, match="certificate is not accepted"):
            asking.get("/", later())

    def test_a_client_certificate(self, authority: trustme.CA, ca: Path, tmp_path: Path) -> None:
        context = self.context(authority)
        context.verify_mode = ssl.CERT_REQUIRED
        authority.configure_trust(context)
        with client(answering(http(b"")), context, HttpTls(ca)) as asking, pytest.raises(TargetError) as raised:
            asking.get("/", later())
        assert isinstance(raised.value, RefusedError | UnreachableError)  # by the version of TLS: an alert, or an end
        mine = authority.issue_cert("exporter")
        certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
        mine.cert_chain_pems[0].write_to_path(str(certificate))
        mine.private_key_pem.write_to_path(str(key))
        with client(answering(http(b"in")), context, HttpTls(ca, certificate, key)) as asking:
            assert asking.get("/", later()).body == b"in"

    def test_no_tls_there(self, ca: Path) -> None:
        def handler(connection: socket.socket) -> None:
            connection.recv(1 << 16)
            connection.sendall(http(b"", "400 Bad Request"))

        with client(handler, None, HttpTls(ca)) as asking, pytest.raises(MalformedError, match="no TLS there"):
            asking.get("/", later())

    def test_files_that_cannot_be_read(self, authority: trustme.CA, ca: Path, tmp_path: Path) -> None:
        for tls, name in ((HttpTls(tmp_path / "none"), "none"), (HttpTls(ca, ca), "ca.pem")):
            with client(answering(http(b"")), self.context(authority), tls) as asking, pytest.raises(TargetError, match=name):
                asking.get("/", later())
