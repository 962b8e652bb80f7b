"""The way to a broker: who logs in, with what certificates, and the connected socket."""

import socket
import ssl
from dataclasses import dataclass

from clients.model import Deadline, RefusedError
from clients.sockets import Endpoint, told
from probes.oslo.transport import Broker

_IDLE, _BETWEEN, _TIMES = 30, 10, 3
"""Seconds and number of TCP's own questions whether the host of the broker is still there."""
_UNSENT = 20_000
"""Milliseconds that bytes may be on their way, until the connection counts as broken."""


class RightsError(RefusedError):
    """The broker's user lacks a right that the probe needs; the text names it. It says nothing about broker or service."""


@dataclass(frozen=True, slots=True)
class Access:
    """How to get in.

    `method`: of the login. `queue`: the name wanted for our own. `exchange`: of the announcements, empty for none. `name`:
    what the broker shows our connection as.
    """

    virtual_host: str
    method: str
    queue: str
    exchange: str
    name: str
    tls: "Tls | None" = None


@dataclass(frozen=True, slots=True)
class Tls:
    """`verify_host`: whether the certificate has to be for the name of the host."""

    ca: str | None = None
    certificate: str | None = None
    key: str | None = None
    verify_host: bool = False

    def context(self) -> ssl.SSLContext:
        """The files, read anew, as certificates are renewed under a running process. Raises RightsError: they are ours."""
        try:
            context = ssl.create_default_context(cafile=self.ca)
            # Python 3.13 wants more of a certificate than the authority of a cloud puts into one.
            context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
            context.check_hostname = self.verify_host
            if self.certificate:
                context.load_cert_chain(self.certificate, self.key)
        except OSError as error:
            files = ", ".join(file for file in (self.ca, self.certificate, self.key) if file) or "the system's certificates"
            text = (
                f"TLS: {files} cannot be used ({error.strerror or error}); mount the service's certificates into the probe too"
            )
            raise RightsError(text) from error
        return context


def connected(broker: Broker, tls: Tls | None, deadline: Deadline) -> socket.socket:
    """A connected socket, through TLS where that is asked for. Raises TargetError."""
    context = tls.context() if tls is not None else None
    made = Endpoint("tcp", broker.host, broker.port).connect(deadline)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _IDLE)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, _BETWEEN)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, _TIMES)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNSENT)
    if context is None:
        return made
    with told(f"{broker}"):
        try:
            made.settimeout(deadline.left(str(broker)))
            return context.wrap_socket(made, server_hostname=broker.host)
        except BaseException:
            made.close()
            raise
