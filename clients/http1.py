"""HTTP/1.1 for probes: one small GET over TCP, TLS or a unix socket, on the standard library's sockets alone.

Why not `clients.http`: it keeps to what exporters need (gzip, large answers, TCP), and its library takes 7 MB of the 35 that a
probe sidecar has in all. A probe has to know more of a failure, too: whether any byte came, and whether the request was taken.
"""

import base64
import socket
import ssl
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from clients.model import Deadline, MalformedError, RefusedError, TimedOutError, UnreachableError
from clients.sockets import Endpoint, told, unread
from parsers.secret import Secret

HEAD_LIMIT = 64 << 10
"""Bytes of status line and header fields together."""
_CHUNK = 64 << 10
_LINE_LIMIT = 1 << 10
_RESET = struct.pack("ii", 1, 0)
_WITHOUT_BODY = {204, 304}


@dataclass(frozen=True, slots=True)
class HttpsFiles:
    """How to trust an `https` target, and how to be trusted. Files are read for each new connection: they may be renewed."""

    ca: Path | None = None
    """File with the certificates of the authorities (PEM). Default: those of the system, which take 18 ms to read: give one."""
    certificate: Path | None = None
    """File with the client certificate and its chain (PEM), where the target asks for one. Default: none."""
    key: Path | None = None
    """File with the key of `certificate` (PEM, not encrypted). Default: it stands in the same file."""
    server_name: str = ""
    """The name that the target's certificate must have. Default: the host of the URL; needed where that is an address."""
    verify: bool = True
    """Whether the certificate is checked. A probe that sends no password may leave it, as the kubelet does."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """A key without a certificate is of no use."""
        if self.key is not None and self.certificate is None:
            yield "key", "is set without `certificate`; name the certificate that it belongs to"

    def context(self) -> ssl.SSLContext:
        """The files, read anew. Raises RefusedError."""
        try:
            context = ssl.create_default_context(cafile=self.ca)
            if not self.verify:
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
            if self.certificate is not None:
                context.load_cert_chain(self.certificate, self.key, password=_no_password)
        except (OSError, ValueError) as error:
            files = ", ".join(str(path) for path in (self.ca, self.certificate, self.key) if path is not None)
            raise RefusedError(f"TLS: {files or 'the list of the system'} cannot be used ({error}); look at it") from error
        return context


def _no_password() -> str:
    """Without it OpenSSL would ask on the terminal."""
    return ""


@dataclass(frozen=True, slots=True)
class Target:
    """What to ask: the parts of a URL, and a unix socket where it is not asked over TCP."""

    endpoint: Endpoint
    https: bool
    host: str
    path: str
    """With the query."""

    @classmethod
    def parse(cls, url: str, socket_path: str = "") -> "Target":
        """Read an `http(s)://host[:port]/path?query`. Raises ValueError that says what is wrong."""
        try:
            parts = urlsplit(url)
            port = parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError as error:
            raise ValueError(f"{url!r} is no URL: {error}") from error
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{url!r} is no URL; write http://HOST:PORT/PATH or https://HOST:PORT/PATH")
        if parts.username is not None or parts.password is not None:
            raise ValueError("a URL must not hold a user or a password; give them in the settings for it")
        if any(letter.isspace() or not letter.isascii() for letter in url):
            raise ValueError(f"{url!r} holds a space or a letter that a URL cannot have; write it as %XX")
        if socket_path and not socket_path.startswith("/"):
            raise ValueError(f"{socket_path!r} is no absolute path of a unix socket")
        endpoint = Endpoint("unix", socket_path) if socket_path else Endpoint("tcp", parts.hostname, port)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return cls(endpoint, parts.scheme == "https", parts.netloc, path)

    def __str__(self) -> str:
        """Without the query, which may hold a token."""
        at = f"{self.endpoint} " if self.endpoint.kind == "unix" else ""
        return f"{at}{'https' if self.https else 'http'}://{self.host}{self.path.partition('?')[0]}"


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, header fields (names in lower case) and body, which is cut off where the limit is: `whole` is False then."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    whole: bool


class Slow(TimedOutError):  # noqa: N818  the kind of a failure, as Unanswered beside it
    """Not in time, yet it is alive: a part of the answer came, or it has read the request."""


@dataclass(slots=True)
class _Stream:
    """Bytes of a connection, each read within the deadline."""

    held: socket.socket
    what: str
    buffer: bytearray = field(default_factory=bytearray)
    received: int = 0

    def more(self, deadline: Deadline) -> bool:
        """Read some; False at the end."""
        try:
            with told(self.what):
                self.held.settimeout(deadline.left(self.what))
                data = self.held.recv(_CHUNK)
        except TimedOutError as failed:
            self._late(failed)
        self.buffer += data
        self.received += len(data)
        return bool(data)

    def _late(self, failed: TimedOutError) -> NoReturn:
        if self.received:
            raise Slow(f"{self.what}: {self.received} bytes of an answer came, and not the rest; it is slow") from failed
        if unread(self.held) == 0:
            raise Slow(f"{self.what}: it has read the request and did not answer in time; it is busy or waits") from failed
        raise failed

    def line(self, deadline: Deadline) -> bytes:
        """A line without its end. Raises MalformedError for one that is too long, or is cut off."""
        while (end := self.buffer.find(b"\n")) < 0:
            if len(self.buffer) > _LINE_LIMIT or not self.more(deadline):
                raise MalformedError(f"{self.what}: the answer is broken or ends too early")
        line = bytes(self.buffer[:end]).rstrip(b"\r")
        del self.buffer[: end + 1]
        return line


class Client:
    """Asks one target, from one thread at a time."""

    def __init__(
        self,
        target: Target,
        headers: Mapping[str, str],
        *,
        keep: bool = False,
        tls: HttpsFiles | None = None,
        login: tuple[str, Secret] | None = None,
    ) -> None:
        """`keep`: whether the connection is kept for the next request. `login`: of basic authentication."""
        self._target = target
        self._keep = keep
        self._tls = tls or HttpsFiles()
        fields = {"Host": target.host, "User-Agent": "stratoscope", "Accept": "*/*"} | dict(headers)
        fields["Connection"] = "keep-alive" if keep else "close"
        if login is not None:
            word = base64.b64encode(f"{login[0]}:{login[1].reveal()}".encode()).decode()
            fields["Authorization"] = f"Basic {word}"
        self._fields = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self._held: socket.socket | None = None

    def get(self, deadline: Deadline, limit: int, path: str = "") -> Answer:
        """GET the target's path, or another of the same server. Raises TargetError; Slow where it is alive and late."""
        kept = self._held is not None
        try:
            return self._get(deadline, limit, path or self._target.path)
        except UnreachableError:
            if not kept:
                raise
        return self._get(deadline, limit, path or self._target.path)  # the server had closed the kept connection meanwhile

    def close(self) -> None:
        """Let go of the connection, with a reset: all was read, and an orderly end would leave a socket in TIME_WAIT."""
        held, self._held = self._held, None
        if held is not None:
            _drop(held)

    def _get(self, deadline: Deadline, limit: int, path: str) -> Answer:
        target = self._target
        what = str(target)
        held = self._held or self._open(deadline, what)
        self._held = held
        whole = False
        try:
            with told(what):
                held.settimeout(deadline.left(what))
                held.sendall(f"GET {path} HTTP/1.1\r\n{self._fields}\r\n".encode())
            stream = _Stream(held, what)
            answer, ends = _read(stream, deadline, limit)
            whole = answer.whole and not ends
        finally:
            if not whole or not self._keep:
                self.close()
        return answer

    def _open(self, deadline: Deadline, what: str) -> socket.socket:
        held = self._target.endpoint.connect(deadline)
        if not self._target.https:
            return held
        try:
            with told(what):
                held.settimeout(deadline.left(what))
                return self._tls.context().wrap_socket(held, server_hostname=self._tls.server_name or _name(self._target.host))
        except BaseException:
            _drop(held)
            raise


