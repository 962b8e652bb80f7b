"""Every metric of the Galera exporter.

Left out are averages since the last FLUSH STATUS (`*_avg`, `wsrep_flow_control_paused`, `cert_deps_distance`, `*_oooe`,
`*_oool`, `*_window`, `cert_interval`) and extremes since then (`*_max`, `*_min`): a graph of them says nothing about now.
Variables that are not known here come as `galera_status_value`.
"""

from typing import get_args

from exporters.galera.node import STATES, Word
from exporters.galera.reasons import REASONS
from exporters.galera.reasons import STATES as VERDICTS
from exporters.metrics import Metric

CLUSTER = ("cluster",)
MEMBER = ("cluster", "member")
PEER = ("cluster", "member", "peer")
_PXC = " (Percona XtraDB Cluster)"


def _counter(variable: str, name: str, text: str) -> tuple[str, Metric]:
    return variable, Metric(f"galera_{name}_total", "counter", text, f"wsrep_{variable}", MEMBER)


def _gauge(variable: str, name: str, text: str, note: str = "") -> tuple[str, Metric]:
    return variable, Metric(f"galera_{name}", "gauge", text, f"wsrep_{variable}{note}", MEMBER)


NUMBERS: dict[str, Metric] = dict(
    (
        _counter("last_committed", "committed_writesets", "Write sets committed, in the order of the whole cluster."),
        _counter("last_applied", "applied_writesets", "Write sets applied, in the order of the whole cluster."),
        _counter("replicated", "replicated_writesets", "Write sets that this node sent to the others."),
        _counter("replicated_bytes", "replicated_bytes", "Bytes of write sets that this node sent to the others."),
        _counter("repl_keys", "replicated_keys", "Keys in the write sets sent."),
        _counter("repl_keys_bytes", "replicated_keys_bytes", "Bytes of keys in the write sets sent."),
        _counter("repl_data_bytes", "replicated_data_bytes", "Bytes of rows in the write sets sent."),
        _counter("repl_other_bytes", "replicated_other_bytes", "Bytes of anything else in the write sets sent."),
        _counter("received", "received_writesets", "Write sets received, changes of membership included."),
        _counter("received_bytes", "received_bytes", "Bytes of write sets received."),
        _counter("local_commits", "local_commits", "Transactions of this node's own clients that were committed."),
        _counter("local_replays", "local_replays", "Transactions applied once more after they had to make way."),
        _counter(
            "local_cert_failures", "local_cert_failures", "Own transactions refused by certification: deadlocks to clients."
        ),
        _counter("local_bf_aborts", "local_bf_aborts", "Own transactions aborted by replicated ones: deadlocks to clients."),
        _counter("flow_control_sent", "flow_control_sent", "Times that this node asked the others to pause or to go on."),
        _counter("flow_control_recv", "flow_control_received", "Times that anybody asked to pause or to go on."),
        _counter("apply_waits", "apply_waits", "Times that applying had to wait for another write set."),
        _counter("causal_reads", "causal_reads", "Reads that waited for all earlier write sets (wsrep_sync_wait)."),
        _gauge("local_send_queue", "send_queue", "Write sets waiting to be sent."),
        _gauge("local_recv_queue", "recv_queue", "Write sets received and not yet applied."),
        _gauge("local_cached_downto", "cached_downto_seqno", "Oldest write set in this node's gcache."),
        _gauge("cert_index_size", "cert_index_entries", "Entries of the certification index."),
        _gauge("cert_bucket_count", "cert_index_buckets", "Buckets of the certification index.", _PXC),
        _gauge("gcache_pool_size", "gcache_pool_bytes", "Bytes allocated in the gcache.", _PXC),
        _gauge("open_transactions", "open_transactions", "Transactions open in the provider; steady growth is a leak."),
        _gauge("open_connections", "open_connections", "Connections open in the provider; steady growth is a leak."),
        _gauge("cluster_size", "cluster_size", "Members of the node's component, arbitrators included."),
        _gauge("cluster_weight", "cluster_weight", "Sum of the votes of the node's component; 0 outside a Primary one."),
        _gauge("cluster_conf_id", "cluster_conf_id", "Number of the view; no sample outside a Primary component."),
        _gauge("local_index", "local_index", "The node's place in the view."),
        _gauge("gmcast_segment", "segment", "Segment of the network that the node belongs to."),
        _gauge("desync_count", "desyncs", "Reasons in force for the node not to keep up."),
        _gauge("protocol_version", "protocol_version", "Version of the protocol in use; differs while nodes are upgraded."),
        _gauge("protocol_application", "protocol_application_version", "Version of the application protocol in use."),
        _gauge("protocol_replicator", "protocol_replicator_version", "Version of the replicator protocol in use."),
        _gauge("protocol_gcs", "protocol_gcs_version", "Version of the group communication protocol in use."),
        _gauge("thread_count", "threads", "Threads of the replication."),
        _gauge("applier_thread_count", "applier_threads", "Threads that apply write sets."),
        _gauge("rollbacker_thread_count", "rollbacker_threads", "Threads that abort transactions for replicated ones."),
        _gauge(
            "flow_control_interval_low", "flow_control_resume_writesets", "Queue length at which replication goes on.", _PXC
        ),
        _gauge("ist_receive_seqno_start", "ist_first_seqno", "First write set of the transfer that is being received.", _PXC),
        _gauge("ist_receive_seqno_current", "ist_current_seqno", "Write set received last.", _PXC),
        _gauge("ist_receive_seqno_end", "ist_last_seqno", "Last write set of the transfer.", _PXC),
    )
)
"""Status variable (without `wsrep_`) -> its metric. A value that means "undefined" gives no sample."""

