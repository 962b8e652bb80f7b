"""The forward sink: events go to Fluent Bit, which acknowledges each message once it stands in its own buffer.

One connection, one message under way. Fluent Bit appends a message to its chunk (on disk where `storage.type` is filesystem)
and then answers, so an answer means that the events survive its end; with memory storage they do not. It does not know
repeats: a message whose answer was lost stands there twice, and `log.record.uid` removes it downstream.
"""

import secrets
import socket
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgpack

from collectors.forward.chunks import Chunker, Outgoing, remaining
from collectors.forward.handshake import ClientHandshake, HandshakeError
from collectors.forward.settings import ForwardOutput, host_and_port
from collectors.forward.sockets import AddressError, client_context, connect
from collectors.forward.wire import acknowledged
from collectors.model import RetryError, Sent
from parsers.model import Event

_ANSWER = 4096
_Answer = TypeVar("_Answer")


class _BrokenError(Exception):
    """The connection is of no use any more. `stale`: it was an old one, closed at the other end before it said anything."""

    def __init__(self, text: str, *, stale: bool = False) -> None:
        super().__init__(text)
        self.stale = stale


class ForwardSink:
    """A sink that speaks the forward protocol."""

    def __init__(
        self,
        name: str,
        settings: ForwardOutput,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`now`: epoch seconds, for events that tell no time. Raises AddressError where a file of TLS cannot be used."""
        self.name = name
        self._settings = settings
        self._clock = clock
        self._chunker = Chunker(settings, now)
        if settings.tls is not None:
            client_context(settings.tls)  # each connection has its own, as certificates are renewed; what is wrong is told now
        self._socket: socket.socket | None = None
        self._used = False

    def send(self, events: Sequence[Event], timeout: float) -> Sent:
        """Each message of the batch was acknowledged. Raises RetryError with those that were not."""
        deadline = self._clock() + timeout
        messages, rejected = self._chunker.messages(events)
        for number, message in enumerate(messages):
            try:
                self._deliver(message, deadline)
            except _BrokenError as error:
                self.close()
                text = f"{self._settings.address}: {error}"
                raise RetryError(text, remaining=[*remaining(messages[number:]), *(one.event for one in rejected)]) from error
        return Sent(len(events) - len(rejected), tuple(rejected))

    def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            self._socket.close()
        self._socket = None

    def _deliver(self, message: Outgoing, deadline: float) -> None:
        data, chunk = message.encoded(gzip=self._settings.compress == "gzip"), message.id
        try:
            self._exchange(data, chunk, deadline)
        except _BrokenError as error:
            if not error.stale:
                raise
            self.close()  # Fluent Bit was started anew, or closed a quiet connection: that is worth no pause
            self._exchange(data, chunk, deadline)

    def _exchange(self, data: bytes, chunk: str, deadline: float) -> None:
        used = self._socket is not None and self._used
        connection = self._socket or self._connected(deadline)
        self._write(connection, data, deadline, stale=used)
        answer = self._answer(connection, deadline, stale=used)
        self._used = True
        if answer != chunk:
            raise _BrokenError("it acknowledged something else than what was sent; look who answers there")

    def _connected(self, deadline: float) -> socket.socket:
        try:
            connected = connect(self._settings.address, self._left(deadline))
            self._socket, self._used = connected, False
            tls = self._settings.tls
            if tls is not None:
                name = tls.name or host_and_port(self._settings.address)[0]
                self._socket = connected = client_context(tls).wrap_socket(connected, server_hostname=name)
        except AddressError as error:
            raise _BrokenError(str(error)) from error
        except OSError as error:
            raise _BrokenError(
                f"cannot connect ({_reason(error)}); is Fluent Bit running, and does it listen there?"
            ) from error
        if self._settings.shared_key is not None:
            self._shake_hands(connected, deadline)
        return connected

    def _shake_hands(self, connection: socket.socket, deadline: float) -> None:
        assert self._settings.shared_key is not None  # noqa: S101  the caller has looked
        handshake = ClientHandshake(self._settings.shared_key, secrets.token_bytes(16))
        try:
            ping, check = self._read(connection, deadline, handshake.ping)
            self._write(connection, ping, deadline)
            self._read(connection, deadline, check)
        except HandshakeError as error:
            raise _BrokenError(str(error)) from error

    def _answer(self, connection: socket.socket, deadline: float, *, stale: bool) -> object:
        try:
            return self._read(connection, deadline, acknowledged, stale=stale)
        except (ValueError, TypeError, msgpack.UnpackException) as error:
            raise _BrokenError("its answer is no acknowledgement; does it want a shared_key, or TLS?") from error

    def _read(
        self, connection: socket.socket, deadline: float, understand: Callable[[bytes], _Answer], *, stale: bool = False
    ) -> _Answer:
        """What `understand` makes of the next bytes, as soon as there are enough of them."""
        data = b""
        while True:
            try:
                connection.settimeout(self._left(deadline))
                more = connection.recv(_ANSWER)
            except OSError as error:
                timed_out = isinstance(error, TimeoutError)
                text = (
                    "no answer in time; look what Fluent Bit waits for"
                    if timed_out
                    else f"the connection broke ({_reason(error)})"
                )
                raise _BrokenError(text, stale=stale and not timed_out) from error
            if not more:
                raise _BrokenError(
                    "it closed the connection; its log says why (paused, too large, TLS, shared_key)", stale=stale
                )
            data += more
            if len(data) > _ANSWER:
                raise _BrokenError("its answer has no end; look who answers there")
            try:
                return understand(data)
            except msgpack.OutOfData:
                continue

    def _write(self, connection: socket.socket, data: bytes, deadline: float, *, stale: bool = False) -> None:
        try:
            connection.settimeout(self._left(deadline))
            connection.sendall(data)
        except OSError as error:
            timed_out = isinstance(error, TimeoutError)
            text = "it takes nothing; its buffers may be full" if timed_out else f"the connection broke ({_reason(error)})"
            raise _BrokenError(text, stale=stale and not timed_out) from error

    def _left(self, deadline: float) -> float:
        left = deadline - self._clock()
        if left <= 0:
            raise TimeoutError("no time left")
        return left


def _reason(error: OSError) -> str:
    if type(error).__name__ == "SSLCertVerificationError":
        return f"its certificate: {getattr(error, 'verify_message', '')}"
    if isinstance(error, socket.gaierror):
        return "its name is not known"
    return (error.strerror or str(error)).lower()
