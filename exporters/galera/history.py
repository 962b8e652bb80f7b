"""What earlier readings have left: who was there, how large the cluster was, and how fast things move.

A value: each reading makes a new one out of the one before. All of it has a bound. It is lost when the process ends.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from exporters.galera.joining import Joiner, joiners
from exporters.galera.node import Failure, Node

DAY = 86_400.0
"""Seconds that a member is remembered, and the largest size."""
HOUR = 3_600.0
RATE = 120.0
"""Seconds over which rates are taken: long enough for a quiet cluster, short enough to see a stall end."""
_MEMBERS = 64
_CHANGES = 100
_POINT_EVERY = 2.0


@dataclass(frozen=True, slots=True)
class Member:
    """A node as it was last read. `lost_at`: the first reading without it, None while it is read."""

    name: str
    target: str
    seen_at: float
    committed: int | None
    history_uuid: str | None
    view: int | None
    uuid: str | None
    address: str | None
    weight: float
    cached_from: int | None
    lost_at: float | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """Totals at a moment, for rates. `paused` and `moved`: seconds and bytes by member."""

    at: float
    committed: int | None
    paused: Mapping[str, float]
    moved: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class History:
    """`names`: UUID in the group -> member, `sizes`: (when, size), falling. `changed_at`: changes of view in the last hour.

    `wrapped`: UUIDs of nodes whose gcache was seen to drop its oldest write sets. `split`: whether the readings showed
    Primary nodes in different views, at the last reading and at the one before.
    """

    members: Mapping[str, Member] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    joiners: tuple[Joiner, ...] = ()
    sizes: tuple[tuple[float, int], ...] = ()
    points: tuple[Point, ...] = ()
    view: tuple[str | None, int] | None = None
    primary: bool = False
    changes: int = 0
    changed_at: tuple[float, ...] = ()
    wrapped: frozenset[str] = frozenset()
    split: tuple[bool, bool] = (False, False)

    def after(self, nodes: Sequence[Node | Failure], now: float) -> "History":
        """With one more reading, at `now` (seconds of the monotonic clock)."""
        read = [node for node in nodes if isinstance(node, Node)]
        named = {node.target: name for name, node in by_name(read).items()}
        members = self._members(read, named, now)
        kept = sorted(members.values(), key=lambda member: member.seen_at)[-_MEMBERS:]
        names = {**self.names, **{node.uuid: named[node.target] for node in read if node.uuid}}
        names |= {peer.uuid: peer.name for node in read for peer in node.peers or () if peer.name and peer.uuid not in names}
        return replace(
            self._viewed(read, now),
            members={member.name: member for member in kept},
            names=dict(list(names.items())[-_MEMBERS:]),
            joiners=joiners(nodes, named, self.members, self.joiners, now),
            sizes=_largest(self.sizes, max((node.size for node in read if node.primary), default=0), now),
            points=_points(self.points, _point(read, named, now)),
            wrapped=self._wrapped(read, named),
            split=(len({(node.history_uuid, node.view) for node in read if node.primary}) > 1, self.split[0]),
        )

    def largest(self) -> int:
        """The largest size of a Primary component within a day; 0 where there was none."""
        return self.sizes[0][1] if self.sizes else 0

    def rate(self) -> float | None:
        """Write sets a second, over the whole cluster. None until there are two readings."""
        first, last = self._span()
        if first is None or last is None or first.committed is None or last.committed is None:
            return None
        return max(0.0, (last.committed - first.committed) / (last.at - first.at))

    def moved_rate(self, member: str) -> float | None:
        """Bytes of write sets a second that go through a member's gcache."""
        first, last = self._span()
        return _rate(first, last, first.moved.get(member), last.moved.get(member)) if first and last else None

    def paused_part(self, member: str) -> float | None:
        """The part of the last minutes in which a member saw replication stand still, 0 to 1."""
        first, last = self._span()
        part = _rate(first, last, first.paused.get(member), last.paused.get(member)) if first and last else None
        return min(1.0, part) if part is not None else None

    def known_as(self, target: str) -> str:
        """The name of the node at an address: that of the one last read there, else the address."""
        there = [member for member in self.members.values() if member.target == target]
        return max(there, key=lambda member: member.seen_at).name if there else target

    def _span(self) -> tuple[Point | None, Point | None]:
        return (self.points[0], self.points[-1]) if len(self.points) > 1 else (None, None)

    def _members(self, read: Iterable[Node], named: Mapping[str, str], now: float) -> dict[str, Member]:
        members = {}
        for name, member in self.members.items():
            if now - member.seen_at <= DAY:
                members[name] = member if member.lost_at is not None else replace(member, lost_at=now)
        for node in read:
            before = self.members.get(named[node.target])
            committed, uuid = node.committed, node.history_uuid
            if before and node.history_uuid is None:  # a joiner that has no data yet: what counts is what it had
                committed, uuid = before.committed, before.history_uuid
            members[named[node.target]] = Member(
                name=named[node.target],
                target=node.target,
                seen_at=now,
                committed=committed,
                history_uuid=uuid,
                view=node.view if node.primary else None,
                uuid=node.uuid,
                address=node.address or (before.address if before else None),
                weight=node.weight,
                cached_from=node.cached_from,
            )
        return members

    def _viewed(self, read: Iterable[Node], now: float) -> "History":
        """Views are numbered, so that changes between two readings are counted too."""
        views = [(node.view, node.history_uuid) for node in read if node.primary and node.view is not None]
        if not views:
            lost = self.primary and any(True for _ in read)
            return self._changed(int(lost), now, self.view, primary=self.primary and not lost)
        number, uuid = max(views, key=lambda view: view[0] or 0)
        view = (uuid, number or 0)
        if self.view is None or self.view == view:
            return self._changed(0, now, view, primary=True)
        steps = view[1] - self.view[1] if view[0] == self.view[0] else 1
        return self._changed(steps if steps > 0 else 1, now, view, primary=True)

    def _changed(self, steps: int, now: float, view: tuple[str | None, int] | None, *, primary: bool) -> "History":
        recent = tuple(at for at in self.changed_at if now - at <= HOUR)
        changed_at = (*recent, *[now] * min(steps, _CHANGES))[-_CHANGES:]
        return replace(self, view=view, primary=primary, changes=self.changes + steps, changed_at=changed_at)

    def _wrapped(self, read: Iterable[Node], named: Mapping[str, str]) -> frozenset[str]:
        wrapped = set()
        for node in read:
            before = self.members.get(named[node.target])
            moved = before and before.uuid == node.uuid and (node.cached_from or 0) > (before.cached_from or 0) > 0
            if node.uuid and (moved or node.uuid in self.wrapped):
                wrapped.add(node.uuid)
        return frozenset(wrapped)


