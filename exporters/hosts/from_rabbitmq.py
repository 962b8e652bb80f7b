"""Facts from RabbitMQ: whether anybody reads the queue by which a nova-compute is told what to do."""

from collections.abc import Iterator

from exporters.hosts.facts import Fact
from exporters.rabbitmq.snapshot import ClusterSnapshot


def facts(snapshot: ClusterSnapshot) -> Iterator[Fact]:
    """Of each host that has such a queue."""
    for host, consumers in snapshot.view.computes.items():
        where = f"queue compute.{host} in cluster {snapshot.cluster}: consumers"
        if consumers:
            yield Fact(host, "rpc_read", "its RPC queue is read", where, str(consumers))
        else:
            yield Fact(host, "rpc_unread", f"nobody reads the queue compute.{host}", where, "0")
