"""Who is on its way into the cluster. A node that receives a state transfer does not answer SQL: the others tell of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from exporters.galera.node import DONOR, JOINED, JOINING, Failure, Node

if TYPE_CHECKING:
    from exporters.galera.history import Member


@dataclass(frozen=True, slots=True)
class Joiner:
    """`since`: the first reading that saw it join, in seconds of the monotonic clock. `donor`: empty where none can be told.

    `by`: an incremental transfer where its last known position is still in somebody's gcache, else a full copy.
    """

    name: str
    since: float
    donor: str
    by: Literal["ist", "sst"]


def joiners(
    nodes: Sequence[Node | Failure],
    named: Mapping[str, str],
    members: Mapping[str, "Member"],
    before: Iterable[Joiner],
    now: float,
) -> tuple[Joiner, ...]:
    """`named`: target -> member of the nodes that were read, `members` and `before`: as of the reading before this one."""
    read = [node for node in nodes if isinstance(node, Node)]
    earlier = {joiner.name: joiner for joiner in before}
    donors = [named[node.target] for node in read if node.primary and node.state == DONOR and not node.desync_wanted]
    names = [named[node.target] for node in read if node.state in {JOINING, JOINED}]
    names += [name for name in _unheard(nodes, read, named, members) if name not in names]
    found = []
    for name in names:
        known = earlier.get(name)
        if not (known or donors or name in members or name in named.values()):
            continue  # nobody has ever seen it, and nobody feeds it: it may just as well have died
        donor = ", ".join(one for one in sorted(donors) if one != name) or (known.donor if known else "")
        by = known.by if known else _kind(members.get(name), read)
        found.append(Joiner(name, known.since if known else now, donor, by))
    return tuple(found)


def can_serve(donor: Node, history_uuid: str | None, committed: int | None) -> bool:
    """Whether all that a node at this position has missed is still in the donor's gcache."""
    if committed is None or donor.cached_from is None or donor.history_uuid != history_uuid:
        return False
    return donor.cached_from <= committed + 1


def _kind(member: "Member | None", read: Iterable[Node]) -> Literal["ist", "sst"]:
    if member is None:
        return "sst"
    possible = any(can_serve(node, member.history_uuid, member.committed) for node in read if node.primary)
    return "ist" if possible else "sst"


def _unheard(
    nodes: Sequence[Node | Failure], read: Sequence[Node], named: Mapping[str, str], members: Mapping[str, "Member"]
) -> list[str]:
    """Members that the group counts, and that do not listen for SQL.

    One that was a member of this very view when it was last read is not among them: it has just died, and the others will
    notice within seconds.
    """
    view = max((node for node in read if node.primary), key=lambda node: node.view or 0, default=None)
    if view is None:
        return []
    by_target = {member.target: member for member in sorted(members.values(), key=lambda member: member.seen_at)}

    def listed(member: "Member | None") -> bool | None:
        return member.address in view.listed if member is not None and member.address and view.listed else None

    candidates, others = [], 0
    for node in nodes:
        member = by_target.get(node.target)
        if not isinstance(node, Failure) or listed(member) is False:
            continue
        if node.word != "unreachable":
            others += 1
        elif member is None or member.view != view.view:
            candidates.append(member.name if member else node.target)
    known = {*named.values(), *candidates, *(member.name for target, member in by_target.items() if target in named)}
    targets = {node.target for node in nodes}
    # Of a headless service: a pod that is not ready has no address there.
    hidden = [member for member in members.values() if member.target not in targets and member.name not in known]
    candidates += [member.name for member in hidden if listed(member) and member.view != view.view]
    # An arbitrator has no address, so it counts in the size only; where no address is known, the size is all there is.
    inside = sum(1 for node in read if node.primary and node.view == view.view)
    return candidates[: max(0, (len(view.listed) or view.size) - inside - others)]