def by_name(read: Iterable[Node]) -> dict[str, Node]:
    """The nodes by the name of the member: that of the node, or its address where two have the same name."""
    nodes = list(read)
    count = Counter(node.name for node in nodes)
    return {(node.name if count[node.name] == 1 else node.target): node for node in nodes}


def _largest(sizes: tuple[tuple[float, int], ...], size: int, now: float) -> tuple[tuple[float, int], ...]:
    """Only sizes that may still become the largest one of the last day: each is larger than all after it."""
    recent = [(at, one) for at, one in sizes if now - at <= DAY and one > size]
    return (*recent, (now, size)) if size else tuple(recent)


def _point(read: Sequence[Node], named: Mapping[str, str], now: float) -> Point:
    return Point(
        at=now,
        committed=max((node.committed for node in read if node.primary and node.committed is not None), default=None),
        paused={named[node.target]: node.paused_seconds for node in read if node.paused_seconds is not None},
        moved={named[node.target]: node.moved_bytes for node in read if node.moved_bytes is not None},
    )


def _points(points: tuple[Point, ...], point: Point) -> tuple[Point, ...]:
    """The last is always the newest; of the others, those that reach back over the time that a rate is taken."""
    thinned = points[:-1] if len(points) > 1 and points[-1].at - points[-2].at < _POINT_EVERY else points
    recent = [one for one in thinned if point.at - one.at <= RATE]
    return (*(recent or thinned[-1:]), point)


def _rate(first: Point | None, last: Point | None, before: float | None, after: float | None) -> float | None:
    """None where one is missing, or the count has begun anew."""
    if first is None or last is None or before is None or after is None or after < before:
        return None
    return (after - before) / (last.at - first.at)
