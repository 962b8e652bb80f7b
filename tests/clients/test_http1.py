"""The small HTTP client, with servers that do not do what they should."""

import contextlib
import socket
import ssl
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.http1 import Answer, Client, HttpsFiles, Slow, Target
from clients.model import Deadline, MalformedError, RefusedError, TargetError, TimedOutError, UnreachableError
from parsers.secret import Secret
from tests.clients.talker import Talker, says
from tests.servers import bad
from tests.servers.authority import Authority
from tests.servers.bad import polite
from tests.servers.process import wait_until

LONG = 30.0


def get(port: int, seconds: float = LONG, limit: int = 1000) -> Answer:
    client = Client(Target.parse(f"http://127.0.0.1:{port}/path?query"), {})
    try:
        return client.get(Deadline.after(seconds), limit)
    finally:
        client.close()


def error_of(behave: bad.Behaviour, seconds: float = LONG) -> TargetError:
    with bad.listening(behave) as port, pytest.raises(TargetError) as caught:
        get(port, seconds)
    assert "\n" not in str(caught.value)
    assert f"127.0.0.1:{port}" in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("said", "body", "whole"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbodyrest", b"body", True),
        (b"HTTP/1.0 200\r\n\r\nbody", b"body", True),
        (b"HTTP/1.1 200 OK\nContent-Length: 4\n\nbody", b"body", True),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody", b"body", True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nbo\r\n2\r\ndy\r\n0\r\nA: b\r\n\r\n", b"body", True),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b"", True),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n", b"", True),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 2000, b"x" * 1000, False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n" + b"x" * 2000, b"x" * 1000, False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFF\r\n" + b"x" * 0xFFF, b"x" * 1000, False),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1F4\r\n" + b"x" * 500 + b"\r\n1F5\r\n" + b"x" * 501,
            b"x" * 1000,
            False,
        ),
    ],
)
def test_an_answer_is_read_up_to_its_end_or_the_limit(said: bytes, body: bytes, whole: bool) -> None:
    with bad.listening(polite(said)) as port:
        answer = get(port)
    assert (answer.body, answer.whole) == (body, whole)


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        (b"", UnreachableError, "hung up without an answer"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", MalformedError, "is this the right port"),
        (b"\xff" * 100 + b"\r\n\r\n", MalformedError, "no HTTP"),
        (b"HTTP/1.1 OK\r\n\r\n", MalformedError, "no HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", MalformedError, "ends too early"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbody", MalformedError, "hung up after 4 of 9 bytes"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno\r\nbody", MalformedError, "no size"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nbody", MalformedError, "no size"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"0" * 900, MalformedError, "ends too early"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000, MalformedError, "more than 65536 bytes"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 5000, MalformedError, "broken"),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_said_in_one_line(said: bytes, kind: type[TargetError], words: str) -> None:
    failed = error_of(polite(said))
    assert type(failed) is kind
    assert words in str(failed)


def test_who_says_nothing_is_told_apart_from_who_is_slow() -> None:
    assert type(error_of(bad.silent, 0.3)) is TimedOutError
    begun, dripping = bad.half(b"HTTP/1.1 200 OK\r\nContent-"), bad.dripping(b"HTTP/1.1 200 OK\r\n")
    wait_until(lambda: type(error_of(begun, 0.5)) is Slow, "it begins to answer in time")
    wait_until(lambda: type(error_of(dripping, 0.5)) is Slow, "it begins to answer in time")


def test_a_refused_connection_is_nobody_there() -> None:
    with pytest.raises(UnreachableError, match="connection refused"):
        get(bad.refusing_port())


def test_over_a_unix_socket(tmp_path: Path) -> None:
    with Talker(tmp_path / "s", says(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")):
        client = Client(Target.parse("http://metadata/x", str(tmp_path / "s")), {})
        assert client.get(Deadline.after(LONG), 10).status == 404


def test_a_kept_connection_is_used_again_and_made_anew_when_it_has_ended(tmp_path: Path) -> None:
    connections: list[socket.socket] = []

    def speak(connection: socket.socket) -> None:
        connections.append(connection)
        for _ in range(2):
            assert b"Connection: keep-alive\r\n" in connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        connection.close()

    with Talker(tmp_path / "s", speak):
        client = Client(Target.parse("http://localhost/", str(tmp_path / "s")), {}, keep=True)
        for _ in range(4):
            assert client.get(Deadline.after(LONG), 10).body == b"ok"
        client.close()
    assert len(connections) == 2


def test_a_connection_that_a_cut_off_answer_is_left_on_is_not_used_again(tmp_path: Path) -> None:
    with Talker(tmp_path / "s", says(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n" + b"x" * 20)):
        client = Client(Target.parse("http://localhost/", str(tmp_path / "s")), {}, keep=True)
        for _ in range(3):
            assert client.get(Deadline.after(LONG), 10).body == b"x" * 10


def test_what_is_asked() -> None:
    heard: list[bytes] = []

    def behave(connection: socket.socket, _: threading.Event) -> None:
        heard.append(connection.recv(65536))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with bad.listening(behave) as port:
        target = Target.parse(f"http://127.0.0.1:{port}/a/b?c=d")
        client = Client(target, {"Host": "api.example", "X-Id": "1"}, login=("u", Secret("hunter2")))
        client.get(Deadline.after(LONG), 10)
        client.get(Deadline.after(LONG), 10, "/other")
    first, second = (one.decode() for one in heard)
    assert first.startswith("GET /a/b?c=d HTTP/1.1\r\nHost: api.example\r\n")
    assert "X-Id: 1\r\n" in first
    assert "Authorization: Basic dTpodW50ZXIy\r\n" in first
    assert "Connection: close\r\n" in first
    assert second.startswith("GET /other HTTP/1.1\r\n")
    assert str(target) == f"http://127.0.0.1:{port}/a/b"


def answering(context: ssl.SSLContext) -> bad.Behaviour:
    def behave(connection: socket.socket, _: threading.Event) -> None:
        connection.recv(1, socket.MSG_PEEK)  # ssl does not close a socket that was reset before it begins
        with context.wrap_socket(connection, server_side=True) as secure:
            secure.recv(65536)
            secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    return behave


def test_over_tls(tmp_path: Path) -> None:
    authority = Authority(tmp_path)

    def asked(files: HttpsFiles, behave: bad.Behaviour) -> Answer:
        with bad.listening(behave) as port:
            client = Client(Target.parse(f"https://127.0.0.1:{port}/"), {}, tls=files)
            return client.get(Deadline.after(LONG), 10)

    plain, strict = answering(authority.server()), answering(authority.server(asks=True))
    own = authority.client(tmp_path).certificate
    assert asked(HttpsFiles(authority.file, server_name="localhost"), plain).body == b"ok"
    assert asked(HttpsFiles(verify=False), plain).body == b"ok"
    assert asked(HttpsFiles(authority.file, own, server_name="localhost"), strict).body == b"ok"
    with pytest.raises(RefusedError, match="CERTIFICATE_VERIFY_FAILED"):
        asked(HttpsFiles(authority.file), plain)  # it is not called 127.0.0.1
    with pytest.raises(RefusedError, match="cannot be used"):
        asked(HttpsFiles(tmp_path / "none"), plain)
    with pytest.raises(TargetError):
        asked(HttpsFiles(verify=False), bad.closing)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "write http://HOST:PORT/PATH"),
        ("ftp://a/", "write http://HOST:PORT/PATH"),
        ("http:///x", "write http://HOST:PORT/PATH"),
        ("http://a:99999/", "is no URL"),
        ("http://[::1/", "is no URL"),
        ("http://u:hunter2@a/", "must not hold a user or a password"),
        ("http://a/b c", "holds a space"),
        ("http://a/\r\nX: y", "holds a space"),
        ("http://a/ü", "holds a space or a letter"),
    ],
)
def test_a_bad_url_is_told(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        Target.parse(url)
    assert "hunter2" not in str(caught.value)


def test_a_relative_socket_is_told() -> None:
    with pytest.raises(ValueError, match="no absolute path"):
        Target.parse("http://a/", "s")


def test_the_default_ports_and_an_ipv6_address() -> None:
    assert Target.parse("http://a").endpoint.port == 80
    assert Target.parse("https://a/").endpoint.port == 443
    assert str(Target.parse("http://[::1]:80/").endpoint) == "tcp:[::1]:80"


def test_a_key_without_a_certificate_is_a_mistake() -> None:
    assert dict(HttpsFiles(key=Path("/k")).mistakes()).keys() == {"key"}
    assert not list(HttpsFiles().mistakes())


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"]),
)
def test_whatever_a_server_says_is_an_answer_or_a_target_error(said: bytes, begin: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(begin + said)
        theirs.shutdown(socket.SHUT_WR)
        client = Client(Target.parse("http://localhost/"), {})
        client._held = ours
        with contextlib.suppress(TargetError):
            assert len(client.get(Deadline.after(LONG), 50).body) <= 50