FLAGS: dict[str, Metric] = dict(
    (
        _gauge("ready", "ready", "Whether the node takes statements."),
        _gauge("connected", "connected", "Whether the node is connected to a component, Primary or not."),
        _gauge("flow_control_active", "flow_control_active", "Whether replication stands still for flow control now."),
        _gauge("flow_control_requested", "flow_control_requested", "Whether it stands still because this node asked for it."),
    )
)
"""Status variable -> the metric that is 1 for ON or true, 0 for OFF or false."""

UP = Metric("galera_up", "gauge", "Whether anybody answered at the node's address, even if only to refuse us.", "TCP", MEMBER)
READ = Metric(
    "galera_read", "stateset", "What became of the last attempt to read the node.", "SQL", MEMBER, ("ok", *get_args(Word))
)
READ_SECONDS = Metric("galera_read_seconds", "gauge", "Time the node took to answer SHOW GLOBAL STATUS.", "SQL", MEMBER)
STATE = Metric("galera_local_state", "stateset", "State of the node.", "wsrep_local_state", MEMBER, STATES)
STATUS = Metric(
    "galera_cluster_status",
    "stateset",
    "The kind of component that the node is in.",
    "wsrep_cluster_status",
    MEMBER,
    ("primary", "non_primary", "disconnected"),
)
EVS_STATE = Metric(
    "galera_evs_state",
    "stateset",
    "State of the group's protocol; gather and install again and again means that membership flaps.",
    "wsrep_evs_state",
    MEMBER,
    ("closed", "joining", "leaving", "gather", "install", "operational"),
)
PAUSED = Metric(
    "galera_flow_control_paused_seconds_total",
    "counter",
    "Time that replication stood still for flow control.",
    "wsrep_flow_control_paused_ns",
    MEMBER,
)
LIMIT = Metric(
    "galera_flow_control_limit_writesets",
    "gauge",
    "Queue length at which the node asks the others to pause.",
    "wsrep_flow_control_interval_high (Percona), else gcs.fc_limit and the square root of the size",
    MEMBER,
)
LATENCY = Metric(
    "galera_evs_repl_latency_seconds",
    "gauge",
    "Time that the node's own messages took to be safe on all members, over the last minute; no sample without a message.",
    "wsrep_evs_repl_latency",
    (*MEMBER, "stat"),
)
LATENCY_MESSAGES = Metric(
    "galera_evs_repl_latency_messages", "gauge", "Messages behind that latency.", "wsrep_evs_repl_latency", MEMBER
)
DELAYED = Metric(
    "galera_evs_delayed_peer",
    "gauge",
    "Times that the member saw the peer become late or catch up, of peers that are late now.",
    "wsrep_evs_delayed",
    PEER,
)
EVICTED = Metric("galera_evicted_members", "gauge", "Nodes that were evicted for good.", "wsrep_evs_evict_list", MEMBER)
MONITOR = Metric(
    "galera_monitor_seqno",
    "gauge",
    "Last write set (or local action) that has entered and left a monitor.",
    "wsrep_monitor_status (L/A/C)" + _PXC,
    (*MEMBER, "monitor", "edge"),
)
CHECKPOINT = Metric("galera_checkpoint_seqno", "gauge", "Position stored in the tables.", "wsrep_checkpoint_position", MEMBER)
SE_CHECKPOINT = Metric("galera_se_checkpoint_seqno", "gauge", "Position stored by the engine.", "wsrep_se_checkpoint", MEMBER)
OTHER = Metric(
    "galera_status_value",
    "gauge",
    "A numeric wsrep variable that this exporter has no metric for.",
    "SHOW GLOBAL STATUS LIKE 'wsrep%'",
    (*MEMBER, "variable"),
)
NODE_INFO = Metric(
    "galera_node_info",
    "info",
    "What the node is.",
    "wsrep_provider_*, version, wsrep_node_incoming_address, wsrep_cluster_name",
    MEMBER,
    told=("address", "incoming_address", "cluster_name", "version", "provider", "provider_vendor", "provider_version"),
)
GROUP_INFO = Metric(
    "galera_group_info",
    "info",
    "Who the node is in the group, and which history its data belong to.",
    "wsrep_gcomm_uuid, wsrep_local_state_uuid, wsrep_cluster_state_uuid",
    MEMBER,
    told=("gcomm_uuid", "local_state_uuid", "cluster_state_uuid"),
)
STATE_INFO = Metric(
    "galera_local_state_comment_info",
    "info",
    "State of the node in its own words; they alone say why.",
    "wsrep_local_state_comment, wsrep_ist_receive_status",
    MEMBER,
    told=("comment", "ist"),
)
CAPABILITIES_INFO = Metric(
    "galera_capabilities_info",
    "info",
    "What provider and group can do.",
    "wsrep_provider_capabilities, wsrep_cluster_capabilities",
    MEMBER,
    told=("provider_capabilities", "cluster_capabilities"),
)
THREADS_CONNECTED = Metric("galera_threads_connected", "gauge", "Connections of clients.", "Threads_connected", MEMBER)
MAX_CONNECTIONS = Metric("galera_max_connections", "gauge", "Connections that the node takes.", "max_connections", MEMBER)
GCACHE_BYTES = Metric("galera_gcache_size_bytes", "gauge", "Size of the gcache's ring.", "gcache.size", MEMBER)
WEIGHT = Metric("galera_weight", "gauge", "The node's vote.", "pc.weight", MEMBER)
THREADS_WANTED = Metric(
    "galera_applier_threads_configured", "gauge", "Threads that are to apply.", "wsrep_slave_threads", MEMBER
)
DESYNC_CONFIGURED = Metric("galera_desync_configured", "gauge", "Whether an operator set wsrep_desync.", "wsrep_desync", MEMBER)
REJECTS = Metric("galera_rejects_queries", "gauge", "Whether an operator set it to.", "wsrep_reject_queries", MEMBER)

