"""What the endpoint shows: made by the loop at each tick, swapped in one piece, never changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from probes.model import Profile, Verdict
from probes.verdict import Answer
from probes.watch.model import Shown

STALE_AFTER = 10.0
"""Seconds after which a verdict is too old to be used: the loop makes one each second."""
DEAD_AFTER = 60.0
"""Seconds after which the sidecar says of itself that it should be restarted."""


@dataclass(frozen=True, slots=True)
class Drained:
    """How a drain goes. `in_flight`: what still was, None while not known. `told`: one line."""

    over: bool
    seconds: float
    told: str
    in_flight: int | None = None


@dataclass(frozen=True, slots=True)
class Boxes:
    """Black boxes so far: those written, those that are not whole, and by where the main thread stood."""

    written: int = 0
    failed: int = 0
    signatures: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """One service. `live`, `ready`, `started`: what the endpoint answers while the verdict is not too old.

    `settings`: what is in force, a line each, without secrets. `doubts`: what lint has found: rule, and one line.
    """

    verdict: Verdict
    live: Answer
    ready: Answer
    started: Answer
    profile: Profile | None = None
    enforcing: bool = False
    checks: tuple[Shown, ...] = ()
    settings: tuple[str, ...] = ()
    drained: Drained | None = None
    boxes: Boxes = field(default_factory=Boxes)
    doubts: tuple[tuple[str, str], ...] = ()

    def age(self, now: float) -> float:
        """Seconds since the verdict was made."""
        return max(0.0, now - self.verdict.at)

    def stale(self, now: float) -> bool:
        """Whether it is too old to be used."""
        return self.age(now) > STALE_AFTER


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All services at `at`, monotonic seconds. `trouble`: why there are none, where the settings could not be read."""

    at: float
    views: Mapping[str, View] = field(default_factory=dict)
    trouble: str = ""

    def age(self, now: float) -> float:
        """Seconds since it was made."""
        return max(0.0, now - self.at)
