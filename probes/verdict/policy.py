"""From a verdict to what the kubelet is told. Only HUNG can fail liveness, and much can withhold that."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from probes.model import State, Verdict
from probes.verdict.breaker import Breaker, Peers
from probes.verdict.budget import Budget
from probes.verdict.settings import PolicySettings

__all__ = ["ANSWERED_SOON", "Answer", "Outcome", "Peers", "Policy"]

ANSWERED_SOON = 10.0
"""Seconds after being called hung within which a sign of life makes it a false alarm."""
_MOVES = frozenset({State.HEALTHY, State.DEGRADED, State.SATURATED})


class Outcome(StrEnum):
    """What came of it. The withheld ones are the label `reason` of the metric."""

    LIVE = "live"
    WOULD_KILL = "would_kill"
    """Hung, and observed only."""
    KILL = "kill"
    """Hung, and liveness fails: the kubelet kills."""
    BUDGET = "budget"
    """Hung; withheld as there were too many kills within the hour."""
    BREAKER = "breaker"
    """Hung; withheld as too many hang at a time."""
    STALE = "stale"
    """The verdict is too old to be used; a fault of ours."""
    DRAINING = "draining"
    """Hung; withheld as it is being drained."""

    @property
    def withheld(self) -> bool:
        """Whether a kill was not asked for."""
        return self in {Outcome.BUDGET, Outcome.BREAKER, Outcome.STALE, Outcome.DRAINING}


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint answers. `ok`: 200 or 503. `reason`: its body, one line.

    `first`: the first one with this outcome in this hang: what counters and log lines hang on. `false_alarm`: told once,
    when it showed life within ten seconds of being called hung.
    """

    ok: bool
    reason: str
    outcome: Outcome = Outcome.LIVE
    first: bool = False
    false_alarm: bool = False


class Policy:
    """The answers for one service. Not for several threads; but answers about a verdict that is not fresh change nothing.

    `budget`: what `budget_state()` gave in an earlier life.
    """

    def __init__(self, settings: PolicySettings, budget: Mapping[str, object] | None = None) -> None:
        self.settings = settings
        self._budget = Budget(settings.kills_per_hour, budget)
        self._breaker = Breaker(settings)
        self._told: set[Outcome] = set()
        self._hung_at: float | None = None

    def liveness(self, verdict: Verdict, now: float, *, fresh: bool, draining: bool, peers: Peers) -> Answer:
        """Whether it should live on. `fresh`: the verdict is not too old. `draining`: it is about to be ended anyway."""
        if not fresh:
            return Answer(True, f"stale, so nothing is asked for: {verdict.reason}", Outcome.STALE)
        false_alarm = self._episode(verdict, now)
        if verdict.state is not State.HUNG:
            return Answer(True, verdict.reason, false_alarm=false_alarm)
        answer = self._hung(verdict, now, draining, peers)
        first = answer.outcome not in self._told
        self._told.add(answer.outcome)
        return replace(answer, first=first)

    def readiness(self, verdict: Verdict, *, fresh: bool, draining: bool) -> Answer:
        """Whether it should get work."""
        if not fresh:
            return Answer(False, f"stale: {verdict.reason}", Outcome.STALE)
        if draining:
            return Answer(False, f"draining: {verdict.reason}", Outcome.DRAINING)
        return Answer(verdict.ready, verdict.reason)

    def startup(self, verdict: Verdict, *, fresh: bool) -> Answer:
        """Whether its start has ended. A stale verdict says yes: a failing startup probe kills, too."""
        if not fresh:
            return Answer(True, f"stale, so nothing is asked for: {verdict.reason}", Outcome.STALE)
        return Answer(verdict.started, verdict.reason)

    def budget_state(self) -> dict[str, object]:
        """For a file; it changes with an answer whose outcome is KILL and that is the first one."""
        return self._budget.state()

    def _episode(self, verdict: Verdict, now: float) -> bool:
        """A hang begins or ends. Whether it was a false alarm."""
        if verdict.state is State.HUNG:
            self._hung_at = now if self._hung_at is None else self._hung_at
            return False
        began, self._hung_at = self._hung_at, None
        self._told.clear()
        return began is not None and verdict.state in _MOVES and now - began <= ANSWERED_SOON

    def _hung(self, verdict: Verdict, now: float, draining: bool, peers: Peers) -> Answer:
        if draining:
            return Answer(True, f"draining, so no kill: {verdict.reason}", Outcome.DRAINING)
        if why := self._breaker.open(peers, now):
            return Answer(True, f"no kill, as {why}: {verdict.reason}", Outcome.BREAKER)
        if Outcome.KILL in self._told:
            return Answer(False, verdict.reason, Outcome.KILL)
        if self.settings.mode == "observe":
            return Answer(True, f"observed only: {verdict.reason}", Outcome.WOULD_KILL)
        if not self._budget.spend(now):
            spent = f"its {self.settings.kills_per_hour} kills of this hour are spent"
            return Answer(True, f"no kill, as {spent}: {verdict.reason}", Outcome.BUDGET)
        return Answer(False, verdict.reason, Outcome.KILL)