def _name(host: str) -> str:
    return urlsplit(f"//{host}").hostname or ""


def _drop(held: socket.socket) -> None:
    if held.family != socket.AF_UNIX and held.fileno() >= 0:  # a TLS handshake that fails closes it
        held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    held.close()


def _read(stream: _Stream, deadline: Deadline, limit: int) -> tuple[Answer, bool]:
    """The answer, and whether the connection ends with it."""
    status, headers = _head(stream, deadline)
    while 100 <= status < 200:  # "100 Continue" and its like come before the answer
        status, headers = _head(stream, deadline)
    length = headers.get("content-length", "")
    ends = "close" in headers.get("connection", "").lower()
    if status in _WITHOUT_BODY:
        return Answer(status, headers, b"", whole=True), ends
    if "chunked" in headers.get("transfer-encoding", "").lower():
        body, whole = _chunks(stream, deadline, limit)
    elif length.isascii() and length.isdigit() and len(length) < 16:
        whole = int(length) <= limit
        body = _exactly(stream, min(int(length), limit), deadline)
    else:
        body, whole = _rest(stream, deadline, limit)
        ends = True
    return Answer(status, headers, body, whole), ends


def _head(stream: _Stream, deadline: Deadline) -> tuple[int, dict[str, str]]:
    """Status and header fields."""
    while not stream.buffer:
        if not stream.more(deadline):
            raise UnreachableError(f"{stream.what}: hung up without an answer; has it just ended, or does it speak TLS?")
    version, _, rest = stream.line(deadline).partition(b" ")
    status = rest[:3]
    if not version.startswith(b"HTTP/1.") or not status.isdigit() or len(status) != 3:
        raise MalformedError(f"{stream.what}: the answer is no HTTP; is this the right port, and http or https?")
    headers: dict[str, str] = {}
    size = 0
    while line := stream.line(deadline):
        size += len(line)
        if size > HEAD_LIMIT:
            raise MalformedError(f"{stream.what}: the header has more than {HEAD_LIMIT} bytes")
        name, _, value = line.partition(b":")
        headers[name.decode("latin-1").strip().lower()] = value.decode("latin-1").strip()
    return int(status), headers


def _exactly(stream: _Stream, size: int, deadline: Deadline) -> bytes:
    while len(stream.buffer) < size:
        if not stream.more(deadline):
            raise MalformedError(f"{stream.what}: hung up after {len(stream.buffer)} of {size} bytes of its answer")
    taken = bytes(stream.buffer[:size])
    del stream.buffer[:size]
    return taken


def _rest(stream: _Stream, deadline: Deadline, limit: int) -> tuple[bytes, bool]:
    """All until it hangs up, or the limit."""
    while len(stream.buffer) <= limit:
        if not stream.more(deadline):
            return bytes(stream.buffer), True
    return bytes(stream.buffer[:limit]), False


def _chunks(stream: _Stream, deadline: Deadline, limit: int) -> tuple[bytes, bool]:
    body = bytearray()
    while True:
        word = stream.line(deadline).partition(b";")[0].strip()
        try:
            size = int(word, 16) if len(word) < 16 else -1
        except ValueError:
            size = -1
        if size < 0:
            raise MalformedError(f"{stream.what}: a chunk of the answer has no size")
        if size == 0:
            while stream.line(deadline):  # the trailer
                pass
            return bytes(body), True
        body += _exactly(stream, min(size, limit - len(body)), deadline)
        if size > limit - len(body) and len(body) >= limit:
            return bytes(body), False
        stream.line(deadline)
