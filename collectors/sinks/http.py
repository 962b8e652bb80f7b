"""One connection to one server, over which batches are posted: a deadline for all of it, bounds on what comes back.

urllib3's connection is used without its pools: those follow redirects, take proxies from the environment, try again by
themselves, and time out per read, so that a server which sends a byte now and then holds the caller for ever.
"""

import contextlib
import http.client
import re
import socket
import ssl
import threading
import time
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NameResolutionError, NewConnectionError
from urllib3.response import BaseHTTPResponse

from collectors.model import RetryError
from collectors.sinks.remote import RemoteSettings, TlsSettings

LONGEST_WAIT = 3600.0
"""Seconds that a `Retry-After` is believed at most: a wrong one must not stop a node's logs for days."""

ANSWER_BYTES = 1 << 20
"""Of an answer, where the caller says nothing else."""
_ERROR_BYTES = 64 << 10
_SHOWN = 300
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]+")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `body` is whole, or as much as the bound allows (`cut`). `after`: seconds of `Retry-After`, or None."""

    status: int
    body: bytes
    after: float | None = None
    content_type: str = ""
    cut: bool = False

    @property
    def said(self) -> str:
        """Status and the beginning of the body, in one printable line: `HTTP 400: entry too far behind`."""
        text = _UNPRINTABLE.sub(" ", self.body[: 4 * _SHOWN].decode("utf-8", "replace")).strip()
        return f"HTTP {self.status}: {text[:_SHOWN]}" if text else f"HTTP {self.status}"


class HttpClient:
    """Posts to one server, one request at a time. `clock` is the time of day, which a `Retry-After` with a date refers to."""

    def __init__(self, settings: RemoteSettings, clock: Callable[[], float] = time.time) -> None:
        self._settings = settings
        self._clock = clock
        self._connection: HTTPConnection | None = None
        self._prefix = urlsplit(settings.url).path.rstrip("/")
        self._headers = {"User-Agent": "stratoscope", "Accept-Encoding": "identity", **headers_of(settings)}

    def post(self, path: str, body: bytes, headers: Mapping[str, str], timeout: float, limit: int = ANSWER_BYTES) -> Answer:
        """Post `body` to `path` below the URL; packs it where the settings say so. `limit` bounds the answer's bytes.

        Returns the answer, whatever its status. Raises RetryError where there is none within `timeout` seconds.
        """
        end = time.monotonic() + timeout
        sent = {**self._headers, **headers}
        if self._settings.gzip:
            body = packed(body)
            sent["Content-Encoding"] = "gzip"
        with self._mapped(path, timeout):
            connection = self._connected(end)
            with _cut_off(connection, end):
                return self._asked(connection, self._prefix + path, body, sent, limit)

    def refused(self, path: str, answer: Answer, what_to_do: str = "it will be tried again") -> RetryError:
        """The error for an answer that is to be tried again."""
        return RetryError(f"{self._where(path)}: {answer.said}; {what_to_do}", answer.after)

    def close(self) -> None:
        """Close the connection; the next request opens another one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _where(self, path: str) -> str:
        return self._settings.url.rstrip("/") + path

    def _connected(self, end: float) -> HTTPConnection:
        connection = self._connection
        if connection is not None and connection.is_connected:
            return connection
        self.close()
        parts = urlsplit(self._settings.url)
        host, seconds = parts.hostname or "", min(self._settings.connect_timeout, _left(end))
        if parts.scheme == "https":
            connection = HTTPSConnection(host, parts.port, timeout=seconds, ssl_context=tls_context(self._settings.tls))
        else:
            connection = HTTPConnection(host, parts.port, timeout=seconds)
        self._connection = connection
        connection.connect()
        return connection

    def _asked(self, connection: HTTPConnection, path: str, body: bytes, headers: Mapping[str, str], limit: int) -> Answer:
        # A server that does not want the body (413) answers and closes before it is all sent.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.request("POST", path, body, headers, preload_content=False, decode_content=False)
        response = connection.getresponse()
        bound = limit if response.status < 300 else min(limit, _ERROR_BYTES)
        data = _read(response, bound)
        cut = len(data) > bound
        if cut:
            self.close()
        after = retry_after(response.headers.get("Retry-After"), self._clock())
        return Answer(response.status, data[:bound], after, response.headers.get("Content-Type", ""), cut)

    @contextlib.contextmanager
    def _mapped(self, path: str, timeout: float) -> Iterator[None]:
        """Foreign errors become ours, and the connection is not used again."""
        try:
            yield
        except RetryError as error:
            self.close()
            raise RetryError(f"{self._where(path)}: {error}", error.after) from error
        except (OSError, HTTPError, http.client.HTTPException) as error:
            self.close()
            raise RetryError(f"{self._where(path)}: {_what(error, timeout)}") from error


def headers_of(settings: RemoteSettings) -> dict[str, str]:
    """The headers that the settings ask for, secrets revealed."""
    headers = {**settings.headers, **{name: value.reveal() for name, value in settings.secret_headers.items()}}
    if settings.bearer:
        headers["Authorization"] = f"Bearer {settings.bearer.reveal()}"
    if settings.basic:
        login = f"{settings.basic.username}:{settings.basic.password.reveal()}".encode()
        headers["Authorization"] = f"Basic {b64encode(login).decode()}"
    return headers


def packed(data: bytes) -> bytes:
    """In gzip's format, at its quickest level: 1.3 times the size of the best, for a fifth of the time."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    return packer.compress(data) + packer.flush()


