"""A snapshot as metric families. Pure."""

import math
import re
from collections.abc import Iterable

from prometheus_client.metrics_core import Metric as Family

from exporters.galera import metrics, values
from exporters.galera.cluster import Cluster, histories, look
from exporters.galera.headroom import headrooms, returns, window
from exporters.galera.metrics import FLAGS, NUMBERS
from exporters.galera.node import STATES, Node
from exporters.galera.settings import GaleraThresholds
from exporters.galera.snapshot import Snapshot
from exporters.galera.verdict import verdict
from exporters.metrics import Metric, Samples

OTHERS = 60
"""Variables at most that come as `galera_status_value`; the group's statistics, switched on, are some 20."""

_LEFT_OUT = re.compile(r"(_avg|_max|_min|_oooe|_oool|_window|cert_interval|cert_deps_distance|flow_control_paused|_hs)$")
_SEEN = {
    *NUMBERS,
    *FLAGS,
    *"flow_control_paused_ns flow_control_interval flow_control_interval_high flow_control_status local_state".split(),
}
_STATUSES = {"primary": "primary", "non-primary": "non_primary", "disconnected": "disconnected"}
_PAIR = re.compile(r"\(\s*(\d+)\s*,\s*(\d+)\s*\)")
_SQUARE_ROOT_UNLESS = ("gcs.fc_master_slave", "gcs.fc_single_primary")


def families(snapshot: Snapshot, thresholds: GaleraThresholds) -> Iterable[Family]:
    """All metrics of a cluster."""
    samples = Samples()
    cluster = look(snapshot)
    _of_cluster(samples, cluster, thresholds)
    _coming_back(samples, cluster)
    for name, failure in cluster.failures.items():
        samples.add(metrics.UP, float(failure.reachable), snapshot.cluster, name)
        samples.state(metrics.READ, failure.word, snapshot.cluster, name)
    for name, node in cluster.nodes.items():
        labels = (snapshot.cluster, name)
        samples.add(metrics.UP, 1.0, *labels)
        samples.state(metrics.READ, "ok", *labels)
        samples.add(metrics.READ_SECONDS, node.took, *labels)
        _of_node(samples, node, labels)
        _of_group(samples, node, cluster, labels)
        _configured(samples, node, labels)
        _told(samples, node, labels)
    return samples


def _of_cluster(samples: Samples, cluster: Cluster, thresholds: GaleraThresholds) -> None:
    snapshot = cluster.snapshot
    name = snapshot.cluster
    found = verdict(snapshot, thresholds)
    samples.state(metrics.VERDICT, found.state, name)
    samples.states(metrics.REASON, found.reasons, name)
    samples.add(metrics.EXPECTED, cluster.expected or None, name)
    samples.add(metrics.HISTORIES, len(histories(cluster.nodes.values())) if cluster.nodes else None, name)
    samples.add(metrics.VIEWS, len(cluster.components) if cluster.nodes else None, name)
    samples.add(metrics.CHANGES, snapshot.history.changes, name)
    samples.add(metrics.SPARE, cluster.spare(), name)
    samples.add(metrics.SPREAD, snapshot.spread, name)
    samples.add(metrics.COMMIT_RATE, snapshot.history.rate(), name)
    for member, lag in cluster.lags().items():
        samples.add(metrics.LAG, lag, name, member)
    for (member, peer), listed in cluster.listing().items():
        samples.add(metrics.LISTS, float(listed), name, member, peer)


def _coming_back(samples: Samples, cluster: Cluster) -> None:
    snapshot = cluster.snapshot
    name = snapshot.cluster
    for member, node in cluster.nodes.items():
        samples.add(metrics.WINDOW, window(node), name, member)
    for member, headroom in headrooms(cluster).items():
        samples.add(metrics.HEADROOM, headroom.seqnos, name, member)
        samples.add(metrics.HEADROOM_SECONDS, headroom.seconds, name, member)
        samples.add(metrics.HEADROOM_ESTIMATED, float(headroom.estimated), name, member)
    for member, back in returns(cluster).items():
        samples.add(metrics.ABSENT_SECONDS, snapshot.taken_at - (back.member.lost_at or snapshot.taken_at), name, member)
        samples.add(metrics.ABSENT_MISSING, back.missing, name, member)
        samples.add(metrics.ABSENT_IST, float(back.ist) if back.missing is not None else None, name, member)
        samples.add(metrics.ABSENT_LEFT, back.seconds, name, member)
    for joiner in cluster.joining:
        samples.add(metrics.JOINING_SECONDS, snapshot.taken_at - joiner.since, name, joiner.name, joiner.by, joiner.donor)


