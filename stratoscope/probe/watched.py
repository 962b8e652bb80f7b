"""One service: its checks and its judge, and what follows from a verdict. A small step at each tick of the loop."""

import socket
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from clients.model import Deadline
from probes.model import Context, Process, State, Verdict
from probes.proc.finding import finder
from probes.table import CHECKS, Row
from probes.verdict import Answer, Judge, Outcome, Peers, Policy, PolicySettings
from probes.watch.looker import Looker
from probes.watch.making import task_of
from probes.watch.model import Fleet, Shown
from probes.watch.pulse import Beat
from probes.watch.watch import Watch
from stratoscope.probe.aside import Aside
from stratoscope.probe.doubts import doubts_of
from stratoscope.probe.drains import Drains
from stratoscope.probe.happenings import Happenings
from stratoscope.probe.memory import Memory
from stratoscope.probe.plan import Plan
from stratoscope.probe.recorder import Recorder, Suspect
from stratoscope.probe.snapshot import View
from stratoscope.probe.workers import Workers

_RECENT = 20
"""Verdicts before the present one that a black box tells: those at which the state changed."""
_ANNOUNCE = 20.0
"""Seconds between two announcements of one hang; they count for a minute."""
_SUSPICION = 2
"""Proofs from which on others are told: when the hang is certain it would be too late to hear of each other."""


@dataclass(frozen=True, slots=True)
class Kit:
    """What all services share."""

    happenings: Happenings
    memory: Memory
    recorder: Recorder
    checks: Sequence[Row] = CHECKS
    proc: Path = Path("/proc")


class Watched:
    """A service whose profile is known. Not for several threads, but for `drains`."""

    def __init__(self, plan: Plan, policy: PolicySettings, kit: Kit, now: float) -> None:
        self.plan = plan
        self.policy_settings = policy
        self._kit = kit
        profile, remembered = plan.profile, kit.memory.of(plan.name)
        self._context = context_of(plan, kit.proc)
        lookers = [Looker(task_of(use, plan.options[use.name], self._context, kit.checks)) for use in profile.uses]
        self._watch = Watch(lookers, lambda check, error: kit.happenings.check_failed(plan.name, check, error))
        self._judge = Judge(profile, plan.name, now, remembered.get("judge"))
        self._policy = Policy(policy, remembered.get("budget"))
        self.drains = Drains(plan, self._context)
        self._workers = Workers(self._context.processes, kit.happenings, kit.proc)
        self._settings = tuple(_lines(plan, policy))
        self._last: Verdict | None = None
        self._recent: deque[Verdict] = deque(maxlen=_RECENT)
        self._announced = float("-inf")
        self._doubts: tuple[tuple[str, str], ...] = ()
        self._aside = Aside(f"lint of {plan.name}")
        kit.happenings.begin(plan.name)

    def start(self) -> None:
        """Begin to look."""
        self._watch.start()
        self._aside.begin(self._lint)

    def use_policy(self, settings: PolicySettings) -> None:
        """Go on by another policy; the kills so far count in it as well."""
        self.policy_settings = settings
        self._policy = Policy(settings, self._policy.budget_state())
        self._settings = tuple(_lines(self.plan, settings))

    def step(self, now: float, beat: Beat) -> View:
        """Take in what was seen, judge, and do what follows."""
        gathered = self._watch.gather(now, beat)
        for evidence in gathered.evidence:
            self._judge.feed(evidence)
        verdict = self._judge.verdict(now)
        draining = self.drains.active
        live = self._policy.liveness(verdict, now, fresh=True, draining=draining, peers=self._peers(verdict, now))
        self._tell(verdict, live)
        self._kit.memory.note(self.plan.name, {"budget": self._policy.budget_state(), "judge": self._judge.memory()})
        if self.plan.settings.kill_hung_workers and self.policy_settings.mode == "enforce":
            self._workers.look(verdict)
        self._record(verdict)
        return self._view(verdict, live, gathered.shown)

    def stop(self) -> None:
        """Begin no more looks; what is under way ends by itself."""
        for looker in self._watch.lookers:
            looker.stop()

    def close(self, deadline: Deadline) -> list[str]:
        """Finish what is under way; the names of checks that had not ended by the deadline."""
        self.drains.close()
        return self._watch.close(deadline)

    def _peers(self, verdict: Verdict, now: float) -> Peers:
        """What others have announced; and ours to them, once a hang is near."""
        checks: list[object] = [looker.check() for looker in self._watch.lookers]
        fleets = [check for check in checks if isinstance(check, Fleet)]
        if len(verdict.proofs) >= _SUSPICION and now >= self._announced + _ANNOUNCE:
            self._announced = now
            for fleet in fleets:
                fleet.announce(now)
        # Consumers of the plain topic: of each host as many as it has workers.
        sizes = [
            round(one.figures["fleet"] / max(1.0, one.figures.get("workers", 1.0)))
            for one in verdict.evidence
            if "fleet" in one.figures
        ]
        return Peers(max((fleet.hung_peers(now) for fleet in fleets), default=0), max(sizes, default=None))

    def _tell(self, verdict: Verdict, live: Answer) -> None:
        happenings, before = self._kit.happenings, self._last
        if before is not None and before.state is not verdict.state:
            happenings.verdict_changed(before, verdict)
            self._recent.append(before)
        if live.false_alarm:
            happenings.false_alarm(verdict)
        if live.first:
            if live.outcome is Outcome.KILL:
                happenings.kill(verdict, live.reason)
            elif live.outcome is Outcome.WOULD_KILL:
                happenings.would_kill(verdict, live.reason)
            elif live.outcome.withheld:
                happenings.withheld(verdict, live.outcome.value, live.reason)
        self._last = verdict

    def _lint(self) -> None:
        """Reads files: beside the loop."""
        self._doubts = doubts_of(self.plan, self._context)
        for rule, text in self._doubts:
            self._kit.happenings.doubted(self.plan.name, rule, text)

    def _record(self, verdict: Verdict) -> None:
        self._kit.recorder.look(
            Suspect(
                verdict,
                self.plan.profile,
                self._context.processes,
                tuple(self._recent),
                self.plan.settings.log_files,
            )
        )

    def _view(self, verdict: Verdict, live: Answer, checks: tuple[Shown, ...]) -> View:
        ready = self._policy.readiness(verdict, fresh=True, draining=self.drains.unready)
        return View(
            verdict=verdict,
            live=live,
            ready=ready,
            started=self._policy.startup(verdict, fresh=True),
            profile=self.plan.profile,
            enforcing=self.policy_settings.mode == "enforce",
            checks=checks,
            settings=self._settings,
            drained=self.drains.shown(),
            boxes=self._kit.recorder.boxes(self.plan.name),
            doubts=self._doubts,
        )


