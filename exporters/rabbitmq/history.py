"""How many messages reached no queue of late: a rate over a window, from counters that restart with their member. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Self

_STEPS = 1000
"""More fetches than fit into any sensible window."""


class Unroutable(NamedTuple):
    """Messages dropped, messages given back to their sender."""

    dropped: float
    returned: float


class _Step(NamedTuple):
    begun: float
    ended: float
    more: Unroutable


@dataclass(frozen=True, slots=True)
class History:
    """The totals of each member when it was last heard, and what was added from fetch to fetch."""

    totals: Mapping[str, Unroutable] = field(default_factory=dict)
    steps: tuple[_Step, ...] = ()
    heard: float | None = None

    def after(self, totals: Mapping[str, Unroutable], now: float, window: float) -> Self:
        """With the totals of one more fetch. A member that is heard for the first time has added nothing."""
        steps = [step for step in self.steps if step.ended > now - window][-_STEPS:]
        if self.heard is not None:
            added = [_increase(self.totals[member], total) for member, total in totals.items() if member in self.totals]
            dropped, returned = sum(more.dropped for more in added), sum(more.returned for more in added)
            steps.append(_Step(self.heard, now, Unroutable(dropped, returned)))
        return type(self)({**self.totals, **totals}, tuple(steps), now)

    def per_second(self) -> Unroutable | None:
        """The rates over the window, or over what there is of it; None before the second fetch."""
        if not self.steps:
            return None
        seconds = max(self.steps[-1].ended - self.steps[0].begun, 1e-3)
        dropped, returned = (sum(column) for column in zip(*(step.more for step in self.steps), strict=True))
        return Unroutable(dropped / seconds, returned / seconds)


def _increase(before: Unroutable, after: Unroutable) -> Unroutable:
    """A counter that is lower than before has begun again at 0."""
    return Unroutable(*(new - old if new >= old else new for old, new in zip(before, after, strict=True)))
