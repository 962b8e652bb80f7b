"""The values of a drain, and what an action is. No I/O."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from clients.model import Deadline


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an action is. `text`: one line for a person. `in_flight`: what has not ended; None where it cannot be counted."""

    done: bool
    text: str
    in_flight: int | None = None


class Action(Protocol):
    """One thing to do before the end; one call at a time, each ended before its deadline.

    All may raise TargetError: the action is given up then, and the next one begins. Only `permitted` and `look` are asked again
    and again.
    """

    def permitted(self, deadline: Deadline) -> Progress:
        """Whether it may begin now: `done` says yes. Until all actions say so the service stays ready."""

    def begin(self, deadline: Deadline) -> str:
        """Do it; what was done. Doing it again changes nothing."""

    def look(self, deadline: Deadline) -> Progress:
        """What is still in flight."""

    def undo(self, deadline: Deadline) -> str:
        """The pod lives on: take back what `begin` has done, and nothing that somebody else has; what was done."""

    def close(self) -> None:
        """Let go of connections."""


class Plain:
    """What most actions have in common: nothing forbids them, nothing is to be undone."""

    def permitted(self, _: Deadline) -> Progress:
        """It may always begin."""
        return Progress(done=True, text="")

    def begin(self, _: Deadline) -> str:
        """It only waits."""
        return ""

    def undo(self, _: Deadline) -> str:
        """Nothing was done."""
        return ""

    def close(self) -> None:
        """It keeps nothing."""


class Phase(StrEnum):
    """Where a drain is."""

    IDLE = "idle"
    """None was asked for, or it was undone."""
    PERMITTING = "permitting"
    """It waits until it may begin; the service is still ready."""
    SETTLING = "settling"
    """Not ready any more; it waits until endpoints and load balancers have noticed."""
    ACTING = "acting"
    ENDED = "ended"


class Outcome(StrEnum):
    """How a drain ended."""

    DRAINED = "drained"
    """Nothing is in flight."""
    DEADLINE = "deadline"
    """The time was over first."""
    REFUSED = "refused"
    """It was not permitted within its time: nothing was done, the service is still ready."""
    CANCELLED = "cancelled"
    """It was undone."""


@dataclass(frozen=True, slots=True)
class StepStatus:
    """One action: its name, and what it said last. `failed`: it was given up."""

    action: str
    text: str = ""
    in_flight: int | None = None
    done: bool = False
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """A drain as it stands. `seconds`: since it was asked for, or what it took. `left`: until its deadline."""

    service: str
    phase: Phase
    outcome: Outcome | None = None
    seconds: float = 0.0
    left: float = 0.0
    steps: tuple[StepStatus, ...] = ()

    @property
    def in_flight(self) -> int:
        """What has not ended, all together, as far as it can be counted."""
        return sum(step.in_flight or 0 for step in self.steps if not step.done)

    @property
    def text(self) -> str:
        """One line for a person, and for the body of the answer."""
        word = self.outcome.value if self.outcome else self.phase.value
        said = "; ".join(f"{step.action}: {step.text}" for step in self.steps if step.text)
        return f"{self.service}: {word} after {self.seconds:.1f} s" + (f"; {said}" if said else "")
