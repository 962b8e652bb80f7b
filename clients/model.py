"""What all clients have in common: the moment by which an answer must be there, and the ways in which there is none."""

import time
from collections.abc import Callable
from dataclasses import dataclass


class TargetError(Exception):
    """A target did not give what it should. `str()` says what, where and what to do, in one line and without secrets.

    `reason` is one word for the label of a metric; the subclasses below are all there are.
    """

    reason = "failed"
    reachable = True
    """Whether the target answered at all: the value of `up`."""


class UnreachableError(TargetError):
    """Nobody answers there: refused, no route, name not known."""

    reason = "unreachable"
    reachable = False


class TimedOutError(TargetError):
    """It did not answer, or not to the end, before the deadline."""

    reason = "timeout"
    reachable = False


class RefusedError(TargetError):
    """It answers, but not to us: password, certificate, privilege."""

    reason = "refused"


class MalformedError(TargetError):
    """It answers with something else than its protocol says."""

    reason = "malformed"


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on the monotonic clock by which an answer must be there."""

    at: float
    clock: Callable[[], float] = time.monotonic

    @classmethod
    def after(cls, seconds: float, clock: Callable[[], float] = time.monotonic) -> "Deadline":
        """So many seconds from now."""
        return cls(clock() + seconds, clock)

    def left(self, what: str) -> float:
        """Seconds left, for the timeout of a socket. Raises TimedOutError, naming `what` was asked, when there are none."""
        left = self.at - self.clock()
        if left <= 0:
            raise TimedOutError(f"{what}: no time left; the target is slow, or the scrape timeout is too short")
        return left

    def within(self, seconds: float) -> "Deadline":
        """The earlier of this one and `seconds` from now: one target of several must not eat up the time of all."""
        return Deadline(min(self.at, self.clock() + seconds), self.clock)
