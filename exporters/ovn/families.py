"""The metric families of a snapshot of OVN. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence

from clients.model import TargetError
from exporters.metrics import Samples
from exporters.ovn import metrics
from exporters.ovn.controller import INTERFACE_STATES, Controller, Daemon
from exporters.ovn.northd import Northd
from exporters.ovn.ports import GATEWAY_STATES
from exporters.ovn.raft import Raft
from exporters.ovn.servers import Database, Local, Server
from exporters.ovn.snapshot import Northbound, Snapshot, Southbound
from exporters.ovn.verdict import verdicts
from exporters.ovn.work import EngineNode, FlowCache, Stopwatch


def samples(snapshot: Snapshot) -> Samples:
    """All of it."""
    made, cluster = Samples(), snapshot.cluster
    for host, meaning in verdicts(snapshot):
        made.state(metrics.VERDICT, meaning.state, cluster, host)
        made.states(metrics.REASON, meaning.reasons, cluster, host)
    for side, database in snapshot.databases.items():
        _database(made, cluster, side, database)
    for side, tables in (("northbound", snapshot.northbound), ("southbound", snapshot.southbound)):
        if tables is not None:
            made.add(metrics.TABLES_UP, not isinstance(tables, TargetError), cluster, side)
    if isinstance(snapshot.northbound, Northbound):
        _northbound(made, snapshot, snapshot.northbound)
    if isinstance(snapshot.southbound, Southbound):
        _southbound(made, snapshot, snapshot.southbound)
    for run_dir, northd in snapshot.northd.items():
        _northd(made, (cluster, run_dir), northd)
    if snapshot.controller is not None:
        _controller(made, snapshot, snapshot.controller)
    return made


def _database(made: Samples, cluster: str, side: str, database: Database) -> None:
    for remote, server in database.remotes.items():
        made.add(metrics.DATABASE_UP, isinstance(server, Server), cluster, side, remote)
    for control, local in database.local.items():
        made.add(metrics.CONTROL_UP, isinstance(local, Local), cluster, side, control)
    made.add(metrics.DATABASE_SIZE, database.size, cluster, side)
    locals_ = {local.name: local for local in database.local.values() if isinstance(local, Local)}
    servers = {server.name: (remote, server) for remote, server in database.remotes.items() if isinstance(server, Server)}
    for name, (remote, server) in servers.items():
        labels = (cluster, side, name)
        made.info(metrics.SERVER_INFO, {"remote": remote, "cluster_id": server.cluster}, *labels)
        made.add(metrics.LEADER, server.leader, *labels)
        made.add(metrics.CONNECTED, server.connected, *labels)
        made.add(metrics.INDEX, server.index, *labels)
    for name, local in locals_.items():
        _local(made, (cluster, side, name), local, leader_known=name in servers)


def _local(made: Samples, labels: tuple[str, str, str], local: Local, *, leader_known: bool) -> None:
    made.add(metrics.STORAGE_OK, local.storage, *labels)
    for kind, number in local.memory.items():
        made.add(metrics.DATABASE_MEMORY, number, *labels, kind)
    if local.raft is None:
        return
    if not leader_known:
        made.add(metrics.LEADER, local.raft.role == "leader", *labels)
    _raft(made, labels, local.raft)


def _raft(made: Samples, labels: tuple[str, str, str], raft: Raft) -> None:
    made.state(metrics.ROLE, raft.role, *labels)
    entries = None if raft.first is None or raft.next is None else raft.next - raft.first
    for metric, value in (
        (metrics.MEMBER, raft.member),
        (metrics.TERM, raft.term),
        (metrics.ELECTION_TIMER, raft.election_timer),
        (metrics.LOG_ENTRIES, entries),
        (metrics.UNCOMMITTED, raft.uncommitted),
        (metrics.UNAPPLIED, raft.unapplied),
        (metrics.SERVERS, raft.servers),
        (metrics.CONNECTED_PEERS, raft.sent),
        (metrics.DISCONNECTIONS, raft.disconnections),
    ):
        made.add(metric, value, *labels)
    for peer in raft.peers:
        made.add(metrics.PEER_NEXT, peer.next_index, *labels, peer.server)
        made.add(metrics.PEER_MATCH, peer.match_index, *labels, peer.server)
        made.add(metrics.PEER_SILENT, peer.silent, *labels, peer.server)


def _northbound(made: Samples, snapshot: Snapshot, found: Northbound) -> None:
    cluster, numbers = snapshot.cluster, found.numbers
    made.add(metrics.NB_CFG, numbers.wanted, cluster)
    made.add(metrics.SB_CFG, numbers.southbound, cluster)
    made.add(metrics.NB_TIME, numbers.wanted_at or None, cluster)
    made.add(metrics.SB_TIME, numbers.southbound_at or None, cluster)
    made.add(metrics.SB_BEHIND, found.behind, cluster)
    southbound = snapshot.southbound
    chassis = southbound.chassis_count if isinstance(southbound, Southbound) else numbers.chassis_at
    if chassis:  # without any, ovn-northd itself says that all have followed
        made.add(metrics.HV_CFG, numbers.chassis, cluster)
        made.add(metrics.HV_TIME, numbers.chassis_at or None, cluster)
    for up, number in found.ports.items():
        made.add(metrics.LOGICAL_PORTS, number, cluster, up)


def _southbound(made: Samples, snapshot: Snapshot, found: Southbound) -> None:
    cluster = snapshot.cluster
    made.add(metrics.CHASSIS, found.chassis_count, cluster)
    for lag in found.chassis:
        labels = (cluster, lag.host, lag.name)
        made.add(metrics.CHASSIS_LAG, lag.lag, *labels)
        made.add(metrics.CHASSIS_BEHIND, lag.behind, *labels)
        made.add(metrics.CHASSIS_TIME, lag.followed_at or None, *labels)
        made.add(metrics.METADATA_LAG, lag.metadata_lag, *labels)
    for state, number in found.ports.items():
        made.add(metrics.PORTS, number, cluster, state)
    limit = snapshot.limits.max_wrong_ports
    for port in found.wrong[:limit]:
        made.add(metrics.PORT_WRONG, port.since, cluster, port.where, port.port, port.state)
    made.add(metrics.PORTS_LEFT_OUT, max(0, len(found.wrong) - limit), cluster)
    of = Counter(gateway.state for gateway in found.gateways)
    for where in GATEWAY_STATES:
        made.add(metrics.GATEWAYS, of[where], cluster, where)
    for host, number in Counter(gateway.host for gateway in found.gateways if gateway.host).items():
        made.add(metrics.GATEWAYS_ACTIVE, number, cluster, host)
    for status, number in found.sessions.items():
        made.add(metrics.SESSIONS, number, cluster, status)
    for table, number in found.rows.items():
        made.add(metrics.ROWS, number, cluster, table)


def _northd(made: Samples, labels: tuple[str, str], northd: Northd | TargetError) -> None:
    made.add(metrics.NORTHD_UP, isinstance(northd, Northd), *labels)
    if isinstance(northd, TargetError):
        return
    made.state(metrics.NORTHD_STATUS, northd.status, *labels)
    made.add(metrics.NORTHD_CONNECTED, northd.northbound, *labels, "northbound")
    made.add(metrics.NORTHD_CONNECTED, northd.southbound, *labels, "southbound")
    _work(made, metrics.NORTHD, labels, northd.stopwatches, northd.engine)
    _counts(made, metrics.NORTHD, labels, northd.coverage, northd.memory)


def _work(
    made: Samples, of: metrics.Work, labels: tuple[str, ...], stopwatches: Sequence[Stopwatch], engine: Sequence[EngineNode]
) -> None:
    for watch in stopwatches:
        for metric, value in (
            (of.samples, watch.samples),
            (of.longest, watch.longest),
            (of.shortest, watch.shortest),
            (of.p95, watch.p95),
            (of.short_average, watch.short_average),
            (of.long_average, watch.long_average),
        ):
            made.add(metric, value, *labels, watch.name)
    for node in engine:
        made.add(of.recompute, node.recompute, *labels, node.name)
        made.add(of.compute, node.compute, *labels, node.name)
        made.add(of.cancel, node.cancel, *labels, node.name)


def _counts(
    made: Samples, of: metrics.Work, labels: tuple[str, ...], coverage: Mapping[str, int], memory: Mapping[str, int]
) -> None:
    for event, total in coverage.items():
        made.add(of.coverage, total, *labels, event)
    for kind, number in memory.items():
        made.add(of.memory, number, *labels, kind)


def _controller(made: Samples, snapshot: Snapshot, controller: Controller) -> None:
    host = controller.host
    made.add(metrics.CONTROLLER_UP, isinstance(controller.daemon, Daemon), host)
    if isinstance(controller.daemon, Daemon):
        daemon = controller.daemon
        made.add(metrics.CONTROLLER_CONNECTED, daemon.connected, host)
        _work(made, metrics.CONTROLLER, (host,), daemon.stopwatches, daemon.engine)
        _counts(made, metrics.CONTROLLER, (host,), daemon.coverage, daemon.memory)
        if daemon.flow_cache is not None:
            _flow_cache(made, host, daemon.flow_cache)
    if isinstance(controller.interfaces, TargetError):
        return
    states = Counter(controller.states.values())
    for state in INTERFACE_STATES:
        made.add(metrics.INTERFACES, states[state], host, state)
    limit = snapshot.limits.max_wrong_ports
    for port in snapshot.unwired[:limit]:
        made.add(metrics.INTERFACE_WRONG, port.since, host, port.where, port.port, port.state)
    made.add(metrics.INTERFACES_LEFT_OUT, max(0, len(snapshot.unwired) - limit), host)


def _flow_cache(made: Samples, host: str, cache: FlowCache) -> None:
    made.add(metrics.CACHE_ENABLED, cache.enabled, host)
    made.add(metrics.CACHE_ENTRIES, cache.entries, host)
    made.add(metrics.CACHE_HIGHEST, cache.highest, host)
    made.add(metrics.CACHE_TRIMS, cache.trims, host)
    made.add(metrics.CACHE_MEMORY, cache.memory, host)
