"""ovn-controller on this host: its link to the Southbound database, its work, and the interfaces that it should wire.

The port truth table has two halves. This one starts from the interfaces: each that names a Neutron port (`iface-id`) should be
bound to that port, and installed. The other half starts from the port bindings, in `exporters.ovn.ports`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from clients.model import Deadline, TargetError
from clients.ovsdb import Rows, mapping, text
from clients.unixctl import CommandError, Unixctl
from exporters.ovn.work import EngineNode, FlowCache, Stopwatch, engine, flow_cache, stopwatches
from exporters.ovs.daemon import coverage, memory

InterfaceState = Literal["installed", "not_installed", "not_bound"]
INTERFACE_STATES: tuple[InterfaceState, ...] = ("installed", "not_installed", "not_bound")
TABLES = {"Open_vSwitch": ("external_ids",), "Interface": ("name", "external_ids")}
EVENTS = tuple(
    """
    lflow_run consider_logical_flow lflow_cache_flush lflow_cache_hit lflow_cache_miss lflow_cache_full lflow_cache_trim
    physical_run rconn_queued rconn_sent rconn_discarded rconn_overflow vconn_open vconn_received vconn_sent
    pinctrl_drop_put_mac_binding pinctrl_drop_buffered_packets_map pinctrl_drop_controller_event pinctrl_drop_put_vport_binding
    pinctrl_notify_main_thread pinctrl_total_pin_pkts ofctrl_run txn_success txn_error txn_aborted txn_try_again
    poll_zero_timeout netlink_overflow
    """.split()
)
"""Events of `coverage/show` that are kept."""
_BINDING = re.compile(
    r"^name: \[([^\]\n]*)\], OVS interface name : \[[^\]\n]*\], num binding lports : \[(\d{1,9})\]$", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Interface:
    """An interface that names a Neutron port."""

    name: str
    port_id: str
    installed: bool


@dataclass(frozen=True, slots=True)
class Interfaces:
    """All of this host."""

    host: str
    interfaces: tuple[Interface, ...]


@dataclass(frozen=True, slots=True)
class Daemon:
    """What ovn-controller said. `bindings`: Neutron port -> logical ports bound to its interface, 0 where none is."""

    connected: bool
    stopwatches: Sequence[Stopwatch]
    engine: Sequence[EngineNode]
    flow_cache: FlowCache | None
    coverage: Mapping[str, int]
    memory: Mapping[str, int]
    bindings: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Controller:
    """Both, or why they are not there. `states`: interface -> its state; empty where the database said nothing."""

    host: str
    daemon: Daemon | TargetError
    interfaces: Interfaces | TargetError

    @property
    def states(self) -> dict[Interface, InterfaceState]:
        """The state of each interface that names a port."""
        if isinstance(self.interfaces, TargetError):
            return {}
        bindings = {} if isinstance(self.daemon, TargetError) else self.daemon.bindings
        return {interface: _state(interface, bindings) for interface in self.interfaces.interfaces}


def _state(interface: Interface, bindings: Mapping[str, int]) -> InterfaceState:
    if interface.installed:
        return "installed"
    return "not_bound" if bindings.get(interface.port_id) == 0 else "not_installed"


def interfaces(rows: Rows) -> Interfaces:
    """The rows of `TABLES`."""
    host = next((mapping(row.get("external_ids")).get("hostname", "") for row in rows["Open_vSwitch"]), "")
    found = []
    for row in rows["Interface"]:
        ids = mapping(row.get("external_ids"))
        if port_id := ids.get("iface-id"):
            found.append(Interface(text(row.get("name")) or "", port_id, ids.get("ovn-installed") == "true"))
    return Interfaces(host, tuple(sorted(found, key=lambda each: each.name)))


def bindings(said: str) -> dict[str, int]:
    """Read `debug/dump-local-bindings`.

    name: [07e8d9e0-76ff-40b0-856f-8e2f6272715c], OVS interface name : [tap5], num binding lports : [0]
    """
    return {port: int(number) for port, number in _BINDING.findall(said)}


def ask(daemon: Unixctl, deadline: Deadline) -> Daemon:
    """Ask one command after the other. Raises TargetError."""

    def said(command: str) -> str:
        try:
            return daemon.ask(command, deadline=deadline)
        except CommandError:
            return ""

    events = said("coverage/show")
    return Daemon(
        connected=said("connection-status").strip() == "connected",
        stopwatches=stopwatches(said("stopwatch/show")),
        engine=engine(said("inc-engine/show-stats")),
        flow_cache=flow_cache(said("lflow-cache/show-stats")),
        coverage=coverage(events, EVENTS) if events else {},
        memory=memory(said("memory/show")),
        bindings=bindings(said("debug/dump-local-bindings")),
    )
