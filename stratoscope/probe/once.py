"""`--once`: a few looks at everything, and the verdict that they come to. For a person, who does not wait for a minute."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from clients.model import Deadline
from probes.model import Context, Process, Profile, State, Verdict
from probes.profiles.finding import UnclearError
from probes.verdict import Judge
from probes.watch.looker import Looker
from probes.watch.making import task_of
from probes.watch.pulse import Pulse
from probes.watch.watch import Watch
from stratoscope.probe.plan import Plan, PlanError
from stratoscope.probe.seeking import finds
from stratoscope.probe.settings import AUTO, Loaded
from stratoscope.probe.watched import context_of, starting

LOOKS = 3
"""At each check: a proof of a hang takes as many samples."""
PAUSE = 1.0
"""Seconds from one look to the next at least."""
_SPAN = 2.5
"""Seconds for which they last at least: a hang holds for one, from the second look on."""
_TICK = 0.1
_GRACE = 3.0
"""Seconds that a look may be late before it is no longer waited for."""
_SERVING = frozenset({State.HEALTHY, State.DEGRADED})


@dataclass(frozen=True, slots=True)
class Seen:
    """What a few looks have come to. `profile`: its name. `remark`: what is to be known about the verdict."""

    verdict: Verdict
    profile: str
    remark: str = ""

    @property
    def serves(self) -> bool:
        """Whether it does its work, all or in part."""
        return self.verdict.state in _SERVING


def look(loaded: Loaded, tell: Callable[[str], object], proc: Path = Path("/proc")) -> list[Seen]:
    """All services of the settings, one after the other. `tell` is for what takes a while."""
    return [_looked(name, loaded, tell, proc) for name in loaded.settings.services]


def _looked(name: str, loaded: Loaded, tell: Callable[[str], object], proc: Path) -> Seen:
    service, now = loaded.settings.services[name], time.monotonic()
    try:
        if service.profile != AUTO:
            plan = loaded.plans[name]
        else:
            plan = loaded.plan(name, finds(name, service.uid, loaded.catalogue.profiles, proc)())
    except UnclearError as error:
        return Seen(starting(name, now, now, f"starting: {error}"), "")
    except PlanError as error:
        return Seen(starting(name, now, now, f"starting: the profile needs more settings: {error}"), "")
    tell(f"{name}: {LOOKS} looks at each of {len(plan.profile.uses)} checks\n")
    return _judged(plan, loaded, proc)


def _judged(plan: Plan, loaded: Loaded, proc: Path) -> Seen:
    """Looks in quick succession; a hang need not hold for longer than they last, which the remark tells."""
    quick = _quick(plan.profile)
    context = context_of(plan, proc)
    lookers = [Looker(task_of(use, plan.options[use.name], context, loaded.catalogue.checks)) for use in quick.uses]
    watch = Watch(lookers, lambda *_: None)
    begun = time.monotonic()
    judge, pulse = Judge(quick, plan.name, begun, _memory(plan, context)), Pulse(_TICK, begun)
    watch.start()
    try:
        end = begun + LOOKS * max((max(use.timeout, PAUSE) for use in quick.uses), default=0.0) + _GRACE
        while (now := time.monotonic()) < end:
            for evidence in watch.gather(now, pulse.beat(now)).evidence:
                judge.feed(evidence)
            if now - begun > _SPAN and all(looker.shown().looks >= LOOKS for looker in lookers):
                break
            time.sleep(_TICK)
        verdict = judge.verdict(time.monotonic())
    finally:
        watch.close(Deadline.after(_GRACE))
    took = verdict.at - begun
    remark = f"{LOOKS} looks in {took:.0f} s"
    if verdict.state is State.HUNG:
        remark += f"; the sidecar calls it hung only when this has held for {plan.profile.hang_after:g} s"
    return Seen(verdict, plan.profile.name, remark)


def _memory(plan: Plan, context: Context) -> dict[str, object]:
    """What a sidecar would remember: a process that runs for longer than a start takes has started."""
    main = next(iter(context.processes()), None)
    if main is None or _age(main, context.proc) < plan.profile.start_seconds:
        return {}
    return {"version": 1, "main_pid": main.pid, "main_started": main.started}


def _age(process: Process, proc: Path) -> float:
    """Seconds."""
    try:
        up = float((proc / "uptime").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 0.0
    return up - process.started / os.sysconf("SC_CLK_TCK")


def _quick(profile: Profile) -> Profile:
    uses = tuple(replace(use, period=min(use.period, PAUSE)) for use in profile.uses)
    return replace(profile, uses=uses, hang_after=min(profile.hang_after, PAUSE))
