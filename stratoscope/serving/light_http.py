"""HTTP/1.1 as far as the light server speaks it: the head of a request, and a reply as bytes. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

TEXT = "text/plain; charset=utf-8"
_LINE = re.compile(rb"([A-Z]{1,16}) ([\x21-\x7e]{1,2048}) HTTP/1\.([01])")
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_REASONS = {
    200: "OK",
    202: "Accepted",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


class WrongError(Exception):
    """This is no request."""


class TooLargeError(Exception):
    """It is more than we read."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request. `peer`: the address of who asks; `local`: ours, to which it came. Names of headers in lower case.

    `known`: who asks has shown a password.
    """

    method: str
    path: str
    query: Mapping[str, list[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    peer: str = ""
    local: str = ""
    known: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. `headers`: more of them."""

    status: int
    body: str | bytes
    kind: str = TEXT
    headers: tuple[tuple[str, str], ...] = ()

    def data(self) -> bytes:
        """The body as bytes."""
        return self.body.encode("utf-8", "replace") if isinstance(self.body, str) else self.body


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a request as it came. `body`: bytes of the body that follows. `keep`: whether the connection stays."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: int
    keep: bool

    def request(self, peer: str, local: str) -> Request:
        """The request, once its body was read."""
        path, _, query = self.target.partition("?")
        return Request(self.method, path, query_of(query), self.headers, peer, local)


def query_of(text: str) -> dict[str, list[str]]:
    """What stands behind the question mark. Raises WrongError where that is too much."""
    try:
        return parse_qs(text, max_num_fields=20)
    except ValueError:
        raise WrongError("too many fields behind the question mark") from None


def head_of(data: bytes, most: int, most_body: int) -> tuple[Head, int] | None:
    """The head at the beginning of `data` and its length; None while it is not all there.

    Raises TooLargeError and WrongError, the latter as soon as the first line cannot become a request.
    """
    end = data.find(b"\r\n\r\n")
    if end < 0:
        _check_start(data, most)
        return None
    if end > most:
        raise TooLargeError(f"more than {most} bytes of headers")
    line, *rest = data[:end].split(b"\r\n")
    found = _LINE.fullmatch(line)
    if found is None:
        raise WrongError("this is no HTTP/1.1 request")
    headers = dict(_header(one) for one in rest)
    return Head(
        found[1].decode(),
        found[2].decode(),
        headers,
        _body(headers, most_body),
        _keeps(headers.get("connection", ""), newest=found[3] == b"1"),
    ), end + 4


def _check_start(data: bytes, most: int) -> None:
    line, newline, _ = data.partition(b"\r\n")
    begun = re.match(rb"[A-Z]{1,16}( |$)", line)
    if (data and not begun) or (newline and not _LINE.fullmatch(line)):
        raise WrongError("this is no HTTP/1.1 request")
    if len(data) > most:
        raise TooLargeError(f"more than {most} bytes of headers")


def _header(line: bytes) -> tuple[str, str]:
    name, colon, value = line.partition(b":")
    if not colon or not _NAME.fullmatch(name):
        raise WrongError("a header is malformed")
    return name.decode().lower(), value.strip().decode("latin-1")


def _body(headers: Mapping[str, str], most: int) -> int:
    length = headers.get("content-length", "0")
    if "transfer-encoding" in headers or not length.isascii() or not length.isdigit():
        raise WrongError("a body without a length")
    if len(length) > 9 or int(length) > most:
        raise TooLargeError(f"a body of more than {most} bytes")
    return int(length)


def _keeps(connection: str, *, newest: bool) -> bool:
    words = {word.strip() for word in connection.lower().split(",")}
    return "keep-alive" in words or (newest and "close" not in words)


def encoded(reply: Reply, *, head: bool, keep: bool) -> bytes:
    """A reply as it goes over the wire; for HEAD, without its body."""
    body = reply.data()
    lines = [
        f"HTTP/1.1 {reply.status} {_REASONS.get(reply.status, 'Unknown')}",
        f"Content-Type: {reply.kind}",
        f"Content-Length: {len(body)}",
        f"Connection: {'keep-alive' if keep else 'close'}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        *(f"{name}: {value}" for name, value in reply.headers),
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + (b"" if head else body)
