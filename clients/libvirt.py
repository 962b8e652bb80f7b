"""libvirt's own protocol (XDR, RFC 4506), as much of it as a read-only client needs to see that a daemon works.

A packet is: its length with itself (4 bytes), program, version, procedure, type (call 0, reply 1), serial, status (ok 0,
error 1), and what the procedure takes or gives. https://libvirt.org/kbase/internals/rpc.html, src/remote/remote_protocol.x.

Over TLS and TCP it needs a login (SASL, certificates); here is the unix socket alone. All calls are of high priority in the
daemon: its spare workers answer them even when all ordinary ones wait for a guest.
"""

import struct
from dataclasses import dataclass
from typing import Any

from clients.channel import Channel
from clients.model import Deadline, MalformedError, RefusedError, TargetError
from clients.sockets import Endpoint

PROGRAM = 0x2000_8086
_VERSION = 1
_OPEN, _CLOSE, _NUM_OF_DOMAINS, _AUTH_LIST, _GET_LIB_VERSION = 1, 2, 51, 66, 157
_READ_ONLY = 1
_NO_LOGIN = 0
_HEADER = struct.Struct(">IIIiiIi")
_PACKET = 1 << 20
"""Bytes of a packet at most; ours have less than 100, an error message some hundreds."""


class CallError(TargetError):
    """The daemon answers, and could not do it; its words are in the text."""

    reason = "failed"


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet that came."""

    program: int
    procedure: int
    kind: int
    serial: int
    status: int
    payload: bytes


class Libvirt:
    """A connection to one daemon, opened read-only. After TimedOutError one may ask again: late answers are passed over."""

    def __init__(self, path: str, deadline: Deadline) -> None:
        self._channel = Channel(Endpoint("unix", path), deadline)
        self._what = str(self._channel.endpoint)
        self._serial = 0
        self._waiting: tuple[int, int] | None = None
        self._opened = False

    def open(self, uri: str, deadline: Deadline) -> None:
        """Connect to a driver (`qemu:///system`), unless done. Raises TargetError, RefusedError where it wants a login."""
        if self._opened:
            return
        kinds = self._call(_AUTH_LIST, b"", deadline)
        count, *listed = _integers(kinds, self._what)
        if listed[:count] and _NO_LOGIN not in listed[:count]:
            raise RefusedError(
                f"{self._what}: it wants a login (SASL, polkit); set auth_unix_ro to none, or ask another socket"
            )
        self._call(_OPEN, _optional(uri) + struct.pack(">I", _READ_ONLY), deadline)
        self._opened = True

    def libvirt_version(self, deadline: Deadline) -> str:
        """As `9.0.0`. Raises TargetError."""
        payload = self._call(_GET_LIB_VERSION, b"", deadline)
        if len(payload) != 8:
            raise MalformedError(f"{self._what}: its version has {len(payload)} bytes")
        (number,) = struct.unpack(">Q", payload)
        return f"{number // 1_000_000}.{number // 1_000 % 1_000}.{number % 1_000}"

    def domains(self, deadline: Deadline) -> int:
        """How many guests run. Raises TargetError."""
        (number,) = _integers(self._call(_NUM_OF_DOMAINS, b"", deadline), self._what)[:1] or (0,)
        return number

    def goodbye(self, deadline: Deadline) -> None:
        """Let the daemon close the driver; without, it logs an error. Raises TargetError."""
        if self._opened and self._waiting is None:
            self._call(_CLOSE, b"", deadline)
            self._opened = False

    def close(self) -> None:
        """Hang up."""
        self._channel.close()

    def _call(self, procedure: int, payload: bytes, deadline: Deadline) -> bytes:
        """What it replies. A call that was given up is waited for first, and asked again only if it was another."""
        if self._waiting is not None:
            serial, before = self._waiting
            reply = self._reply(serial, deadline)
            if before == procedure:
                return reply
        self._serial += 1
        header = _HEADER.pack(_HEADER.size + len(payload), PROGRAM, _VERSION, procedure, 0, self._serial, 0)
        self._channel.send(header + payload, deadline)
        self._waiting = self._serial, procedure
        return self._reply(self._serial, deadline)

    def _reply(self, serial: int, deadline: Deadline) -> bytes:
        while True:
            packet = self._packet(deadline)
            if packet.kind == 1 and packet.serial == serial and packet.program == PROGRAM:
                break  # what is none is an event or a sign of life
        self._waiting = None
        if packet.status:
            raise CallError(f"{self._what}: {_message(packet.payload)}")
        return packet.payload

    def _packet(self, deadline: Deadline) -> Packet:
        channel = self._channel
        while len(channel.buffer) < 4 or len(channel.buffer) < _length(channel.buffer, self._what):
            channel.more(deadline)
        data = channel.take(_length(channel.buffer, self._what), deadline)
        _, program, _, procedure, kind, serial, status = _HEADER.unpack_from(data)
        return Packet(program, procedure, kind, serial, status, data[_HEADER.size :])


def _length(buffer: bytearray, what: str) -> int:
    (length,) = struct.unpack_from(">I", buffer)
    if not _HEADER.size <= length <= _PACKET:
        raise MalformedError(f"{what}: a packet of {length} bytes; is this a socket of libvirt?")
    return int(length)


def _optional(text: str) -> bytes:
    """`remote_string`: whether it is there, its length, its bytes filled up to a multiple of four."""
    data = text.encode()
    return struct.pack(">II", 1, len(data)) + data + bytes(-len(data) % 4)


def _integers(payload: bytes, what: str) -> tuple[int, ...]:
    if len(payload) % 4 or not payload:
        raise MalformedError(f"{what}: a reply of {len(payload)} bytes, where numbers should be")
    return struct.unpack(f">{len(payload) // 4}i", payload)


def _message(payload: bytes) -> str:
    """The words of a `remote_error`: code, domain, and an optional string."""
    found: Any = b""
    if len(payload) >= 16:
        _, _, there, length = struct.unpack_from(">iiII", payload)
        found = payload[16 : 16 + min(length, 300)] if there else b""
    return " ".join(found.decode(errors="replace").split()) or "an error without words"
