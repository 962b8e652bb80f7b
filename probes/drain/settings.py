"""What one says about the drain, and about each of its actions. No I/O, and no import that a small sidecar would feel."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from parsers.secret import Secret


@dataclass(frozen=True, slots=True)
class FileSettings:
    """The file for which oslo.middleware's healthcheck answers 503."""

    path: Path = Path("/var/lib/stratoscope/drain/disabled")
    """As this container sees it; the service's `[healthcheck] disable_by_file_path` names it as its own sees it."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """A path that depends on where we were started."""
        if not self.path.is_absolute():
            yield "path", f"{self.path} is not absolute; write the whole path"


@dataclass(frozen=True, slots=True)
class IdleSettings:
    """Which connections are waited for."""

    ports: tuple[int, ...] = ()
    """Where the service listens. Without it: the ports on which its processes listen, which needs a look into them."""
    spare: int = 0
    """Connections that may stay: of a load balancer that keeps some open, of an exporter."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What is no port."""
        if bad := [port for port in self.ports if not 0 < port < 65536]:
            yield "ports", f"{bad[0]} is no port; it is a number between 1 and 65535"
        if self.spare < 0:
            yield "spare", "is less than 0; leave it out"


@dataclass(frozen=True, slots=True)
class WorkSettings:
    """Whose lines in a log tell what is in flight, and where the log is."""

    lines: Literal["nova-compute", "cinder-backup"] = "nova-compute"
    """Whose: a row of `probes.drain.work_lines`."""
    log_files: tuple[Path, ...] = ()
    """Its log, at level INFO, as this container sees it: a shared folder, or the kubelet's /var/log/pods/.../0.log. Without
    it: the service's `log_files`."""
    look_back: Annotated[int, "bytes"] = 8 << 20
    """How much of each file is read at first, to find what has begun before."""
    longest: Annotated[float, "seconds"] = 3600.0
    """What began longer ago does not count any more: its end may be in a file that is gone."""


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """TLS to a server that is asked."""

    ca: Path | None = None
    """The certificates that the server's is checked against; without it the system's."""
    certificate: Path | None = None
    """Our own, where the server asks for one."""
    key: Path | None = None
    """Its key; without it `certificate` holds both."""
    name: str = ""
    """The name that the server's certificate has, where it is not the address."""


@dataclass(frozen=True, slots=True)
class GaleraSettings:
    """Which node, and as whom."""

    address: str = "127.0.0.1:3306"
    """This very node, not a service in front of all."""
    user: str = "stratoscope_drain"
    """A user with SUPER (for SET GLOBAL) and PROCESS (to count transactions), here and on the peers."""
    password: Secret | None = None
    """Of that user."""
    tls: TlsSettings | None = None
    """Without it: no TLS."""
    mode: Literal["desync", "maintenance"] = "desync"
    """`desync`: wsrep_desync, on all of them. `maintenance`: pxc_maint_mode, on Percona XtraDB Cluster only."""
    size: int | None = None
    """Members that the cluster should have, arbitrators included. Without it: as many as there are now, which does not notice
    one that is away already; so set it."""
    peers: tuple[str, ...] = ()
    """The other nodes as host:port. Without it: as the cluster names them (wsrep_incoming_addresses)."""
    wait_for: Literal["transactions", "connections"] = "transactions"
    """What must have ended. Connections of a pool stay open for long without a transaction on them, and lose nothing."""
    spare: int = 0
    """Connections that may stay, for `connections`: of exporters and health checks."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What is no address."""
        for key, address in (("address", self.address), *(("peers", peer) for peer in self.peers)):
            if split(address) is None:
                yield key, f"{address!r} is not host:port; write db1.example.org:3306"
        if self.size is not None and self.size < 1:
            yield "size", "is less than 1; leave it out to take the size that the cluster has"


@dataclass(frozen=True, slots=True)
class RabbitmqSettings:
    """How the node is asked."""

    url: str = "http://127.0.0.1:15672"
    """Of the management API of this very node, not of a service in front of all."""
    user: str = "stratoscope"
    """A user with the tag `monitoring`."""
    password: Secret | None = None
    """Of that user."""
    tls: TlsSettings | None = None
    """For https; without it the system's certificates are trusted."""
    checks: tuple[str, ...] = ("node-is-quorum-critical", "node-is-mirror-sync-critical")
    """Health checks that must pass. One that this version of RabbitMQ does not have (404) counts as passed."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What is no URL."""
        if not self.url.startswith(("http://", "https://")):
            yield "url", f"{self.url!r} is no http or https URL; write http://127.0.0.1:15672"
        if not self.checks:
            yield "checks", "is empty, so nothing is waited for; leave it out"


@dataclass(frozen=True, slots=True)
class DrainSettings:
    """How long a drain may take, and what its actions must know. Which actions there are, the profile says."""

    grace: Annotated[float, "seconds"] | None = None
    """The pod's terminationGracePeriodSeconds, in which preStop and SIGTERM both have to fit. The downward API does not tell
    it. Without it: what the profile says that the service's end needs."""
    margin: Annotated[float, "seconds"] = 15.0
    """Kept free at its end for the service's own shutdown: its graceful_shutdown_timeout where it has one, and some seconds."""
    settle: Annotated[float, "seconds"] = 5.0
    """Between not being ready and the first action: so long do endpoints, kube-proxy and load balancers need to notice."""
    pause: Annotated[float, "seconds"] = 1.0
    """Between two looks at what is in flight."""
    file: FileSettings | None = None
    """Where this and the next ones are left out, what the profile says holds, and where that says nothing the defaults."""
    idle: IdleSettings | None = None
    """Connections."""
    work: WorkSettings | None = None
    """What is in flight by the log."""
    galera: GaleraSettings | None = None
    """The node of a Galera cluster; it needs a user with a password."""
    rabbitmq: RabbitmqSettings | None = None
    """The node of a RabbitMQ cluster; it needs a user with a password."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What cannot work: (key, what and what to do)."""
        if self.grace is not None and self.grace <= self.margin + self.settle:
            yield "grace", f"leaves nothing after margin ({self.margin:g} s) and settle ({self.settle:g} s); raise it"
        if self.margin < 0 or self.settle < 0:
            yield "margin", "and settle must not be negative"
        if self.pause < 0.1:
            yield "pause", "is less than 100ms; a second is often enough"


def split(address: str, port: int = 3306) -> tuple[str, int] | None:
    """`host:port`, `[v6]:port` or `host` as host and port; None for anything else."""
    host, colon, digits = address.rpartition(":")
    if not colon:
        return (address, port) if address else None
    if not (digits.isascii() and digits.isdigit() and 0 < int(digits[:6]) < 65536) or not host:
        return None
    return host.removeprefix("[").removesuffix("]"), int(digits)
