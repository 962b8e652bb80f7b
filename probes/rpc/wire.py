"""The `amqp` library with a moment by which everything ends, and with the reason of a blocked connection.

The library's own time-outs count from one read to the next, it resolves names and writes without any, and it drops the text of
`connection.blocked`. So it gets a transport of ours: a socket that is connected already, on which each read and each write ends
by `deadline`. The library carries no types; it is known here and in `link` only.
"""

import contextlib
import logging
import socket
import ssl
from collections.abc import Iterator
from struct import unpack_from
from typing import Any

from amqp import spec
from amqp.connection import Connection

from clients.model import Deadline

logging.getLogger("amqp").setLevel(logging.ERROR)  # its warnings are about messages that come while we leave
_HEADER = b"AMQP\x00\x00\x09\x01"
_FRAME_LIMIT = 1 << 20
"""Bytes of a frame; the broker was told 128 KiB. More is no AMQP."""
MESSAGE_LIMIT = 1 << 20
"""Bytes of a message. A reply has some 300, one with a traceback some 5,000; anybody in the virtual host may send us more."""
_CONTENT_HEADER = 2
_CHUNK = 1 << 16


class Wire:
    """A connected socket as the library wants its transport. What is read is kept over a time-out, so reading can go on."""

    def __init__(self, connected: socket.socket, deadline: Deadline) -> None:
        self.sock: socket.socket | None = connected
        self.connected = False
        self.deadline = deadline
        self._held = bytearray()
        self._waits = True

    def connect(self) -> None:
        """Begin to speak."""
        self.write(_HEADER)
        self.connected = True

    @contextlib.contextmanager
    def having_timeout(self, timeout: float | None) -> Iterator[socket.socket | None]:
        """The library's own time-outs are left out, as `deadline` is earlier; but for 0, by which it looks without waiting."""
        self._waits = timeout != 0
        try:
            yield self.sock
        finally:
            self._waits = True

    def read_frame(self) -> tuple[int, int, bytes]:
        """Type, channel and payload of the next frame. Raises OSError, TimeoutError among them."""
        while True:
            if len(self._held) >= 7:
                kind, channel, size = unpack_from(">BHI", self._held)
                if size > _FRAME_LIMIT:
                    raise self._broken("what comes is no AMQP")
                if len(self._held) >= size + 8:
                    payload = bytes(self._held[7 : size + 7])
                    del self._held[: size + 8]
                    if kind == _CONTENT_HEADER and size >= 12 and unpack_from(">Q", payload, 4)[0] > MESSAGE_LIMIT:
                        raise self._broken(f"a message of more than {MESSAGE_LIMIT} bytes came to our queue")
                    return kind, channel, payload
            self._held += self._received()

    def _received(self) -> bytes:
        if self.sock is None:
            raise OSError("the connection is closed")
        # Past the deadline what is there already is still taken.
        self.sock.settimeout(max(0.0, self.deadline.at - self.deadline.clock()) if self._waits else 0.0)
        try:
            data = self.sock.recv(_CHUNK)
        except (BlockingIOError, ssl.SSLWantReadError) as error:
            raise TimeoutError("timed out") from error
        except TimeoutError:
            raise
        except OSError:
            self.connected = False
            raise
        if not data:
            self.connected = False
            raise ConnectionResetError("the broker closed the connection")
        return data

    def write(self, data: bytes | memoryview) -> None:
        """Send all of it. One that was not sent in time is half sent: the connection is of no use then."""
        if self.sock is None:
            raise OSError("the connection is closed")
        try:
            self.sock.settimeout(max(0.001, self.deadline.at - self.deadline.clock()))
            self.sock.sendall(data)
        except OSError:
            self.connected = False
            raise

    def _broken(self, why: str) -> OSError:
        self.connected = False
        return OSError(why)

    def close(self) -> None:
        """Close it at once."""
        if self.sock is not None:
            self.sock.close()
        self.sock, self.connected = None, False


class WiredConnection(Connection):  # type: ignore[misc]  # a class of a library without types
    """A connection over a Wire. `blocked`: why the broker takes nothing from us now, empty while it does."""

    _METHODS = {**Connection._METHODS, spec.Connection.Blocked: spec.method(spec.Connection.Blocked, "s")}  # noqa: SLF001, RUF012

    def __init__(self, wire: Wire, **options: Any) -> None:
        self.wire = wire
        self.blocked = ""
        super().__init__(**options)

    def Transport(self, *_: object, **__: object) -> Wire:  # noqa: N802  as the library calls it
        """What the library calls to get its transport."""
        return self.wire

    def _on_blocked(self, reason: str = "") -> None:
        self.blocked = reason or "for a reason that it does not tell"

    def _on_unblocked(self) -> None:
        self.blocked = ""
