"""What a snapshot of OVN means. Pure. One verdict about the central part, one about this host's ovn-controller.

The worst reason gives the state. Whatever it is, packets go on being forwarded as long as Open vSwitch runs: what suffers is
what changes, new ports and moved ones.
"""

from collections.abc import Iterator, Mapping, Sequence

from clients.model import TargetError, TimedOutError
from exporters.model import Verdict
from exporters.ovn.ports import WrongPort
from exporters.ovn.servers import Database, Local
from exporters.ovn.snapshot import Snapshot, Southbound

STATES = ("healthy", "degraded", "behind", "no_leader", "down")
"""From best to worst."""
REASONS: Mapping[str, str] = {
    "member_unreachable": "degraded",
    "member_disconnected": "degraded",
    "storage_failed": "degraded",
    "northd_unreachable": "degraded",
    "northd_paused": "degraded",
    "northd_disconnected": "degraded",
    "chassis_behind": "degraded",
    "port_down": "degraded",
    "port_misplaced": "degraded",
    "port_without_chassis": "degraded",
    "gateway_failed_over": "degraded",
    "gateway_unclaimed": "degraded",
    "bfd_down": "degraded",
    "tables_unreadable": "degraded",
    "interface_not_installed": "degraded",
    "interface_not_bound": "degraded",
    "interfaces_unreadable": "degraded",
    "southbound_behind": "behind",
    "most_chassis_behind": "behind",
    "northd_not_active": "behind",
    "controller_disconnected": "behind",
    "no_leader": "no_leader",
    "several_clusters": "down",
    "northbound_unreachable": "down",
    "southbound_unreachable": "down",
    "controller_silent": "down",
    "controller_unreachable": "down",
}
"""Reason -> the state that it means."""
_NAMES = 5
_PORT_REASONS = {"down": "port_down", "misplaced": "port_misplaced", "no_chassis": "port_without_chassis"}

Found = tuple[str, dict[str, str]]


def verdicts(snapshot: Snapshot) -> Iterator[tuple[str, Verdict]]:
    """(host, verdict): the host is empty for the central part."""
    if snapshot.central:
        yield "", _verdict(f"ovn {snapshot.cluster}", _central(snapshot))
    if snapshot.controller is not None:
        host = snapshot.controller.host
        yield host, _verdict(f"ovn-controller {host}", _host(snapshot))


def _verdict(subject: str, reasons: Iterator[Found]) -> Verdict:
    found: dict[str, dict[str, str]] = {}
    for reason, evidence in reasons:
        found.setdefault(reason, {}).update(evidence)
    state = max((REASONS[reason] for reason in found), key=STATES.index, default=STATES[0])
    return Verdict(
        subject=subject,
        state=state,
        healthy=state == STATES[0],
        reasons=tuple(sorted(found, key=lambda reason: (-STATES.index(REASONS[reason]), reason))),
        evidence={where: value for told in found.values() for where, value in _some(told).items()},
    )


def _some(evidence: dict[str, str]) -> dict[str, str]:
    """The first of them, and how many more there are."""
    items = list(evidence.items())
    if len(items) <= _NAMES:
        return evidence
    return {**dict(items[:_NAMES]), f"{items[0][0]} and others": f"{len(items) - _NAMES} more"}


def _central(snapshot: Snapshot) -> Iterator[Found]:
    for side, database in snapshot.databases.items():
        yield from _database(side, database)
    yield from _northd(snapshot)
    yield from _northbound(snapshot)
    if isinstance(snapshot.southbound, TargetError):
        yield "tables_unreadable", {"southbound tables": str(snapshot.southbound)}
    elif snapshot.southbound is not None:
        yield from _chassis(snapshot, snapshot.southbound)
        yield from _ports(snapshot.southbound.wrong, snapshot)
        yield from _gateways(snapshot.southbound)


def _database(side: str, database: Database) -> Iterator[Found]:
    failed = {f"{side} {remote}": str(error) for remote, error in database.remotes.items() if isinstance(error, TargetError)}
    answering = database.answering
    if failed:
        yield "member_unreachable" if answering else f"{side}_unreachable", failed
    if len(clusters := {server.cluster for server in answering}) > 1:
        yield "several_clusters", {f"{side} _Server.Database.cid": ", ".join(sorted(clusters))}
    if answering and not any(server.leader for server in answering):
        yield "no_leader", {f"{side} _Server.Database.leader": f"false on {', '.join(server.name for server in answering)}"}
    if lost := [server.name for server in answering if not server.connected]:
        yield "member_disconnected", {f"{side} _Server.Database.connected": f"false on {', '.join(lost)}"}
    for control, local in database.local.items():
        if isinstance(local, TargetError):
            yield "member_unreachable", {f"{side} {control}": str(local)}
        elif local.storage is False:
            yield "storage_failed", {f"{side} get-db-storage-status": f"not ok on {local.name}"}
    if not database.remotes:
        yield from _local_leader(side, [local for local in database.local.values() if isinstance(local, Local)])


