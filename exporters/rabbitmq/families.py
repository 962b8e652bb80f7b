"""A snapshot as metric families. Pure."""

from collections.abc import Iterable, Mapping

from prometheus_client.metrics_core import Metric as Family

from exporters.metrics import Samples
from exporters.rabbitmq import metrics as m
from exporters.rabbitmq.management import TYPES
from exporters.rabbitmq.scrape import ALARMS
from exporters.rabbitmq.settings import RabbitmqThresholds
from exporters.rabbitmq.slow import STATES
from exporters.rabbitmq.snapshot import SOURCES, ClusterSnapshot, ConnectionListing, Member, QueueListing
from exporters.rabbitmq.verdict import verdict


def families(snapshot: ClusterSnapshot, thresholds: RabbitmqThresholds) -> Iterable[Family]:
    """Everything that a snapshot says, by the table of `exporters.rabbitmq.metrics`."""
    samples = Samples()
    _cluster(samples, snapshot, thresholds)
    for member in snapshot.members:
        _member(samples, snapshot.cluster, member)
    _view(samples, snapshot)
    _slow(samples, snapshot)
    return samples


def _cluster(samples: Samples, snapshot: ClusterSnapshot, thresholds: RabbitmqThresholds) -> None:
    cluster, known = snapshot.cluster, snapshot.known
    meaning = verdict(snapshot, thresholds)
    samples.state(m.VERDICT, meaning.state, cluster)
    samples.states(m.REASON, meaning.reasons, cluster)
    samples.add(m.MEMBERS_KNOWN, len(known), cluster)
    samples.add(m.MEMBERS_RUNNING, sum(running is True for running in known.values()), cluster)
    for name, running in sorted(known.items()):
        samples.add(m.RUNNING, None if running is None else float(running), cluster, name)
    _alarms(samples, snapshot)
    samples.add(m.DROPPED_RATE, snapshot.dropped_rate, cluster)
    samples.add(m.RETURNED_RATE, snapshot.returned_rate, cluster)
    samples.add(m.REQUESTS, snapshot.requests, cluster)
    samples.add(m.RECEIVED, snapshot.received, cluster)


def _alarms(samples: Samples, snapshot: ClusterSnapshot) -> None:
    """A sample of 0 too, for each member that was heard: an alert must see the end."""
    states = {
        (member.name, resource): 0.0
        for member in snapshot.members
        if member.figures is not None
        for resource, figure in ALARMS.items()
        if figure in member.figures.values
    }
    states.update({(alarm.member, alarm.resource): 1.0 for alarm in snapshot.alarms})
    for labels, value in sorted(states.items()):
        samples.add(m.ALARM, value, snapshot.cluster, *labels)


def _member(samples: Samples, cluster: str, member: Member) -> None:
    labels = (cluster, member.name)
    samples.add(m.UP, float(member.answers), *labels)
    for source in SOURCES:
        failure = member.failures.get(source)
        samples.state(m.SOURCE, "ok" if failure is None else failure.reason, *labels, source)
    if member.critical is not None:
        samples.add(m.CRITICAL, member.critical.count, *labels)
    _peers(samples, labels, member)
    if member.figures is None:
        return
    figures, values = member.figures, member.figures.values
    told = {"rabbitmq_version": figures.version, "erlang_version": figures.erlang, "address": member.address}
    samples.info(m.MEMBER_INFO, told, *labels)
    for word, metric in m.FIGURES.items():
        samples.add(metric, values.get(word), *labels)
    samples.add(m.MEMORY_HEADROOM, _difference(values, "memory_limit", "memory"), *labels)
    samples.add(m.DISK_HEADROOM, _difference(values, "disk", "disk_limit"), *labels)
    for protocol, count in sorted(figures.auth_failures.items()):
        samples.add(m.AUTH_FAILURES, count, *labels, protocol)


