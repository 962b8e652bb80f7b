"""One connection to a MariaDB or MySQL server, kept open, that does no harm to the server it asks.

A client that hangs up during the handshake is counted by the server (`Aborted_connects`), and after `max_connect_errors` of
them the server locks out its whole host. So nobody who has waited long enough closes this connection: one stops *waiting*,
and asks again when the answer has come (see `exporters.galera.reading`). A server that was frozen for a minute finds one
connection when it wakes up, not one per scrape. That the host is gone, and not only its server, TCP's own timers tell.

PyMySQL's time-outs hold for each read of the socket, not for an answer, so they are no deadline; `PATIENCE` is their only use.
"""

import contextlib
import errno
import select
import socket
import ssl
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pymysql

from clients.model import MalformedError, RefusedError, TargetError, TimedOutError, UnreachableError
from parsers.secret import Secret

if TYPE_CHECKING:
    from pymysql.cursors import Cursor

    _PyMySQL = pymysql.Connection[Cursor]
else:
    _PyMySQL = pymysql.Connection  # generic in its stubs only

PATIENCE = 300.0
"""Seconds after which a silent server is given up and connected to anew: with `max_connect_errors` at its default of 100,
a server may be frozen for eight hours before it locks us out."""
_ANSWER = 1 << 20
"""Bytes of an answer at most; the longest that is asked for, the configuration, has some 6,000."""
_HOST_GONE = 10
"""Seconds without a sign of life from the host (not the server) until the connection counts as broken."""

Row = tuple[Any, ...]


class SilentError(TimedOutError):
    """Its host takes connections, and the server says nothing: it is frozen, or so busy that it looks like it."""


class TooManyConnectionsError(RefusedError):
    """All its connections are in use (`max_connections`, `max_user_connections`)."""


class TlsError(RefusedError):
    """The two cannot agree on TLS: certificate, name, or only one of them wants it."""


class StatementError(RefusedError):
    """It answers, but not to this statement: no privilege, no such table, not ready for it."""


_LOGIN = "check user and password, from which hosts the user may log in, and whether the server wants TLS"
_EXPIRED = "its password has expired"
_LOCKED = "the account is locked"
_TOO_MANY = "raise max_connections, or find who holds them"
_TLS = "set or leave out tls, as the server wants it"
_GONE = "the server closed the connection"
_ANSWERS: dict[int, tuple[type[TargetError], str]] = {
    1040: (TooManyConnectionsError, _TOO_MANY),
    1044: (RefusedError, _LOGIN),
    1045: (RefusedError, _LOGIN),
    1047: (StatementError, "the node is not ready for SQL"),
    1129: (RefusedError, "it has locked out this host: find out why, then FLUSH HOSTS"),
    1130: (RefusedError, _LOGIN),
    1203: (TooManyConnectionsError, _TOO_MANY),
    1226: (TooManyConnectionsError, _TOO_MANY),
    1251: (RefusedError, "the server wants another way to log in than this client knows"),
    1698: (RefusedError, "the user logs in by another way (unix_socket, ...): give it a password"),
    1820: (RefusedError, _EXPIRED),
    1862: (RefusedError, _EXPIRED),
    2006: (UnreachableError, _GONE),
    2013: (UnreachableError, _GONE),
    2026: (TlsError, _TLS),
    3118: (RefusedError, _LOCKED),
    3159: (TlsError, _TLS),
    4151: (RefusedError, _LOCKED),
}
"""What a number of the server or of PyMySQL means for us."""
_UNREADABLE = (OSError, RuntimeError, ValueError, LookupError, TypeError, struct.error, AssertionError)
"""What PyMySQL raises besides its own errors over bytes that are not its protocol."""


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """What a TLS connection is checked with. `ca` None means the system's list."""

    ca: Path | None = None
    verify: bool = True
    certificate: Path | None = None
    key: Path | None = None

    def context(self) -> ssl.SSLContext:
        """Reading the system's list takes 18 ms, so make one and keep it. Raises TlsError."""
        try:
            context = ssl.create_default_context(cafile=self.ca)
            # Python 3.13 wants more of a certificate than those have that MySQL and MariaDB make for themselves.
            context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
            if not self.verify:
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
            if self.certificate:
                context.load_cert_chain(self.certificate, self.key)
        except (OSError, ValueError) as error:
            files = (
                ", ".join(str(file) for file in (self.ca, self.certificate, self.key) if file) or "the system's certificates"
            )
            raise TlsError(f"{files}: {_said(error)}; check the files named under tls") from error
        return context


@dataclass(frozen=True, slots=True)
class Login:
    """Who we are. `tls` None means without. `name` is looked for in the certificate where it is not the host's."""

    user: str
    password: Secret | None = None
    tls: ssl.SSLContext | None = field(default=None, compare=False)
    name: str = ""


class _Client(_PyMySQL):
    """PyMySQL's, with a bound on an answer: it would take in whatever a server (or what is taken for one) sends."""

    taken = 0

    def _read_bytes(self, num_bytes: int) -> bytes:
        self.taken += num_bytes
        if self.taken > _ANSWER:
            raise pymysql.err.InternalError(f"an answer of more than {_ANSWER} bytes")
        data: bytes = super()._read_bytes(num_bytes)  # type: ignore[misc]
        return data


