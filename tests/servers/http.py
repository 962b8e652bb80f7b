"""An HTTP server on loopback that answers as a function says, and fails in all the ways that servers do when it is told to.

Whatever a request has wrong, and the function raises `Violation` for, is kept and fails the test when the server is left.
"""

import contextlib
import socket
import ssl
import struct
import threading
import zlib
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

HOST = "127.0.0.1"


class Violation(Exception):  # noqa: N818  not an error of the server
    """A request that a server of this kind must never get."""


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    """Unpacked."""
    packed: bytes


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    half: bool = False
    """Announce twice the length of the body, and close."""
    length: bool = True
    """Tell the length; without it the body ends where the connection does."""
    drip: float = 0.0
    """Seconds between two bytes."""


class Hang:
    """Never answer."""


class Reset:
    """Take the request and reset the connection."""


Trouble = Reply | Hang | Reset
Answer = Callable[[Request], Trouble]


class HttpServer:
    """`plan` is done first, one a request; then `answer` answers. `requests` are all that came."""

    def __init__(self, answer: Answer, context: ssl.SSLContext | None = None, path: str = "") -> None:
        self.answer = answer
        self.plan: deque[Trouble] = deque()
        self.requests: list[Request] = []
        self.violations: list[str] = []
        self.connections = 0
        self._leaving = threading.Event()
        self._server = _Server((HOST, 0), _Handler)
        self._server.owner = self
        if context is not None:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self._server.server_address[1]
        self.url = f"{'https' if context else 'http'}://{'localhost' if context else HOST}:{self.port}{path}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def next(self, request: Request) -> Trouble:
        self.requests.append(request)
        if self.plan:
            return self.plan.popleft()
        try:
            return self.answer(request)
        except Violation as violation:
            self.violations.append(str(violation))
            return Reply(400, str(violation).encode())

    def hang(self) -> None:
        self._leaving.wait()

    def pause(self, seconds: float) -> bool:
        """Whether to go on after so many seconds."""
        return not self._leaving.wait(seconds)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._leaving.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        if kind is None:
            assert self.violations == []


class _Server(ThreadingHTTPServer):
    owner: HttpServer
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that go away, and handshakes that fail, are what the tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.owner.connections += 1

    def do_POST(self) -> None:
        packed = self.rfile.read(int(self.headers["Content-Length"]))
        body = zlib.decompress(packed, 31) if self.headers.get("Content-Encoding") == "gzip" else packed
        headers = {name.lower(): value for name, value in self.headers.items()}
        trouble = self.server.owner.next(Request(self.command, self.path, headers, body, packed))
        if isinstance(trouble, Hang):
            self.server.owner.hang()
            self.close_connection = True
        elif isinstance(trouble, Reset):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
        else:
            self._reply(trouble)

    def do_GET(self) -> None:
        self.server.owner.violations.append(f"{self.command} {self.path}")
        self.send_error(405)

    def _reply(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.length:
            self.send_header("Content-Length", str(len(reply.body) * (2 if reply.half else 1)))
        self.end_headers()
        self.close_connection = self.close_connection or reply.half or not reply.length
        with contextlib.suppress(OSError):
            self._write(reply)

    def _write(self, reply: Reply) -> None:
        if not reply.drip:
            self.wfile.write(reply.body)
        for at in range(len(reply.body) if reply.drip else 0):
            if not self.server.owner.pause(reply.drip):
                return
            self.wfile.write(reply.body[at : at + 1])
            self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """The tests look at `requests`."""
