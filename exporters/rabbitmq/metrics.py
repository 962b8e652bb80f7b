"""Every metric of the RabbitMQ exporter."""

from exporters.metrics import Kind, Metric
from exporters.rabbitmq import verdict
from exporters.rabbitmq.management import RESOURCES, TYPES
from exporters.rabbitmq.oslo_names import CLASSES
from exporters.rabbitmq.slow import STATES

CLUSTER = ("cluster",)
MEMBER = ("cluster", "member")
CLASS = ("cluster", "vhost", "class")
TOPIC = ("cluster", "vhost", "class", "topic")
HOST = ("cluster", "host")

_DETAILED = "/metrics/detailed rabbitmq_detailed_queue_"
_QUEUES = "GET /api/queues?disable_stats=true, paged"
_CONNECTIONS = "GET /api/connections, paged"
_CLASSES = f"class: {', '.join(CLASSES)}"


def _of(kind: Kind, name: str, labels: tuple[str, ...], text: str, source: str) -> Metric:
    return Metric(f"rabbitmq_oslo_{name}", kind, text, source, labels)


# -- the cluster ----------------------------------------------------------------------------------------------------------

VERDICT = Metric(
    "rabbitmq_oslo_verdict", "stateset", "What all of this means, in one word.", "all of these", CLUSTER, verdict.STATES
)
REASON = Metric(
    "rabbitmq_oslo_reason",
    "stateset",
    "Why the verdict is what it is; several may hold.",
    "all of these",
    CLUSTER,
    tuple(verdict.REASONS),
)
MEMBERS_KNOWN = _of("gauge", "members_known", CLUSTER, "Members in the settings or known to a member.", "GET /api/nodes")
MEMBERS_RUNNING = _of(
    "gauge", "members_running", CLUSTER, "Members that run in the eyes of one that answers.", "GET /api/nodes"
)
ALARM = _of(
    "gauge",
    "alarm",
    ("cluster", "member", "resource"),
    f"Whether the resource of this member is used up, which blocks publishers everywhere (resource: {', '.join(RESOURCES)}).",
    "GET /api/health/checks/alarms, /metrics rabbitmq_alarms_*",
)
DROPPED_RATE = _of(
    "gauge",
    "casts_dropped_per_second",
    CLUSTER,
    "Messages per second that reached no queue, over the window of the settings, restarts of members left out.",
    "rabbitmq_global_messages_unroutable_dropped_total",
)
RETURNED_RATE = _of(
    "gauge",
    "replies_undeliverable_per_second",
    CLUSTER,
    "Replies per second whose caller was gone, over the window of the settings, restarts of members left out.",
    "rabbitmq_global_messages_unroutable_returned_total",
)
REQUESTS = _of(
    "counter", "requests_total", CLUSTER, "HTTP requests that this exporter has sent to the cluster.", "counted here"
)
RECEIVED = _of("counter", "received_bytes_total", CLUSTER, "Bytes of answers as they came over the wire.", "counted here")

# -- a member -------------------------------------------------------------------------------------------------------------

UP = _of("gauge", "member_up", MEMBER, "Whether the member answers us at all.", "all of its ports")
SOURCE = Metric(
    "rabbitmq_oslo_source_state",
    "stateset",
    "How a source of the member answered (source: metrics, queues, management).",
    "all of its ports",
    ("cluster", "member", "source"),
    ("ok", "unreachable", "timeout", "refused", "malformed", "failed"),
)
MEMBER_INFO = Metric(
    "rabbitmq_oslo_member_info",
    "info",
    "Versions of the member, and its address in the settings.",
    "/metrics rabbitmq_build_info",
    MEMBER,
    told=("rabbitmq_version", "erlang_version", "address"),
)
RUNNING = _of("gauge", "member_running", MEMBER, "Whether the member runs in the eyes of one that answers.", "GET /api/nodes")
PARTITIONS = _of(
    "gauge", "partitions", MEMBER, "Peers from which the member was cut off (Mnesia).", "GET /api/nodes partitions"
)
UNREACHABLE = _of(
    "gauge",
    "unreachable_peers",
    MEMBER,
    "Peers that do not run in the eyes of the member.",
    "GET /api/nodes, else /metrics rabbitmq_unreachable_cluster_peers_count (3.12.5 and newer)",
)
CRITICAL = _of(
    "gauge",
    "quorum_critical_queues",
    MEMBER,
    "Quorum queues that would lose their quorum without the member.",
    "GET /api/health/checks/node-is-quorum-critical",
)
MEMORY_HEADROOM = _of(
    "gauge",
    "memory_headroom_bytes",
    MEMBER,
    "Memory that the member may still take until it blocks all publishers; negative in an alarm.",
    "/metrics rabbitmq_resident_memory_limit_bytes - rabbitmq_process_resident_memory_bytes",
)
DISK_HEADROOM = _of(
    "gauge",
    "disk_headroom_bytes",
    MEMBER,
    "Disk space that may still be used until the member blocks all publishers; negative in an alarm.",
    "/metrics rabbitmq_disk_space_available_bytes - rabbitmq_disk_space_available_limit_bytes",
)
AUTH_FAILURES = _of(
    "counter",
    "auth_failures_total",
    ("cluster", "member", "protocol"),
    "Logins refused; `http` are those of the management API.",
    "/metrics rabbitmq_auth_attempts_failed_total",
)


