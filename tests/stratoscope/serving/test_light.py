"""The small server of the sidecar, asked over real sockets: whoever connects, and whatever is said, it keeps answering."""

import logging
import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratoscope.serving.light import Later, LightBounds, LightServer
from stratoscope.serving.light_http import Reply, Request, TooLargeError, WrongError, encoded, head_of
from stratoscope.serving.listen import bind
from tests.servers.process import wait_until

BOUNDS = LightBounds()


class Site:
    """Pages that remember what they were asked."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.done = threading.Event()

    def __call__(self, request: Request) -> Reply | Later:
        self.asked.append(request)
        if request.path == "/later":
            return lambda: Reply(200, "at last\n") if self.done.is_set() else None
        if request.path == "/large":
            return Reply(200, b"x" * (8 << 20))
        if request.path == "/fault":
            raise RuntimeError("a fault of ours")
        return Reply(503 if request.path == "/livez/bad" else 200, f"{request.path}\n")


@contextmanager
def served(bounds: LightBounds = BOUNDS) -> Iterator[tuple[LightServer, Site]]:
    site = Site()
    with LightServer(site, bind("127.0.0.1:0"), bounds) as server:
        yield server, site


def connected(server: LightServer) -> socket.socket:
    host, port = server.url.rpartition("/")[2].split(":")
    return socket.create_connection((host, int(port)), 30)


def raw(server: LightServer, data: bytes) -> bytes:
    """All that comes back; an end by reset is an end."""
    with closing(connected(server)) as connection:
        parts = []
        try:
            connection.sendall(data)
            while part := connection.recv(65536):
                parts.append(part)
        except ConnectionError:
            pass  # the end
    return b"".join(parts)


def get(server: LightServer, path: str = "/livez", method: str = "GET") -> bytes:
    return raw(server, f"{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())


def test_an_answer_says_what_it_is() -> None:
    with served() as (server, site):
        head, _, body = get(server, "/livez/nova?a=1&a=2").partition(b"\r\n\r\n")
        assert head.split(b"\r\n") == [
            b"HTTP/1.1 200 OK",
            b"Content-Type: text/plain; charset=utf-8",
            b"Content-Length: 12",
            b"Connection: close",
            b"Cache-Control: no-store",
            b"X-Content-Type-Options: nosniff",
        ]
        assert body == b"/livez/nova\n"
        assert get(server, "/livez/bad").startswith(b"HTTP/1.1 503 Service Unavailable")
    (first, _) = site.asked
    assert (first.method, first.path, first.query, first.headers["host"]) == ("GET", "/livez/nova", {"a": ["1", "2"]}, "a")
    assert (first.peer, first.local) == ("127.0.0.1", "127.0.0.1")


def test_head_has_the_length_and_not_the_body() -> None:
    with served() as (server, _):
        head, _, body = get(server, "/livez", "HEAD").partition(b"\r\n\r\n")
        assert b"Content-Length: 7" in head
        assert body == b""


def test_a_connection_serves_many_requests_also_when_they_come_at_once() -> None:
    with served() as (server, site):
        request = b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n"
        data = b"".join(request % number for number in range(20)) + b"GET /20 HTTP/1.0\r\n\r\n"
        answer = raw(server, data)
        assert answer.count(b"HTTP/1.1 200 OK") == 21
        assert answer.count(b"Connection: keep-alive") == 20
        assert [request.path for request in site.asked] == [f"/{number}" for number in range(21)]


def test_a_request_in_pieces_and_a_body_are_taken() -> None:
    with served() as (server, site), closing(connected(server)) as connection:
        for piece in (
            b"PO",
            b"ST /drain/a HT",
            b"TP/1.1\r\nContent-Le",
            b"ngth: 4\r\n\r",
            b"\nbo",
            b"dyGET /b HTTP/1.0\r\n\r\n",
        ):
            connection.sendall(piece)
            time.sleep(0.01)  # so that it goes as a packet of its own; the test holds without
        answer = b""
        while part := connection.recv(4096):
            answer += part
    assert [(request.method, request.path) for request in site.asked] == [("POST", "/drain/a"), ("GET", "/b")]
    assert answer.count(b"200 OK") == 2


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"400"),
        (b"\r\n\r\n\x00\x00", b"400"),
        (b"hello\r\n", b"400"),
        (b"GET / HTTP/2.0\r\n\r\n", b"400"),
        (b"GET /a b HTTP/1.1\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nno header\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nbad name: a\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", b"431"),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * (BOUNDS.head + 1), b"431"),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * (8 * BOUNDS.head) + b"\r\n\r\n", b"431"),
        (b"GET /" + b"x" * 3000 + b" HTTP/1.1\r\n\r\n", b"400"),
    ],
)
def test_what_is_no_request_is_refused(data: bytes, status: bytes) -> None:
    with served() as (server, _):
        assert raw(server, data)[:12] == b"HTTP/1.1 " + status
        assert get(server).startswith(b"HTTP/1.1 200")


@given(st.binary(max_size=200), st.integers(0, 200))
def test_any_bytes_are_a_head_or_not_yet_or_wrong(data: bytes, cut: int) -> None:
    """It is decided by the bytes so far: what was wrong does not become right by more."""
    try:
        if head_of(data[:cut], 100, 100) is not None:
            assert head_of(data, 100, 100) == head_of(data[:cut], 100, 100)
    except (WrongError, TooLargeError):
        with pytest.raises((WrongError, TooLargeError)):
            head_of(data, 100, 100)


def test_a_reply_holds_its_own_length_whatever_is_in_it() -> None:
    data = encoded(Reply(200, "nicht schön \ud800\n", headers=(("Allow", "GET"),)), head=False, keep=True)
    head, _, body = data.partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert b"Allow: GET" in head


def test_a_reply_that_comes_later_is_waited_for_and_holds_up_nobody() -> None:
    with served() as (server, site), closing(connected(server)) as connection:
        connection.sendall(b"GET /later HTTP/1.1\r\nConnection: close\r\n\r\n")
        wait_until(lambda: bool(site.asked), "it was asked")
        assert get(server).startswith(b"HTTP/1.1 200")
        site.done.set()
        answer = b""
        while part := connection.recv(4096):
            answer += part
        assert answer.endswith(b"at last\n")


def test_a_fault_in_a_page_is_an_answer(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR, "stratoscope.serving")
    with served() as (server, _):
        assert get(server, "/fault").startswith(b"HTTP/1.1 500")
        assert get(server).startswith(b"HTTP/1.1 200")
    assert "a fault in the answer to /fault" in caplog.text


def test_who_says_nothing_or_drips_is_left_after_a_while() -> None:
    with served(LightBounds(request_seconds=0.2, idle_seconds=0.4)) as (server, _):
        assert raw(server, b"") == b""
        assert raw(server, b"GET /livez HTTP/1.1\r\nHost:") == b""
        whole = raw(server, b"GET /livez HTTP/1.1\r\n\r\nGET /livez HTTP/1.1\r\nHost:")
        assert whole.count(b"200 OK") == 1
        with closing(connected(server)) as connection, pytest.raises(ConnectionError):
            _drip(connection)


def _drip(connection: socket.socket) -> None:
    """A byte now and then: no single read times out."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        connection.sendall(b"G")
        time.sleep(0.02)


