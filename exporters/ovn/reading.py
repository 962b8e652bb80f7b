"""What the copied tables mean, with what is remembered from one look to the next. No I/O; time is an argument."""

from collections import Counter
from collections.abc import Sequence

from exporters.ovn.chassis import Lag, Raises, lags
from exporters.ovn.controller import Controller
from exporters.ovn.ports import Since, WrongPort, gateways, ports
from exporters.ovn.replica import Contents
from exporters.ovn.snapshot import Northbound, Southbound
from exporters.ovn.tables import Numbers

_NEVER = Numbers(0, 0.0, 0, 0.0, 0, 0.0)
_UP = {True: "up", False: "down", None: "unset"}


class Reader:
    """Remembers when numbers were raised and ports went wrong. Northbound is to be read before Southbound."""

    def __init__(self, behind_after: float) -> None:
        self._behind_after = behind_after
        self._raises = Raises()
        self._wrong = Since()
        self._unwired = Since()

    def northbound(self, copy: Contents, now: float) -> Northbound:
        """The numbers and the logical ports at `now` (seconds since 1970)."""
        numbers = next(iter(copy.rows.get("NB_Global", {}).values()), _NEVER)
        self._raises.note(numbers, now)
        of = Counter(_UP[port.up] for port in copy.rows.get("Logical_Switch_Port", {}).values() if not port.type)
        return Northbound(numbers, self._raises.behind(numbers.southbound, now), {up: of[up] for up in _UP.values()})

    def southbound(self, copy: Contents, numbers: Numbers | None, now: float) -> Southbound:
        """Chassis, ports and gateways; `numbers` are those of the Northbound database where they are known."""
        chassis = copy.rows.get("Chassis", {})
        late: Sequence[Lag] = ()
        if numbers is not None:
            late = lags(numbers, copy.rows.get("Chassis_Private", {}), chassis, self._raises, now)
        bindings = copy.rows.get("Port_Binding", {})
        counts, wrong = ports(bindings.values(), chassis)
        return Southbound(
            chassis_count=len(chassis),
            chassis=late,
            ports={str(state): number for state, number in counts.items()},
            wrong=self._wrong.dated(wrong, now),
            gateways=gateways(copy.rows, {lag.name for lag in late if lag.behind >= self._behind_after}),
            sessions=Counter(session.status for session in copy.rows.get("BFD", {}).values()),
            rows={**copy.counts, "Port_Binding": len(bindings)},
        )

    def unwired(self, controller: Controller, now: float) -> Sequence[WrongPort]:
        """The interfaces of this host that should be installed and are not."""
        wrong = [WrongPort(each.port_id, state, each.name) for each, state in controller.states.items() if state != "installed"]
        return self._unwired.dated(wrong, now)
