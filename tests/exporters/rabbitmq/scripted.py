"""Servers that answer what a test tells them to: by the byte, or as a broker's HTTP ports with recorded answers."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

Handler = Callable[[socket.socket], None]


@contextlib.contextmanager
def raw_server(handler: Handler, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server that hands each connection to `handler`; yields its port. Leaving the context closes all connections."""
    held: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def accept() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                held.append(connection)
                threading.Thread(target=handle, args=(connection,), daemon=True).start()

        def handle(connection: socket.socket) -> None:
            with contextlib.suppress(OSError):
                if context is None:
                    handler(connection)
                    return
                with context.wrap_socket(connection, server_side=True) as secured:
                    held.append(secured)
                    handler(secured)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            with contextlib.suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            for connection in held:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            thread.join(10)
            for connection in held:
                connection.close()


def read_request(connection: socket.socket) -> bytes:
    """The head of one request; empty when the client has gone."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        piece = connection.recv(1 << 16)
        if not piece:
            return b""
        head += piece
    return head


def answering(*answers: bytes) -> Handler:
    """Give an answer to each request of a connection, then close it."""

    def handler(connection: socket.socket) -> None:
        for answer in answers:
            if not read_request(connection):
                return
            connection.sendall(answer)
        connection.shutdown(socket.SHUT_RDWR)

    return handler


def silent(connection: socket.socket) -> None:
    """Accept and say nothing."""
    while read_request(connection):
        pass


def http(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    """A whole answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


@dataclass
class Broker:
    """A broker's two HTTP ports in one. `answers`: path and query as asked -> status, body; all else is 404 and fails the test.

    `asked` are the requests, in order.
    """

    answers: dict[str, tuple[int, bytes]]
    asked: list[str] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def paths(self) -> set[str]:
        """The paths that were asked for, without their queries."""
        return {urlsplit(path).path for path in self.asked}


@contextlib.contextmanager
def broker(answers: dict[str, tuple[int, bytes]]) -> Iterator[Broker]:
    """It serves on loopback until the context is left."""
    made = Broker(answers)

    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            made.asked.append(self.path)
            made.headers.append(dict(self.headers.items()))
            status, body = made.answers.get(self.path, (404, b"unexpected"))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Tests are quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        server.daemon_threads = True
        server.block_on_close = False
        made.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join(10)
