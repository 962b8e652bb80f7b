"""What one node said, or why it said nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from exporters.galera import values

Word = Literal["unreachable", "timeout", "silent", "refused", "too_many_connections", "tls", "malformed"]
ALIVE: frozenset[Word] = frozenset({"refused", "too_many_connections", "tls", "malformed"})
"""It answers, only not to us: it may be a healthy member."""
INITIALIZED, JOINING, DONOR, JOINED, SYNCED, INCONSISTENT = range(6)
STATES = ("initialized", "joining", "donor_desynced", "joined", "synced", "inconsistent")
"""The values of `wsrep_local_state`, 0 to 5."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A row of mysql.wsrep_cluster_members: whom a node sees in its component (the last one it was part of)."""

    uuid: str
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a node could not be read: a word for metrics, and a line for a person."""

    target: str
    word: Word
    text: str

    @property
    def reachable(self) -> bool:
        """Whether it answered at all."""
        return self.word in ALIVE


@dataclass(frozen=True, slots=True)
class Node:
    """What a node said.

    `status` and `variables`: the wsrep variables, in small letters and without `wsrep_`. `asked_at`: seconds of the
    monotonic clock at which the question was sent, `took`: until the answer was there.
    `peers` None: not allowed to see, or not there.
    """

    target: str
    status: Mapping[str, str]
    variables: Mapping[str, str] = field(default_factory=dict)
    peers: tuple[Peer, ...] | None = None
    connections: float | None = None
    asked_at: float = 0.0
    took: float = 0.0

    @property
    def name(self) -> str:
        """`wsrep_node_name`, else the target."""
        return self.variables.get("node_name") or self.target

    @property
    def uuid(self) -> str | None:
        """Who it is in the group, until it is restarted."""
        return values.uuid(self.status.get("gcomm_uuid"))

    @property
    def address(self) -> str | None:
        """How it is written in `wsrep_incoming_addresses`, as far as can be told (its configuration may say AUTO)."""
        told = values.addresses(self.variables.get("node_incoming_address"))
        told += tuple(peer.address for peer in self.peers or () if peer.uuid == self.uuid and values.addresses(peer.address))
        told += (self.target,) if self.target in self.listed else ()
        return told[0] if told else None

    @property
    def primary(self) -> bool:
        """Whether it is part of a Primary component."""
        return self.status.get("cluster_status", "").lower() == "primary"

    @property
    def ready(self) -> bool:
        """Whether it takes SQL."""
        return values.flag(self.status.get("ready")) is True

    @property
    def state(self) -> int | None:
        """`wsrep_local_state`, 0 to 5."""
        return values.seqno(self.status.get("local_state"))

    @property
    def synced(self) -> bool:
        """Whether it has all data, and keeps up."""
        return self.state == SYNCED

    @property
    def committed(self) -> int | None:
        """The last write set that it has committed."""
        return values.seqno(self.status.get("last_committed"))

    @property
    def cached_from(self) -> int | None:
        """The oldest write set that it can still give to a joiner."""
        return values.seqno(self.status.get("local_cached_downto"))

    @property
    def history_uuid(self) -> str | None:
        """Which history its data belong to."""
        return values.uuid(self.status.get("local_state_uuid"))

    @property
    def view(self) -> int | None:
        """The number of its view; None outside a Primary component."""
        return values.seqno(self.status.get("cluster_conf_id"))

    @property
    def size(self) -> int:
        """Members of its component."""
        return values.seqno(self.status.get("cluster_size")) or 0

    @property
    def listed(self) -> tuple[str, ...]:
        """The addresses of the members of its component."""
        return values.addresses(self.status.get("incoming_addresses"))

    @property
    def desyncs(self) -> int:
        """Reasons in force for it not to keep up: a joiner that it feeds, FTWRL, a backup, wsrep_desync."""
        return values.seqno(self.status.get("desync_count")) or 0

    @property
    def desync_wanted(self) -> bool:
        """Whether an operator has set wsrep_desync."""
        return values.flag(self.variables.get("desync")) is True

    @property
    def options(self) -> dict[str, str]:
        """The provider's options."""
        return values.options(self.variables.get("provider_options"))

    @property
    def weight(self) -> float:
        """Its vote, `pc.weight`."""
        weight = values.number(self.options.get("pc.weight"))
        return weight if weight is not None else 1.0

    @property
    def moved_bytes(self) -> float | None:
        """Bytes of write sets that went through its gcache since it was started."""
        sent, received = (values.number(self.status.get(name)) for name in ("replicated_bytes", "received_bytes"))
        return sent + received if sent is not None and received is not None else None

    @property
    def paused_seconds(self) -> float | None:
        """For how long replication stood still for flow control, since it was started."""
        paused = values.number(self.status.get("flow_control_paused_ns"))
        return paused / 1e9 if paused is not None else None
