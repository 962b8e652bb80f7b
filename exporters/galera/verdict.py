"""What a reading of a cluster means. Pure: a snapshot and the thresholds in, a verdict with its reasons and evidence out.

Each rule looks for one thing and gives findings; the worst reason among them is the verdict (`exporters.galera.reasons`).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from exporters.galera import values
from exporters.galera.cluster import Cluster, histories, look
from exporters.galera.headroom import headrooms, returns
from exporters.galera.node import DONOR, INCONSISTENT, JOINED, JOINING, SYNCED, Node
from exporters.galera.reasons import REASONS, SEVERITY, State
from exporters.galera.settings import GaleraThresholds
from exporters.galera.snapshot import Snapshot
from exporters.model import Verdict


@dataclass(frozen=True, slots=True)
class Finding:
    """A reason, and where it is to be seen: `db1 wsrep_ready` -> `OFF`."""

    reason: str
    evidence: Mapping[str, str] = field(default_factory=dict)


Rule = Callable[[Cluster, GaleraThresholds], Iterator[Finding]]


def verdict(snapshot: Snapshot, thresholds: GaleraThresholds) -> Verdict:
    """The verdict on the cluster."""
    cluster = look(snapshot)
    findings = [finding for rule in RULES for finding in rule(cluster, thresholds)]
    reasons = tuple(dict.fromkeys(finding.reason for finding in findings))
    state: State = max((REASONS[reason].state for reason in reasons), key=SEVERITY.__getitem__, default="healthy")
    evidence = {where: what for finding in findings for where, what in finding.evidence.items()}
    ordered = sorted(reasons, key=lambda reason: -SEVERITY[REASONS[reason].state])
    return Verdict(f"cluster {snapshot.cluster}", state, state == "healthy", tuple(ordered), evidence)


def _answers(cluster: Cluster, _: GaleraThresholds) -> Iterator[Finding]:
    joining = {joiner.name for joiner in cluster.joining}
    for name, failure in cluster.failures.items():
        if name not in joining:
            yield Finding(f"node_{failure.word}", {name: failure.text})
    if cluster.nodes:
        return
    if any(failure.reachable for failure in cluster.failures.values()):
        yield Finding("no_node_readable")
    else:
        yield Finding("no_node_answers")


def _primary(cluster: Cluster, _: GaleraThresholds) -> Iterator[Finding]:
    if not cluster.nodes:
        return
    if not cluster.primary:
        seen = {f"{name} wsrep_cluster_status": node.status.get("cluster_status", "") for name, node in cluster.nodes.items()}
        others = any(failure.reachable for failure in cluster.failures.values())
        yield Finding("no_primary_seen" if others else "no_primary", seen)
    elif not any(node.ready for node in cluster.primary.values()):
        yield Finding("no_node_ready", {f"{name} wsrep_ready": "OFF" for name in cluster.primary})
    if len(cluster.components) > 1:
        parts = " | ".join(sorted(", ".join(sorted(part)) for part in cluster.components))
        yield Finding("separate_primaries", {"Primary components": parts} | _each(cluster.primary, "cluster_conf_id"))


def _cut_off(cluster: Cluster, _: GaleraThresholds) -> Iterator[Finding]:
    for name, node in cluster.nodes.items():
        if node.state == INCONSISTENT or node.status.get("local_state_comment", "").lower() == "inconsistent":
            yield Finding("node_inconsistent", _one(name, node, "local_state_comment"))
        elif _is_joining(node):
            continue
        elif not node.primary and cluster.primary:
            yield Finding("node_not_primary", _one(name, node, "cluster_status"))
        elif node.primary and not node.ready:
            yield Finding("node_not_ready", _one(name, node, "ready"))
    if len(histories(cluster.nodes.values())) > 1:
        yield Finding("other_history", _each(cluster.nodes, "local_state_uuid"))


def _joining(cluster: Cluster, _: GaleraThresholds) -> Iterator[Finding]:
    for joiner in cluster.joining:
        since = cluster.snapshot.taken_at - joiner.since
        told = f"for {since:.0f} s" + (f", from {joiner.donor}" if joiner.donor else "")
        reason = "node_joining_by_sst" if joiner.by == "sst" else "node_joining"
        evidence = {f"{joiner.name} joins by {joiner.by.upper()}": told}
        if joiner.name in cluster.nodes:
            evidence |= _one(joiner.name, cluster.nodes[joiner.name], "local_state_comment")
        yield Finding(reason, evidence)


def _desynced(cluster: Cluster, _: GaleraThresholds) -> Iterator[Finding]:
    feeding = {name for joiner in cluster.joining for name in joiner.donor.split(", ")}
    for name, node in cluster.nodes.items():
        if node.primary and node.state == DONOR and name not in feeding:
            wanted = {f"{name} wsrep_desync": "ON"} if node.desync_wanted else {}
            yield Finding("node_desynced", _one(name, node, "local_state_comment", "desync_count") | wanted)


def _behind(cluster: Cluster, thresholds: GaleraThresholds) -> Iterator[Finding]:
    for name, lag in cluster.lags().items():
        if lag > thresholds.lag:
            yield Finding("node_lagging", {f"{name} write sets behind": str(lag)})
    for name, node in cluster.primary.items():
        if (values.number(node.status.get("local_recv_queue")) or 0) > thresholds.recv_queue:
            yield Finding("node_queueing", _one(name, node, "local_recv_queue"))


def _size(cluster: Cluster, _: GaleraThresholds) -> Iterator[Finding]:
    if cluster.primary and cluster.size < cluster.expected:
        yield Finding("member_missing", {"wsrep_cluster_size": f"{cluster.size} of {cluster.expected}"})
    if cluster.one_loss_ends_it():
        yield Finding("one_loss_from_no_quorum", {"members that may be lost": str(cluster.spare())})


def _returning(cluster: Cluster, _: GaleraThresholds) -> Iterator[Finding]:
    joining = {joiner.name for joiner in cluster.joining}
    for name, back in returns(cluster).items():
        if not back.ist and back.missing is not None and name not in joining:
            yield Finding("full_copy_needed", {f"{name} missing write sets": f"{back.missing}, more than any gcache holds"})


def _flow(cluster: Cluster, thresholds: GaleraThresholds) -> Iterator[Finding]:
    parts = {name: cluster.snapshot.history.paused_part(name) or 0.0 for name in cluster.primary}
    paused = {f"{name} paused": f"{part:.0%} of the time" for name, part in parts.items() if part > thresholds.paused}
    if not paused:
        return
    yield Finding("flow_control", paused)
    for name, node in cluster.primary.items():
        if values.flag(node.status.get("flow_control_requested")):
            yield Finding("pause_requested", _one(name, node, "flow_control_requested"))


def _group(cluster: Cluster, thresholds: GaleraThresholds) -> Iterator[Finding]:
    names = cluster.snapshot.history.names
    for name, node in cluster.nodes.items():
        for late in values.delayed(node.status.get("evs_delayed")):
            peer = names.get(late.uuid, late.address)
            yield Finding("peer_delayed", {f"{name} wsrep_evs_delayed": f"{peer} ({late.changes:.0f} times)"})
        if evicted := node.status.get("evs_evict_list", ""):
            who = ", ".join(names.get(one, one) for one in evicted.split(","))
            yield Finding("node_evicted", {f"{name} wsrep_evs_evict_list": who})
        if node.status.get("evs_state", "").upper() in {"GATHER", "INSTALL"}:
            yield Finding("view_unsettled", _one(name, node, "evs_state"))
        if node.variables.get("reject_queries", "NONE").upper() != "NONE":
            yield Finding("node_rejects_queries", {f"{name} wsrep_reject_queries": node.variables["reject_queries"]})
    changes = len(cluster.snapshot.history.changed_at)
    if changes > thresholds.view_changes:
        yield Finding("views_flapping", {"changes of membership within an hour": str(changes)})


def _headroom(cluster: Cluster, thresholds: GaleraThresholds) -> Iterator[Finding]:
    for name, headroom in headrooms(cluster).items():
        if headroom.seconds is not None and headroom.seconds < thresholds.ist_headroom:
            about = "about " if headroom.estimated else ""
            told = f"{about}{headroom.seconds:.0f} s, {headroom.seqnos:.0f} write sets"
            yield Finding("ist_headroom_low", {f"{name} may be away for": told})


RULES: tuple[Rule, ...] = (
    _answers,
    _primary,
    _cut_off,
    _joining,
    _desynced,
    _behind,
    _size,
    _returning,
    _flow,
    _group,
    _headroom,
)


def _is_joining(node: Node) -> bool:
    comment = node.status.get("local_state_comment", "").lower()
    return node.state in {JOINING, JOINED} or (comment.startswith("joining") and node.state != SYNCED)


def _one(name: str, node: Node, *variables: str) -> dict[str, str]:
    return {f"{name} wsrep_{variable}": node.status.get(variable, "") for variable in variables}


def _each(nodes: Mapping[str, Node], variable: str) -> dict[str, str]:
    return {f"{name} wsrep_{variable}": node.status.get(variable, "") for name, node in nodes.items()}
