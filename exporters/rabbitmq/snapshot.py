"""What is known of a cluster after one fetch. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from exporters.rabbitmq.management import Alarm, Peer, QuorumCritical
from exporters.rabbitmq.scrape import ALARMS, NodeFigures
from exporters.rabbitmq.view import OsloView

SOURCES = ("metrics", "queues", "management")
"""What a member is asked for: `/metrics`, `/metrics/detailed`, the management API."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a source gave nothing: a word for a label, and the line for a person."""

    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class Member:
    """A node as it was asked in this fetch. What it did not tell is None or empty; `failures` says why, by source.

    `name` is its Erlang name, or its address while that was never known. `peers` are the members as it sees them, `alarms` all
    that it knows of in the cluster, `critical` the quorum queues that would lose their quorum without it.
    """

    name: str
    address: str
    failures: Mapping[str, Failure] = field(default_factory=dict)
    figures: NodeFigures | None = None
    peers: tuple[Peer, ...] | None = None
    alarms: tuple[Alarm, ...] | None = None
    critical: QuorumCritical | None = None

    @property
    def answers(self) -> bool:
        """Whether anything of it answered, be it a refusal."""
        silent = {"unreachable", "timeout"}
        return self.figures is not None or any(
            source not in self.failures or self.failures[source].reason not in silent for source in SOURCES
        )


@dataclass(frozen=True, slots=True)
class QueueListing:
    """What only the management API knows of the queues. Keys begin with the class."""

    types: Mapping[tuple[str, str], int] = field(default_factory=dict)
    down: Mapping[str, int] = field(default_factory=dict)
    lasting: Mapping[str, int] = field(default_factory=dict)
    """Fanout and reply queues that never expire: they stay when their reader is gone."""


@dataclass(frozen=True, slots=True)
class ConnectionListing:
    """Connections by (service, state), channels by service. `named` is False where the broker keeps no statistics."""

    named: bool = True
    connections: Mapping[tuple[str, str], int] = field(default_factory=dict)
    channels: Mapping[str, int] = field(default_factory=dict)
    folded: int = 0

    def blocked(self) -> dict[str, int]:
        """Service -> its connections that are blocked, or will be with their next message."""
        found: dict[str, int] = {}
        for (client, state), count in self.connections.items():
            if state in {"blocked", "blocking"} and count:
                found[client] = found.get(client, 0) + count
        return found


@dataclass(frozen=True, slots=True)
class SlowLane:
    """The newest whole listings, and how old they are in seconds. `failures` by listing (`queues`, `connections`)."""

    queues: QueueListing | None = None
    queues_age: float = 0.0
    connections: ConnectionListing | None = None
    connections_age: float = 0.0
    failures: Mapping[str, Failure] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClusterSnapshot:
    """One fetch. `dropped_rate` and `returned_rate` are messages per second; None: not two fetches yet."""

    cluster: str
    members: tuple[Member, ...]
    view: OsloView
    slow: SlowLane = field(default_factory=SlowLane)
    dropped_rate: float | None = None
    returned_rate: float | None = None
    requests: int = 0
    received: int = 0

    @property
    def reachable(self) -> bool:
        """Whether any member answered, be it with a refusal."""
        return any(member.answers for member in self.members)

    @property
    def alarms(self) -> frozenset[Alarm]:
        """All alarms in effect, whoever tells of them."""
        told = {alarm for member in self.members for alarm in member.alarms or ()}
        return frozenset(told.union(alarm for member in self.members for alarm in _own_alarms(member)))

    @property
    def known(self) -> dict[str, bool | None]:
        """Every member that is asked or that another one knows -> whether it runs. None: nobody can say.

        A node that has not told its name yet is not counted where its peers are told: it is among them.
        """
        running: dict[str, bool | None] = {}
        for member in self.members:
            for peer in member.peers or ():
                running[peer.name] = bool(running.get(peer.name)) or peer.running
        told = bool(running)
        for member in self.members:
            if member.figures is not None:
                running[member.name] = True
            elif not told or member.name != member.address:
                running.setdefault(member.name, None)
        return running


def _own_alarms(member: Member) -> set[Alarm]:
    if member.figures is None:
        return set()
    values = member.figures.values
    return {Alarm(member.name, resource) for resource, figure in ALARMS.items() if values.get(figure)}