def _figure(word: str, kind: Kind, name: str, text: str, source: str) -> tuple[str, Metric]:
    return word, _of(kind, name, MEMBER, text, f"/metrics rabbitmq_{source}")


FIGURES = dict(
    (
        _figure("memory", "gauge", "memory_used_bytes", "Resident memory of the member.", "process_resident_memory_bytes"),
        _figure("memory_limit", "gauge", "memory_limit_bytes", "Its memory watermark.", "resident_memory_limit_bytes"),
        _figure("disk", "gauge", "disk_free_bytes", "Free disk space.", "disk_space_available_bytes"),
        _figure("disk_limit", "gauge", "disk_limit_bytes", "Its disk watermark.", "disk_space_available_limit_bytes"),
        _figure("fds", "gauge", "open_fds", "Open file descriptors.", "process_open_fds"),
        _figure("fds_limit", "gauge", "max_fds", "File descriptors that it may open.", "process_max_fds"),
        _figure("processes", "gauge", "erlang_processes", "Erlang processes.", "erlang_processes_used"),
        _figure(
            "processes_limit", "gauge", "erlang_processes_limit", "Erlang processes that it may have.", "erlang_processes_limit"
        ),
        _figure("run_queue", "gauge", "erlang_run_queue", "Erlang processes waiting for a core.", "erlang_scheduler_run_queue"),
        _figure("uptime", "gauge", "member_uptime_seconds", "Time since the member started.", "erlang_uptime_seconds"),
        _figure("connections", "gauge", "member_connections", "Connections of clients to the member.", "connections"),
        _figure("channels", "gauge", "member_channels", "Channels on these connections.", "channels"),
        _figure("consumers", "gauge", "member_consumers", "Consumers on these channels.", "consumers"),
        _figure("queues", "gauge", "member_queues", "Queues that have their leader on the member.", "queues"),
        _figure("connections_opened", "counter", "connections_opened_total", "Connections opened.", "connections_opened_total"),
        _figure("connections_closed", "counter", "connections_closed_total", "Connections closed.", "connections_closed_total"),
        _figure("channels_opened", "counter", "channels_opened_total", "Channels opened.", "channels_opened_total"),
        _figure("channels_closed", "counter", "channels_closed_total", "Channels closed.", "channels_closed_total"),
        _figure(
            "queues_declared",
            "counter",
            "queues_declared_total",
            "Declarations, also of what was there.",
            "queues_declared_total",
        ),
        _figure("queues_created", "counter", "queues_created_total", "Queues created.", "queues_created_total"),
        _figure("queues_deleted", "counter", "queues_deleted_total", "Queues deleted.", "queues_deleted_total"),
        _figure("received", "counter", "messages_received_total", "Messages published.", "global_messages_received_total"),
        _figure("routed", "counter", "messages_routed_total", "Messages put into a queue.", "global_messages_routed_total"),
        _figure(
            "delivered",
            "counter",
            "messages_delivered_total",
            "Messages given to consumers.",
            "global_messages_delivered_total",
        ),
        _figure(
            "redelivered", "counter", "messages_redelivered_total", "Messages given again.", "global_messages_redelivered_total"
        ),
        _figure(
            "dropped",
            "counter",
            "casts_dropped_total",
            "Messages that reached no queue: casts, calls and fanouts to a topic or host that nobody serves.",
            "global_messages_unroutable_dropped_total",
        ),
        _figure(
            "returned",
            "counter",
            "replies_undeliverable_total",
            "Messages given back to their sender as they reached no queue: replies to a caller that is gone.",
            "global_messages_unroutable_returned_total",
        ),
    )
)
"""Word of `scrape.FIGURES` -> its metric."""

# -- queues ---------------------------------------------------------------------------------------------------------------

QUEUES = _of("gauge", "queues", CLASS, f"Queues ({_CLASSES}).", f"{_DETAILED}messages_ready")
CONSUMERS = _of("gauge", "queue_consumers", CLASS, "Consumers of these queues.", f"{_DETAILED}consumers")
READY = _of("gauge", "messages_ready", CLASS, "Messages that wait for a consumer.", f"{_DETAILED}messages_ready")
UNACKED = _of(
    "gauge", "messages_unacked", CLASS, "Messages delivered and not yet acknowledged.", f"{_DETAILED}messages_unacked"
)
SILENT = _of("gauge", "queues_without_consumers", CLASS, "Queues that nobody reads.", f"{_DETAILED}consumers")
ORPHANS = _of(
    "gauge", "orphan_queues", CLASS, "Fanout and reply queues whose process has gone; they expire.", f"{_DETAILED}consumers"
)
STUCK = _of(
    "gauge",
    "stuck_queues",
    CLASS,
    "Queues with messages and without consumers whose messages have not become fewer for a while (stuck_after).",
    f"{_DETAILED}messages_ready, {_DETAILED}consumers",
)
STUCK_MESSAGES = _of("gauge", "stuck_messages", CLASS, "Messages in stuck queues.", f"{_DETAILED}messages_ready")

