"""What is known of a target: a value that each fetch replaces by another. Pure: time is an argument."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from exporters.frame.exposition import Rendering
from exporters.frame.metrics import OUTCOMES
from exporters.frame.plan import Plan
from exporters.model import TargetError, TellsReachability


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

    `failures`: fetches in a row that failed. `reason`: why the newest failed, as text. `good`: the last good answer.
    """

    success: bool | None = None
    reachable: bool | None = None
    duration: float | None = None
    failures: int = 0
    reason: str = ""
    good: Good | None = None
    outcomes: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(OUTCOMES, 0))

    def served(self, plan: Plan, now: float, *, late: bool = False) -> Good | None:
        """The answer whose series are given out now. `late`: a fetch that should have ended has not.

        On the scrape's lane it is that of this scrape or none: nobody wants to see an old value as a new one. In the
        background it is the last good one, until that is `keep` intervals old.
        """
        if self.good is None or (self.success and not late):
            return self.good
        kept = plan.lane == "background" and now - self.good.at <= plan.keep * plan.interval
        return self.good if kept else None


def succeeded(state: State, good: Good, duration: float) -> State:
    """After a fetch that gave `good`."""
    snapshot = good.snapshot
    reachable = snapshot.reachable if isinstance(snapshot, TellsReachability) else True
    return State(success=True, reachable=reachable, duration=duration, good=good, outcomes=_counted(state.outcomes, "success"))


def failed(state: State, error: Exception, duration: float) -> State:
    """After a fetch that raised. Anything but a TargetError is a fault of ours, and tells nothing of the target."""
    known = isinstance(error, TargetError)
    return replace(
        state,
        success=False,
        reachable=error.reachable if isinstance(error, TargetError) else state.reachable,
        duration=duration,
        failures=state.failures + 1,
        reason=str(error) if known else f"{type(error).__name__}: {error}",
        outcomes=_counted(state.outcomes, error.reason if isinstance(error, TargetError) else "error"),
    )


def _counted(outcomes: Mapping[str, int], outcome: str) -> dict[str, int]:
    return {**outcomes, outcome: outcomes[outcome] + 1}