class Connection:
    """A connection that is opened when it is needed and kept. One thread at a time uses it; any may `abort` it."""

    def __init__(self, host: str, port: int, login: Callable[[], Login], *, setup: str | None = None) -> None:
        """`login`: asked for every new session, raises TargetError; `setup`: a statement for every new session."""
        self.host = host
        self.port = port
        self._login = login
        self._setup = setup
        self._client: _Client | None = None
        self._handle: socket.socket | None = None  # the same TCP connection once more: PyMySQL hides its own
        self._aborted = False

    @property
    def address(self) -> str:
        """As `host:port`."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def connected(self) -> bool:
        """Whether the host has taken our connection (the server may still not have said anything)."""
        return self._handle is not None

    def open(self, seconds: float) -> bool:
        """Connect, unless connected; whether it is a new session. Raises TargetError.

        `seconds`: for TCP's part. Nothing was said by then, so hanging up harms nobody.
        """
        if self._client is not None and not self._hung_up():
            return False
        self.close()
        login = self._login()
        try:
            raw = socket.create_connection((self.host, self.port), seconds)
        except OSError as error:
            raise self._mapped(error) from error
        self._handle = raw.dup()
        try:
            self._go_on()  # whoever aborts before had no handle to end
            _watch_host(raw)
            self._client = self._new_client(login)
            self._client.connect(raw)
            self._go_on()
        except (pymysql.Error, *_UNREADABLE) as error:
            mapped = self._mapped(error)
            raw.close()
            self.close()
            raise mapped from error
        return True

    def rows(self, statement: str) -> list[Row]:
        """All rows of an answer. Raises TargetError; after any but StatementError the connection is closed."""
        if self._client is None:
            raise UnreachableError(f"{self.address}: not connected; it closed the connection")
        self._client.taken = 0
        try:
            with self._client.cursor() as cursor:
                cursor.execute(statement)
                return list(cursor.fetchall())
        except (pymysql.Error, *_UNREADABLE) as error:
            mapped = self._mapped(error)
            if not isinstance(mapped, StatementError):
                self.close()
            raise mapped from error

    def close(self) -> None:
        """Say goodbye. It may be opened again."""
        client, self._client = self._client, None
        handle, self._handle = self._handle, None
        if client is not None:
            with contextlib.suppress(pymysql.Error, OSError):
                client.close()
        if handle is not None:
            handle.close()

    def abort(self) -> None:
        """From another thread: whoever waits for an answer gets an error. It is not to be opened again."""
        self._aborted = True
        handle = self._handle
        if handle is not None:
            with contextlib.suppress(OSError):
                handle.shutdown(socket.SHUT_RDWR)

    def _go_on(self) -> None:
        if self._aborted:
            raise OSError(errno.ECONNABORTED, "this connection was given up")

    def _new_client(self, login: Login) -> _Client:
        return _Client(
            host=login.name or self.host,  # only for the certificate: the socket is ours
            user=login.user,
            password=login.password.reveal() if login.password else "",
            ssl=login.tls,
            ssl_disabled=login.tls is None,
            charset="utf8mb4",
            autocommit=True,  # a transaction that stays open would keep the server from purging old rows
            read_timeout=PATIENCE,
            write_timeout=PATIENCE,
            init_command=self._setup,
            program_name="stratoscope",
            defer_connect=True,
        )

    def _hung_up(self) -> bool:
        """Whether something is to be read though nothing was asked: an end, or an error that says why."""
        poll = select.poll()
        if self._handle is not None:
            poll.register(self._handle, select.POLLIN)
        return bool(poll.poll(0))

    def _mapped(self, error: Exception) -> TargetError:
        """Foreign errors become ours here, once."""
        cause = getattr(error, "original_exception", None) or error.__context__
        if isinstance(error, pymysql.Error) and isinstance(cause, OSError):
            error = cause
        if self._aborted:
            return UnreachableError(f"{self.address}: this connection was given up")
        if isinstance(error, ssl.SSLError):
            return TlsError(f"{self.address}: {_said(error)}; check tls.ca, the name in the server's certificate, and its date")
        if isinstance(error, TimeoutError):
            said_nothing = "takes connections but says nothing; it is frozen or overloaded"
            return SilentError(f"{self.address}: {said_nothing}") if self.connected else self._no_answer()
        if isinstance(error, OSError):
            return UnreachableError(f"{self.address}: {_said(error)}; is the server running, and the address right?")
        return self._mapped_answer(error)

    def _no_answer(self) -> TimedOutError:
        return TimedOutError(f"{self.address}: no answer to a connection; is the host up, and no firewall in between?")

    def _mapped_answer(self, error: Exception) -> TargetError:
        number, said = _numbered(error)
        kind, advice = _ANSWERS.get(number, (MalformedError, "is this a MariaDB or MySQL server?"))
        if isinstance(error, RuntimeError):  # no package `cryptography`: caching_sha2_password needs it, or TLS
            kind, advice = RefusedError, "use TLS, or a user IDENTIFIED WITH mysql_native_password"
        elif number not in _ANSWERS and 1000 <= number < 2000:
            kind, advice = StatementError, "check the user's GRANT"
        return kind(f"{self.address}: {said}; {advice}")


def _watch_host(raw: socket.socket) -> None:
    """Let TCP notice a host that is gone, whether or not something is on its way to it."""
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _HOST_GONE * 1000)
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _HOST_GONE)
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, _HOST_GONE // 2)
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 2)


def _numbered(error: Exception) -> tuple[int, str]:
    """The server's number and words. PyMySQL puts them into `args`, and leaves the number out now and then."""
    if len(error.args) >= 2 and isinstance(error.args[0], int):
        return error.args[0], _one_line(str(error.args[1]))
    return 0, _said(error)


def _said(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return _one_line(error.strerror)
    return _one_line(str(error)) or type(error).__name__


def _one_line(text: str) -> str:
    return " ".join(text.split())[:300]
