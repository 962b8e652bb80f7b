"""The MySQL protocol, as much of it as a probe needs: the greeting, a login, a SHOW, and a goodbye.

Why not PyMySQL, by which exporters ask (`clients.mysql`): a probe must stop waiting at its deadline and go on waiting for the
same answer at its next look, without a thread that waits meanwhile: who hangs up during the handshake is counted by the server
(`Aborted_connects`). PyMySQL's reads cannot be taken up again. So a conversation is a generator here that yields where it waits
for a packet. (Memory is no reason: PyMySQL takes 3 MB where `ssl` and `hashlib` are loaded anyway, and 13 MB where it finds the
package `cryptography`.)

Logins: mysql_native_password; caching_sha2_password over a unix socket or TLS (its way over plain TCP needs RSA); unix_socket
and auth_socket. What needs more arithmetic than `hashlib` has (ed25519, parsec) is refused, and said so.
"""

import hashlib
import struct
from collections.abc import Generator, Mapping
from dataclasses import dataclass

from clients.channel import Channel
from clients.model import Deadline, MalformedError, RefusedError, TargetError, UnreachableError
from clients.sockets import Endpoint, Tls, told
from parsers.secret import Secret

Talk = Generator[None, bytes, Mapping[str, str]]
"""Waits for a packet at each yield; gives names and values."""

_PROTOCOL_41, _TLS, _TRANSACTIONS, _SECURE, _PLUGIN = 0x200, 0x800, 0x2000, 0x8000, 0x80000
_CAPABILITIES = 1 | _PROTOCOL_41 | _TRANSACTIONS | _SECURE | _PLUGIN
_UTF8MB4 = 45
_QUIT, _QUERY = b"\x01", b"\x03"
_PACKET = 1 << 20
"""Bytes of a packet, and the most that an answer may have; the longest that is asked for has some 2,000."""
_FULL = {1040, 1203, 1226}
_NOT_READY = 1047
_DENIED = {
    1045: "check user and password, and from which hosts the user may log in",
    1129: "it has locked out this host: find out why, then FLUSH HOSTS",
    1130: "no user may log in from here",
    1251: "the server wants another way to log in than this client knows",
    1524: "the server lacks the plugin by which this user logs in",
    1698: "the user logs in by unix_socket, and the probe does not run as that user of the system",
    3118: "the account is locked",
    3159: "the server wants TLS",
    4151: "the account is locked",
}


class FullError(RefusedError):
    """All its connections are in use (`max_connections`): it lives, and says so."""


class StatementError(TargetError):
    """It answers, and not to this statement."""


