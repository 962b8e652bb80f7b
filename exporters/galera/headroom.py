"""For how long a member may be away and still come back by an incremental transfer (IST) instead of a full copy (SST).

A joiner gets the write sets that it has missed from a donor's gcache, a ring of `gcache.size` bytes. Once the ring has gone
round, its oldest write set (`wsrep_local_cached_downto`) moves up with every new one, and the window counted in write sets is
exact. Before that the window still grows, so it is estimated from the bytes that flow, and marked as such.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from exporters.galera import values
from exporters.galera.cluster import Cluster
from exporters.galera.history import History, Member
from exporters.galera.joining import can_serve
from exporters.galera.node import Node


@dataclass(frozen=True, slots=True)
class Headroom:
    """`seqnos`: write sets, `seconds`: at the rate of the last minutes (infinite where nothing is written)."""

    seqnos: float
    seconds: float | None
    estimated: bool


@dataclass(frozen=True, slots=True)
class Return:
    """How a member that is away could come back. `missing`: write sets; `seconds`: until only a full copy is left."""

    member: Member
    missing: int | None
    ist: bool
    seconds: float | None


def window(node: Node) -> int | None:
    """Write sets in a node's gcache."""
    if node.committed is None or node.cached_from is None:
        return None
    return max(0, node.committed - node.cached_from)


def headrooms(cluster: Cluster) -> dict[str, Headroom]:
    """Of each member that takes part, were it to leave now: what the best of the others could still give it."""
    donors = _donors(cluster)
    given = {name: _given(name, node, cluster.snapshot.history) for name, node in donors.items()}
    found = {}
    for name in cluster.primary:
        others = [headroom for donor, headroom in given.items() if donor != name and headroom is not None]
        if others:
            found[name] = max(others, key=lambda one: (one.seconds or 0.0, one.seqnos))
    return found


def returns(cluster: Cluster) -> dict[str, Return]:
    """Of each member that is away. What it did after it was last read is not known: it may miss less than is said."""
    donors = _donors(cluster)
    return {member.name: _return(member, donors, cluster.snapshot.history) for member in cluster.absent}


def _donors(cluster: Cluster) -> dict[str, Node]:
    return {name: node for name, node in cluster.primary.items() if node.synced and window(node) is not None}


def _given(name: str, node: Node, history: History) -> Headroom | None:
    seqnos = window(node)
    rate = history.rate()
    if seqnos is None:
        return None
    capacity, flow = values.size(node.options.get("gcache.size")), history.moved_rate(name)
    if _wrapped(node, history) or not capacity or flow is None:
        return Headroom(seqnos, _divided(seqnos, rate), estimated=not _wrapped(node, history))
    seconds = _divided(capacity, flow)
    if rate and flow:
        seqnos = max(seqnos, int(capacity * rate / flow))
    return Headroom(seqnos, seconds, estimated=True)


def _return(member: Member, donors: Mapping[str, Node], history: History) -> Return:
    if member.committed is None or not donors:
        return Return(member, None, ist=False, seconds=None)
    foremost = max(donor.committed or 0 for donor in donors.values())
    able = {name: node for name, node in donors.items() if can_serve(node, member.history_uuid, member.committed)}
    left = [_left(name, node, member.committed, history) for name, node in able.items()]
    known = [seconds for seconds in left if seconds is not None]
    seconds = max(known) if known else (None if able else 0.0)
    return Return(member, max(0, foremost - member.committed), ist=bool(able), seconds=seconds)


def _left(name: str, node: Node, committed: int, history: History) -> float | None:
    """Seconds until this donor drops the first write set that is missing."""
    rate, flow = history.rate(), history.moved_rate(name)
    capacity = values.size(node.options.get("gcache.size"))
    if _wrapped(node, history) or not capacity or flow is None:
        return _divided(committed + 1 - (node.cached_from or 0), rate)
    written = ((node.committed or 0) - committed) * flow / rate if rate else 0.0
    return _divided(max(0.0, capacity - written), flow)


def _wrapped(node: Node, history: History) -> bool:
    """Whether the ring has gone round: it was seen to drop something, or more went through than fits."""
    capacity, moved = values.size(node.options.get("gcache.size")), node.moved_bytes
    return node.uuid in history.wrapped or bool(capacity and moved and moved > capacity)


def _divided(amount: float, rate: float | None) -> float | None:
    if rate is None:
        return None
    return amount / rate if rate else math.inf