def context_of(plan: Plan, proc: Path) -> Context:
    """What the checks of a service may know."""
    patterns = plan.profile.processes
    processes: Callable[[], Sequence[Process]] = finder(patterns, plan.settings.uid, proc) if patterns else tuple
    host = plan.settings.host or socket.gethostname()
    return Context(plan.name, processes, plan.settings.config_files, host, proc, _top_frame)


def _top_frame(pid: int) -> str | None:
    from probes.blackbox.stacks import top_frame  # noqa: PLC0415  the first time that something spins

    return top_frame(pid)


def _lines(plan: Plan, policy: PolicySettings) -> list[str]:
    """The settings in force, for a person. A secret is asterisks, as it is printed nowhere else either."""
    profile = plan.profile
    own = {"hang_after": profile.hang_after, "start_after": profile.start_seconds, "processes": list(profile.processes)}
    parts: list[tuple[str, Mapping[str, Any]]] = [("", own), ("policy.", _values(policy))]
    parts += [(f"checks.{use.name}.options.", _values(plan.options[use.name])) for use in profile.uses]
    return [f"{prefix}{name} = {value}" for prefix, values in parts for name, value in values.items()]


def _values(settings: Any) -> dict[str, Any]:
    return {one.name: getattr(settings, one.name) for one in fields(settings)}


def policy_of(policy: PolicySettings, mode: Any) -> PolicySettings:
    """The policy of one service, which may have a mode of its own."""
    return policy if mode is None else replace(policy, mode=mode)


def starting(service: str, now: float, since: float, reason: str) -> Verdict:
    """The verdict of a service about which nothing is known yet."""
    return Verdict(service, State.STARTING, now, since, reason, ready=False, started=False)
