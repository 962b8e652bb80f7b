"""The metric families of a snapshot of Open vSwitch. Pure."""

from collections.abc import Iterable, Sequence

from clients.model import TargetError
from exporters.metrics import Samples
from exporters.ovs import metrics
from exporters.ovs.bonds import Bond, Lacp, LacpCounters
from exporters.ovs.database import Database, Interface
from exporters.ovs.datapath import Datapath, Upcalls
from exporters.ovs.macs import Macs
from exporters.ovs.pmd import Queues, Thread
from exporters.ovs.snapshot import Snapshot
from exporters.ovs.verdict import verdict
from exporters.ovs.vswitchd import Vswitchd


def samples(snapshot: Snapshot) -> Samples:
    """All of it."""
    made, host = Samples(), snapshot.host
    meaning = verdict(snapshot)
    made.state(metrics.VERDICT, meaning.state, host)
    made.states(metrics.REASON, meaning.reasons, host)
    made.add(metrics.DATABASE_UP, not isinstance(snapshot.database, TargetError), host)
    made.add(metrics.VSWITCHD_UP, not isinstance(snapshot.vswitchd, TargetError), host)
    if not isinstance(snapshot.database, TargetError):
        made.add(metrics.CONFIG_STUCK, snapshot.stuck, host)
        _database(made, host, snapshot.database, snapshot.max_interfaces)
    if not isinstance(snapshot.vswitchd, TargetError):
        _vswitchd(made, host, snapshot.vswitchd)
    return made


def _database(made: Samples, host: str, database: Database, limit: int) -> None:
    _system(made, host, database)
    for manager in database.managers:
        made.add(metrics.MANAGER_CONNECTED, manager.connected, host, manager.target)
    for controller in database.controllers:
        made.add(metrics.CONTROLLER_CONNECTED, controller.connected, host, controller.bridge, controller.target)
    _bridges(made, host, database)
    told = _most_telling(database.interfaces, limit)
    made.add(metrics.INTERFACES_LEFT_OUT, len(database.interfaces) - len(told), host)
    for interface in told:
        _interface(made, host, interface)


def _system(made: Samples, host: str, database: Database) -> None:
    system, ovn = database.system, database.system.ovn
    made.info(
        metrics.INFO,
        {
            "system_id": system.system_id,
            "version": system.ovs_version,
            "schema_version": system.schema_version,
            "dpdk": str(system.dpdk).lower(),
            "hw_offload": str(system.offload).lower(),
        },
        host,
    )
    if ovn:
        keys = {name: name.replace("_", "-") for name in metrics.OVN_SETTINGS.told}
        made.info(metrics.OVN_SETTINGS, {name: ovn.get(key, "") for name, key in keys.items()}, host)
    made.add(metrics.CONFIG_PENDING, system.pending, host)


def _bridges(made: Samples, host: str, database: Database) -> None:
    for bridge in database.bridges:
        about = {"datapath_type": bridge.datapath_type, "datapath_id": bridge.datapath_id, "fail_mode": bridge.fail_mode}
        made.info(metrics.BRIDGE_INFO, about, host, bridge.name)
        made.add(metrics.BRIDGE_PORTS, bridge.ports, host, bridge.name)
    for metric, wrong in (
        (metrics.BRIDGE_ERRORS, [each.bridge for each in database.interfaces if each.failed]),
        (metrics.BRIDGE_DEAD, [each.bridge for each in database.interfaces if each.dead]),
    ):
        for bridge in database.bridges:
            made.add(metric, wrong.count(bridge.name), host, bridge.name)


def _most_telling(interfaces: Sequence[Interface], limit: int) -> Sequence[Interface]:
    """Those with a fault first where there is no room for all."""
    if len(interfaces) <= limit:
        return interfaces
    return sorted(interfaces, key=lambda each: not (each.failed or each.dead))[:limit]


def _interface(made: Samples, host: str, interface: Interface) -> None:
    labels = (host, interface.bridge, interface.name, interface.port_id)
    about = {"port": interface.port, "type": interface.type, "mac": interface.mac, "vm": interface.vm}
    vlan = "" if interface.tag is None else str(interface.tag)
    made.info(metrics.INTERFACE_INFO, {**about, "vlan": vlan}, *labels)
    made.add(metrics.INTERFACE_ERROR, 1 if interface.failed else None, *labels)
    made.add(metrics.PORT_DEAD, 1 if interface.dead else None, *labels)
    made.add(metrics.OFPORT, interface.ofport, *labels)
    made.add(metrics.ADMIN_UP, interface.admin_up, *labels)
    made.add(metrics.LINK_UP, interface.link_up, *labels)
    made.add(metrics.LINK_RESETS, interface.link_resets, *labels)
    made.add(metrics.MTU, interface.mtu, *labels)
    for key, metric in metrics.STATISTICS.items():
        made.add(metric, interface.statistics.get(key), *labels)
    if not interface.port_id:
        made.add(metrics.LINK_SPEED, None if interface.link_speed is None else interface.link_speed / 8, *labels)
        for key, metric in metrics.CARD_STATISTICS.items():
            made.add(metric, interface.statistics.get(key), *labels)
    if interface.bfd:
        _bfd(made, interface, labels)
    made.add(metrics.CFM_FAULT, interface.cfm_fault, *labels)


def _bfd(made: Samples, interface: Interface, labels: tuple[str, ...]) -> None:
    made.add(metrics.BFD_UP, interface.bfd.get("state") == "up", *labels)
    made.add(metrics.BFD_FORWARDING, interface.bfd.get("forwarding") == "true", *labels)
    flaps = interface.bfd.get("flap_count", "")
    made.add(metrics.BFD_FLAPS, int(flaps) if flaps.isascii() and flaps.isdigit() and len(flaps) < 20 else None, *labels)


