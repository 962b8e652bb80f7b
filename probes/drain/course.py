"""The course of a drain: what is to be done next. Pure, time is an argument.

    PERMIT (each action) -> UNREADY -> SETTLE -> BEGIN, LOOK, LOOK (each action) -> END

The order is the point. Not ready before anything is stopped, else requests meet a service that has gone; permission before not
ready, else a database that must not leave its cluster would serve nobody.
"""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from probes.drain.model import Outcome, Phase, Progress, StepStatus

SURE = 2
"""Looks in a row that must say that nothing is in flight: between two requests of one client there is nothing, too."""


class Order(StrEnum):
    """What the conductor is to do now."""

    PERMIT = "permit"
    UNREADY = "unready"
    SETTLE = "settle"
    BEGIN = "begin"
    LOOK = "look"
    END = "end"


_PHASES = {
    Order.PERMIT: Phase.PERMITTING,
    Order.UNREADY: Phase.PERMITTING,
    Order.SETTLE: Phase.SETTLING,
    Order.BEGIN: Phase.ACTING,
    Order.LOOK: Phase.ACTING,
    Order.END: Phase.ENDED,
}


class Course:
    """One drain. After each `order` what came of it is told, by `note` or `fail`."""

    def __init__(self, actions: Sequence[str], settle: float, ends: float) -> None:
        """`ends`: the moment (monotonic seconds) at which it ends in any case."""
        self.outcome: Outcome | None = None
        self.begun: list[int] = []
        """The actions of which something may have been done, in this order."""
        self._ends = ends
        self._settle = settle
        self._settled = ends
        self._steps = [StepStatus(name) for name in actions]
        self._quiet = 0
        self._order = Order.PERMIT
        self._index = 0
        self._go_on(Order.PERMIT, 0)

    @property
    def steps(self) -> tuple[StepStatus, ...]:
        """What each action has said last."""
        return tuple(self._steps)

    @property
    def phase(self) -> Phase:
        """For a person."""
        return _PHASES[self._order]

    def order(self, now: float) -> tuple[Order, int]:
        """What to do, and with which action."""
        if self._order is not Order.END and now >= self._ends:
            self.end(Outcome.REFUSED if self._order is Order.PERMIT else Outcome.DEADLINE)
        if self._order is Order.SETTLE and now >= self._settled:
            self._go_on(Order.BEGIN, 0)
        if self._order is Order.BEGIN and self._index not in self.begun:
            self.begun.append(self._index)  # before it is tried: one that fails may have done something
        return self._order, self._index

    def note(self, progress: Progress, now: float) -> None:
        """What came of the order."""
        if self._order is Order.UNREADY:
            self._settled = now + self._settle
            self._order = Order.SETTLE
        if self._order is Order.SETTLE:
            return
        in_flight = progress.in_flight if self._order is Order.LOOK else None
        self._tell(replace(self._steps[self._index], text=progress.text, in_flight=in_flight))
        if self._order is Order.PERMIT and progress.done:
            self._go_on(Order.PERMIT, self._index + 1)
        elif self._order is Order.BEGIN:
            self._quiet = 0
            self._order = Order.LOOK
        elif self._order is Order.LOOK:
            self._quiet = self._quiet + 1 if progress.done else 0
            if self._quiet >= SURE:
                self._tell(replace(self._steps[self._index], done=True))
                self._go_on(Order.BEGIN, self._index + 1)

    def fail(self, text: str) -> None:
        """The action of this order is given up: what it cannot do must not keep the pod from ending."""
        self._tell(replace(self._steps[self._index], text=text, failed=True))
        if self._order is Order.PERMIT:
            self._go_on(Order.PERMIT, self._index + 1)
        else:
            self._go_on(Order.BEGIN, self._index + 1)

    def end(self, outcome: Outcome) -> None:
        """It ends here."""
        self.outcome = outcome
        self._order = Order.END

    def _tell(self, step: StepStatus) -> None:
        self._steps[self._index] = step

    def _go_on(self, order: Order, index: int) -> None:
        """With the next action that was not given up; after the last one with what follows."""
        index = next((at for at in range(index, len(self._steps)) if not self._steps[at].failed), len(self._steps))
        if index < len(self._steps):
            self._order, self._index = order, index
        elif order is Order.PERMIT:
            self._order = Order.UNREADY
        else:
            self.end(Outcome.DRAINED)
