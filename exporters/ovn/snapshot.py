"""What one fetch of OVN gives. Each part stands alone: it is what was found, or why it was not; None is not asked for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from clients.model import TargetError
from exporters.ovn.chassis import Lag
from exporters.ovn.controller import Controller
from exporters.ovn.northd import Northd
from exporters.ovn.ports import Gateway, WrongPort
from exporters.ovn.servers import Database
from exporters.ovn.tables import Numbers


@dataclass(frozen=True, slots=True)
class Northbound:
    """From the tables of the Northbound database. `ports`: logical switch ports by what Neutron reads of them."""

    numbers: Numbers
    behind: float
    """Seconds since a number was first wanted that the Southbound database has not; 0 where it has all."""
    ports: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Southbound:
    """From the tables of the Southbound database. `chassis` is empty where the Northbound's numbers are not known."""

    chassis_count: int
    chassis: Sequence[Lag]
    ports: Mapping[str, int]
    wrong: Sequence[WrongPort]
    gateways: Sequence[Gateway]
    sessions: Mapping[str, int]
    rows: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Limits:
    """The settings that decide what counts."""

    behind_after: float
    wrong_after: float
    max_wrong_ports: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`at`: seconds since 1970. `databases`: northbound and southbound, as far as they are asked.

    `unwired`: the interfaces of this host that should be installed and are not.
    """

    cluster: str
    at: float
    limits: Limits
    databases: Mapping[str, Database] = field(default_factory=dict)
    northbound: Northbound | TargetError | None = None
    southbound: Southbound | TargetError | None = None
    northd: Mapping[str, Northd | TargetError] = field(default_factory=dict)
    controller: Controller | None = None
    unwired: Sequence[WrongPort] = ()

    @property
    def central(self) -> bool:
        """Whether anything of the central part was asked."""
        return bool(self.databases or self.northd)

    @property
    def reachable(self) -> bool:
        """Whether anybody has answered, be it with a refusal; the value of `up`."""
        return any(not isinstance(answer, TargetError) or answer.reachable for answer in self._answers())

    def _answers(self) -> Iterator[object]:
        for database in self.databases.values():
            yield from database.remotes.values()
            yield from database.local.values()
        yield from self.northd.values()
        if self.controller is not None:
            yield from (self.controller.daemon, self.controller.interfaces)
