"""The queues of a cluster as oslo.messaging means them: some 100,000 figures become some hundred. Pure.

A queue is *orphaned* when it belongs to one process (fanout, reply) and nobody reads it: the process has gone.
It is *stuck* when it has messages, nobody reads it, and for a while the messages have not become fewer.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from exporters.rabbitmq.detailed import Depth, QueueId
from exporters.rabbitmq.oslo_names import Name, classified

OTHER = "other"
"""What is beyond a limit is added up under this name."""
VHOST_LIMIT = 50
"""Vhosts that have series of their own. Deployments have up to a dozen, one for each service."""
_NAMED = 10


@dataclass(slots=True)
class Counts:
    """Sums over some queues. `silent` are those without consumers."""

    queues: int = 0
    consumers: int = 0
    ready: int = 0
    unacked: int = 0
    silent: int = 0
    orphans: int = 0
    stuck: int = 0
    stuck_messages: int = 0

    def add(self, other: "Counts") -> None:
        """Add the counts of other queues."""
        self.queues += other.queues
        self.consumers += other.consumers
        self.ready += other.ready
        self.unacked += other.unacked
        self.silent += other.silent
        self.orphans += other.orphans
        self.stuck += other.stuck
        self.stuck_messages += other.stuck_messages

    @property
    def weight(self) -> tuple[int, int, int, int]:
        """What makes one more worth telling than another: trouble first, then size."""
        return (self.stuck_messages + self.ready, self.silent, self.consumers, self.queues)


class ClassKey(NamedTuple):
    """Labels of a class."""

    vhost: str
    kind: str


class TopicKey(NamedTuple):
    """Labels of a topic."""

    vhost: str
    kind: str
    topic: str


class Waiting(NamedTuple):
    """A queue that has messages and no consumers: since when (seconds of a monotonic clock), and its messages ready."""

    since: float
    ready: int


@dataclass(frozen=True, slots=True)
class OsloView:
    """What the queues say. `unserved` are topics that nobody reads, `stuck` some queues that are stuck; both for a person."""

    classes: Mapping[ClassKey, Counts] = field(default_factory=dict)
    topics: Mapping[TopicKey, Counts] = field(default_factory=dict)
    topics_folded: int = 0
    hosts: Mapping[str, Counts] = field(default_factory=dict)
    hosts_folded: int = 0
    computes: Mapping[str, int] = field(default_factory=dict)
    """Host -> consumers of its queue `compute.HOST`, which nova-compute alone reads; for the host view."""
    unserved: tuple[str, ...] = ()
    stuck: tuple[str, ...] = ()

    def total(self, kind: str) -> Counts:
        """All queues of a class, in all vhosts."""
        total = Counts()
        for key, counts in self.classes.items():
            if key.kind == kind:
                total.add(counts)
        return total


def waiting(before: Mapping[QueueId, Waiting], queues: Mapping[QueueId, Depth], now: float) -> dict[QueueId, Waiting]:
    """The queues with messages and without consumers. The time counts from when the messages last became fewer."""
    found: dict[QueueId, Waiting] = {}
    for queue, depth in queues.items():
        if depth.ready and depth.consumers == 0:
            known = before.get(queue)
            since = known.since if known is not None and depth.ready >= known.ready else now
            found[queue] = Waiting(since, depth.ready)
    return found


def names_of(queues: Iterable[QueueId]) -> dict[QueueId, Name]:
    """What each queue is for."""
    vhosts: dict[str, list[str]] = {}
    for queue in queues:
        vhosts.setdefault(queue.vhost, []).append(queue.name)
    return {QueueId(vhost, text): name for vhost, texts in vhosts.items() for text, name in classified(texts).items()}


def view(
    queues: Mapping[QueueId, Depth], names: Mapping[QueueId, Name], stuck: frozenset[QueueId], topic_limit: int, host_limit: int
) -> OsloView:
    """Add the queues up by class, topic and host."""
    sums = _Sums(_vhosts(queues), host_limit)
    for queue, depth in queues.items():
        sums.add(queue, names[queue], depth, stuck=queue in stuck)
    topics, topics_folded = _folded_topics(sums.topics, topic_limit)
    hosts, hosts_folded = _folded_hosts(sums.hosts, host_limit)
    worst = sorted(stuck, key=lambda queue: (-(queues[queue].ready or 0), queue))[:_NAMED]
    return OsloView(
        sums.classes,
        topics,
        topics_folded,
        hosts,
        hosts_folded,
        sums.computes,
        tuple(sorted(sums.unserved)[:_NAMED]),
        tuple(f"{queue.vhost}:{queue.name} ({queues[queue].ready} ready)" for queue in worst),
    )


class _Sums:
    """What is being added up."""

    def __init__(self, vhosts: set[str], host_limit: int) -> None:
        self.classes: dict[ClassKey, Counts] = {}
        self.topics: dict[TopicKey, Counts] = {}
        self.hosts: dict[str, Counts] = {}
        self.computes: dict[str, int] = {}
        self.unserved: list[str] = []
        self._vhosts = vhosts
        self._host_limit = host_limit

    def add(self, queue: QueueId, name: Name, depth: Depth, *, stuck: bool) -> None:
        """One queue."""
        vhost = queue.vhost if queue.vhost in self._vhosts else OTHER
        counts = _counts(depth, name, stuck)
        self.classes.setdefault(ClassKey(vhost, name.kind), Counts()).add(counts)
        if name.topic:
            self.topics.setdefault(TopicKey(vhost, name.kind, name.topic), Counts()).add(counts)
        if name.host and name.form == "server":
            self.hosts.setdefault(name.host, Counts()).add(counts)
            if name.topic == "compute" and depth.consumers is not None:
                self._compute(name.host, depth.consumers)
        if counts.silent and name.form == "topic":
            self.unserved.append(f"{queue.vhost}:{queue.name}")

    def _compute(self, host: str, consumers: int) -> None:
        if host in self.computes or len(self.computes) < self._host_limit:
            self.computes[host] = self.computes.get(host, 0) + consumers


def _vhosts(queues: Iterable[QueueId]) -> set[str]:
    sizes: dict[str, int] = {}
    for queue in queues:
        sizes[queue.vhost] = sizes.get(queue.vhost, 0) + 1
    return set(sorted(sizes, key=lambda vhost: (-sizes[vhost], vhost))[:VHOST_LIMIT])


def _counts(depth: Depth, name: Name, stuck: bool) -> Counts:
    silent = int(depth.consumers == 0)
    orphan = silent if name.form in {"fanout", "reply"} else 0
    ready = depth.ready or 0
    return Counts(1, depth.consumers or 0, ready, depth.unacked or 0, silent, orphan, int(stuck), ready if stuck else 0)


def _folded_topics(topics: Mapping[TopicKey, Counts], limit: int) -> tuple[dict[TopicKey, Counts], int]:
    ranked = sorted(topics, key=lambda key: (topics[key].weight, key), reverse=True)
    kept = {key: topics[key] for key in ranked[:limit]}
    for key in ranked[limit:]:
        kept.setdefault(key._replace(topic=OTHER), Counts()).add(topics[key])
    return kept, len(ranked[limit:])


def _folded_hosts(hosts: Mapping[str, Counts], limit: int) -> tuple[dict[str, Counts], int]:
    ranked = sorted(hosts, key=lambda host: (hosts[host].weight, host), reverse=True)
    kept = {host: hosts[host] for host in ranked[:limit]}
    for host in ranked[limit:]:
        kept.setdefault(OTHER, Counts()).add(hosts[host])
    return kept, len(ranked[limit:])
