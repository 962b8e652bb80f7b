"""What is copied of the two databases, and as what: a row for each port of a large cloud must be small."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from clients.ovsdb import Row, elements, flag, mapping, number, text

NORTHBOUND = "OVN_Northbound"
SOUTHBOUND = "OVN_Southbound"


class Numbers(NamedTuple):
    """NB_Global: the configuration's number, and how far it came. Times in seconds since 1970, 0 for never."""

    wanted: int
    wanted_at: float
    southbound: int
    southbound_at: float
    chassis: int
    chassis_at: float


class LogicalPort(NamedTuple):
    """Logical_Switch_Port. `up` is what Neutron reads: a port becomes ACTIVE by it."""

    type: str
    up: bool | None


class Chassis(NamedTuple):
    """Chassis: a host. `name` is its system-id."""

    name: str
    host: str


class Agent(NamedTuple):
    """Chassis_Private: the number that the chassis has followed, and that of Neutron's metadata agent on it."""

    name: str
    chassis: str | None
    followed: int
    followed_at: float
    metadata: int | None


class Binding(NamedTuple):
    """Port_Binding. `chassis` has it, `requested` should have it (rows of Chassis), `wanted` is the host that Neutron named."""

    port: str
    type: str
    up: bool
    chassis: str | None
    requested: str | None
    wanted: str | None
    group: str | None
    gateways: tuple[str, ...]


class Group(NamedTuple):
    """HA_Chassis_Group: rows of HA_Chassis."""

    members: tuple[str, ...]


class Candidate(NamedTuple):
    """HA_Chassis or Gateway_Chassis: a chassis that may have a gateway port; the highest priority should."""

    chassis: str | None
    priority: int


class Session(NamedTuple):
    """BFD of a static route."""

    status: str


@dataclass(frozen=True, slots=True)
class Table:
    """`columns` to copy; `row` makes a small value of a row. None: its rows are only counted."""

    columns: tuple[str, ...] = ()
    row: Callable[[Row], Any] | None = None


def _numbers(row: Row) -> Numbers:
    cfg = [number(row.get(column)) or 0 for column in ("nb_cfg", "sb_cfg", "hv_cfg")]
    at = [(number(row.get(column)) or 0) / 1000 for column in ("nb_cfg_timestamp", "sb_cfg_timestamp", "hv_cfg_timestamp")]
    return Numbers(cfg[0], at[0], cfg[1], at[1], cfg[2], at[2])


def _logical_port(row: Row) -> LogicalPort:
    return _same(LogicalPort(text(row.get("type")) or "", flag(row.get("up"))))


def _agent(row: Row) -> Agent:
    metadata = mapping(row.get("external_ids")).get("neutron:ovn-metadata-sb-cfg", "")
    return Agent(
        name=text(row.get("name")) or "",
        chassis=_shared(row.get("chassis")),
        followed=number(row.get("nb_cfg")) or 0,
        followed_at=(number(row.get("nb_cfg_timestamp")) or 0) / 1000,
        metadata=int(metadata) if metadata.isascii() and metadata.isdigit() and len(metadata) < 20 else None,
    )


def _binding(row: Row) -> Binding:
    wanted = mapping(row.get("options")).get("requested-chassis", "").partition(",")[0]
    return Binding(
        port=text(row.get("logical_port")) or "",
        type=_shared(row.get("type")) or "",
        up=flag(row.get("up")) or False,
        chassis=_shared(row.get("chassis")),
        requested=_shared(row.get("requested_chassis")),
        wanted=sys.intern(wanted) or None,
        group=_shared(row.get("ha_chassis_group")),
        gateways=_references(row.get("gateway_chassis")),
    )


def _candidate(row: Row) -> Candidate:
    return Candidate(_shared(row.get("chassis")), number(row.get("priority")) or 0)


def _references(cell: Any) -> tuple[str, ...]:
    return tuple(sorted(each for each in elements(cell) if isinstance(each, str)))


def _shared(cell: Any) -> str | None:
    """The text of a cell that many rows have in common: one object for all of them."""
    found = text(cell)
    return None if found is None else sys.intern(found)


_PORTS: dict[LogicalPort, LogicalPort] = {}


def _same(port: LogicalPort) -> LogicalPort:
    return _PORTS.setdefault(port, port) if len(_PORTS) < 1000 else port


TABLES: Mapping[str, Mapping[str, Table]] = {
    NORTHBOUND: {
        "NB_Global": Table(
            ("nb_cfg", "nb_cfg_timestamp", "sb_cfg", "sb_cfg_timestamp", "hv_cfg", "hv_cfg_timestamp"), _numbers
        ),
        "Logical_Switch_Port": Table(("type", "up"), _logical_port),
    },
    SOUTHBOUND: {
        "Chassis": Table(
            ("name", "hostname"), lambda row: Chassis(text(row.get("name")) or "", text(row.get("hostname")) or "")
        ),
        "Chassis_Private": Table(("name", "chassis", "nb_cfg", "nb_cfg_timestamp", "external_ids"), _agent),
        "Port_Binding": Table(
            ("logical_port", "type", "up", "chassis", "requested_chassis", "options", "ha_chassis_group", "gateway_chassis"),
            _binding,
        ),
        "HA_Chassis_Group": Table(("ha_chassis",), lambda row: Group(_references(row.get("ha_chassis")))),
        "HA_Chassis": Table(("chassis", "priority"), _candidate),
        "Gateway_Chassis": Table(("chassis", "priority"), _candidate),
        "BFD": Table(("status",), lambda row: Session(text(row.get("status")) or "")),
        "Datapath_Binding": Table(),
        "MAC_Binding": Table(),
        "FDB": Table(),
        "DNS": Table(),
    },
}
"""Database -> table -> what of it. Logical_Flow is not there: a large cloud has half a million of them, and how many there are
can be told from the objects that ovn-northd holds. A table or column that an older OVN lacks is left out."""