VERDICT = Metric(
    "galera_cluster_verdict", "stateset", "What all of this means.", "all nodes, at one instant", CLUSTER, tuple(VERDICTS)
)
REASON = Metric(
    "galera_cluster_reason", "stateset", "Why the verdict is what it is.", "all nodes, at one instant", CLUSTER, tuple(REASONS)
)
EXPECTED = Metric(
    "galera_cluster_expected_size",
    "gauge",
    "Members that there should be.",
    "expected_size, or the length of nodes, or the largest size within a day",
    CLUSTER,
)
HISTORIES = Metric(
    "galera_cluster_state_uuids", "gauge", "Histories that the nodes' data belong to.", "wsrep_local_state_uuid", CLUSTER
)
VIEWS = Metric(
    "galera_cluster_primary_views",
    "gauge",
    "Primary components that do not know of each other; more than one is a split brain.",
    "wsrep_cluster_conf_id, wsrep_incoming_addresses",
    CLUSTER,
)
CHANGES = Metric(
    "galera_view_changes_total",
    "counter",
    "Changes of membership, and losses of the Primary component, since this process started.",
    "wsrep_cluster_conf_id",
    CLUSTER,
)
SPARE = Metric(
    "galera_cluster_spare_members",
    "gauge",
    "Members that may be lost at once before there is no quorum.",
    "wsrep_cluster_weight, pc.weight",
    CLUSTER,
)
SPREAD = Metric(
    "galera_reading_spread_seconds", "gauge", "Time between the first and the last node's question.", "the clock", CLUSTER
)
COMMIT_RATE = Metric(
    "galera_cluster_commits_per_second",
    "gauge",
    "Write sets a second over the last two minutes; IST headroom is counted with it.",
    "wsrep_last_committed",
    CLUSTER,
)
LAG = Metric(
    "galera_seqno_lag",
    "gauge",
    "Write sets behind the foremost member, at one instant.",
    "wsrep_last_committed of all members",
    MEMBER,
)
LISTS = Metric(
    "galera_member_lists", "gauge", "Whether the member sees the peer in its component.", "wsrep_incoming_addresses", PEER
)
WINDOW = Metric(
    "galera_gcache_window_writesets",
    "gauge",
    "Write sets that the node could give to a joiner now.",
    "wsrep_last_committed, wsrep_local_cached_downto",
    MEMBER,
)
HEADROOM = Metric(
    "galera_ist_headroom_writesets",
    "gauge",
    "Write sets that the member could miss, if it left now, and still come back without a full copy.",
    "wsrep_last_committed, wsrep_local_cached_downto of the others",
    MEMBER,
)
HEADROOM_SECONDS = Metric(
    "galera_ist_headroom_seconds",
    "gauge",
    "Time that the member could be away, if it left now, and still come back without a full copy.",
    "the same, and the rate of commits",
    MEMBER,
)
HEADROOM_ESTIMATED = Metric(
    "galera_ist_headroom_estimated",
    "gauge",
    "Whether the headroom is estimated from gcache.size and the bytes that flow: the ring has not gone round yet.",
    "gcache.size, wsrep_replicated_bytes, wsrep_received_bytes",
    MEMBER,
)
ABSENT_SECONDS = Metric(
    "galera_absent_member_seconds", "gauge", "Time since a member of the last day was no longer read.", "the clock", MEMBER
)
ABSENT_MISSING = Metric(
    "galera_absent_member_missing_writesets",
    "gauge",
    "Write sets that an absent member has missed since it was last read.",
    "wsrep_last_committed",
    MEMBER,
)
ABSENT_IST = Metric(
    "galera_absent_member_ist_possible",
    "gauge",
    "Whether an absent member could come back without a full copy.",
    "wsrep_local_cached_downto of the others",
    MEMBER,
)
ABSENT_LEFT = Metric(
    "galera_absent_member_ist_seconds",
    "gauge",
    "Time until an absent member needs a full copy.",
    "the same, and the rate of commits",
    MEMBER,
)
JOINING_SECONDS = Metric(
    "galera_joining_seconds",
    "gauge",
    "Time that a member has been on its way in; by IST or SST, from a donor where one can be told.",
    "wsrep_local_state of the others, wsrep_cluster_size, wsrep_incoming_addresses",
    (*MEMBER, "by", "donor"),
)

