"""What is known of a target: a value that each fetch replaces by another. Pure: time is an argument."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from clients.model import TargetError, UnreachableError
from exporters.frame.exposition import Rendering
from exporters.frame.metrics import OUTCOMES
from exporters.frame.plan import Plan
from exporters.model import TellsReachability

NOBODY = "none of its nodes answers; its metrics and its verdict say what is known of each"


@dataclass(frozen=True, slots=True)
class Good:
    """An answer: the snapshot, what was made of it, and when it was asked for (`at` monotonic, `time` since the epoch)."""

    snapshot: Any
    rendering: Rendering
    at: float
    time: float


@dataclass(frozen=True, slots=True)
class State:
    """What is known after a fetch. `success`, `reachable`, `duration` are of the newest one, None before the first.

    `failures`: fetches in a row that failed. `reason`: why the newest failed, as text. `good`: the last answer, `fresh` if it
    is of the newest fetch; a cluster of which nobody answers fails, and still gives a fresh one that says so. `last_success`:
    seconds since the epoch.
    """

    success: bool | None = None
    reachable: bool | None = None
    duration: float | None = None
    failures: int = 0
    reason: str = ""
    good: Good | None = None
    fresh: bool = False
    last_success: float | None = None
    outcomes: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(OUTCOMES, 0))

    def served(self, plan: Plan, now: float, *, late: bool = False) -> Good | None:
        """The answer whose series are given out now. `late`: a fetch that should have ended has not.

        On the scrape's lane it is that of this scrape or none: nobody wants to see an old value as a new one. In the
        background it is the last good one, until that is `keep` intervals old.
        """
        if self.good is None or (self.fresh and not late):
            return self.good
        kept = plan.lane == "background" and now - self.good.at <= plan.keep * plan.interval
        return self.good if kept else None


def answered(state: State, good: Good, duration: float) -> State:
    """After a fetch that gave `good`: a success, unless that says itself that nobody answered."""
    reached = good.snapshot.reachable if isinstance(good.snapshot, TellsReachability) else True
    return State(
        success=reached,
        reachable=reached,
        duration=duration,
        failures=0 if reached else state.failures + 1,
        reason="" if reached else NOBODY,
        good=good,
        fresh=True,
        last_success=good.time if reached else state.last_success,
        outcomes=_counted(state.outcomes, "success" if reached else UnreachableError.reason),
    )


def failed(state: State, error: Exception, duration: float) -> State:
    """After a fetch that raised. Anything but a TargetError is a fault of ours, and tells nothing of the target."""
    known = isinstance(error, TargetError)
    return replace(
        state,
        success=False,
        fresh=False,
        reachable=error.reachable if isinstance(error, TargetError) else state.reachable,
        duration=duration,
        failures=state.failures + 1,
        reason=str(error) if known else f"{type(error).__name__}: {error}",
        outcomes=_counted(state.outcomes, error.reason if isinstance(error, TargetError) else "error"),
    )


def _counted(outcomes: Mapping[str, int], outcome: str) -> dict[str, int]:
    return {**outcomes, outcome: outcomes[outcome] + 1}
