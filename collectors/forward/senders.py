"""All senders of a source: accepting, reading in turn, bounds in number, time and memory. Knows nothing of streams.

One `epoll` stands for all of them, so the source's owner waits for a single descriptor, whatever its number is.
"""

import secrets
import select
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from collectors.forward.connection import Connection, Ended
from collectors.forward.decoding import Decoder, Message
from collectors.forward.handshake import ServerHandshake
from collectors.forward.records import Lines, Members
from collectors.forward.settings import ForwardInput
from collectors.forward.sockets import AddressError, ServerContext, listen, remove
from collectors.problems import Problem, Report

if TYPE_CHECKING:
    import ssl

Received = tuple[Message[Lines], Connection]

_TOLD_EVERY = 10.0
"""Seconds between two lines about the same reason: a scanner must not fill our own log."""
_ACCEPT_AGAIN = 1.0
_STALLED = 1.0


class Senders:
    """The connections of one listening socket. `ended` counts them by the reason of their end."""

    def __init__(self, settings: ForwardInput, report: Report, clock: Callable[[], float]) -> None:
        """Raises AddressError."""
        self.ended: Counter[str] = Counter()
        self._settings = settings
        self._bounds = settings.bounds
        self._report = report
        self._clock = clock
        self._members = Members(settings.text, settings.file, settings.time == "always")
        self._tls = ServerContext(settings.tls) if settings.tls is not None else None
        self._listening = listen(settings.listen, int(settings.mode, 8))
        self._epoll = select.epoll()
        self._epoll.register(self._listening, select.EPOLLIN)
        self._by_descriptor: dict[int, Connection] = {}
        self._told: dict[str, float] = {}
        self._deaf_until = 0.0
        self._held = 0

    def __len__(self) -> int:
        return len(self._by_descriptor)

    @property
    def port(self) -> int:
        """The TCP port."""
        port: int = self._listening.getsockname()[1]
        return port

    def fileno(self) -> int:
        """Readable when any sender has something."""
        return self._epoll.fileno()

    def read(self) -> list[Received]:
        """What came whole since the last call; does not wait."""
        now = self._clock()
        received: list[Received] = []
        self._held = sum(one.decoder.held for one in self._by_descriptor.values())
        self._expire(now)
        for descriptor, _ in self._epoll.poll(0):
            connection = self._by_descriptor.get(descriptor)
            if descriptor == self._listening.fileno():
                self._accept(now)
            elif connection is not None:
                received += self._serve(connection, now)
        self._pause(now)
        return received

    def under_way(self) -> Iterator[tuple[str, int]]:
        """Tag and time of the first record of the messages that are coming just now."""
        now = self._clock()
        for connection in self._by_descriptor.values():
            decoder = connection.decoder
            if decoder.tag is not None and decoder.first and now < connection.active + _STALLED:
                yield decoder.tag, decoder.first

    def owe(self, connection: Connection) -> None:
        """A message of this sender waits for its acknowledgement."""
        if not connection.owed:
            connection.owed_since = self._clock()
        connection.owed += 1

    def acknowledge(self, connection: Connection, data: bytes) -> None:
        """Send an acknowledgement that is owed; where the sender has gone, it will repeat."""
        if self._by_descriptor.get(connection.fileno()) is not connection:
            return
        connection.owed -= 1
        connection.owed_since = self._clock()
        try:
            connection.send(data)
        except Ended as end:
            self._end(connection, end)
        else:
            self._watch(connection)

    def close(self) -> None:
        """Close all sockets."""
        for connection in self._by_descriptor.values():
            connection.close()
        self._by_descriptor.clear()
        self._epoll.close()
        self._listening.close()
        remove(self._settings.listen)

    def _accept(self, now: float) -> None:
        while True:
            try:
                accepted, address = self._listening.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError as error:  # too many open files: accepting again at once would only burn the CPU
                self._tell("accept", f"no more connections can be taken ({(error.strerror or '').lower()}); raise ulimit -n")
                self._deaf_until = now + _ACCEPT_AGAIN
                self._epoll.modify(self._listening, 0)
                return
            self._welcome(accepted, _peer(address), now)

    def _welcome(self, accepted: socket.socket, peer: str, now: float) -> None:
        if len(self._by_descriptor) >= self._bounds.connections and not self._made_room():
            accepted.close()
            self.ended["too_many"] += 1
            self._tell("too_many", f"{self._bounds.connections} senders are connected; raise bounds.connections", peer)
            return
        accepted.setblocking(False)
        wrapped: socket.socket | ssl.SSLSocket = accepted
        if self._tls is not None:
            wrapped = self._context(self._tls).wrap_socket(accepted, server_side=True, do_handshake_on_connect=False)
        key = self._settings.shared_key
        handshake = ServerHandshake(key, secrets.token_bytes(16), secrets.token_bytes(16)) if key is not None else None
        decoder = Decoder(self._taker, self._bounds.message, self._bounds.record)
        connection = Connection(wrapped, peer, decoder, handshake, now)
        self._by_descriptor[connection.fileno()] = connection
        self._epoll.register(connection.fileno(), select.EPOLLIN)
        self._flush(connection)

    def _context(self, tls: ServerContext) -> "ssl.SSLContext":
        try:
            return tls.current()
        except AddressError as error:
            self._tell("tls_files", str(error))
            return tls.kept()

    def _taker(self, _: str) -> Lines:
        return Lines(self._members, self._bounds.streams)

    def _made_room(self) -> bool:
        """Close the sender that was quiet for the longest time, if there is one with nothing under way."""
        idle = [one for one in self._by_descriptor.values() if one.idle]
        if not idle:
            return False
        self._end(min(idle, key=lambda one: one.active), Ended("made_room"))
        return True

    def _serve(self, connection: Connection, now: float) -> list[Received]:
        if self._held > self._bounds.memory and connection is not self._first_begun():
            return []
        self._held -= connection.decoder.held
        messages, end = connection.read(now)
        self._held += connection.decoder.held + sum(message.taken.size() for message in messages)
        if end is not None:
            self._end(connection, end)
        else:
            self._watch(connection)
        return [(message, connection) for message in messages]

    def _flush(self, connection: Connection) -> None:
        try:
            connection.flush()
        except Ended as end:
            self._end(connection, end)
        else:
            self._watch(connection)

    def _watch(self, connection: Connection) -> None:
        mask = 0 if connection.paused else select.EPOLLIN
        self._epoll.modify(connection.fileno(), mask | (select.EPOLLOUT if connection.wants_to_write else 0))

    def _pause(self, now: float) -> None:
        """Beyond the bound of memory only the message that began first is read on; its end makes room."""
        held = sum(one.decoder.held for one in self._by_descriptor.values())
        first = self._first_begun() if held > self._bounds.memory else None
        for connection in self._by_descriptor.values():
            paused = first is not None and connection is not first
            if paused != connection.paused:
                connection.paused = paused
                connection.began = max(connection.began, now) if not paused else connection.began
                self._watch(connection)

    def _first_begun(self) -> Connection | None:
        under_way = [one for one in self._by_descriptor.values() if one.decoder.under_way]
        return min(under_way, key=lambda one: one.began, default=None)

    def _expire(self, now: float) -> None:
        """End what takes too long."""
        if self._deaf_until and now >= self._deaf_until:
            self._deaf_until = 0.0
            self._epoll.modify(self._listening, select.EPOLLIN)
        for connection in list(self._by_descriptor.values()):
            late = self._late(connection, now)
            if late is not None:
                self._end(connection, late)

    def _late(self, connection: Connection, now: float) -> Ended | None:
        took = now - connection.began
        if not connection.established:
            late = took > self._bounds.handshake_time
            return (
                Ended("handshake_timeout", f"no handshake in {took:.0f} s; are TLS and shared_key set there too?")
                if late
                else None
            )
        if connection.decoder.under_way and not connection.paused and took > self._bounds.message_time:
            return Ended("stalled", f"a message did not come to its end in {took:.0f} s; look at the sender and the network")
        if connection.owed and now - connection.owed_since > self._settings.acknowledge:
            return Ended("unacknowledged", "what it sent is not safe yet, it has to send it again; look at our sinks")
        return None

    def _end(self, connection: Connection, end: Ended) -> None:
        if self._by_descriptor.get(connection.fileno()) is connection:
            del self._by_descriptor[connection.fileno()]
            self._epoll.unregister(connection.fileno())
        connection.close()
        self.ended[end.reason] += 1
        if str(end):
            self._tell(end.reason, str(end), connection.peer)

    def _tell(self, reason: str, text: str, peer: str = "") -> None:
        now = self._clock()
        if now >= self._told.get(reason, 0.0):
            self._told[reason] = now + _TOLD_EVERY
            where = f"forward {self._settings.listen}" + (f" from {peer}" if peer else "")
            what, _, advice = text.rpartition("; ")
            self._report(Problem(where, what, advice, lasting=False))


def _peer(address: object) -> str:
    if isinstance(address, tuple):
        return f"{address[0]}:{address[1]}"
    return "the unix socket"
