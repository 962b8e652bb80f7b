"""Galera: is there a quorum, who is not in it, what slows everybody down, and how long may a member be away."""

from dashboards.source.model import Ask, Lines, Page, Section, Stat, Table, Timeline, Variable, ask
from dashboards.source.promql import both, increase, rate
from dashboards.source.states import DOWN_UP, HOLDS, NO_YES, holding, number_of, states_of

_STATE_ALERTS = ("GaleraNodeNotSynced", "GaleraDonorTooLong", "GaleraNodeInconsistent")

_FIRST = Section(
    "",
    (
        Stat(
            title="Verdict",
            asks=ask(number_of("galera_cluster_verdict", "cluster"), "{{cluster}}"),
            says="What all members together come to. With read_only, split_brain and down, services fail now.",
            unit="short",
            alerts=("GaleraClusterDown", "GaleraReadOnly", "GaleraUnreadable"),
            states=states_of("galera_cluster_verdict"),
            width=6,
        ),
        Stat(
            title="Members in the component",
            asks=ask("max by (cluster) (galera_cluster_size)", "{{cluster}}"),
            says="Members that see each other, arbitrators included. Normal: as many as expected.",
            unit="short",
            alerts=("GaleraClusterIncomplete",),
            width=5,
        ),
        Stat(
            title="Members expected",
            asks=ask("max by (cluster) (galera_cluster_expected_size)", "{{cluster}}"),
            says="From the settings of the exporter, or the largest size of the last day.",
            unit="short",
            alerts=("GaleraClusterIncomplete",),
            width=4,
        ),
        Stat(
            title="Members that may still be lost",
            asks=ask("min by (cluster) (galera_cluster_spare_members)", "{{cluster}}"),
            says="At 0, the loss of one more member stops all writes. Normal for three members: 1.",
            unit="short",
            alerts=("GaleraQuorumAtRisk",),
            width=5,
        ),
        Stat(
            title="Primary components",
            asks=ask("max by (cluster) (galera_cluster_primary_views)", "{{cluster}}"),
            says="Components that each think they are the cluster. Normal: 1. More is a split brain: the data part ways.",
            unit="short",
            alerts=("GaleraSplitBrain",),
            limits=("GaleraSplitBrain",),
            counts=True,
            width=4,
        ),
        Timeline(
            title="State of each member",
            asks=ask(number_of("galera_local_state", "cluster", "member"), "{{cluster}} {{member}}"),
            says="As the member says itself. Normal: synced. A donor is busy giving its data to a member that comes back.",
            alerts=_STATE_ALERTS,
            states=states_of("galera_local_state"),
        ),
        Timeline(
            title="Reasons for the verdict",
            asks=ask(holding("galera_cluster_reason", "cluster"), "{{cluster}} {{galera_cluster_reason}}"),
            says="What is not as it should be. Empty in a healthy cluster.",
            alerts=("GaleraQuorumAtRisk",),
            states=HOLDS,
            empty="nothing is wrong",
        ),
    ),
)

_SLOW = Section(
    "What slows the cluster down",
    (
        Lines(
            title="Flow control: share of time that replication stood still",
            asks=ask(rate("galera_flow_control_paused_seconds_total", "cluster", "member", of="max"), "{{cluster}} {{member}}"),
            says="All members wait while one catches up: every write of every service does. Normal: below 1 %.",
            unit="percentunit",
            alerts=("GaleraFlowControlPaused", "GaleraFlowControlPausedHard"),
            limits=("GaleraFlowControlPaused", "GaleraFlowControlPausedHard"),
        ),
        Timeline(
            title="Who asked for the pause",
            asks=ask("max by (cluster, member) (galera_flow_control_requested)", "{{cluster}} {{member}}"),
            says="The member that holds the others up: look at its disk and its applier threads.",
            alerts=("GaleraSlowNode",),
            states=("", "pauses"),
        ),
        Lines(
            title="Receive queue",
            asks=ask("max by (cluster, member) (galera_recv_queue)", "{{cluster}} {{member}}"),
            says="Write sets received and not applied. Normal: near 0. At the flow control limit the member stops the others.",
            unit="short",
            alerts=("GaleraDonorFallingBehind",),
        ),
        Lines(
            title="Write sets behind the foremost member",
            asks=ask("max by (cluster, member) (galera_seqno_lag)", "{{cluster}} {{member}}"),
            says="All members asked at the same instant. Normal: some dozens at most. Reads from a member that lags are old.",
            unit="short",
            alerts=("GaleraNodeLagging",),
            limits=("GaleraNodeLagging",),
        ),
        Lines(
            title="Flow control messages sent",
            asks=ask(rate("galera_flow_control_sent_total", "cluster", "member", of="max"), "{{cluster}} {{member}}"),
            says="A member that sends many is the slow one.",
            unit="ops",
            alerts=("GaleraSlowNode",),
            limits=("GaleraSlowNode",),
        ),
        Lines(
            title="Send queue",
            asks=ask("max by (cluster, member) (galera_send_queue)", "{{cluster}} {{member}}"),
            says="Write sets that wait for the network. Normal: 0. More tells of a slow or lossy network.",
            unit="short",
        ),
    ),
)

