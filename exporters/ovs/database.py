"""The half that OVSDB tells: bridges, ports, interfaces, controllers, managers and what is to be configured.

It is read with one transaction, so all of it is of one instant. Statistics in it are renewed by ovs-vswitchd every 5 s
(other_config:stats-update-interval): asking more often gives the same figures again.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from clients.ovsdb import Row, Rows, counters, elements, flag, mapping, number, text

DATABASE = "Open_vSwitch"
DEAD_VLAN = 4095
"""The tag that Neutron's Open vSwitch agent gives a port that it could not or may not wire."""
TABLES: Mapping[str, tuple[str, ...]] = {
    "Open_vSwitch": ("cur_cfg", "next_cfg", "external_ids", "other_config", "ovs_version", "db_version", "dpdk_initialized"),
    "Bridge": ("_uuid", "name", "ports", "controller", "fail_mode", "datapath_type", "datapath_id"),
    "Port": ("_uuid", "name", "interfaces", "tag", "bond_mode"),
    "Interface": (
        "_uuid", "name", "type", "error", "ofport", "admin_state", "link_state", "link_resets", "link_speed", "mtu",
        "statistics", "external_ids", "bfd_status", "cfm_fault", "lacp_current",
    ),
    "Controller": ("_uuid", "target", "is_connected", "status"),
    "Manager": ("_uuid", "target", "is_connected", "status"),
}  # fmt: skip
"""What is read: table -> columns. All of them are there since OVS 2.10 (2018)."""


@dataclass(frozen=True, slots=True)
class System:
    """The row of table Open_vSwitch. `ovn`: the external_ids that ovn-controller reads, without `ovn-`."""

    host: str
    system_id: str
    ovs_version: str
    schema_version: str
    applied: int
    wanted: int
    dpdk: bool
    offload: bool
    flow_limit: int | None
    ovn: Mapping[str, str]

    @property
    def pending(self) -> int:
        """Changes of the configuration that ovs-vswitchd has not applied."""
        return self.wanted - self.applied


@dataclass(frozen=True, slots=True)
class Bridge:
    """`ports` counts the port of the bridge itself too."""

    name: str
    fail_mode: str
    datapath_type: str
    datapath_id: str
    ports: int


@dataclass(frozen=True, slots=True)
class Interface:
    """A row of Interface, with the port and bridge it belongs to. `port_id`, `mac`, `vm`: the Neutron port and Nova server.

    `ofport` is -1 where ovs-vswitchd could not make it, and then `error` says why. Speed in bits per second.
    """

    name: str
    bridge: str
    port: str
    type: str
    tag: int | None
    port_id: str
    mac: str
    vm: str
    installed: bool
    error: str | None
    ofport: int | None
    admin_up: bool | None
    link_up: bool | None
    link_resets: int | None
    link_speed: int | None
    mtu: int | None
    statistics: Mapping[str, int]
    bfd: Mapping[str, str]
    cfm_fault: bool | None
    lacp_current: bool | None

    @property
    def failed(self) -> bool:
        """Whether ovs-vswitchd could not make it."""
        return self.error is not None or self.ofport == -1

    @property
    def dead(self) -> bool:
        """Whether Neutron's agent has cut it off."""
        return self.tag == DEAD_VLAN


@dataclass(frozen=True, slots=True)
class Remote:
    """A manager, or a controller of `bridge`."""

    target: str
    connected: bool
    state: str
    last_error: str
    bridge: str = ""

    @property
    def lost(self) -> bool:
        """Whether we should be connected to it and are not. Nobody need be connected to a passive one (`ptcp:`)."""
        return not self.connected and not self.target.startswith("p")


@dataclass(frozen=True, slots=True)
class Database:
    """All of it, sorted by name."""

    system: System
    bridges: tuple[Bridge, ...]
    interfaces: tuple[Interface, ...]
    controllers: tuple[Remote, ...]
    managers: tuple[Remote, ...]