def _peers(samples: Samples, labels: tuple[str, str], member: Member) -> None:
    if member.peers is None:
        samples.add(m.UNREACHABLE, None if member.figures is None else member.figures.values.get("unreachable_peers"), *labels)
        return
    samples.add(m.UNREACHABLE, sum(not peer.running for peer in member.peers), *labels)
    cut_off = {name for peer in member.peers if peer.name == member.name for name in peer.partitions}
    samples.add(m.PARTITIONS, len(cut_off), *labels)


def _difference(values: Mapping[str, float], more: str, less: str) -> float | None:
    return values[more] - values[less] if more in values and less in values else None


def _view(samples: Samples, snapshot: ClusterSnapshot) -> None:
    cluster, view = snapshot.cluster, snapshot.view
    for of_class, counts in view.classes.items():
        samples.add(m.QUEUES, counts.queues, cluster, *of_class)
        samples.add(m.CONSUMERS, counts.consumers, cluster, *of_class)
        samples.add(m.READY, counts.ready, cluster, *of_class)
        samples.add(m.UNACKED, counts.unacked, cluster, *of_class)
        samples.add(m.SILENT, counts.silent, cluster, *of_class)
        samples.add(m.ORPHANS, counts.orphans, cluster, *of_class)
        samples.add(m.STUCK, counts.stuck, cluster, *of_class)
        samples.add(m.STUCK_MESSAGES, counts.stuck_messages, cluster, *of_class)
    for of_topic, counts in view.topics.items():
        samples.add(m.TOPIC_QUEUES, counts.queues, cluster, *of_topic)
        samples.add(m.TOPIC_CONSUMERS, counts.consumers, cluster, *of_topic)
        samples.add(m.TOPIC_READY, counts.ready, cluster, *of_topic)
        samples.add(m.TOPIC_SILENT, counts.silent, cluster, *of_topic)
        samples.add(m.TOPIC_STUCK, counts.stuck_messages, cluster, *of_topic)
    for host, counts in view.hosts.items():
        samples.add(m.HOST_QUEUES, counts.queues, cluster, host)
        samples.add(m.HOST_SILENT, counts.silent, cluster, host)
        samples.add(m.HOST_READY, counts.ready, cluster, host)
    samples.add(m.TOPICS_FOLDED, view.topics_folded, cluster)
    samples.add(m.HOSTS_FOLDED, view.hosts_folded, cluster)


def _slow(samples: Samples, snapshot: ClusterSnapshot) -> None:
    slow = snapshot.slow
    listings = {"queues": (slow.queues, slow.queues_age), "connections": (slow.connections, slow.connections_age)}
    for name, (listing, age) in listings.items():
        failure = slow.failures.get(name)
        state = failure.reason if failure is not None else "pending" if listing is None else "ok"
        samples.state(m.LISTING_STATE, state, snapshot.cluster, name)
        samples.add(m.LISTING_AGE, None if listing is None else age, snapshot.cluster, name)
    if slow.queues is not None:
        _queue_listing(samples, snapshot.cluster, slow.queues)
    if slow.connections is not None:
        _connection_listing(samples, snapshot.cluster, slow.connections)


def _queue_listing(samples: Samples, cluster: str, listing: QueueListing) -> None:
    for kind in sorted(listing.down):
        for queue_type in TYPES:
            samples.add(m.BY_TYPE, listing.types.get((kind, queue_type), 0), cluster, kind, queue_type)
        samples.add(m.DOWN, listing.down[kind], cluster, kind)
        samples.add(m.LASTING, listing.lasting[kind], cluster, kind)


def _connection_listing(samples: Samples, cluster: str, listing: ConnectionListing) -> None:
    samples.add(m.NAMES_KEPT, float(listing.named), cluster)
    samples.add(m.CLIENTS_FOLDED, listing.folded, cluster)
    for client in sorted(listing.channels):
        samples.add(m.CHANNELS, listing.channels[client], cluster, client)
        for state in STATES:
            samples.add(m.CONNECTIONS, listing.connections.get((client, state), 0), cluster, client, state)
