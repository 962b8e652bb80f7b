"""Settings of the RabbitMQ exporter: one of these for each cluster."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Literal
from urllib.parse import urlsplit

from clients.http import HttpTls
from parsers.secret import Secret


@dataclass(frozen=True, slots=True)
class RabbitmqNode:
    """A node of the cluster by its two URLs."""

    prometheus: str
    """Where the plugin rabbitmq_prometheus listens: `http://rabbitmq-0.rabbitmq-nodes:15692`."""

    management: str
    """Where the management API listens: `http://rabbitmq-0.rabbitmq-nodes:15672`, with the path prefix if one is set there."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """URLs that cannot be right."""
        for key, url in (("prometheus", self.prometheus), ("management", self.management)):
            if wrong := _wrong(url):
                yield key, wrong


@dataclass(frozen=True, slots=True)
class HeadlessNodes:
    """All nodes by one name that resolves to all their addresses: a headless service of Kubernetes."""

    name: str
    """`rabbitmq-nodes.openstack.svc.cluster.local`; asked anew before each fetch. With `publishNotReadyAddresses: true` in the
    service, nodes that start or hang are seen too."""

    scheme: Literal["http", "https"] = "http"
    """`https` where both ports speak TLS; then `tls.server_name` has to say which name the certificates have."""

    prometheus_port: int = 15692
    """Port of the plugin rabbitmq_prometheus; 15691 by custom with TLS."""

    management_port: int = 15672
    """Port of the management API; 15671 by custom with TLS."""


@dataclass(frozen=True, slots=True)
class RabbitmqThresholds:
    """From where on a figure is a reason to call the cluster degraded."""

    dropped_per_second: float = 0.5
    """Messages per second that reach no queue, over `window`. Some are normal: each agent that restarts leaves a few."""

    undeliverable_per_second: float = 5.0
    """Replies per second whose caller is gone, over `window`. oslo.messaging sends such a reply again four times a second for a
    minute (`kombu_missing_consumer_retry_timeout`), so one lost caller alone gives 0.8."""

    window: Annotated[float, "seconds"] = 300.0
    """How far back a rate reaches: long enough for a burst to be seen by a person who comes a little later."""

    stuck_after: Annotated[float, "seconds"] = 60.0
    """A queue without consumers whose messages have not become fewer for so long is stuck: longer than an agent's restart."""

    backlog: int = 1000
    """Messages ready in the queues of one RPC topic. A healthy one has hardly any, as RPC callers give up after a minute."""

    unread_notifications: int = 10_000
    """Messages ready in the notification queues of one vhost: nobody reads them, and they are what fills the memory."""

    orphans: int = 200
    """Fanout and reply queues that nobody reads. Some per restarted process are normal until they expire (half an hour)."""

    memory: float = 0.9
    """Share of the memory limit from which on the alarm, which blocks all publishers, is near."""

    disk: float = 1.5
    """Free disk space as a multiple of its limit under which the alarm is near."""


@dataclass(frozen=True, slots=True)
class RabbitmqSettings:
    """A RabbitMQ cluster."""

    name: str
    """The cluster's name, the value of the label `cluster`: any text that tells it from the others (`main`, `neutron`)."""

    user: str
    """A user with the tag `monitoring` and, in each vhost, a permission for nothing (`^$`); see docs/exporters/rabbitmq.md."""

    password: Secret
    """Its password."""

    nodes: tuple[RabbitmqNode, ...] = ()
    """The nodes by name. All of them: one that is missing here is seen only through the others."""

    headless: HeadlessNodes | None = None
    """The nodes by one name, instead of `nodes`."""

    tls: HttpTls = field(default_factory=HttpTls)
    """For `https` URLs."""

    metrics_authentication: bool = False
    """Whether the plugin asks for a user too (`prometheus.authentication.enabled`, RabbitMQ 3.11.20 and newer)."""

    vhosts: tuple[str, ...] = ()
    """Only the queues and connections of these. Default: all."""

    slow_interval: Annotated[float, "seconds"] = 300.0
    """The slow lane: types of queues and names of connections. Alarms bring the connections forward."""

    node_timeout: Annotated[float, "seconds"] = 5.0
    """How long a node may take to answer all of the fast lane. One with 24,000 queues takes a second or two."""

    slow_budget: Annotated[float, "seconds"] = 5.0
    """How much of each fetch the slow lane may take. What is not done then goes on at the next fetch."""

    whole_limit: int = 50_000
    """Rows up to which the slow lane asks for a listing as a whole, else page by page over several fetches. At 24,000 queues
    the whole costs a broker 1 s of CPU, its 48 pages 25 s; but the whole has to be held, about 1 kB a row."""

    page_pause: Annotated[float, "seconds"] = 0.05
    """Between two pages, so that the broker's own work comes first."""

    topic_limit: int = 100
    """Topics that have series of their own; the rest, those with least to tell, are added up as `other`."""

    host_limit: int = 2000
    """Hosts that have series of their own (three each); the rest, those with least to tell, are added up as `other`."""

    client_limit: int = 100
    """Services whose connections have series of their own. Their names come from the clients, so they need a bound."""

    queue_limit: Annotated[int, "bytes"] = 128 << 20
    """What a node may answer about its queues, about 450 bytes for each: bounds time and memory, not a real cluster."""

    thresholds: RabbitmqThresholds = field(default_factory=RabbitmqThresholds)
    """When it is called degraded."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What the types cannot say: (dotted key, what is wrong and what to do)."""
        for key in ("slow_interval", "node_timeout", "slow_budget", "topic_limit", "host_limit", "client_limit", "queue_limit"):
            if getattr(self, key) <= 0:
                yield key, "must be greater than 0"
        if bool(self.nodes) == (self.headless is not None):
            yield "nodes", "give either `nodes` or `headless`, and not both"
        if self.headless is not None and self.headless.scheme == "https" and self.tls.server_name is None:
            yield "tls.server_name", "is needed with `headless` and https; give a name that stands on the nodes' certificates"


def _wrong(url: str) -> str | None:
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        return f"{url!r} has a port that is no number up to 65535"
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return f"{url!r} is not an http(s) URL with a host; write http://host:15692"
    if parts.username or parts.password:
        return "a URL shows in logs and has no place for a password; use `user` and `password`"
    if port is None:
        return f"{url!r} names no port; write http://{parts.hostname}:15692 (15672 for the management API)"
    return None
