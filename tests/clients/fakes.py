"""Servers that speak as much of the MySQL protocol as it takes to be wrong in a certain way."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator

Behaviour = Callable[[socket.socket], None]

_CAPABILITIES = 0x0000_A20D | 0x0008_0000  # protocol 4.1, secure connection, plugin authentication; no TLS


def packet(sequence: int, payload: bytes) -> bytes:
    """A packet of the protocol."""
    return struct.pack("<I", len(payload))[:3] + bytes([sequence]) + payload


def greeting(capabilities: int = _CAPABILITIES) -> bytes:
    """The first packet of a server."""
    low, high = capabilities & 0xFFFF, capabilities >> 16
    body = b"\x0a8.0.36\0" + struct.pack("<I", 7) + b"12345678\0" + struct.pack("<HBHHB", low, 45, 2, high, 21)
    return packet(0, body + b"\0" * 10 + b"123456789012\0" + b"mysql_native_password\0")


def error(sequence: int, number: int, text: str) -> bytes:
    """An error packet."""
    return packet(sequence, b"\xff" + struct.pack("<H", number) + b"#HY000" + text.encode())


def ok(sequence: int) -> bytes:
    """An OK packet: no rows, autocommit is on."""
    return packet(sequence, b"\0\0\0\x02\0\0\0")


def refuse_at_once(number: int, text: str = "no") -> Behaviour:
    """An error instead of the greeting, as a server with too many connections gives it."""
    return lambda client: client.sendall(error(0, number, text))


def refuse_login(number: int, text: str = "no") -> Behaviour:
    """A greeting, and an error for the password."""

    def behave(client: socket.socket) -> None:
        client.sendall(greeting())
        client.recv(4096)
        client.sendall(error(2, number, text))

    return behave


def say(data: bytes) -> Behaviour:
    """Some bytes, and then nothing more."""

    def behave(client: socket.socket) -> None:
        client.sendall(data)
        client.recv(4096)

    return behave


def answer(reply: bytes) -> Behaviour:
    """Log in anybody, agree to everything but the first SHOW, which is answered with `reply`."""

    def behave(client: socket.socket) -> None:
        client.sendall(greeting())
        client.recv(4096)
        client.sendall(ok(2))
        while data := client.recv(4096):
            client.sendall(reply if b"SHOW" in data else ok(1))
            if b"SHOW" in data and not reply:
                return

    return behave


def endless_rows() -> bytes:
    """The beginning of an answer that goes on for longer than anybody wants it."""
    column = b"\x03def" + b"\0\0\0" + b"\x01a\0" + b"\x0c" + struct.pack("<HIBHB", 45, 1024, 253, 0, 0) + b"\0\0"
    head = packet(1, b"\x01") + packet(2, column) + packet(3, b"\xfe\0\0\x02\0")
    row = b"\xfc" + struct.pack("<H", 1000) + b"x" * 1000
    return head + b"".join(packet(number % 256, row) for number in range(4, 2000))


@contextlib.contextmanager
def server(behave: Behaviour) -> Iterator[int]:
    """A server on a port of 127.0.0.1; each connection is treated by `behave` and closed."""
    held: list[socket.socket] = []

    def serve(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                held.append(client)
                with client, contextlib.suppress(OSError):
                    client.settimeout(30)
                    behave(client)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            for client in held:
                with contextlib.suppress(OSError):
                    client.shutdown(socket.SHUT_RDWR)
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)
