"""The cluster behind the nodes' answers: who is a member, in how many components, how far behind, and how close to the edge."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from exporters.galera.history import Member, by_name
from exporters.galera.joining import Joiner
from exporters.galera.node import Failure, Node
from exporters.galera.snapshot import SAME_INSTANT, Snapshot


@dataclass(frozen=True, slots=True)
class Cluster:
    """A snapshot, looked at as one cluster. Members go by their names."""

    snapshot: Snapshot
    nodes: Mapping[str, Node]
    failures: Mapping[str, Failure]
    components: tuple[frozenset[str], ...]

    @property
    def primary(self) -> dict[str, Node]:
        """The members of a Primary component that were read."""
        return {name: node for name, node in self.nodes.items() if node.primary}

    @property
    def view(self) -> Node | None:
        """A node of the newest Primary view."""
        return max(self.primary.values(), key=lambda node: node.view or 0, default=None)

    @property
    def size(self) -> int:
        """Members of the newest Primary view, as its nodes say."""
        return self.view.size if self.view else 0

    @property
    def expected(self) -> int:
        """Members that there should be."""
        return self.snapshot.wanted or max(self.snapshot.configured, self.snapshot.history.largest())

    @property
    def joining(self) -> tuple[Joiner, ...]:
        """Those on their way in."""
        return self.snapshot.history.joiners

    @property
    def absent(self) -> tuple[Member, ...]:
        """Members that were read within a day and are not now."""
        members = self.snapshot.history.members.values()
        return tuple(member for member in members if member.name not in self.nodes)

    def lags(self) -> dict[str, int]:
        """Write sets behind the foremost member, for those that were asked in the same instant."""
        asked = [node.asked_at for node in self.primary.values()]
        instant = {
            name: node
            for name, node in self.primary.items()
            if node.committed is not None and node.asked_at - min(asked) <= SAME_INSTANT
        }
        foremost = max((node.committed or 0 for node in instant.values()), default=0)
        return {name: foremost - (node.committed or 0) for name, node in instant.items()}

    def listing(self) -> dict[tuple[str, str], bool]:
        """(member, peer) -> whether the member sees the peer in its component. Only peers whose address is known."""
        known = {member.name: member.address for member in self.snapshot.history.members.values() if member.address}
        known |= {
            peer.name: peer.address for node in self.nodes.values() for peer in node.peers or () if peer.name and peer.address
        }
        return {
            (name, peer): address in node.listed
            for name, node in self.nodes.items()
            if node.listed
            for peer, address in known.items()
        }

    def spare(self) -> int | None:
        """Members that the Primary component may lose at once and still have a quorum; None where there is none.

        Counted from those that are alive: one that does not answer has as good as left.
        """
        view = self.view
        if view is None:
            return None
        weights = sorted(self._weights(view).values(), reverse=True)
        total = float(view.status.get("cluster_weight") or 0) or float(view.size)
        left = total - self._silent_weight()
        lost = 0
        for weight in weights:
            left -= weight
            if left * 2 <= total:
                break
            lost += 1
        return lost

    def one_loss_ends_it(self) -> bool:
        """Whether the loss of one more member ends the quorum, in a cluster that is smaller than it should be."""
        alive = self.size - len(self._silent_members())
        return self.spare() == 0 and alive < self.expected and self.expected > 2

    def _silent_members(self) -> list[str]:
        """Counted by the group, and dead or frozen: it will notice in seconds."""
        joining = {joiner.name for joiner in self.joining}
        view = self.view
        if view is None:
            return []
        members = self.snapshot.history.members
        return [
            name
            for name, failure in self.failures.items()
            if not failure.reachable and name not in joining and name in members and members[name].view == view.view
        ]

    def _silent_weight(self) -> float:
        weights = {member.name: member.weight for member in self.snapshot.history.members.values()}
        return sum(weights.get(name, 1.0) for name in self._silent_members())

    def _weights(self, view: Node) -> dict[str, float]:
        """Of all that are alive in the view: as configured where it was read, else 1."""
        weights = {name: node.weight for name, node in self.primary.items() if node.view == view.view}
        known = self.snapshot.history.members
        alive = view.size - len(self._silent_members())
        for name in [joiner.name for joiner in self.joining] + [name for name, one in self.failures.items() if one.reachable]:
            if len(weights) < alive:
                weights.setdefault(name, known[name].weight if name in known else 1.0)
        weights.update({f"#{number}": 1.0 for number in range(len(weights), alive)})
        return weights


def look(snapshot: Snapshot) -> Cluster:
    """See a snapshot as a cluster."""
    nodes = by_name(snapshot.read)
    failures = {}
    for failure in snapshot.failures:
        name = snapshot.history.known_as(failure.target)
        failures[failure.target if name in nodes or name in failures else name] = failure
    return Cluster(snapshot, nodes, failures, _components(nodes, lasting=snapshot.history.split == (True, True)))


def _components(nodes: Mapping[str, Node], *, lasting: bool) -> tuple[frozenset[str], ...]:
    """The Primary components, by members. More than one is a split brain.

    Two nodes are in one component when one of them lists the other. The number of the view does not tell: both parts of a
    split brain may have come to the same one, and while membership changes, or for a moment after a frozen node wakes up,
    members of one component have different ones. Where addresses tell nothing (AUTO), the place in the view must do, and
    different views must have lasted for two readings.
    """
    groups: list[set[str]] = []
    for name, node in nodes.items():
        if not node.primary:
            continue
        joined = [group for group in groups if any(_together(node, nodes[other], lasting=lasting) for other in group)]
        groups = [group for group in groups if group not in joined]
        groups.append({name}.union(*joined))
    return tuple(frozenset(group) for group in groups)


def _together(one: Node, other: Node, *, lasting: bool) -> bool:
    if one.history_uuid and other.history_uuid and one.history_uuid != other.history_uuid:
        return False
    if one.address in one.listed and other.address in other.listed:
        return one.address in other.listed or other.address in one.listed
    if one.view == other.view:
        return one.size == other.size and one.status.get("local_index") != other.status.get("local_index")
    return not lasting


def histories(nodes: Iterable[Node]) -> set[str]:
    """The histories that the nodes' data belong to; more than one and some of the data are not the cluster's."""
    return {node.history_uuid for node in nodes if node.history_uuid}
