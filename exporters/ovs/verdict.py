"""What a snapshot of Open vSwitch means. Pure.

The worst reason gives the state. `stalled` is not `down`: packets of known flows still pass, but no port is plugged and no flow
is installed any more.
"""

from collections.abc import Iterator, Mapping

from clients.model import TargetError, TimedOutError
from exporters.model import Verdict
from exporters.ovs.database import Database, Remote
from exporters.ovs.snapshot import Snapshot
from exporters.ovs.vswitchd import Vswitchd

STATES = ("healthy", "degraded", "saturated", "stalled", "down")
"""From best to worst."""
REASONS: Mapping[str, str] = {
    "interface_error": "degraded",
    "dead_vlan": "degraded",
    "controller_disconnected": "degraded",
    "manager_disconnected": "degraded",
    "bond_member_disabled": "degraded",
    "lacp_not_current": "degraded",
    "bfd_down": "degraded",
    "upcalls_lost": "saturated",
    "flow_dump_slow": "saturated",
    "flow_limit_reduced": "saturated",
    "flow_table_near_limit": "saturated",
    "conntrack_near_limit": "saturated",
    "configuration_not_applied": "stalled",
    "database_unreachable": "stalled",
    "database_silent": "stalled",
    "vswitchd_silent": "stalled",
    "vswitchd_unreachable": "down",
}
"""Reason -> the state that it means."""
SLOW_DUMP = 1.3
"""Seconds for a dump of the flow table, from which ovs-vswitchd lowers its limit (ofproto-dpif-upcall.c)."""
START_LIMIT = 10_000
"""The limit of flows that ovs-vswitchd begins with and raises as it can; less than that has been lowered."""
NEAR = 0.9
STUCK = 10.0
"""Seconds without any progress: adding hundreds of ports at once takes less."""
_NAMES = 5


def verdict(snapshot: Snapshot) -> Verdict:
    """One verdict about the host."""
    found = dict(_reasons(snapshot))
    state = max((REASONS[reason] for reason in found), key=STATES.index, default=STATES[0])
    return Verdict(
        subject=f"ovs {snapshot.host}",
        state=state,
        healthy=state == STATES[0],
        reasons=tuple(sorted(found, key=lambda reason: (-STATES.index(REASONS[reason]), reason))),
        evidence={where: value for told in found.values() for where, value in told.items()},
    )


Found = tuple[str, dict[str, str]]


def _reasons(snapshot: Snapshot) -> Iterator[Found]:
    """Each reason with its evidence."""
    if isinstance(snapshot.database, TargetError):
        yield _unanswered("database", snapshot.database)
    else:
        yield from _configuration(snapshot, snapshot.database)
        yield from _ports(snapshot.database)
        yield from _remotes(snapshot.database)
    if isinstance(snapshot.vswitchd, TargetError):
        yield _unanswered("vswitchd", snapshot.vswitchd)
    else:
        yield from _datapath(snapshot, snapshot.vswitchd)
        yield from _bonds(snapshot.vswitchd)


def _unanswered(part: str, error: TargetError) -> Found:
    return f"{part}_{'silent' if isinstance(error, TimedOutError) else 'unreachable'}", {part: str(error)}


def _configuration(snapshot: Snapshot, database: Database) -> Iterator[Found]:
    if snapshot.stuck >= STUCK:
        yield (
            "configuration_not_applied",
            {"Open_vSwitch next_cfg - cur_cfg": f"{database.system.pending}, no progress for {snapshot.stuck:.0f} s"},
        )


def _ports(database: Database) -> Iterator[Found]:
    if failed := [each for each in database.interfaces if each.failed]:
        yield "interface_error", _some({f"Interface {each.name} error": each.error or "ofport -1" for each in failed})
    if dead := [each for each in database.interfaces if each.dead]:
        yield "dead_vlan", _some({f"Port {each.port} tag": f"4095 (Neutron port {each.port_id or 'unknown'})" for each in dead})
    if down := [each for each in database.interfaces if each.bfd.get("state", "up") not in {"up", "admin_down"}]:
        yield "bfd_down", _some({f"Interface {each.name} bfd_status": each.bfd["state"] for each in down})


def _remotes(database: Database) -> Iterator[Found]:
    for kind, remotes in (("Controller", database.controllers), ("Manager", database.managers)):
        if lost := [remote for remote in remotes if remote.lost]:
            yield (
                f"{kind.lower()}_disconnected",
                _some({_remote(kind, each): f"{each.state} {each.last_error}".strip() for each in lost}),
            )


def _remote(kind: str, remote: Remote) -> str:
    return " ".join(word for word in (kind, remote.bridge, remote.target) if word)


def _datapath(snapshot: Snapshot, daemon: Vswitchd) -> Iterator[Found]:
    if snapshot.lost > 0:
        yield "upcalls_lost", {"dpctl/show lost, pmd-stats-show failed upcall": f"{snapshot.lost} packets since the last look"}
    wanted = None if isinstance(snapshot.database, TargetError) else snapshot.database.system.flow_limit
    usual = START_LIMIT if wanted is None else min(wanted, START_LIMIT)
    for one in daemon.upcalls:
        where = f"upcall/show {one.datapath}"
        if one.dump_duration is not None and one.dump_duration > SLOW_DUMP:
            yield "flow_dump_slow", {f"{where} dump duration": f"{one.dump_duration:g} s"}
        if one.limit is not None and one.limit < usual:
            yield "flow_limit_reduced", {f"{where} limit": f"{one.limit}, begun with {usual}"}
        if one.limit is not None and one.flows is not None and one.flows > NEAR * one.limit:
            yield "flow_table_near_limit", {f"{where} flows": f"{one.flows} of {one.limit}"}
    tracked = daemon.conntrack
    if tracked is not None and tracked.limit and tracked.connections > NEAR * tracked.limit:
        yield "conntrack_near_limit", {"dpctl/ct-get-nconns": f"{tracked.connections} of {tracked.limit}"}


def _bonds(daemon: Vswitchd) -> Iterator[Found]:
    if off := [(bond.name, member.name) for bond in daemon.bonds for member in bond.members if not member.enabled]:
        yield "bond_member_disabled", _some({f"bond/show {bond} {member}": "disabled" for bond, member in off})
    if lost := [each for each in daemon.lacp if each.state not in {None, "current"}]:
        yield "lacp_not_current", _some({f"lacp/show {each.bond} {each.member}": str(each.state) for each in lost})


def _some(evidence: dict[str, str]) -> dict[str, str]:
    """The first of them, and how many more there are."""
    items = list(evidence.items())
    if len(items) > _NAMES:
        what = items[0][0].split()[0]
        return {**dict(items[:_NAMES]), f"{what} and others": f"{len(items) - _NAMES} more"}
    return evidence
