"""What all sinks that speak HTTP or gRPC are told: where, as whom, and whom to trust. Nothing here opens a file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from parsers.secret import Secret

_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_OURS = frozenset("authorization connection content-encoding content-length content-type host te transfer-encoding".split())
"""Headers that we write ourselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsSettings:
    """Whom to trust, and who we are. The files are read at each new connection, so renewed certificates are taken."""

    ca: Path | None = None
    """PEM file with the authorities that may sign the server's certificate. None: those of the system."""
    certificate: Path | None = None
    """PEM file with our own certificate and its chain, for servers that ask for one (mutual TLS)."""
    key: Path | None = None
    """PEM file with the key of `certificate`. None: it stands in the same file."""
    insecure: bool = False
    """Take any certificate of the server. Whoever stands in between can then read and change everything: only to try out."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What does not fit together."""
        if self.key and not self.certificate:
            yield "key", "is of no use without certificate; name both"
        if self.insecure and self.ca:
            yield "insecure", "takes any certificate, so ca is of no use; leave out one of them"


@dataclass(frozen=True, slots=True, kw_only=True)
class BasicAuth:
    """User name and password, sent with each request."""

    username: str
    """Must not have a colon, as it ends there."""
    password: Secret
    """From a file or the environment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteSettings:
    """A far side. Proxies are not used, whatever the environment says: `NO_PROXY` is too easily forgotten in a cluster."""

    url: str
    """`https://host:port`, with a path in front of the usual ones where the server stands behind one. No user, no `?`."""
    tls: TlsSettings = TlsSettings()
    """For `https`."""
    basic: BasicAuth | None = None
    """Log in with user and password. Not together with `bearer`."""
    bearer: Secret | None = None
    """Log in with a token: `Authorization: Bearer ...`."""
    headers: dict[str, str] = field(default_factory=dict)
    """Sent with each request, for what stands in between (`X-Scope-OrgID` has its own setting)."""
    secret_headers: dict[str, Secret] = field(default_factory=dict)
    """The same for those whose value must not show, as API keys."""
    gzip: bool = True
    """Pack what is sent: logs become five to ten times smaller, for about as much CPU time as their encoding takes."""
    connect_timeout: Annotated[float, "seconds"] = 10.0
    """Until a connection stands, TLS included, for each address of the host; well below the deadline of a whole batch."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What does not fit together."""
        yield from _mistakes_of_url(self.url)
        yield from ((f"tls.{key}", text) for key, text in self.tls.mistakes())
        if self.url.startswith("http:") and self.tls != TlsSettings():
            yield "tls", "is of no use, as url begins with http:; make it https:"
        if self.basic and self.bearer:
            yield "bearer", "cannot go together with basic; leave out one of them"
        if self.basic and ":" in self.basic.username:
            yield "basic.username", "has a colon, where HTTP ends it; take another user"
        if self.connect_timeout <= 0:
            yield "connect_timeout", "must be more than 0 s"
        yield from _mistakes_of_headers("headers", self.headers)
        yield from _mistakes_of_headers("secret_headers", {name: value.reveal() for name, value in self.secret_headers.items()})
        for key, secret in (("bearer", self.bearer), ("basic.password", self.basic and self.basic.password)):
            if secret and not _fits(secret.reveal()):
                yield key, "has characters that cannot stand in a header (a newline in the file?)"


def _mistakes_of_url(url: str) -> Iterator[tuple[str, str]]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        yield "url", f"is none ({error}); write https://host:port"
        return
    if parts.scheme not in ("http", "https") or not parts.hostname:
        yield "url", "is none that begins with http:// or https:// and names a host; write https://host:port"
    elif "@" in parts.netloc:
        yield "url", "has a user in it, which would show in logs; use basic"
    elif "?" in url or "#" in url or not _fits(url) or " " in url:
        yield "url", "must end with the host, the port or a path, and have no blanks"
    elif port == 0:
        yield "url", "has port 0; name the one that the server listens on"


def _mistakes_of_headers(key: str, headers: dict[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in headers.items():
        if not _HEADER.fullmatch(name):
            yield f"{key}.{name}", "is not the name of a header; letters, digits and - are"
        elif name.lower() in _OURS:
            yield f"{key}.{name}", "is a header that is written from other settings; leave it out"
        elif not _fits(value):
            yield f"{key}.{name}", "has characters that cannot stand in a header (a newline in the file?)"


def _fits(value: str) -> bool:
    return value.isascii() and value.isprintable()
