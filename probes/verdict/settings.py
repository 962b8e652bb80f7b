"""What an operator says about the answers that follow from a verdict."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal


@dataclass(frozen=True, slots=True)
class PolicySettings:
    """When a hang may fail liveness."""

    mode: Literal["observe", "enforce"] = "observe"
    """`observe`: liveness is always fine, and would-be kills are counted; `enforce`: a hang fails liveness. Default: observe,
    as one should see for a week what would have been killed."""
    kills_per_hour: int = 3
    """Restart budget of this service: after so many kills within an hour liveness stays fine. A process that hangs again and
    again is not mended by restarts. 0 kills nothing."""
    breaker_share: float = 0.2
    """Share of all that run this service, 0 to 1: when more than these hang within a minute, liveness stays fine. What hangs
    everywhere at once has a cause that restarts do not mend, and makes a storm of them."""
    breaker_number: int = 3
    """The same as a number of hung ones, where it is not known how many there are."""
    breaker_hold: Annotated[float, "seconds"] = 600.0
    """For how long liveness stays fine after that. Others tell of a hang when it begins; they still hang a minute later."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What cannot be right, as (key, what is wrong)."""
        if self.kills_per_hour < 0:
            yield "kills_per_hour", "must not be negative; 0 kills nothing"
        if not 0 <= self.breaker_share <= 1:
            yield "breaker_share", "is a share: give a number from 0 to 1, as 0.2"
        if self.breaker_number < 1:
            yield "breaker_number", "must be at least 1"
        if self.breaker_hold < 60:
            yield "breaker_hold", "must be at least 60s: others are heard for a minute"
