"""What a runner of checks is told, and what came of each look. Values only."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from probes.model import Check, Evidence, Finding, Use


@dataclass(frozen=True, slots=True)
class Task:
    """A check that is to be run. `make` makes it anew: at first, after a fault of it, and after a look was given up."""

    use: Use
    make: Callable[[], Check]


@dataclass(frozen=True, slots=True)
class Look:
    """What came of one look that began at `begun` (monotonic seconds) and took `seconds`.

    `fault`: what was raised, when it was a fault of ours; the evidence says UNKNOWN then.
    """

    begun: float
    seconds: float
    evidence: tuple[Evidence, ...]
    fault: Exception | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """How a check fares, for a person and for metrics.

    `evidence`: of the last look. `seconds`: what that took. `looks`, `faults`: how many there were. `overdue`: seconds that
    the look under way is past its time-out; 0 when none is. `stuck`: threads that were given up and have not come back.
    """

    use: Use
    evidence: tuple[Evidence, ...] = ()
    begun: float | None = None
    seconds: float = 0.0
    looks: int = 0
    faults: int = 0
    overdue: float = 0.0
    stuck: int = 0

    @property
    def finding(self) -> Finding:
        """Of the last look; of several, the one that says most against the service."""
        return max((one.finding for one in self.evidence), key=_WEIGHT.__getitem__, default=Finding.UNKNOWN)


_WEIGHT = {
    finding: weight
    for weight, finding in enumerate(
        (
            Finding.UNKNOWN,
            Finding.FINE,
            Finding.NOT_YET,
            Finding.UNFIT,
            Finding.DRAINED,
            Finding.PARTIAL,
            Finding.DEPENDENCY,
            Finding.LOST_ROUTE,
            Finding.GONE,
            Finding.SILENT,
            Finding.STUCK,
        )
    )
}


@runtime_checkable
class Fleet(Protocol):
    """A check that hears of the other probes of its service, and that they hear. From any thread; never waits."""

    def announce(self, now: float) -> None:
        """Tell the others that this one sees a hang."""

    def hung_peers(self, now: float) -> int:
        """Others that have told so within the last minute."""