def _of_node(samples: Samples, node: Node, labels: tuple[str, str]) -> None:
    """What a variable says by itself."""
    for variable, metric in NUMBERS.items():
        value = values.number(node.status.get(variable))
        samples.add(metric, value if value is None or value >= 0 else None, *labels)
    for variable, metric in FLAGS.items():
        _flag(samples, metric, node.status.get(variable), labels)
    if "flow_control_active" not in node.status:
        _flag(samples, FLAGS["flow_control_active"], node.status.get("flow_control_status"), labels)
    if node.state is not None and node.state < len(STATES):
        samples.state(metrics.STATE, STATES[node.state], *labels)
    samples.state(metrics.STATUS, _STATUSES.get(node.status.get("cluster_status", "").lower()), *labels)
    evs = node.status.get("evs_state", "").lower()
    samples.state(metrics.EVS_STATE, evs if evs in metrics.EVS_STATE.states else None, *labels)
    samples.add(metrics.PAUSED, node.paused_seconds, *labels)
    samples.add(metrics.CHECKPOINT, values.position(node.status.get("checkpoint_position")), *labels)
    samples.add(metrics.SE_CHECKPOINT, values.position(node.status.get("se_checkpoint")), *labels)
    _monitors(samples, node.status.get("monitor_status (l/a/c)", ""), labels)
    unknown = [variable for variable in node.status if variable not in _SEEN and not _LEFT_OUT.search(variable)]
    numbers = [(variable, values.number(node.status[variable])) for variable in sorted(unknown)]
    for variable, value in [known for known in numbers if known[1] is not None][:OTHERS]:
        samples.add(metrics.OTHER, value, *labels, variable)


def _of_group(samples: Samples, node: Node, cluster: Cluster, labels: tuple[str, str]) -> None:
    """What it says of the others and of the way to them."""
    samples.add(metrics.LIMIT, _flow_control_limit(node), *labels)
    if latency := values.latency(node.status.get("evs_repl_latency")):
        figures = {"min": latency.minimum, "avg": latency.average, "max": latency.maximum, "stddev": latency.deviation}
        for stat, figure in figures.items():
            samples.add(metrics.LATENCY, figure, *labels, stat)
    samples.add(metrics.LATENCY_MESSAGES, latency.messages if latency else 0.0, *labels)
    names = cluster.snapshot.history.names
    late = {names.get(one.uuid, one.address or one.uuid): one.changes for one in values.delayed(node.status.get("evs_delayed"))}
    for peer, changes in late.items():
        samples.add(metrics.DELAYED, changes, *labels, peer)
    samples.add(metrics.EVICTED, len(list(filter(None, node.status.get("evs_evict_list", "").split(",")))), *labels)


def _configured(samples: Samples, node: Node, labels: tuple[str, str]) -> None:
    variables, options = node.variables, node.options
    samples.add(metrics.THREADS_CONNECTED, node.connections, *labels)
    samples.add(metrics.MAX_CONNECTIONS, values.number(variables.get("max_connections")), *labels)
    samples.add(metrics.GCACHE_BYTES, values.size(options.get("gcache.size")), *labels)
    samples.add(metrics.WEIGHT, values.number(options.get("pc.weight")), *labels)
    threads = variables.get("applier_threads", variables.get("slave_threads"))
    samples.add(metrics.THREADS_WANTED, values.number(threads), *labels)
    _flag(samples, metrics.DESYNC_CONFIGURED, variables.get("desync"), labels)
    if "reject_queries" in variables:
        samples.add(metrics.REJECTS, float(variables["reject_queries"].upper() != "NONE"), *labels)


def _told(samples: Samples, node: Node, labels: tuple[str, str]) -> None:
    """Texts."""
    status, variables = node.status, node.variables
    info = {"address": node.target, "incoming_address": node.address or "", "version": variables.get("version", "")}
    info |= {"cluster_name": variables.get("cluster_name", ""), "provider": status.get("provider_name", "")}
    info |= {f"provider_{what}": status.get(f"provider_{what}", "") for what in ("vendor", "version")}
    samples.info(metrics.NODE_INFO, info, *labels)
    samples.info(metrics.GROUP_INFO, {name: status.get(name, "") for name in metrics.GROUP_INFO.told}, *labels)
    comment = {"comment": status.get("local_state_comment", ""), "ist": status.get("ist_receive_status", "")}
    samples.info(metrics.STATE_INFO, comment, *labels)
    samples.info(metrics.CAPABILITIES_INFO, {name: status.get(name, "") for name in metrics.CAPABILITIES_INFO.told}, *labels)


def _flow_control_limit(node: Node) -> float | None:
    """Percona says it. Elsewhere it is gcs.fc_limit times the square root of the size, unless one node alone writes."""
    told = values.number(node.status.get("flow_control_interval_high"))
    limit = values.number(node.options.get("gcs.fc_limit"))
    if told is not None or limit is None:
        return told
    alone = any(values.flag(node.options.get(option)) for option in _SQUARE_ROOT_UNLESS)
    return limit if alone else limit * math.sqrt(max(1, node.size))


def _monitors(samples: Samples, text: str, labels: tuple[str, str]) -> None:
    """`[ (41, 41), (22, 22), (22, 22) ]`: local, apply and commit monitor, entered and left."""
    for monitor, (entered, left) in zip(("local", "apply", "commit"), _PAIR.findall(text), strict=False):
        samples.add(metrics.MONITOR, float(entered), *labels, monitor, "entered")
        samples.add(metrics.MONITOR, float(left), *labels, monitor, "left")


def _flag(samples: Samples, metric: Metric, text: str | None, labels: tuple[str, str]) -> None:
    value = values.flag(text)
    samples.add(metric, float(value) if value is not None else None, *labels)
