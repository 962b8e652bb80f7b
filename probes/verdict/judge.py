"""Evidence over time -> a verdict. Pure, and bounded by the profile: a few numbers for each check and subject."""

from collections.abc import Mapping
from dataclasses import replace
from math import inf

from probes.model import Evidence, Finding, Profile, Proof, Role, State, Use, Verdict
from probes.verdict.rules import ILL, is_other
from probes.verdict.sight import PULSE, Sight
from probes.verdict.timeline import Timeline

VERSION = 1
"""Of what is remembered."""
MAX_STRANGERS = 16
"""Checks that the profile does not have, and whose evidence is shown and counts for nothing."""

_CONTROL = frozenset({Role.CONTROL})
_PULSE = Use(PULSE, PULSE, _CONTROL, "Whether we ourselves are on time.", period=5.0)
_LATE_START = frozenset({Finding.PARTIAL, Finding.UNFIT, Finding.DRAINED})
"""It answers after all: ends a start that is overdue. UNKNOWN ends it, too, as a fault of ours must not hold up a service."""

Main = tuple[int, int]


class Judge:
    """Judges one service by its profile. `memory`: what `memory()` of an earlier judge gave, which a restart outlives.

    Not for several threads. All evidence of one look is fed before the next verdict.
    """

    def __init__(self, profile: Profile, service: str, now: float, memory: Mapping[str, object] | None = None) -> None:
        self.profile = profile
        self.service = service
        controls = [*(use for use in profile.uses if Role.CONTROL in use.roles), *_brought(profile), _PULSE]
        self._controls = {use.name: Timeline(use) for use in controls}
        self._strangers: dict[str, Evidence] = {}
        self._remembered = _main_of(memory) if memory and memory.get("version") == VERSION else None
        self._main: Main | None = None
        self._was_gone = False
        self._ill_at = -inf
        self._state: tuple[State, float] = (State.STARTING, now)
        self._own: dict[str, Timeline] = {}
        self._epoch = -inf
        self._started = False
        self._start_at = now
        self._progress: float | None = None
        self._begin(now, -inf)

    def feed(self, evidence: Evidence) -> None:
        """Something seen. What was seen of an earlier main process is left out."""
        control = self._controls.get(evidence.check)
        if control is not None:
            control.feed(evidence)
            return
        timeline = self._own.get(evidence.check)
        if timeline is None:
            if evidence.check in self._strangers or len(self._strangers) < MAX_STRANGERS:
                self._strangers[evidence.check] = evidence
            return
        self._recognise(evidence, timeline)
        if evidence.at < self._epoch:
            return
        self._own[evidence.check].feed(evidence)
        progress = evidence.figures.get("progress")
        if progress is not None and progress != self._progress:
            self._progress, self._start_at = progress, evidence.at

    def verdict(self, now: float) -> Verdict:
        """What all that was fed says at `now`."""
        for timeline in self._all():
            timeline.settle()
        self._note_ill()
        missing = [] if self._started else self._missing(now)
        self._started = not missing
        sight = self._sight(now, missing)
        rule, culprits = sight.first()
        if rule.state is not self._state[0]:
            self._state = (rule.state, now)
        hung, started = rule.state is State.HUNG, rule.state is not State.STARTING
        return Verdict(
            self.service,
            rule.state,
            now,
            self._state[1],
            sight.reason(rule, culprits),
            ready=started and not hung and sight.ready(),
            started=started,
            proofs=sight.proofs,
            evidence=tuple(one for timeline in self._all() for one in timeline.evidence) + tuple(self._strangers.values()),
            rule=rule.name,
            hung_workers=() if hung else sight.hung_workers,
        )

    def _sight(self, now: float, missing: list[Timeline]) -> Sight:
        return Sight(
            profile=self.profile,
            own=list(self._own.values()),
            controls=list(self._controls.values()),
            now=now,
            ill_at=self._ill_at,
            started=self._started,
            started_at=self._start_at,
            missing=missing,
            main="" if self._main is None else str(self._main[0]),
        )

    def memory(self) -> dict[str, object]:
        """Of which main process the end of the start was seen: a small dict for a file; empty where nothing is known."""
        if self._main is None or not self._started:
            return {}
        return {"version": VERSION, "main_pid": self._main[0], "main_started": self._main[1]}

    # -- the main process ---------------------------------------------------------------------------------------------

    def _begin(self, now: float, epoch: float) -> None:
        """All anew, for a main process of which nothing from before `epoch` tells."""
        able = {name for name, timeline in self._own.items() if timeline.able}
        uses = (use for use in self.profile.uses if Role.CONTROL not in use.roles)
        self._own = {use.name: Timeline(use, able=use.name in able) for use in uses}
        self._epoch = epoch
        self._started = False
        self._start_at = now
        self._progress = None

    def _recognise(self, evidence: Evidence, timeline: Timeline) -> None:
        """Whether this is about another main process than before."""
        main = _main_of(evidence.figures)
        if timeline.use.proof is Proof.STOPPED and not evidence.about:
            came_back = self._was_gone and main is None and evidence.finding not in {Finding.GONE, Finding.UNKNOWN}
            self._was_gone = evidence.finding is Finding.GONE or (self._was_gone and evidence.finding is Finding.UNKNOWN)
            if came_back:
                self._begin(evidence.at, evidence.at)
        if main is None or main == self._main or evidence.at < self._epoch:
            return
        if self._main is not None:
            self._begin(evidence.at, evidence.at)
        self._main = main
        self._started = self._started or main == self._remembered

    def _missing(self, now: float) -> list[Timeline]:
        """The startup checks for which the start still waits."""
        overdue = now - self._start_at > self.profile.start_seconds
        startup = (one for one in self._own.values() if Role.STARTUP in one.use.roles)
        return [one for one in startup if not (one.whole.was_fine or (overdue and _answers_late(one)))]

    def _note_ill(self) -> None:
        """When something that it needs was ill for the last time."""
        for one in self._all():
            if one.whole.finding is Finding.DEPENDENCY or (is_other(one.use) and one.whole.finding in ILL):
                self._ill_at = max(self._ill_at, one.whole.at)

    def _all(self) -> list[Timeline]:
        return [*self._own.values(), *self._controls.values()]


def _brought(profile: Profile) -> list[Use]:
    """The controls that the looks of other checks bring."""
    return [replace(use, name=f"{use.name}_control", roles=_CONTROL, proof=None) for use in profile.uses if use.brings_control]


def _answers_late(timeline: Timeline) -> bool:
    finding = timeline.whole.finding
    return bool(timeline.evidence) and (finding is Finding.UNKNOWN or finding in _LATE_START)


def _main_of(figures: Mapping[str, object]) -> Main | None:
    """Pid and start time of the main process, where they are told."""
    pid, started = figures.get("main_pid"), figures.get("main_started")
    if isinstance(pid, int | float) and isinstance(started, int | float):
        return int(pid), int(started)
    return None
