"""Where an OVS or OVN daemon listens (`unix:/PATH`, `tcp:HOST:PORT`, `ssl:HOST:PORT`), and a connected socket to it.

All foreign exceptions of sockets and TLS become a TargetError here and nowhere else.
"""

import contextlib
import fcntl
import socket
import ssl
import struct
import termios
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

from clients.model import Deadline, RefusedError, TimedOutError, UnreachableError

Address = tuple[socket.AddressFamily, Any]


@dataclass(frozen=True, slots=True)
class Tls:
    """What an `ssl:` address needs."""

    ca: Path
    """File with the certificate of the authority that signed the daemons' certificates (cacert.pem of ovs-pki)."""
    certificate: Path | None = None
    """File with our own certificate. OVS and OVN daemons ask for one unless they run with a bootstrapped authority."""
    key: Path | None = None
    """File with the key of our certificate; None where both stand in one file."""

    def context(self) -> ssl.SSLContext:
        """The files, read anew, as certificates are renewed under a running process. Raises RefusedError.

        The name in a certificate is not checked, as OVS does not either: ovs-pki puts no host name into it. Who the daemon
        is rests on the authority alone, which therefore must sign nothing else.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        try:
            context.load_verify_locations(cafile=self.ca)
            if self.certificate is not None:
                context.load_cert_chain(self.certificate, self.key)
        except OSError as error:
            files = ", ".join(str(path) for path in (self.ca, self.certificate, self.key) if path is not None)
            raise RefusedError(f"TLS: one of {files} cannot be used ({error.strerror or error}); look at it") from error
        return context


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address as OVS writes it; `str()` gives it back. `port` is 0 for a unix socket."""

    kind: Literal["unix", "tcp", "ssl"]
    host: str
    port: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `text`. Raises ValueError that says what is wrong with it and how it should look."""
        kind, _, rest = text.partition(":")
        if kind == "unix" and rest.startswith("/"):
            return cls("unix", rest)
        host, _, port = rest.rpartition(":")
        if kind in {"tcp", "ssl"} and host and port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536:
            return cls("tcp" if kind == "tcp" else "ssl", host.removeprefix("[").removesuffix("]"), int(port))
        raise ValueError(f"{text!r} is no address; write unix:/PATH, tcp:HOST:PORT or ssl:HOST:PORT ([...] around IPv6)")

    def __str__(self) -> str:
        if self.kind == "unix":
            return f"unix:{self.host}"
        return f"{self.kind}:[{self.host}]:{self.port}" if ":" in self.host else f"{self.kind}:{self.host}:{self.port}"

    def connect(self, deadline: Deadline, tls: Tls | None = None) -> socket.socket:
        """A connected socket; `tls` is needed for `ssl:`. Raises TargetError."""
        with told(str(self)):
            if self.kind == "unix":
                return _connected(socket.AF_UNIX, self.host, deadline, str(self))
            family, address = self._resolved(deadline)
            plain = _connected(family, address, deadline, str(self))
            if self.kind == "tcp":
                return plain
            with _closed_on_error(plain):
                if tls is None:
                    raise RefusedError(f"{self}: ssl needs the setting tls, with the file of the authority at least")
                plain.settimeout(deadline.left(str(self)))
                return tls.context().wrap_socket(plain)

    def _resolved(self, deadline: Deadline) -> Address:
        """The first address of the host. The system's resolver knows no deadline, so it is asked in a thread of its own."""
        with contextlib.suppress(socket.gaierror):
            return _first(socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST))
        found: list[Address] = []
        errors: list[OSError] = []

        def resolve() -> None:
            try:
                found.append(_first(socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)))
            except OSError as error:
                errors.append(error)

        asking = threading.Thread(target=resolve, name=f"resolve {self.host}", daemon=True)
        asking.start()
        asking.join(deadline.left(str(self)))
        if errors:
            raise errors[0]
        if not found:
            raise TimedOutError(f"{self}: the name was not resolved in time; look at the resolver, or give an address")
        return found[0]


def _first(answers: Sequence[tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]]) -> Address:
    family, _, _, _, address = answers[0]
    return family, address


def _connected(family: socket.AddressFamily, address: Any, deadline: Deadline, what: str) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    with _closed_on_error(made):
        made.settimeout(deadline.left(what))
        made.connect(address)
    return made


@contextlib.contextmanager
def _closed_on_error(held: socket.socket) -> Iterator[None]:
    try:
        yield
    except BaseException:
        held.close()
        raise


@contextlib.contextmanager
def told(what: str) -> Iterator[None]:
    """Whatever a socket raises inside, said as a TargetError about `what`."""
    try:
        yield
    except TimeoutError as error:
        raise TimedOutError(f"{what}: no answer in time; the daemon is busy or hangs") from error
    except ssl.SSLError as error:
        reason = error.reason or error.__class__.__name__
        raise RefusedError(f"{what}: TLS: {reason}; look at the authority and at our certificate on both sides") from error
    except PermissionError as error:
        raise RefusedError(f"{what}: permission denied; run as a member of the group that owns the socket") from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UnreachableError(f"{what}: {reason}; does the daemon run, and is this its address?") from error


def unread(held: socket.socket) -> int | None:
    """Bytes that we sent and the other side has not read; None where the kernel cannot tell: it can for unix sockets alone.

    With it, silence can be told apart: who has read the question is busy, and who leaves it lying does nothing.
    """
    if held.family != socket.AF_UNIX:
        return None
    amount: int = struct.unpack("i", fcntl.ioctl(held, termios.TIOCOUTQ, bytes(4)))[0]
    return amount