TOPIC_QUEUES = _of("gauge", "topic_queues", TOPIC, "Queues of the topic.", f"{_DETAILED}messages_ready")
TOPIC_CONSUMERS = _of("gauge", "topic_consumers", TOPIC, "Consumers of these queues.", f"{_DETAILED}consumers")
TOPIC_READY = _of("gauge", "topic_messages_ready", TOPIC, "Messages that wait for a consumer.", f"{_DETAILED}messages_ready")
TOPIC_SILENT = _of("gauge", "topic_queues_without_consumers", TOPIC, "Queues that nobody reads.", f"{_DETAILED}consumers")
TOPIC_STUCK = _of("gauge", "topic_stuck_messages", TOPIC, "Messages in stuck queues.", f"{_DETAILED}messages_ready")
TOPICS_FOLDED = _of("gauge", "topics_folded", CLUSTER, "Topics added up as `other`, as there are too many.", "topic_limit")

HOST_QUEUES = _of("gauge", "host_queues", HOST, "Queues of the RPC servers of the host.", f"{_DETAILED}messages_ready")
HOST_SILENT = _of("gauge", "host_queues_without_consumers", HOST, "Those that nobody reads.", f"{_DETAILED}consumers")
HOST_READY = _of("gauge", "host_messages_ready", HOST, "Messages that wait for a consumer there.", f"{_DETAILED}messages_ready")
HOSTS_FOLDED = _of("gauge", "hosts_folded", CLUSTER, "Hosts added up as `other`, as there are too many.", "host_limit")

# -- the slow lane --------------------------------------------------------------------------------------------------------

LISTING_AGE = _of(
    "gauge",
    "listing_age_seconds",
    ("cluster", "listing"),
    "Age of what the slow lane has read (listing: queues, connections); the metrics below are that old.",
    "counted here",
)
LISTING_STATE = Metric(
    "rabbitmq_oslo_listing_state",
    "stateset",
    "How the last page was answered; `pending` until a first walk through all pages is done.",
    "counted here",
    ("cluster", "listing"),
    ("ok", "pending", "unreachable", "timeout", "refused", "malformed", "failed"),
)
BY_TYPE = _of(
    "gauge",
    "queues_by_type",
    ("cluster", "class", "type"),
    f"Queues by type ({', '.join(TYPES)}) and class.",
    f"{_QUEUES}: type",
)
DOWN = _of(
    "gauge", "queues_down", ("cluster", "class"), "Queues that are down, crashed or without majority.", f"{_QUEUES}: state"
)
LASTING = _of(
    "gauge",
    "queues_without_expiry",
    ("cluster", "class"),
    "Fanout and reply queues that stay for ever when orphaned: no x-expires, no policy (rabbit_transient_queues_ttl).",
    f"{_QUEUES}: arguments, policy",
)
CONNECTIONS = _of(
    "gauge",
    "connections",
    ("cluster", "client", "state"),
    f"Connections by the service that opened them and by state ({', '.join(STATES)}).",
    f"{_CONNECTIONS}: user_provided_name, state",
)
CHANNELS = _of("gauge", "client_channels", ("cluster", "client"), "Channels by service.", f"{_CONNECTIONS}: channels")
CLIENTS_FOLDED = _of("gauge", "clients_folded", CLUSTER, "Services added up as `other`, as there are too many.", "client_limit")
NAMES_KEPT = _of(
    "gauge",
    "connection_names_kept",
    CLUSTER,
    "0 where the broker keeps no statistics for the management API, and so cannot say whose a connection is.",
    "GET /api/overview: disable_stats",
)

METRICS: tuple[Metric, ...] = (
    *(VERDICT, REASON, MEMBERS_KNOWN, MEMBERS_RUNNING, ALARM, DROPPED_RATE, RETURNED_RATE, REQUESTS, RECEIVED),
    *(UP, SOURCE, MEMBER_INFO, RUNNING, PARTITIONS, UNREACHABLE, CRITICAL, MEMORY_HEADROOM, DISK_HEADROOM, AUTH_FAILURES),
    *FIGURES.values(),
    *(QUEUES, CONSUMERS, READY, UNACKED, SILENT, ORPHANS, STUCK, STUCK_MESSAGES),
    *(TOPIC_QUEUES, TOPIC_CONSUMERS, TOPIC_READY, TOPIC_SILENT, TOPIC_STUCK, TOPICS_FOLDED),
    *(HOST_QUEUES, HOST_SILENT, HOST_READY, HOSTS_FOLDED),
    *(LISTING_AGE, LISTING_STATE, BY_TYPE, DOWN, LASTING, CONNECTIONS, CHANNELS, CLIENTS_FOLDED, NAMES_KEPT),
)
"""All of them, for the reference page and for the checks of dashboards and alerts."""