def tls_context(settings: TlsSettings) -> ssl.SSLContext:
    """What the settings say, read from their files now. Raises RetryError, as a file may be put right."""
    try:
        context = ssl.create_default_context(cafile=settings.ca)
    except OSError as error:
        raise RetryError(f"tls.ca {settings.ca} holds no certificates ({error}); correct the file") from error
    if settings.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if settings.certificate:
        try:
            context.load_cert_chain(settings.certificate, settings.key, password="")
        except OSError as error:
            raise RetryError(f"tls.certificate {settings.certificate}: {error}; correct it or tls.key") from error
    return context


def retry_after(value: str | None, now: float) -> float | None:
    """Seconds that a `Retry-After` asks for, in either of its forms (RFC 9110, 10.2.3), at most LONGEST_WAIT; None for none."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdecimal():
        return min(float(text[:10]), LONGEST_WAIT)
    try:
        when = parsedate_to_datetime(text)
        seconds = (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() - now
    except (ValueError, OverflowError):
        return None
    return min(max(seconds, 0.0), LONGEST_WAIT)


def _read(response: BaseHTTPResponse, bound: int) -> bytes:
    """The body, or one byte more than `bound`."""
    parts, size = [], 0
    while size <= bound:
        part = response.read(min(bound + 1 - size, 1 << 16))
        if not part:
            break
        parts.append(part)
        size += len(part)
    return b"".join(parts)


@contextlib.contextmanager
def _cut_off(connection: HTTPConnection, end: float) -> Iterator[None]:
    """Shut the connection at `end`, however busy it is, and raise TimeoutError then."""
    sock = connection.sock
    over = threading.Event()

    def cut() -> None:
        over.set()
        with contextlib.suppress(OSError):
            socket.socket.shutdown(sock, socket.SHUT_RDWR)  # not the one of TLS, which is no other thread's business

    seconds = _left(end)
    sock.settimeout(seconds)
    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, HTTPError, http.client.HTTPException) as error:
        if over.is_set():
            raise TimeoutError from error
        raise
    finally:
        timer.cancel()
    if over.is_set():  # an answer without a length ends where the connection does: we have ended this one
        raise TimeoutError


def _left(end: float) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _what(error: Exception, timeout: float) -> str:
    """What is wrong and what to do, of an error on the way to an answer."""
    if isinstance(error, NameResolutionError):
        return "its name is not known; check url and the DNS"
    if isinstance(error, TimeoutError) or (
        isinstance(error, ConnectTimeoutError) and not isinstance(error, NewConnectionError)
    ):
        return f"no whole answer within {timeout:g} s; look at its load, and at what stands in between"
    told = next(filter(None, map(_what_of, (error, error.__cause__, error.__context__))), None)
    return told or f"the connection was lost before the answer was whole ({type(error).__name__}); look at its log"


def _what_of(error: BaseException | None) -> str | None:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message}); set tls.ca to the authority that signed it"
    if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError):
        return f"TLS failed ({error.reason or error}); check that it speaks TLS there, and tls.certificate if it asks for one"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused; is it running, and is the port right?"
    if isinstance(error, OSError) and error.strerror and not isinstance(error, ssl.SSLError):
        return f"{error.strerror.lower()}; check url and the network"
    return None
