"""JSON-RPC 1.0 as OVS speaks it, the ground of OVSDB (RFC 7047) and of unixctl (`ovs-appctl`).

Why not the package `ovs`, measured with OVS 3.1 and 2,000 interfaces (1.75 MB of JSON): its parser in Python takes 1.9 s where
`json` takes 0.1 s; the C parser is built only where libopenvswitch's headers are, and left out silently elsewhere; its `Idl`
keeps a copy of the database (60-110 MB), and its unixctl client waits for ever for a daemon that hangs. What an exporter
needs of it is on this page and its two users.
"""

import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from clients.framing import Framer
from clients.model import Deadline, MalformedError, UnreachableError
from clients.sockets import Endpoint, Tls, told

MESSAGE_LIMIT = 64 << 20
"""Bytes of one message: 2,000 interfaces take 2 MB, 100,000 port bindings 30 MB."""
_CHUNK = 256 << 10
_NOTES = 10_000


@dataclass(frozen=True, slots=True)
class Reply:
    """What a call gave: `error` is None, or else what the daemon says against it."""

    result: Any
    error: Any = None


class Connection:
    """One connection. Not for several threads at once. Answers `echo`, by which a daemon finds out who is still there.

    After a TimedOutError one may call again, and the late reply to the call before is passed over: a daemon that was frozen
    finds one connection when it wakes up. After any other TargetError it is to be closed: what comes next on it is no one's.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        deadline: Deadline,
        *,
        tls: Tls | None = None,
        limit: int = MESSAGE_LIMIT,
        hook: Callable[[dict[str, Any]], Any] | None = None,
    ) -> None:
        self.endpoint = endpoint
        self._name = str(endpoint)
        self._framer = Framer(self._name, limit, hook)
        self._came: deque[Mapping[str, Any]] = deque()
        self._notes: deque[Mapping[str, Any]] = deque()
        self._calls = 0
        self.received = 0
        """Bytes that came so far: as long as they grow, the other side lives."""
        self._socket = endpoint.connect(deadline, tls)

    def call(self, method: str, params: Sequence[Any], deadline: Deadline) -> Reply:
        """Call and wait for the reply to it. Notifications that come in between are kept for `note`. Raises TargetError."""
        self._calls += 1
        what = f"{self._name} {method}"
        self._send({"method": method, "params": params, "id": self._calls}, deadline, what)
        while (message := self._next(deadline, what)).get("id") != self._calls or "method" in message:
            if "method" not in message:
                continue  # the answer to an echo of ours
            self._notes.append(message)
            if len(self._notes) > _NOTES:
                raise MalformedError(f"{what}: {_NOTES} notifications and no reply")
        return Reply(message.get("result"), message.get("error"))

    def note(self, deadline: Deadline) -> Mapping[str, Any]:
        """The next notification. Raises TargetError; TimedOutError where there was none, and the connection still is good."""
        if self._notes:
            return self._notes.popleft()
        while "method" not in (message := self._next(deadline, self._name)):
            pass
        return message

    def probe(self, deadline: Deadline) -> None:
        """Ask for a sign of life, without waiting for it: any byte that comes is one. Raises TargetError."""
        self._send({"method": "echo", "params": [], "id": "echo"}, deadline, self._name)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _next(self, deadline: Deadline, what: str) -> Mapping[str, Any]:
        """The next message that is no echo request."""
        while True:
            while self._came:
                message = self._came.popleft()
                if message.get("method") != "echo":
                    return message
                self._send({"result": message.get("params"), "error": None, "id": message.get("id")}, deadline, what)
            with told(what):
                self._socket.settimeout(deadline.left(what))
                data = self._socket.recv(_CHUNK)
            if not data:
                if self._framer.held:
                    raise MalformedError(f"{what}: hung up in the middle of a message")
                raise UnreachableError(f"{what}: hung up; it is ending, or it does not like us (TLS? its log tells)")
            self.received += len(data)
            self._came.extend(self._framer.feed(data))

    def _send(self, message: Mapping[str, Any], deadline: Deadline, what: str) -> None:
        with told(what):
            self._socket.settimeout(deadline.left(what))
            self._socket.sendall(json.dumps(message).encode())
