"""Which part of a cloud waits for which: a graph, its order of starting, and its circles. Pure.

A node is a workload (`nova-compute`), a service (`service/nova-api`, which needs the workload behind it), or a job
(`job/nova-db-sync`).
"""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from probes.wait.openstack_helm import WORKLOADS
from probes.wait.openstack_helm_jobs import JOBS


class UnknownNodeError(LookupError):
    """There is no such node. `str()` names what is near."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True, slots=True)
class Node:
    """One part. `needs`: names of nodes, as declared; `own_node`: those of them that count on the same machine only."""

    name: str
    needs: tuple[str, ...] = ()
    own_node: frozenset[str] = frozenset()


BEHIND = {
    "mariadb": "mariadb-server",
    "nova-api": "nova-api-osapi",
    "nova-metadata": "nova-api-metadata",
    "kibana-dash": "kibana",
    "elasticsearch-logging": "elasticsearch-client",
    "elasticsearch-discovery": "elasticsearch-master",
    "minidns": "designate-mdns",
    "ceph-mon-discovery": "ceph-mon",
}
"""The workload behind a service, where it has another name."""


def nodes_of(workloads: str = WORKLOADS, jobs: str = JOBS, behind: Mapping[str, str] = BEHIND) -> dict[str, Node]:
    """All nodes by their names, of tables as they stand in the two modules."""
    made = {node.name: node for node in (*_read(workloads, ""), *_read(jobs, "job/"))}
    for need in sorted({need for node in made.values() for need in node.needs} - made.keys()):
        name = need.removeprefix("service/")
        made[need] = Node(need, (behind.get(name, name),) if need != name else ())
        for workload in made[need].needs:
            made.setdefault(workload, Node(workload))
    return made


def _read(table: str, prefix: str) -> Iterator[Node]:
    for line in table.replace("\n    ", " ").splitlines():
        name, _, rest = line.partition(":")
        words = rest.split()
        own = frozenset(_name(word) for word in words if word.endswith("@node"))
        yield Node(prefix + name, tuple(dict.fromkeys(map(_name, words))), own)


def _name(word: str) -> str:
    if word.startswith("job/"):
        return word
    if word.startswith("pod/"):
        return word.removeprefix("pod/").removesuffix("@node")
    return f"service/{word}"


def node_of(name: str, nodes: Mapping[str, Node]) -> Node:
    """The node of this name; the prefix of a service or job may be left out. Raises UnknownNodeError."""
    for one in (name, f"service/{name}", f"job/{name}"):
        if one in nodes:
            return nodes[one]
    near = difflib.get_close_matches(name, nodes, 3)
    said = f"did you mean {', '.join(near)}?" if near else "stratoscope wait --explain shows all"
    raise UnknownNodeError(f"openstack-helm has no workload {name!r}; {said}")


def below(name: str, nodes: Mapping[str, Node]) -> dict[str, Node]:
    """A node and all that it needs, directly or not."""
    found: dict[str, Node] = {}
    left = [name]
    while left:
        one = left.pop()
        if one not in found:
            found[one] = nodes[one]
            left += nodes[one].needs
    return found


def groups(nodes: Mapping[str, Node]) -> list[tuple[str, ...]]:
    """The nodes in the order in which they can start, each behind all that it needs; those that wait for each other together.

    Tarjan's strongly connected components, without recursion.
    """
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    held: set[str] = set()
    found: list[tuple[str, ...]] = []
    for root in sorted(nodes):
        if root in index:
            continue
        walk = [(root, iter(nodes[root].needs))]
        index[root] = low[root] = len(index)
        stack.append(root)
        held.add(root)
        while walk:
            name, needs = walk[-1]
            need = next(needs, None)
            if need is None:
                walk.pop()
                if walk:
                    low[walk[-1][0]] = min(low[walk[-1][0]], low[name])
                if low[name] == index[name]:
                    found.append(_popped(name, stack, held))
            elif need not in index:
                index[need] = low[need] = len(index)
                stack.append(need)
                held.add(need)
                walk.append((need, iter(nodes[need].needs)))
            elif need in held:
                low[name] = min(low[name], index[need])
    return found


def _popped(name: str, stack: list[str], held: set[str]) -> tuple[str, ...]:
    """One component off the stack."""
    members: list[str] = []
    while not members or members[-1] != name:
        members.append(stack.pop())
        held.discard(members[-1])
    return tuple(sorted(members))


def circles(nodes: Mapping[str, Node]) -> list[tuple[str, ...]]:
    """Nodes that wait for each other, and so never start."""
    return [group for group in groups(nodes) if len(group) > 1 or group[0] in nodes[group[0]].needs]


def waves(nodes: Mapping[str, Node]) -> list[tuple[str, ...]]:
    """What can start at once, what can when that is there, and so on; what is in a circle counts as if it waited for nobody."""
    level: dict[str, int] = {}
    for group in groups(nodes):
        inside = set(group)
        first = 1 + max((level[need] for name in group for need in nodes[name].needs if need not in inside), default=-1)
        level |= dict.fromkeys(group, first)
    return [tuple(sorted(_at(level, number))) for number in range(max(level.values(), default=-1) + 1)]


def _at(level: Mapping[str, int], number: int) -> Iterable[str]:
    return (name for name, at in level.items() if at == number)


NODES = nodes_of()
"""openstack-helm with its default values."""
