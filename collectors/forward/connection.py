"""One sender: its socket, TLS, the handshake, the decoder. It never blocks; its owner calls it when the socket is ready.

    TLS -> HELO/PING/PONG -> messages

Whatever is wrong ends the connection, with a reason; what came whole before that is still given.
"""

import socket
from typing import TYPE_CHECKING

import msgpack

from collectors.forward.decoding import Decoder, Message, ProtocolError
from collectors.forward.handshake import LONGEST, HandshakeError, ServerHandshake
from collectors.forward.records import Lines

if TYPE_CHECKING:
    import ssl

READ = 256 << 10
"""Bytes read from one connection before the others have their turn. More than a record of TLS: none is left inside of it."""
_UNSENT = 64 << 10


class Ended(Exception):  # noqa: N818  an end is no error: most senders just close
    """The connection is over. `reason` is one word for a metric; `str()` is empty where nothing is wrong."""

    def __init__(self, reason: str, text: str = "") -> None:
        super().__init__(text)
        self.reason = reason


class Connection:
    """A sender.

    `began`: when its message under way began to come; while it is not established, when it was accepted. `active`: when it
    last sent something. `owed`: messages that it was not sent an acknowledgement for, since `owed_since`.
    """

    def __init__(
        self,
        accepted: "socket.socket | ssl.SSLSocket",
        peer: str,
        decoder: Decoder[Lines],
        handshake: ServerHandshake | None,
        now: float,
    ) -> None:
        self.peer = peer
        self.decoder = decoder
        self.began = self.active = self.owed_since = now
        self.owed = 0
        self.paused = False
        self._socket = accepted
        self._secured = isinstance(accepted, socket.socket) and not hasattr(accepted, "do_handshake")
        self._handshake = handshake
        self._unsent = bytearray(handshake.helo() if handshake is not None else b"")
        self._greeting = b""

    def fileno(self) -> int:
        """Of the socket."""
        return self._socket.fileno()

    @property
    def established(self) -> bool:
        """Whether TLS and the shared key are done with."""
        return self._secured and self._handshake is None

    @property
    def idle(self) -> bool:
        """Whether nothing is under way: it can be closed, and the sender loses nothing."""
        return self.established and not self.decoder.under_way and not self.owed

    @property
    def wants_to_write(self) -> bool:
        """Whether something could not be sent yet."""
        return bool(self._unsent) and self._secured

    def read(self, now: float) -> tuple[list[Message[Lines]], Ended | None]:
        """The messages that are whole now, and the end of the connection where this is it."""
        end = None
        try:
            self._read(now)
        except Ended as ended:
            end = ended
        return self.decoder.whole(), end

    def send(self, data: bytes) -> None:
        """Send an acknowledgement, now or when there is room. Raises Ended."""
        self._unsent += data
        if len(self._unsent) > _UNSENT:
            raise Ended("unread", "does not read what it is sent; look what it waits for")
        self.flush()

    def flush(self) -> None:
        """Send what is left. Raises Ended."""
        while self.wants_to_write:
            try:
                sent = self._socket.send(self._unsent)
            except OSError as error:
                if _would_block(error):
                    return
                raise Ended("closed") from error
            del self._unsent[:sent]

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def _read(self, now: float) -> None:
        if not self._secured and not self._secure():
            return
        self.flush()
        left = READ
        while left > 0:
            try:
                data = self._socket.recv(READ)
            except OSError as error:
                if _would_block(error):
                    return
                raise Ended("closed") from error
            if not data:
                raise Ended("cut" if self.decoder.under_way else "closed")
            left -= len(data)
            self._take(data, now)

    def _secure(self) -> bool:
        """Go on with TLS, which only a socket of TLS has; whether it is established."""
        try:
            self._socket.do_handshake()  # type: ignore[union-attr]
        except OSError as error:
            if _would_block(error):
                return False
            raise Ended("tls", f"TLS failed ({_tls_reason(error)}); compare the certificates of both sides") from error
        self._secured = True
        return True

    def _take(self, data: bytes, now: float) -> None:
        self.active = now
        if self._handshake is not None:
            self._shake_hands(self._handshake, data)
            self.began = now
            return
        if not self.decoder.under_way:
            self.began = now
        try:
            self.decoder.feed(data)
        except ProtocolError as error:
            raise Ended(error.reason, str(error)) from error

    def _shake_hands(self, handshake: ServerHandshake, data: bytes) -> None:
        """Take the PING, send the PONG. A sender waits for it, so nothing stands behind the PING."""
        self._greeting += data
        if len(self._greeting) > LONGEST:
            raise Ended("handshake", "its PING is too long; is a shared_key set there?")
        try:
            pong, refused = handshake.pong(self._greeting)
        except msgpack.OutOfData:
            return
        except HandshakeError as error:
            raise Ended("handshake", str(error)) from error
        self.send(pong)
        if refused:
            raise Ended("refused", f"{refused}; compare shared_key, user and password of both sides")
        self._handshake = None


def _would_block(error: OSError) -> bool:
    """Whether the socket, or TLS on it, only has to wait. TLS is told by name: `ssl` may not be loaded."""
    return isinstance(error, BlockingIOError | InterruptedError) or type(error).__name__ in (
        "SSLWantReadError",
        "SSLWantWriteError",
    )


def _tls_reason(error: OSError) -> str:
    return str(getattr(error, "reason", None) or error.strerror or error).lower().replace("_", " ")[:100]
