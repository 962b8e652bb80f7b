"""What one says about a Galera cluster. No I/O."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from parsers.secret import Secret

PORT = 3306
_SERVICE = "give either nodes (a list of host:port) or service (a headless service, as host:port)"


@dataclass(frozen=True, slots=True)
class GaleraTls:
    """TLS to the nodes. Without it nothing is encrypted."""

    ca: Path | None = None
    """The certificates that the nodes' are checked against; without it the system's."""
    verify: bool = True
    """Whether they are checked. Without, whoever sits in between reads the password."""
    name: str = ""
    """The name that the nodes' certificates have, where it is not their address; without it the host as in the settings."""
    certificate: Path | None = None
    """Our own, for users with REQUIRE X509."""
    key: Path | None = None
    """Its key; without it `certificate` holds both."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What is of no use."""
        if self.key and not self.certificate:
            yield "key", "is of no use without certificate"


@dataclass(frozen=True, slots=True)
class GaleraThresholds:
    """From when on a figure is a reason for the verdict (`exporters.galera.reasons`). The figures are exported anyway."""

    lag: int = 10_000
    """Write sets that a member may be behind the foremost one. A busy control plane commits 1,000 a second: ten seconds."""
    recv_queue: int = 1_000
    """Write sets received and not yet applied; flow control begins at 16 times the square root of the members by default."""
    paused: float = 0.1
    """The part of the last minutes (0 to 1) in which replication stood still for flow control."""
    ist_headroom: Annotated[float, "seconds"] = 1800.0
    """A member that leaves now should be able to stay away for so long: what a reboot with firmware takes, twice."""
    view_changes: int = 6
    """Changes of membership within an hour; a restart of a node makes two."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What cannot be reached."""
        if not 0 < self.paused <= 1:
            yield "paused", "is not between 0 and 1; 0.1 means a tenth of the time"


@dataclass(frozen=True, slots=True)
class GaleraSettings:
    """One cluster. `nodes` or `service`, one of them."""

    name: str
    """What the cluster is called here: the label `cluster` of all its metrics."""
    nodes: tuple[str, ...] = ()
    """The nodes as `host:port`; port 3306 may be left out."""
    service: str = ""
    """A name whose addresses are the nodes (a headless service), as `host:port`; looked up for every reading."""
    user: str = "stratoscope"
    """A user without privileges will do; SELECT on mysql.wsrep_cluster_members gives names to members that do not answer."""
    password: Secret | None = None
    """Of that user."""
    tls: GaleraTls | None = None
    """Without it: no TLS."""
    expected_size: int | None = None
    """Members that the cluster should have, arbitrators (garbd) included. Without it: the length of `nodes`, or the largest
    size of the last 24 hours where that was larger."""
    deadline: Annotated[float, "seconds"] = 3.0
    """A node that has not answered by then is left out of this reading. It answers in milliseconds or not at all."""
    variables_interval: Annotated[float, "seconds"] = 60.0
    """The configuration of a node (SHOW GLOBAL VARIABLES) is read so often; it changes by hand only."""
    thresholds: GaleraThresholds = field(default_factory=GaleraThresholds)
    """When a figure is a reason."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What is wrong across the fields: (key, what and what to do)."""
        if not self.name:
            yield "name", "is empty; name the cluster, it is the label `cluster` of its metrics"
        if self.expected_size is not None and self.expected_size < 1:
            yield "expected_size", "is less than 1; leave it out to take the largest size of the last 24 hours"
        if self.deadline <= 0:
            yield "deadline", "is not more than 0 seconds; a node needs some milliseconds"
        yield from self._address_mistakes()

    def _address_mistakes(self) -> Iterator[tuple[str, str]]:
        if bool(self.nodes) == bool(self.service):
            yield ("service" if self.service else "nodes"), _SERVICE
        for node in self.nodes:
            if parsed(node) is None:
                yield "nodes", f"{node!r} is not host:port; write db1.example.org:3306, or [2001:db8::1]:3306"
        if self.service and parsed(self.service) is None:
            yield "service", f"{self.service!r} is not host:port; write mariadb.openstack.svc:3306"
        if len({parsed(node) for node in self.nodes}) < len(self.nodes):
            yield "nodes", "names a node twice; each is read once"


def parsed(address: str) -> tuple[str, int] | None:
    """`host:port`, `host`, `[v6]:port` or `[v6]` as host and port; None for anything else."""
    if address.startswith("["):
        host, bracket, rest = address[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            return None
        port = rest[1:] if rest else str(PORT)
    else:
        host, colon, port = address.partition(":")
        port = port if colon else str(PORT)
    valid = host and not any(letter.isspace() for letter in host) and port.isascii() and port.isdigit()
    return (host, int(port)) if valid and 0 < int(port) < 65_536 else None