def _local_leader(side: str, found: Sequence[Local]) -> Iterator[Found]:
    """Where only control sockets are asked: a member that knows no leader."""
    if lost := [local.name for local in found if local.raft and not local.raft.leader]:
        yield "no_leader", {f"{side} cluster/status Leader": f"unknown on {', '.join(lost)}"}


def _northd(snapshot: Snapshot) -> Iterator[Found]:
    working = False
    for run_dir, northd in snapshot.northd.items():
        if isinstance(northd, TargetError):
            yield "northd_unreachable", {f"ovn-northd {run_dir}": str(northd)}
            continue
        working |= northd.status in {"active", "standby"}  # where one stands by, another is active
        if northd.status == "paused":
            yield "northd_paused", {f"ovn-northd {run_dir} status": "paused; ovs-appctl -t ovn-northd resume"}
        elif not (northd.northbound and northd.southbound):
            yield "northd_disconnected", {f"ovn-northd {run_dir} nb/sb-connection-status": "not connected"}
    if snapshot.northd and not working:
        yield "northd_not_active", {"ovn-northd status": "none of those asked is active or standby"}


def _northbound(snapshot: Snapshot) -> Iterator[Found]:
    if isinstance(snapshot.northbound, TargetError):
        yield "tables_unreadable", {"northbound tables": str(snapshot.northbound)}
    elif snapshot.northbound is not None and snapshot.northbound.behind >= snapshot.limits.behind_after:
        numbers = snapshot.northbound.numbers
        yield (
            "southbound_behind",
            {"NB_Global sb_cfg of nb_cfg": f"{numbers.southbound} of {numbers.wanted} for {snapshot.northbound.behind:.0f} s"},
        )


def _chassis(snapshot: Snapshot, southbound: Southbound) -> Iterator[Found]:
    late = [lag for lag in southbound.chassis if lag.behind >= snapshot.limits.behind_after]
    if not late:
        return
    evidence = {
        f"Chassis_Private {lag.name} ({lag.host or 'no chassis'}) nb_cfg": f"{lag.lag} behind for {lag.behind:.0f} s"
        for lag in sorted(late, key=lambda lag: -lag.behind)
    }
    yield "most_chassis_behind" if 2 * len(late) > len(southbound.chassis) else "chassis_behind", evidence


def _ports(wrong: Sequence[WrongPort], snapshot: Snapshot) -> Iterator[Found]:
    for port in wrong:
        age = snapshot.at - port.since
        if age >= snapshot.limits.wrong_after:
            yield (
                _PORT_REASONS[port.state],
                {f"Port_Binding {port.port} ({port.where})": f"{port.state} for {age:.0f} s"},
            )


def _gateways(southbound: Southbound) -> Iterator[Found]:
    for gateway in southbound.gateways:
        if gateway.state != "on_preferred":
            value = f"on {gateway.host or 'no chassis'}, preferred {gateway.preferred or 'none alive'}"
            yield f"gateway_{gateway.state}", {f"Port_Binding {gateway.port}": value}
    if down := southbound.sessions.get("down", 0):
        yield "bfd_down", {"BFD status": f"down in {down}"}


def _host(snapshot: Snapshot) -> Iterator[Found]:
    controller = snapshot.controller
    if controller is None:
        return
    if isinstance(controller.daemon, TargetError):
        silent = isinstance(controller.daemon, TimedOutError)
        yield f"controller_{'silent' if silent else 'unreachable'}", {"ovn-controller": str(controller.daemon)}
    elif not controller.daemon.connected:
        yield "controller_disconnected", {"ovn-controller connection-status": "not connected"}
    if isinstance(controller.interfaces, TargetError):
        yield "interfaces_unreadable", {"Open_vSwitch database": str(controller.interfaces)}
    for port in snapshot.unwired:
        age = snapshot.at - port.since
        if age >= snapshot.limits.wrong_after:
            yield f"interface_{port.state}", {f"Interface {port.where} iface-id {port.port}": f"{port.state} for {age:.0f} s"}