def database(rows: Rows) -> Database:
    """The rows of `TABLES`, joined. Rows that refer to nothing are left out; a missing value is None or empty."""
    bridges = sorted(rows["Bridge"], key=_name)
    controllers = {text(row.get("_uuid")): row for row in rows["Controller"]}
    return Database(
        system=_system(next(iter(rows["Open_vSwitch"]), {})),
        bridges=tuple(_bridge(row) for row in bridges),
        interfaces=tuple(sorted(_interfaces(rows), key=lambda interface: (interface.bridge, interface.name))),
        controllers=_distinct(
            _remote(controllers[uuid], _name(row))
            for row in bridges
            for uuid in elements(row.get("controller"))
            if uuid in controllers
        ),
        managers=_distinct(_remote(row) for row in rows["Manager"]),
    )


def _distinct(remotes: Iterable[Remote]) -> tuple[Remote, ...]:
    """One of each bridge and target: the schema lets a bridge have a controller twice, and a series would appear twice."""
    return tuple({(remote.bridge, remote.target): remote for remote in remotes}.values())


def _name(row: Row) -> str:
    return text(row.get("name")) or ""


def _system(row: Row) -> System:
    ids, other = mapping(row.get("external_ids")), mapping(row.get("other_config"))
    limit = other.get("flow-limit", "")
    return System(
        host=ids.get("hostname", ""),
        system_id=ids.get("system-id", ""),
        ovs_version=text(row.get("ovs_version")) or "",
        schema_version=text(row.get("db_version")) or "",
        applied=number(row.get("cur_cfg")) or 0,
        wanted=number(row.get("next_cfg")) or 0,
        dpdk=flag(row.get("dpdk_initialized")) or False,
        offload=other.get("hw-offload") == "true",
        flow_limit=int(limit) if limit.isascii() and limit.isdigit() and len(limit) < 10 else None,
        ovn={key.removeprefix("ovn-"): value for key, value in ids.items() if key.startswith("ovn-")},
    )


def _bridge(row: Row) -> Bridge:
    return Bridge(
        name=_name(row),
        fail_mode=text(row.get("fail_mode")) or "standalone",
        datapath_type=text(row.get("datapath_type")) or "system",
        datapath_id=text(row.get("datapath_id")) or "",
        ports=len(elements(row.get("ports"))),
    )


def _interfaces(rows: Rows) -> Iterator[Interface]:
    ports = {text(row.get("_uuid")): row for row in rows["Port"]}
    interfaces = {text(row.get("_uuid")): row for row in rows["Interface"]}
    for bridge in rows["Bridge"]:
        for of_port in elements(bridge.get("ports")):
            port = ports.get(of_port, {})
            for of_interface in elements(port.get("interfaces")):
                if row := interfaces.get(of_interface):
                    yield _interface(row, port, _name(bridge))


def _interface(row: Row, port: Row, bridge: str) -> Interface:
    ids = mapping(row.get("external_ids"))
    return Interface(
        name=_name(row),
        bridge=bridge,
        port=_name(port),
        type=text(row.get("type")) or "system",
        tag=number(port.get("tag")),
        port_id=ids.get("iface-id", ""),
        mac=ids.get("attached-mac", ""),
        vm=ids.get("vm-uuid", ids.get("vm-id", "")),
        installed=ids.get("ovn-installed") == "true",
        error=text(row.get("error")),
        ofport=number(row.get("ofport")),
        admin_up=_up(row.get("admin_state")),
        link_up=_up(row.get("link_state")),
        link_resets=number(row.get("link_resets")),
        link_speed=number(row.get("link_speed")),
        mtu=number(row.get("mtu")),
        statistics=counters(row.get("statistics")),
        bfd=mapping(row.get("bfd_status")),
        cfm_fault=flag(row.get("cfm_fault")),
        lacp_current=flag(row.get("lacp_current")),
    )


def _up(cell: object) -> bool | None:
    found = text(cell)
    return None if found is None else found == "up"


def _remote(row: Row, bridge: str = "") -> Remote:
    status = mapping(row.get("status"))
    return Remote(
        target=text(row.get("target")) or "",
        connected=flag(row.get("is_connected")) or False,
        state=status.get("state", ""),
        last_error=status.get("last_error", ""),
        bridge=bridge,
    )