def _vswitchd(made: Samples, host: str, daemon: Vswitchd) -> None:
    for event, total in daemon.coverage.items():
        made.add(metrics.COVERAGE, total, host, event)
    for kind, number in daemon.memory.items():
        made.add(metrics.MEMORY, number, host, kind)
    for path in daemon.datapaths:
        _datapath(made, host, path)
    for upcalls in daemon.upcalls:
        _upcalls(made, host, upcalls)
    if daemon.conntrack:
        made.add(metrics.CONNECTIONS, daemon.conntrack.connections, host, daemon.conntrack.datapath)
        made.add(metrics.CONNECTIONS_LIMIT, daemon.conntrack.limit, host, daemon.conntrack.datapath)
    _threads(made, host, daemon.threads, daemon.queues)
    _bonds(made, host, daemon.bonds)
    _lacp(made, host, daemon.lacp, daemon.lacp_counters)
    for bridge, macs in daemon.macs.items():
        _macs(made, (host, bridge), macs)


def _datapath(made: Samples, host: str, path: Datapath) -> None:
    for metric, value in (
        (metrics.LOOKUPS_HIT, path.hit),
        (metrics.LOOKUPS_MISSED, path.missed),
        (metrics.LOOKUPS_LOST, path.lost),
        (metrics.DATAPATH_FLOWS, path.flows),
        (metrics.DATAPATH_PORTS, path.ports),
        (metrics.MASKS, path.masks),
        (metrics.MASK_HITS, path.mask_hits),
        (metrics.CACHE_HITS, path.cache_hits),
    ):
        made.add(metric, value, host, path.name)


def _upcalls(made: Samples, host: str, upcalls: Upcalls) -> None:
    for metric, value in (
        (metrics.UPCALL_FLOWS, upcalls.flows),
        (metrics.UPCALL_FLOWS_AVERAGE, upcalls.average),
        (metrics.UPCALL_FLOWS_MAX, upcalls.maximum),
        (metrics.UPCALL_FLOW_LIMIT, upcalls.limit),
        (metrics.UPCALL_OFFLOADED, upcalls.offloaded),
        (metrics.DUMP_DURATION, upcalls.dump_duration),
        (metrics.REVALIDATORS, upcalls.revalidators),
        (metrics.REVALIDATOR_KEYS, upcalls.keys),
    ):
        made.add(metric, value, host, upcalls.datapath)


def _threads(made: Samples, host: str, threads: Iterable[Thread], queues: Queues) -> None:
    for thread in threads:
        name = (host, thread.numa, thread.core)
        made.add(metrics.PMD_PACKETS, thread.received, *name)
        made.add(metrics.PMD_RECIRCULATIONS, thread.recirculated, *name)
        made.add(metrics.PMD_UPCALLS, thread.upcalls, *name)
        made.add(metrics.PMD_FAILED, thread.failed, *name)
        made.add(metrics.PMD_IDLE, thread.idle, *name)
        made.add(metrics.PMD_PROCESSING, thread.processing, *name)
        for cache, hits in thread.hits.items():
            made.add(metrics.PMD_HITS, hits, *name, cache)
    for (numa, core), share in queues.overheads.items():
        made.add(metrics.PMD_OVERHEAD, share, host, numa, core)
    for queue in queues.queues:
        made.add(metrics.PMD_QUEUE, queue.usage, host, queue.numa, queue.core, queue.interface, queue.queue)


def _bonds(made: Samples, host: str, bonds: Iterable[Bond]) -> None:
    for bond in bonds:
        made.info(metrics.BOND_INFO, {"mode": bond.mode, "lacp": bond.lacp}, host, bond.name)
        made.add(metrics.BOND_MEMBERS, len(bond.members), host, bond.name)
        made.add(metrics.BOND_ENABLED, sum(member.enabled for member in bond.members), host, bond.name)
        for member in bond.members:
            made.add(metrics.MEMBER_ENABLED, member.enabled, host, bond.name, member.name)
            made.add(metrics.MEMBER_ACTIVE, member.active, host, bond.name, member.name)


def _lacp(made: Samples, host: str, lacp: Iterable[Lacp], counters: Iterable[LacpCounters]) -> None:
    for each in lacp:
        made.state(metrics.LACP_STATE, each.state, host, each.bond, each.member)
        made.add(metrics.LACP_ATTACHED, each.attached, host, each.bond, each.member)
    for one in counters:
        for metric, value in (
            (metrics.LACP_SENT, one.sent),
            (metrics.LACP_RECEIVED, one.received),
            (metrics.LACP_BAD, one.bad),
            (metrics.LACP_EXPIRED, one.expired),
            (metrics.LACP_DEFAULTED, one.defaulted),
            (metrics.LACP_CARRIER, one.carrier_changes),
        ):
            made.add(metric, value, host, one.bond, one.member)


def _macs(made: Samples, labels: tuple[str, str], macs: Macs) -> None:
    for metric, value in (
        (metrics.FDB_ENTRIES, macs.entries),
        (metrics.FDB_LIMIT, macs.maximum),
        (metrics.FDB_STATIC, macs.static),
        (metrics.FDB_LEARNED, macs.learned),
        (metrics.FDB_EXPIRED, macs.expired),
        (metrics.FDB_EVICTED, macs.evicted),
        (metrics.FDB_MOVED, macs.moved),
    ):
        made.add(metric, value, *labels)
