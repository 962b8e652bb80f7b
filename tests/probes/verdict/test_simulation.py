"""A day of random faults of every kind against a ground truth: no false kill, and every true hang is called in time."""

from collections import Counter
from dataclasses import dataclass, field
from random import Random

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from probes.model import State, Verdict
from probes.profiles.table import named
from probes.verdict import Judge, Outcome, Peers, Policy, PolicySettings
from tests.probes.verdict.world import LASTS, World, faults

DAY = 86400.0
TICK = 5.0
SLACK = 60.0
"""Seconds beyond `hang_after` until a hang is called at the latest: the page says so. Five periods and some jitter."""
KUBELET = 20.0
"""Liveness must have failed for so long until the kubelet kills."""

STARTUP_DELAY = 15.0
"""initialDelaySeconds of the startup probe: by then the sidecar has seen that the process is another one."""


@dataclass
class Told:
    """What came of a life."""

    kills: int = 0
    false_kills: list[float] = field(default_factory=list)
    missed: list[float] = field(default_factory=list)
    unprovable: list[float] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)
    states: Counter[State] = field(default_factory=Counter)
    false_workers: list[float] = field(default_factory=list)
    named_workers: int = 0


class Life:
    """A service under a sidecar, and a kubelet that kills it when liveness fails for long enough."""

    def __init__(self, seed: int, seconds: float, mean: float) -> None:
        self.random = Random(seed)
        self.profile = named("nova-conductor")
        self.world = World(self.profile, self.random, faults(self.random, seconds, mean))
        self.judge = Judge(self.profile, "s", 0.0)
        self.policy = Policy(PolicySettings(mode="enforce", kills_per_hour=1000))
        self.told = Told()
        self._due = {use.name: self.random.uniform(0, use.period) for use in self.profile.uses}
        self._frozen = self._called = False
        self._failing = 0.0
        self._worker_hung_at = -1e9
        self._container = self.world.main
        self._starting_for: float | None = 0.0

    def tick(self, now: float) -> None:
        """A tick of all of them."""
        world = self.world
        world.move(now)
        if "sidecar frozen" in world.kinds:
            self._frozen, self._failing = True, 0.0
            return
        self.judge.feed(world.pulse(late=self._frozen))
        self._frozen = False
        for use in self.profile.uses:
            if now >= self._due[use.name]:
                self._due[use.name] = now + use.period * self.random.uniform(0.95, 1.05)
                for one in world.look(use.name):
                    self.judge.feed(one)
        verdict = self.judge.verdict(now)
        answer = self.policy.liveness(verdict, now, fresh=True, draining=False, peers=Peers())
        self.told.states[verdict.state] += 1
        self._judge_call(verdict, now)
        self._judge_workers(verdict, now)
        if answer.first and answer.outcome is Outcome.KILL:
            self._judge_kill(now)
        self._kubelet(answer.ok, self.policy.startup(verdict, fresh=True).ok)

    def _kubelet(self, live_: bool, started: bool) -> None:
        """Kills when liveness fails; until a start has ended when that takes too long."""
        if self.world.main != self._container:
            self._container, self._starting_for = self.world.main, 0.0
        if self._starting_for is not None:
            ended = started and self._starting_for >= STARTUP_DELAY
            self._starting_for = None if ended else self._starting_for + TICK
        self._failing = 0.0 if live_ else self._failing + TICK
        if self._failing > KUBELET or (self._starting_for or 0.0) > self.profile.start_seconds + 60.0:
            self.world.restart()
            self._failing = 0.0

    def _judge_kill(self, now: float) -> None:
        self.told.kills += 1
        hung_since = self.world.hung_since
        # the last sign of life may be as old as a period
        if hung_since is None or now - hung_since < self.profile.hang_after - 12.0:
            self.told.false_kills.append(now)

    def _judge_call(self, verdict: Verdict, now: float) -> None:
        hung_since = self.world.hung_since
        if hung_since is None:
            self._called = False
            return
        waited = now - max(hung_since, self.world.clear_since)
        if self._called:
            return
        if verdict.state is State.HUNG:
            self._called = True
            self.told.delays.append(waited)
        elif waited > self.profile.hang_after + SLACK:
            self._called = True
            (self.told.missed if self._provable(verdict, now) else self.told.unprovable).append(now)

    def _provable(self, verdict: Verdict, now: float) -> bool:
        """Whether liveness should have found it.

        Not where nobody can ask it any more and threads beside the one that is blocked run, or ran until a moment ago: that is
        told as UNROUTABLE. And what hangs while it starts is left to the startup probe.
        """
        stopped_for = now - (self.world.stopped_since or now)
        if self.world.given_up and stopped_for <= self.profile.hang_after + SLACK:
            return verdict.state not in {State.UNROUTABLE, State.STARTING}
        return verdict.state is not State.STARTING

    def _judge_workers(self, verdict: Verdict, now: float) -> None:
        if "worker hangs" in self.world.kinds:
            self._worker_hung_at = now
        if verdict.hung_workers:
            self.told.named_workers += 1
            if now - self._worker_hung_at > 12.0 or verdict.hung_workers != ("101",):
                self.told.false_workers.append(now)


def live(seed: int, seconds: float = DAY, mean: float = 700.0) -> Life:
    """Live so long."""
    life = Life(seed, seconds, mean)
    for tick in range(int(seconds / TICK)):
        life.tick(tick * TICK)
    return life


def test_a_day_of_faults() -> None:
    life = live(1)
    world, told = life.world, life.told
    assert not told.false_kills
    assert not told.missed
    assert not told.false_workers
    assert max(told.delays) <= life.profile.hang_after + SLACK
    # and it was a day worth the name
    assert {one.kind for one in world.faults} == set(LASTS)
    assert told.kills >= 10
    assert told.named_workers > 0
    assert set(told.states) == set(State)


@given(st.integers(2, 10_000))
@hypothesis_settings(max_examples=5)
def test_an_hour_of_many_faults_at_a_time(seed: int) -> None:
    told = live(seed, 2 * 3600.0, 150.0).told
    assert not told.false_kills
    assert not told.missed
    assert not told.false_workers