def test_who_does_not_read_the_answer_is_left() -> None:
    with served(LightBounds(request_seconds=0.5)) as (server, _), closing(connected(server)) as connection:
        connection.sendall(b"GET /large HTTP/1.1\r\n\r\n")
        wait_until(lambda: not server._connections, "it is left")
        assert get(server).startswith(b"HTTP/1.1 200")


def test_with_too_many_connections_the_longest_silent_one_goes_and_the_new_one_is_served() -> None:
    """A kubelet must get in whoever else holds connections open."""
    with served(LightBounds(connections=5)) as (server, _):
        held = [connected(server) for _ in range(40)]
        for one in held:
            one.sendall(b"GET /livez HTTP/1.1\r\nX-")
        for _ in range(10):
            assert get(server).startswith(b"HTTP/1.1 200")
            assert len(server._connections) <= 5
        for one in held:
            one.close()


def test_garbage_from_many_does_not_end_it() -> None:
    seeded = random.Random(4)
    with served() as (server, _):

        def shout() -> None:
            for _ in range(30):
                raw(server, seeded.randbytes(seeded.randrange(1, 3000)))

        threads = [threading.Thread(target=shout) for _ in range(4)]
        for thread in threads:
            thread.start()
        for _ in range(20):
            assert get(server).startswith(b"HTTP/1.1 200")
        for thread in threads:
            thread.join()
        wait_until(lambda: not server._connections, "nothing is kept")


def test_no_file_descriptor_left_is_no_end() -> None:
    with served() as (server, _):
        first = connected(server)
        wait_until(lambda: len(server._connections) == 1, "it is connected")

        class NoMore:
            def accept(self) -> None:
                server._bound = bound
                raise OSError(24, "Too many open files")

        bound, server._bound = server._bound, NoMore()  # type: ignore[assignment]
        assert get(server).startswith(b"HTTP/1.1 200")
        assert first.recv(1) == b""  # it has made room
        first.close()


def test_when_it_has_ended_it_is_gone() -> None:
    with served() as (server, _):
        assert get(server).startswith(b"HTTP/1.1 200")
    with pytest.raises(OSError, match="refused"):
        connected(server)
