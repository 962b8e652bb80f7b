"""The port truth table, from the side of the Southbound database, and the gateways. Pure.

| state        | chassis     | requested by Neutron     | up  | it is                                                       |
| up           | some        | the same, or none        | yes | fine                                                        |
| unbound      | none        | none                     |     | fine: belongs to no server yet                              |
| waiting      | none        | a chassis that is there  |     | fine if the server is off: its host has no such interface   |
| down         | some        | the same, or none        | no  | wrong: claimed, but the flows are not installed             |
| misplaced    | another     | a chassis that is there  |     | wrong: a host holds what it should have let go              |
| no_chassis   | none        | a host without a chassis |     | wrong: its ovn-controller never registered, or another name |
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from exporters.ovn.tables import Binding, Candidate, Chassis, Group

PortState = Literal["up", "unbound", "waiting", "down", "misplaced", "no_chassis"]
PORT_STATES: tuple[PortState, ...] = ("up", "unbound", "waiting", "down", "misplaced", "no_chassis")
WRONG: frozenset[PortState] = frozenset({"down", "misplaced", "no_chassis"})
GatewayState = Literal["on_preferred", "failed_over", "unclaimed"]
GATEWAY_STATES: tuple[GatewayState, ...] = ("on_preferred", "failed_over", "unclaimed")


@dataclass(frozen=True, slots=True)
class WrongPort:
    """A Neutron port in a wrong state, first seen so at `since` (1970).

    `where`: the host that should have it, or has it; of an interface of this host its name.
    """

    port: str
    state: str
    where: str
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class Gateway:
    """A router's gateway port (cr-lrp-...), the host that has it, and the living one of highest priority."""

    port: str
    state: GatewayState
    host: str
    preferred: str


def state(binding: Binding) -> PortState:
    """The row of the table above that fits."""
    if binding.chassis is None:
        if binding.requested is not None:
            return "waiting"
        return "unbound" if binding.wanted is None else "no_chassis"
    if binding.requested is not None and binding.requested != binding.chassis:
        return "misplaced"
    return "up" if binding.up else "down"


def ports(bindings: Iterable[Binding], chassis: Mapping[str, Chassis]) -> tuple[Counter[PortState], list[WrongPort]]:
    """How many ports of servers are in each state, and those in a wrong one."""
    counts: Counter[PortState] = Counter(dict.fromkeys(PORT_STATES, 0))
    wrong: list[WrongPort] = []
    for binding in bindings:
        if binding.type:
            continue  # patch, localnet, chassisredirect ...: no server's port
        found = state(binding)
        counts[found] += 1
        if found in WRONG:
            host = _host(chassis, binding.requested) or binding.wanted or _host(chassis, binding.chassis)
            wrong.append(WrongPort(binding.port, found, host))
    return counts, wrong


def gateways(rows: Mapping[str, Mapping[str, Any]], behind: Collection[str]) -> Sequence[Gateway]:
    """The gateway ports of the tables in `rows`; `behind` are the names of chassis that are taken for dead."""
    chassis: Mapping[str, Chassis] = rows.get("Chassis", {})
    groups: Mapping[str, Group] = rows.get("HA_Chassis_Group", {})
    candidates: Mapping[str, Candidate] = {**rows.get("HA_Chassis", {}), **rows.get("Gateway_Chassis", {})}
    found = []
    for binding in rows.get("Port_Binding", {}).values():
        if binding.type != "chassisredirect":
            continue
        group = groups.get(binding.group or "")
        of = [candidates[each] for each in (*(group.members if group else ()), *binding.gateways) if each in candidates]
        alive = [each for each in of if (there := chassis.get(each.chassis or "")) and there.name not in behind]
        preferred = max(alive, key=lambda each: each.priority).chassis if alive else None
        found.append(_gateway(binding, preferred, chassis))
    return sorted(found, key=lambda each: each.port)


def _gateway(binding: Binding, preferred: str | None, chassis: Mapping[str, Chassis]) -> Gateway:
    where: GatewayState = "on_preferred"
    if binding.chassis is None:
        where = "unclaimed"
    elif preferred not in {None, binding.chassis}:
        where = "failed_over"
    return Gateway(binding.port, where, _host(chassis, binding.chassis), _host(chassis, preferred))


def _host(chassis: Mapping[str, Chassis], uuid: str | None) -> str:
    found = chassis.get(uuid or "")
    return found.host if found else ""


class Since:
    """Since when each wrong port has been in its state. Forgets those that no longer are."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], float] = {}

    def dated(self, wrong: Sequence[WrongPort], now: float) -> Sequence[WrongPort]:
        """The same ports with their `since`, longest first."""
        self._known = {(each.port, each.state): self._known.get((each.port, each.state), now) for each in wrong}
        dated = [WrongPort(each.port, each.state, each.where, self._known[each.port, each.state]) for each in wrong]
        return sorted(dated, key=lambda each: (each.since, each.port))