class NotReadyError(StatementError):
    """It answers, and does no work for anybody (error 1047): not in the cluster, or told to reject queries."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """The first packet of a server. `salt`: 20 bytes for the password."""

    version: str
    capabilities: int
    salt: bytes
    plugin: str


@dataclass(frozen=True, slots=True)
class Account:
    """Who we are. `tls` None means without."""

    user: str
    password: Secret | None = None
    tls: Tls | None = None


class Session:
    """A connection. After TimedOutError one asks again, and so waits for the answer that is still to come."""

    def __init__(self, endpoint: Endpoint, deadline: Deadline, setup: str = "") -> None:
        """`setup`: a statement for every new session; a server that does not know it is none the worse for it."""
        self._setup = setup
        self._channel = Channel(endpoint, deadline)
        self._what = str(endpoint)
        self._safe = endpoint.kind == "unix"
        self._sequence = 0
        self._deadline = deadline
        self._talk: Talk | None = None
        self.greeting: Greeting | None = None
        self._logged_in = False

    def greet(self, deadline: Deadline) -> Greeting:
        """Its greeting, without a login. Raises TargetError; FullError where it has no connection left."""
        if self.greeting is None:
            self.greeting = greeting(self._packet(deadline), self._what)
        return self.greeting

    def values(self, account: Account, statements: tuple[str, ...], deadline: Deadline) -> Mapping[str, str]:
        """The first two columns of all that the statements give; logs in first, unless done. Raises TargetError."""
        self._deadline = deadline
        if self._talk is None:
            self._talk = self._conversation(account, statements)
            next(self._talk)
        while True:
            packet = self._packet(deadline)
            try:
                self._talk.send(packet)
            except StopIteration as done:
                self._talk = None
                found: Mapping[str, str] = done.value
                return found
            except TargetError:
                self._talk = None
                self._channel.close()  # in the middle of something: the next one opens anew
                raise

    def close(self) -> None:
        """Say goodbye, and hang up."""
        try:
            if self._logged_in and self._talk is None:
                self._sequence = 0
                self._deadline = Deadline.after(1.0)
                self._send(_QUIT)
        except TargetError:
            return  # it has gone before us
        finally:
            self._channel.close()

    # -- a conversation ---------------------------------------------------------------------------------------------------

    def _conversation(self, account: Account, statements: tuple[str, ...]) -> Talk:
        """Starts with an empty yield, then waits for a packet at each."""
        found: dict[str, str] = {}
        if not self._logged_in:
            yield from self._login(account)
            if self._setup:
                self._sequence = 0
                self._send(_QUERY + self._setup.encode())
                yield  # OK, or an error that does not matter
        for statement in statements:
            self._sequence = 0
            self._send(_QUERY + statement.encode())
            found |= yield from self._rows(statement)
        return found

    def _login(self, account: Account) -> Generator[None, bytes, None]:
        if self.greeting is None:
            self.greeting = greeting((yield), self._what)
        hello = self.greeting
        flags = _CAPABILITIES
        if account.tls is not None and not self._safe:
            if not hello.capabilities & _TLS:
                raise RefusedError(f"{self._what}: the server has no TLS; leave out `tls`, or set it up there")
            flags |= _TLS
            self._send(struct.pack("<IIB23x", flags, _PACKET, _UTF8MB4))
            self._encrypt(account.tls)
        plugin = hello.plugin if hello.plugin in _SCRAMBLES else "mysql_native_password"
        password = account.password.reveal().encode() if account.password else b""
        proof = _SCRAMBLES[plugin](password, hello.salt)
        body = struct.pack("<IIB23x", flags, _PACKET, _UTF8MB4) + account.user.encode() + b"\0"
        self._send(body + bytes([len(proof)]) + proof + plugin.encode() + b"\0")
        while (packet := (yield))[:1] != b"\0":
            self._next_step(packet, password)
        self._logged_in = True

    def _next_step(self, packet: bytes, password: bytes) -> None:
        """What the server wants on the way to its OK."""
        if packet[:1] == b"\xff":
            raise _refused(packet, self._what)
        if packet[:1] == b"\xfe":
            name, _, salt = packet[1:].partition(b"\0")
            plugin = name.decode(errors="replace")
            if plugin not in _SCRAMBLES:
                advice = "give it mysql_native_password, caching_sha2_password or unix_socket"
                raise RefusedError(f"{self._what}: the user logs in by {plugin[:40]!r}, which is not known here; {advice}")
            self._send(_SCRAMBLES[plugin](password, salt.rstrip(b"\0")))
        elif packet == b"\x01\x04":  # the server has not this password in its cache, and wants to see it
            if not self._safe:
                raise RefusedError(f"{self._what}: caching_sha2_password needs TLS or the unix socket; set `tls`, or ask there")
            self._send(password + b"\0")
        elif packet != b"\x01\x03":  # 3: it has
            raise MalformedError(f"{self._what}: its login is not known here; is this a MariaDB or MySQL server?")

    def _rows(self, statement: str) -> Talk:
        found: dict[str, str] = {}
        packet = yield
        if packet[:1] == b"\xff":
            number, said = _error(packet)
            kind = NotReadyError if number == _NOT_READY else StatementError
            raise kind(f"{self._what}: {said} ({number}) to {statement[:40]!r}")
        if packet[:1] == b"\0":
            return found  # OK: there are no rows
        while not _ends((yield)):  # the columns
            pass
        size = 0
        while not _ends(packet := (yield)):
            size += len(packet)
            cells = _cells(packet, self._what)
            if len(cells) < 2 or size > _PACKET:
                raise MalformedError(f"{self._what}: this is no answer to {statement[:40]!r}")
            found[cells[0]] = cells[1]
        return found

    def _encrypt(self, tls: Tls) -> None:
        with told(self._what):
            self._channel.held.settimeout(self._deadline.left(self._what))
            self._channel.held = tls.context().wrap_socket(self._channel.held)
        self._safe = True

    def _send(self, body: bytes) -> None:
        self._channel.send(struct.pack("<I", len(body))[:3] + bytes([self._sequence]) + body, self._deadline)
        self._sequence = (self._sequence + 1) % 256

    def _packet(self, deadline: Deadline) -> bytes:
        """The next one. One that is not there in time is read next time."""
        channel = self._channel
        while len(channel.buffer) < 4 or len(channel.buffer) < 4 + _size(channel.buffer, self._what):
            channel.more(deadline)
        head = channel.take(4, deadline)
        self._sequence = (head[3] + 1) % 256
        return channel.take(int.from_bytes(head[:3], "little"), deadline)


def greeting(packet: bytes, what: str) -> Greeting:
    """Read the first packet. Raises FullError, RefusedError, MalformedError."""
    if packet[:1] == b"\xff":
        raise _refused(packet, what)
    version, _, rest = packet[1:].partition(b"\0")
    if packet[:1] != b"\x0a" or len(rest) < 44:
        raise MalformedError(f"{what}: this is no greeting of a MariaDB or MySQL server; is it the right address?")
    low, _, _, high, length = struct.unpack_from("<HBHHB", rest, 13)
    more = rest[31 : 31 + max(13, length - 8)]
    plugin = rest[31 + max(13, length - 8) :].partition(b"\0")[0]
    salt = (rest[4:12] + more).rstrip(b"\0")[:20]
    return Greeting(version.decode(errors="replace")[:80], low | high << 16, salt, plugin.decode(errors="replace"))


def _refused(packet: bytes, what: str) -> TargetError:
    number, said = _error(packet)
    if number in _FULL:
        return FullError(f"{what}: {said} ({number})")
    if number in {1053, 1927}:
        return UnreachableError(f"{what}: {said} ({number})")
    return RefusedError(f"{what}: {said} ({number}); {_DENIED.get(number, 'look at the log of the server')}")


def _error(packet: bytes) -> tuple[int, str]:
    number = int.from_bytes(packet[1:3], "little")
    text = packet[3:]
    if text[:1] == b"#":
        text = text[6:]
    return number, " ".join(text.decode(errors="replace").split())[:200]


def _size(buffer: bytearray, what: str) -> int:
    size = int.from_bytes(buffer[:3], "little")
    if size > _PACKET:
        raise MalformedError(f"{what}: a packet of {size} bytes; is this a MariaDB or MySQL server?")
    return size


def _ends(packet: bytes) -> bool:
    return packet[:1] == b"\xfe" and len(packet) < 9


def _cells(packet: bytes, what: str) -> list[str]:
    """The cells of a row; NULL as empty text."""
    cells: list[str] = []
    at = 0
    while at < len(packet):
        mark = packet[at]
        at += 1
        length = 0 if mark == 0xFB else mark
        if mark in {0xFC, 0xFD, 0xFE}:
            wide = {0xFC: 2, 0xFD: 3, 0xFE: 8}[mark]
            length = int.from_bytes(packet[at : at + wide], "little")
            at += wide
        if mark == 0xFF or at + length > len(packet):
            raise MalformedError(f"{what}: a row that is no row")
        cells.append(packet[at : at + length].decode(errors="replace"))
        at += length
    return cells


# -- passwords ------------------------------------------------------------------------------------------------------------


def _native(password: bytes, salt: bytes) -> bytes:
    if not password:
        return b""
    once = hashlib.sha1(password).digest()  # noqa: S324  the protocol's choice
    return _xor(once, hashlib.sha1(salt + hashlib.sha1(once).digest()).digest())  # noqa: S324


def _caching_sha2(password: bytes, salt: bytes) -> bytes:
    if not password:
        return b""
    once = hashlib.sha256(password).digest()
    return _xor(once, hashlib.sha256(hashlib.sha256(once).digest() + salt).digest())


def _by_socket(_: bytes, __: bytes) -> bytes:
    return b""


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(left ^ right for left, right in zip(one, other, strict=True))


_SCRAMBLES = {
    "mysql_native_password": _native,
    "caching_sha2_password": _caching_sha2,
    "unix_socket": _by_socket,
    "auth_socket": _by_socket,
}