_HEADROOM = Section(
    "How long a member may be away",
    (
        Lines(
            title="Time until a member that leaves now needs a full copy",
            asks=ask("min by (cluster, member) (galera_ist_headroom_seconds)", "{{cluster}} {{member}}"),
            says="Normal: longer than an upgrade of a node takes. Then it comes back in seconds (IST) and burdens no donor.",
            unit="s",
            alerts=("GaleraIstHeadroomLow",),
            limits=("GaleraIstHeadroomLow",),
        ),
        Lines(
            title="The same in write sets",
            asks=ask("min by (cluster, member) (galera_ist_headroom_writesets)", "{{cluster}} {{member}}"),
            says="What the others' gcache holds for a member that comes back.",
            unit="short",
        ),
        Table(
            title="Members that are away",
            asks=(
                Ask("max by (cluster, member) (galera_absent_member_seconds)", "away for", "s"),
                Ask("max by (cluster, member) (galera_absent_member_ist_seconds)", "full copy needed in", "s"),
                Ask("max by (cluster, member) (galera_absent_member_missing_writesets)", "write sets missed", "short"),
                Ask("min by (cluster, member) (galera_absent_member_ist_possible)", "returns without", "bool_yes_no"),
            ),
            says="Members of the last day that are not read any more, and how long they can still come back cheaply.",
            unit="s",
            alerts=("GaleraAbsentMemberRunsOut", "GaleraAbsentMemberNeedsFullCopy"),
            columns={"cluster": "cluster", "member": "member"},
            empty="all members are there",
        ),
        Table(
            title="Members on their way in",
            asks=(Ask("max by (cluster, member, by, donor) (galera_joining_seconds)", "for", "s"),),
            says="By ist (seconds) or sst (a full copy: minutes to hours, and the donor is slow meanwhile).",
            unit="s",
            alerts=("GaleraJoiningLong",),
            columns={"cluster": "cluster", "member": "member", "by": "by", "donor": "donor"},
            empty="none is joining",
        ),
    ),
)

_CLIENTS = Section(
    "What services notice",
    (
        Lines(
            title="Transactions that lost to another node (deadlocks to clients)",
            asks=ask(
                both("galera_local_cert_failures_total", "galera_local_bf_aborts_total", "cluster"),
                "{{cluster}}",
            ),
            says="Two members changed the same rows. Services try again; many tell of writes spread over several members.",
            unit="ops",
            alerts=("GaleraConflictsHigh",),
            limits=("GaleraConflictsHigh",),
        ),
        Lines(
            title="Connections of clients, share of the limit",
            asks=ask("max by (cluster, member) (galera_threads_connected / galera_max_connections)", "{{cluster}} {{member}}"),
            says="At 100 % services get error 1040. Normal: below 60 %.",
            unit="percentunit",
            alerts=("GaleraConnectionsNearLimit",),
            limits=("GaleraConnectionsNearLimit",),
            most=1,
        ),
        Lines(
            title="Commits",
            asks=ask("max by (cluster) (galera_cluster_commits_per_second)", "{{cluster}}"),
            says="Write sets of the whole cluster over the last two minutes.",
            unit="ops",
        ),
        Timeline(
            title="Takes statements",
            asks=ask("max by (cluster, member) (galera_ready)", "{{cluster}} {{member}}"),
            says="wsrep_ready. A member that says no answers each statement with error 1047.",
            alerts=("GaleraNodeNotReady",),
            states=NO_YES,
        ),
    ),
)

_GROUP = Section(
    "Network and group",
    (
        Lines(
            title="Replication latency, average",
            asks=ask('max by (cluster, member) (galera_evs_repl_latency_seconds{stat="avg"})', "{{cluster}} {{member}}"),
            says="Time until own messages are safe on all members. Each commit waits for it. Normal: the network's round trip.",
            unit="s",
            alerts=("GaleraReplicationLatencyHigh",),
            limits=("GaleraReplicationLatencyHigh",),
        ),
        Lines(
            title="Replication latency, worst",
            asks=ask('max by (cluster, member) (galera_evs_repl_latency_seconds{stat="max"})', "{{cluster}} {{member}}"),
            says="The slowest message of the last minute.",
            unit="s",
        ),
        Lines(
            title="Changes of membership",
            asks=ask(increase("galera_view_changes_total", "cluster"), "{{cluster}}"),
            says="Members that come and go. Normal: 0 but for restarts.",
            unit="short",
            alerts=("GaleraMembershipFlapping",),
        ),
        Lines(
            title="Peers that answer late",
            asks=ask("max by (cluster, member, peer) (galera_evs_delayed_peer)", "{{cluster}} {{member}} sees {{peer}}")
            + ask("max by (cluster, member) (galera_evicted_members) > 0", "{{cluster}} {{member}} evicted"),
            says="Times that a member saw a peer become late or catch up. Look at the peer's network and CPU.",
            unit="short",
            alerts=("GaleraPeerDelayed", "GaleraNodeEvicted"),
            empty="none is late",
        ),
        Lines(
            title="Write sets in and out",
            asks=ask(rate("galera_replicated_bytes_total", "cluster", "member"), "{{cluster}} {{member}} sent")
            + ask(rate("galera_received_bytes_total", "cluster", "member"), "{{cluster}} {{member}} received"),
            says="Bytes of write sets.",
            unit="Bps",
        ),
        Timeline(
            title="Answers when asked",
            asks=ask("max by (cluster, member) (galera_up)", "{{cluster}} {{member}}"),
            says="Whether anybody answered at the member's address.",
            alerts=("GaleraNodeDown",),
            states=DOWN_UP,
        ),
    ),
)

PAGE = Page(
    name="galera",
    title="Galera",
    says="Is there a quorum, who is not in it, what slows everybody down, and how long may a member be away.",
    variables=(
        Variable("cluster", "galera_cluster_verdict", "Cluster"),
        Variable("member", "galera_up", "Member"),
    ),
    alerts_by=("cluster",),
    sections=(_FIRST, _SLOW, _HEADROOM, _CLIENTS, _GROUP),
)
