"""HTTP: one GET after the other on a kept connection, the whole of it within a deadline and a bound.

`urllib3` gives the protocol (chunks, gzip, TLS); its timeouts count from one read to the next, so the deadline is set anew here
before each. Whoever waits for the thread that waits here can end it with `abort()`. It knows no exporter and no metric.
"""

import base64
import contextlib
import http.client
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.response import HTTPResponse

from clients.model import Deadline, MalformedError, RefusedError, TargetError, TimedOutError, UnreachableError
from parsers.secret import Secret

OK = (200,)
BODY_LIMIT = 8 << 20
"""Bytes of an answer that is taken as a whole; more is not what was asked for."""
_CHUNK = 1 << 16
_REFUSALS = {401: "the user or the password is wrong, or the user lacks a tag", 403: "the user lacks a permission or a tag"}


@dataclass(frozen=True, slots=True)
class HttpTls:
    """How to trust an `https` target, and how to be trusted. Files are read for each new connection: they may be renewed."""

    ca: Path | None = None
    """File with the certificates of the authorities (PEM). Default: those of the system."""

    certificate: Path | None = None
    """File with the client certificate and its chain (PEM), where the target asks for one. Default: none."""

    key: Path | None = None
    """File with the key of `certificate` (PEM, not encrypted). Default: it stands in the same file."""

    server_name: str | None = None
    """The name that the target's certificate must have. Default: the host of the URL; needed where that is an address."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """A key without a certificate is of no use."""
        if self.key is not None and self.certificate is None:
            yield "key", "is set without `certificate`; name the certificate that it belongs to"


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user of HTTP basic authentication."""

    user: str
    password: Secret

    def header(self) -> str:
        """The value of `Authorization`."""
        return "Basic " + base64.b64encode(f"{self.user}:{self.password.reveal()}".encode()).decode()


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and body of an answer."""

    status: int
    body: bytes


class HttpClient:
    """Asks one server, from one thread at a time; `abort` may be called from any.

    `url` is `http(s)://host[:port][/prefix]`. `requests` and `received` (bytes of bodies as they came over the wire) count all
    that was put on the target.
    """

    def __init__(self, url: str, credentials: Credentials | None = None, tls: HttpTls | None = None) -> None:
        parsed = urllib3.util.parse_url(url)
        self.host = parsed.host or ""
        self.port = parsed.port or (443 if parsed.scheme == "https" else 80)
        self.requests = 0
        self.received = 0
        self._prefix = (parsed.path or "").rstrip("/")
        self._headers = {"Accept-Encoding": "gzip", "User-Agent": "stratoscope"}
        if credentials is not None:
            self._headers["Authorization"] = credentials.header()
        self._open = self._tls_opener(tls or HttpTls()) if parsed.scheme == "https" else self._plain
        self._connection: HTTPConnection | None = None
        self._socket: socket.socket | None = None
        self._aborted = False

    @property
    def address(self) -> str:
        """`host:port`, as errors name it."""
        return f"{self.host}:{self.port}"

    def json(self, path: str, deadline: Deadline, limit: int = BODY_LIMIT, accept: tuple[int, ...] = OK) -> Any:
        """The JSON value that GET of `path` gives. Raises TargetError."""
        body = self.get(path, deadline, limit, accept).body
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise MalformedError(f"{self._what(path)}: the answer is not JSON ({error}); is this the right port?") from error

    def get(self, path: str, deadline: Deadline, limit: int = BODY_LIMIT, accept: tuple[int, ...] = OK) -> Answer:
        """The whole answer to GET of `path`, if its status is in `accept`. Raises TargetError."""
        body = bytearray()
        status = self.stream(path, deadline, body.extend, limit, accept)
        return Answer(status, bytes(body))

    def stream(
        self, path: str, deadline: Deadline, take: Callable[[bytes], None], limit: int, accept: tuple[int, ...] = OK
    ) -> int:
        """Hand the body of GET of `path` to `take`, in pieces as they come; returns the status. Raises TargetError.

        The connection is kept for the next request only if the answer was read to its end.
        """
        what = self._what(path)
        whole = self._aborted = False
        try:
            response = self._asked(path, deadline, what)
            self._check(response.status, what, accept)
            self._read(response, deadline, what, take, limit)
            whole = True
        except TargetError:
            raise
        except Exception as error:
            raise _ours(error, what) from error
        finally:
            if not whole:
                self.close()
        return response.status

    def abort(self) -> None:
        """End what another thread is doing here: its read fails at once, with TargetError."""
        self._aborted = True
        if (held := self._socket) is not None:
            with contextlib.suppress(OSError):  # it has ended by itself
                held.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of the connection; the next request opens a new one."""
        if self._connection is not None:
            self._connection.close()
        self._connection = self._socket = None

    def _asked(self, path: str, deadline: Deadline, what: str) -> HTTPResponse:
        """The head of the answer. A kept connection that the server has closed meanwhile is not an error: a new one is used."""
        self.requests += 1
        if self._connection is not None and self._connection.is_connected:
            try:
                return self._send(self._connection, path, deadline, what)
            except (ConnectionError, http.client.RemoteDisconnected):
                self.close()
        self.close()
        self._connection = self._open(deadline.left(what))
        return self._send(self._connection, path, deadline, what)

    def _send(self, connection: HTTPConnection, path: str, deadline: Deadline, what: str) -> HTTPResponse:
        connection.timeout = deadline.left(what)
        if connection.sock is None:
            connection.connect()
        self._socket = connection.sock
        self._go_on(what)  # from here on `abort` has a socket to end; what it did before is seen here
        connection.request("GET", self._prefix + path, headers=self._headers, preload_content=False)
        connection.timeout = deadline.left(what)
        return connection.getresponse()

    def _go_on(self, what: str) -> None:
        if self._aborted:
            raise TimedOutError(f"{what}: did not answer in time; it is slow, or sends byte by byte")

    def _read(self, response: HTTPResponse, deadline: Deadline, what: str, take: Callable[[bytes], None], limit: int) -> None:
        total = 0
        try:
            while True:
                if self._socket is not None:
                    self._socket.settimeout(deadline.left(what))
                piece = response.read1(_CHUNK)
                self._go_on(what)  # without a length, the end that `abort` makes looks like any other
                if not piece:
                    return
                total += len(piece)
                if total > limit:
                    raise MalformedError(f"{what}: the answer has more than {limit} bytes; raise the limit if that is right")
                take(piece)
        finally:
            self.received += response.tell()

    def _check(self, status: int, what: str, accept: tuple[int, ...]) -> None:
        if status in accept:
            return
        if (reason := _REFUSALS.get(status)) is not None:
            raise RefusedError(f"{what}: refused with {status}; {reason}")
        raise MalformedError(f"{what}: answered {status} {http.client.responses.get(status, '')}; is this the right port?")

    def _plain(self, seconds: float) -> HTTPConnection:
        return HTTPConnection(self.host, self.port, timeout=seconds)

    def _tls_opener(self, tls: HttpTls) -> Callable[[float], HTTPConnection]:
        def opened(seconds: float) -> HTTPConnection:
            return HTTPSConnection(
                self.host,
                self.port,
                timeout=seconds,
                ssl_context=_context(tls),
                server_hostname=tls.server_name,
                assert_hostname=tls.server_name,
            )

        return opened

    def _what(self, path: str) -> str:
        return f"{self.address}{self._prefix}{path.partition('?')[0]}"


