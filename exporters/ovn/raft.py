"""`cluster/status DB` of an ovsdb-server: its place in the raft cluster."""

import re
from dataclasses import dataclass

from exporters.ovs.daemon import integer, keyed

ROLES = ("leader", "follower", "candidate")
_ID = re.compile(r"[0-9a-f]{4}")
_LOG = re.compile(r"\[(\d{1,20}), (\d{1,20})\]")
_PEER = re.compile(r"^ +([0-9a-f]{4}) \([0-9a-f]{4} at ([^ )]+)\)(.*)$", re.MULTILINE)
_FIGURE = re.compile(r"(next_index|match_index)=(\d{1,20})(?!\d)|last msg (\d{1,20}) ms ago")


@dataclass(frozen=True, slots=True)
class Peer:
    """Another server of the cluster. What the leader has sent it, and how long ago it was last heard, in seconds."""

    server: str
    address: str
    next_index: int | None
    match_index: int | None
    silent: float | None


@dataclass(frozen=True, slots=True)
class Raft:
    """`server`, `cluster`, `leader`, `vote`: four hex digits, as OVS writes them; empty where it knows none. Time in seconds.

    `first` and `next` are the ends of the log. `heard`, `sent`: connections of other servers to it, and of it to them.
    """

    server: str
    cluster: str
    address: str
    member: bool
    role: str | None
    term: int | None
    leader: str
    election_timer: float | None
    first: int | None
    next: int | None
    uncommitted: int | None
    unapplied: int | None
    heard: int
    sent: int
    disconnections: int | None
    peers: tuple[Peer, ...]

    @property
    def servers(self) -> int:
        """Servers of the cluster, itself included."""
        return len(self.peers) + 1


def raft(text: str) -> Raft | None:
    """Read it; None where this is no status of a member.

    Server ID: b6fb (b6fbf7c3-e755-4d09-9894-59c6a8d1542b)
    Role: leader
    Connections: <-4d5e ->4d5e (->f8f4)
    Servers:
        f8f4 (f8f4 at tcp:127.0.0.1:37915) next_index=15 match_index=14 last msg 15 ms ago

    A connection in brackets is one that is being made.
    """
    found = keyed(text.splitlines())
    own = _short(found.get("Server ID", ""))
    if not own:
        return None
    timer = integer(found, "Election timer")
    log = _LOG.match(found.get("Log", ""))
    ways = found.get("Connections", "").split()
    role = found.get("Role")
    leader = found.get("Leader", "")
    return Raft(
        server=own,
        cluster=_short(found.get("Cluster ID", "")),
        address=found.get("Address", ""),
        member=found.get("Status") == "cluster member",
        role=role if role in ROLES else None,
        term=integer(found, "Term"),
        leader=own if leader == "self" else _short(leader),
        election_timer=None if timer is None else timer / 1000,
        first=int(log.group(1)) if log else None,
        next=int(log.group(2)) if log else None,
        uncommitted=integer(found, "Entries not yet committed"),
        unapplied=integer(found, "Entries not yet applied"),
        heard=sum(way.startswith("<-") for way in ways),
        sent=sum(way.startswith("->") for way in ways),
        disconnections=integer(found, "Disconnections"),
        peers=tuple(_peer(*each.groups()) for each in _PEER.finditer(text) if each.group(1) != own),
    )


def _short(text: str) -> str:
    found = _ID.match(text)
    return found.group() if found else ""


def _peer(server: str, address: str, rest: str) -> Peer:
    figures: dict[str, int] = {}
    for index, value, silent in _FIGURE.findall(rest):
        figures[index or "silent"] = int(value or silent)
    silent = figures.get("silent")
    return Peer(
        server=server,
        address=address,
        next_index=figures.get("next_index"),
        match_index=figures.get("match_index"),
        silent=None if silent is None else silent / 1000,
    )