_OF_NODES = (UP, READ, READ_SECONDS, STATE, STATUS, EVS_STATE, *FLAGS.values(), *NUMBERS.values(), PAUSED, LIMIT, LATENCY)
_OF_NODES_TOO = (LATENCY_MESSAGES, DELAYED, EVICTED, MONITOR, CHECKPOINT, SE_CHECKPOINT, OTHER, NODE_INFO, GROUP_INFO)
_CONFIGURED = (STATE_INFO, CAPABILITIES_INFO, THREADS_CONNECTED, MAX_CONNECTIONS, GCACHE_BYTES, WEIGHT, THREADS_WANTED)
_OF_CLUSTER = (VERDICT, REASON, EXPECTED, HISTORIES, VIEWS, CHANGES, SPARE, SPREAD, COMMIT_RATE, LAG, LISTS, WINDOW)
_COMING_BACK = (HEADROOM, HEADROOM_SECONDS, HEADROOM_ESTIMATED, ABSENT_SECONDS, ABSENT_MISSING, ABSENT_IST, ABSENT_LEFT)

METRICS: tuple[Metric, ...] = (
    *_OF_CLUSTER,
    *_COMING_BACK,
    JOINING_SECONDS,
    *_OF_NODES,
    *_OF_NODES_TOO,
    *_CONFIGURED,
    DESYNC_CONFIGURED,
    REJECTS,
)