def _context(tls: HttpTls) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=None if tls.ca is None else str(tls.ca))
    except (OSError, ssl.SSLError) as error:
        raise TargetError(f"{tls.ca}: cannot be read as certificates of authorities: {error}") from error
    if tls.certificate is not None:
        try:
            context.load_cert_chain(tls.certificate, tls.key, password=_no_password)
        except (OSError, ssl.SSLError) as error:
            raise TargetError(f"{tls.certificate}: cannot be read as certificate and key: {error}") from error
    return context


def _no_password() -> str:
    """Without it OpenSSL would ask on the terminal."""
    return ""


def _ours(error: Exception, what: str) -> TargetError:  # noqa: PLR0911  a table
    """The foreign errors, mapped once, the narrower before the wider: urllib3 calls a refused connection a timeout too."""
    match error:
        case ssl.SSLCertVerificationError():
            return RefusedError(f"{what}: its certificate is not accepted: {error.verify_message}; see `tls`")
        case urllib3.exceptions.NameResolutionError():
            return UnreachableError(f"{what}: the name is not known; check it, and the name service")
        case urllib3.exceptions.NewConnectionError():
            return UnreachableError(f"{what}: {_reason(error.__cause__)}; does it run, and listen there?")
        case TimeoutError() | urllib3.exceptions.TimeoutError():
            return TimedOutError(f"{what}: did not answer in time; it is slow, frozen or cut off")
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError():
            return UnreachableError(f"{what}: closed the connection in the midst of TLS; does it want a certificate of ours?")
        case ssl.SSLError():
            return _tls_error(error, what)
        case ConnectionError():
            return UnreachableError(f"{what}: {_reason(error)}; has it just ended, or does it speak TLS?")
        case OSError():
            return UnreachableError(f"{what}: {_reason(error)}")
        case _:
            shown = str(error)[:200].encode("unicode_escape").decode()
            return MalformedError(f"{what}: the answer is broken or ends too early: {shown}")


def _reason(error: BaseException | None) -> str:
    return getattr(error, "strerror", None) or "the connection was closed without an answer"


def _tls_error(error: ssl.SSLError, what: str) -> TargetError:
    reason = error.reason or str(error)
    if "ALERT" in reason:
        return RefusedError(f"{what}: it does not accept our side of TLS ({reason}); see `tls.certificate`")
    return MalformedError(f"{what}: no TLS there ({reason}); is it http, not https?")
