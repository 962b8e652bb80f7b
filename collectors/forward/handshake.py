"""The handshake of the forward protocol: both sides prove that they know the same key, and the client who it is.

    server -> client   HELO {nonce, auth, keepalive}
    client -> server   PING hostname, salt, digest of the key, user, digest of the password
    server -> client   PONG whether it was let in, reason, hostname, digest of the key

Pure: bytes in, bytes out, randomness is an argument. Fluent Bit reads each of these with one call, so each is to be sent with
one. It sends nonce and salts as text that is not UTF-8.
"""

import hmac
import socket
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha512
from typing import Any

import msgpack

from collectors.forward.settings import SharedKey
from collectors.forward.wire import packer

LONGEST = 1023
"""Bytes of a message of the handshake: what Fluent Bit has room for."""

_pack = packer(use_bin_type=False).pack


class HandshakeError(Exception):
    """The other side does not know the key, or does not speak this protocol. `str()` says which, without secrets."""


def own_name(key: SharedKey) -> str:
    """The name told to the other side."""
    return key.hostname or socket.gethostname()


@dataclass(frozen=True, slots=True)
class ServerHandshake:
    """The server's side of one connection. `nonce` and `salt` are 16 random bytes each, new for every connection."""

    key: SharedKey
    nonce: bytes
    salt: bytes

    def helo(self) -> bytes:
        """What the server says first."""
        auth = self.salt if self.key.users else b""
        return _sent(["HELO", {"nonce": self.nonce, "auth": auth, "keepalive": True}])

    def pong(self, ping: bytes) -> tuple[bytes, str]:
        """The answer to the client's PING, and why it is not let in ("" if it is). Raises HandshakeError, OutOfData."""
        parts = _parts(ping, "PING", 6)
        hostname, salt, digest, user, password = map(_bytes, parts[1:])
        refused = self._refused(hostname, salt, digest, user, password)
        if refused:
            return _sent(["PONG", False, refused, "", ""]), refused
        name = own_name(self.key)
        return _sent(["PONG", True, "", name, _digest(salt, name.encode(), self.nonce, _key(self.key))]), ""

    def _refused(self, hostname: bytes, salt: bytes, digest: bytes, user: bytes, password: bytes) -> str:
        expected = _digest(salt, hostname, self.nonce, _key(self.key))
        if not hmac.compare_digest(digest, expected.encode()):
            return "shared_key mismatch"
        if not self.key.users:
            return ""
        secret = self.key.users.get(user.decode("utf-8", "replace"))
        known = _digest(self.salt, user, secret.reveal().encode() if secret is not None else b"")
        same = hmac.compare_digest(password, known.encode())
        return "" if same and secret is not None else "username/password mismatch"


@dataclass(frozen=True, slots=True)
class ClientHandshake:
    """The client's side of one connection. `salt` is 16 random bytes, new for every connection."""

    key: SharedKey
    salt: bytes

    def ping(self, helo: bytes) -> tuple[bytes, Callable[[bytes], None]]:
        """The answer to the server's HELO, and what checks its PONG. Both raise HandshakeError, and OutOfData if not whole."""
        options = _parts(helo, "HELO", 2)[1]
        if not isinstance(options, dict) or "nonce" not in options:
            raise HandshakeError("the receiver's greeting has no nonce")
        nonce, auth = _bytes(options["nonce"]), _bytes(options.get("auth") or "")
        name, user, password = own_name(self.key), "", ""
        if auth:
            user = self.key.user
            password = _digest(auth, user.encode(), self.key.password.reveal().encode() if self.key.password else b"")
        digest = _digest(self.salt, name.encode(), nonce, _key(self.key))
        return _sent(["PING", name, self.salt, digest, user, password]), lambda pong: self._check(pong, nonce)

    def _check(self, pong: bytes, nonce: bytes) -> None:
        _, let_in, reason, hostname, digest = _parts(pong, "PONG", 5)
        if let_in is not True:
            raise HandshakeError(f"the receiver refuses us: {_shown(reason)}; check shared_key, user and password")
        expected = _digest(self.salt, _bytes(hostname), nonce, _key(self.key))
        if not hmac.compare_digest(_bytes(digest), expected.encode()):
            raise HandshakeError("the receiver does not know the shared_key; check the key, and who answers at this address")


def _parts(data: bytes, kind: str, size: int) -> list[Any]:
    unpacker = msgpack.Unpacker(max_buffer_size=LONGEST + 1, unicode_errors="surrogateescape", strict_map_key=False)
    try:
        unpacker.feed(data)
        parts = unpacker.unpack()
    except msgpack.OutOfData:
        raise
    except (ValueError, TypeError, msgpack.UnpackException) as error:
        raise HandshakeError(f"this is no {kind} of the forward protocol; has the other side a shared_key?") from error
    if not isinstance(parts, list) or len(parts) < size or parts[0] != kind:
        raise HandshakeError(f"this is no {kind} of the forward protocol; has the other side a shared_key?")
    return parts[:size]


def _digest(*parts: bytes) -> str:
    return sha512(b"".join(parts)).hexdigest()


def _key(key: SharedKey) -> bytes:
    return key.key.reveal().encode()


def _bytes(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    raise HandshakeError("a part of the handshake is neither text nor bytes")


def _shown(reason: object) -> str:
    text = _bytes(reason)[:100].decode("utf-8", "backslashreplace") if isinstance(reason, bytes | str) else "no reason given"
    return text if text.isprintable() else text.encode("unicode_escape").decode("ascii")


def _sent(parts: list[Any]) -> bytes:
    data: bytes = _pack(parts)
    return data
