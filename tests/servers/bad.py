"""Servers that do what a server must not: say nothing, half of it, rubbish, or hang up. For all that asks with a deadline.

with listening(silent) as port: ...                    accepts and says nothing
with listening(half(b"HTTP/1.1 200 OK\\r\\nContent-")) ...  says that, and nothing more
"""

import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Behaviour = Callable[[socket.socket, threading.Event], None]
"""What is done with a connection; the event tells that the test is over."""
_RUBBISH = 1 << 16
_DRIP = 0.05


def silent(_: socket.socket, over: threading.Event) -> None:
    """Accepts, and says nothing."""
    over.wait()


def closing(_: socket.socket, __: threading.Event) -> None:
    """Accepts, and hangs up."""


def resetting(connection: socket.socket, _: threading.Event) -> None:
    """Accepts, and hangs up with a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def rubbish(connection: socket.socket, _: threading.Event) -> None:
    """Says what no protocol says, and hangs up."""
    connection.sendall(b"\0\xff\xfe" + os.urandom(_RUBBISH))


def polite(answer: bytes) -> Behaviour:
    """Reads the request before it answers and hangs up: a reset would drop what was said. The only one here that is not bad."""

    def behave(connection: socket.socket, _: threading.Event) -> None:
        connection.recv(65536)
        connection.sendall(answer)

    return behave


def half(answer: bytes) -> Behaviour:
    """Says this, and then nothing."""

    def behave(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(answer)
        over.wait()

    return behave


def cut(answer: bytes) -> Behaviour:
    """Says this, and hangs up."""

    def behave(connection: socket.socket, _: threading.Event) -> None:
        connection.sendall(answer)

    return behave


def dripping(answer: bytes) -> Behaviour:
    """Says this byte by byte, again and again: no single read times out."""

    def behave(connection: socket.socket, over: threading.Event) -> None:
        while not over.is_set():
            for at in range(len(answer)):
                connection.sendall(answer[at : at + 1])
                if over.wait(_DRIP):
                    return

    return behave


@contextmanager
def listening(behave: Behaviour) -> Iterator[int]:
    """The port of a server on loopback that behaves so towards everybody."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        threads: list[threading.Thread] = []

        def serve(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                behave(connection, over)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    threads.append(threading.Thread(target=serve, args=(connection,), daemon=True))
                    threads[-1].start()

        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        yield server.getsockname()[1]
        over.set()
        server.shutdown(socket.SHUT_RDWR)  # ends accept()
        accepting.join(10)
        for thread in threads:
            thread.join(10)


def refusing_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
