"""The sidecar without its process: all services, the loop's step, the snapshot, new settings, and the end."""

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from clients.model import Deadline
from probes.model import Profile
from probes.verdict import Answer
from probes.watch.pulse import Pulse
from stratoscope.probe.happenings import Happenings
from stratoscope.probe.memory import Memory
from stratoscope.probe.plan import Plan, PlanError
from stratoscope.probe.recorder import Recorder
from stratoscope.probe.seeking import EVERY, Seeking, finds
from stratoscope.probe.settings import AUTO, Loaded
from stratoscope.probe.snapshot import Snapshot, View
from stratoscope.probe.watched import Kit, Watched, policy_of, starting

TICK = 1.0
"""Seconds between two steps: a verdict is never older than that, as long as we are on time."""
END = 8.0
"""Seconds that checks have at the end, for what would leave something behind at their targets."""
_log = logging.getLogger("stratoscope.probe")


class Sidecar:
    """All services. `step` and `use` are the loop's; `snapshot` may be read by any thread."""

    def __init__(
        self,
        loaded: Loaded | None,
        happenings: Happenings,
        *,
        clock: Callable[[], float] = time.monotonic,
        tick: float = TICK,
        end: float = END,
        seek_every: float = EVERY,
        proc: Path = Path("/proc"),
    ) -> None:
        self.tick = tick
        self._clock = clock
        self._end = end
        self._seek_every = seek_every
        self._happenings = happenings
        self._proc = proc
        self._pulse = Pulse(tick, clock())
        self._loaded: Loaded | None = None
        self._kit: Kit | None = None
        self._services: dict[str, Watched | Seeking] = {}
        self.snapshot = Snapshot(clock(), trouble="the settings cannot be used; see the log of this sidecar")
        if loaded is not None:
            self.use(loaded)

    @property
    def loaded(self) -> Loaded | None:
        """The settings in force."""
        return self._loaded

    def service(self, name: str) -> Watched | None:
        """One that is looked at. From any thread."""
        found = self._services.get(name)
        return found if isinstance(found, Watched) else None

    def use(self, loaded: Loaded) -> None:
        """Take new settings: services that they do not change go on as they are, the others begin anew."""
        before, self._loaded = self._loaded, loaded
        settings, now = loaded.settings, self._clock()
        if self._kit is None or before is None:
            memory, recorder = Memory(settings.state, self._happenings), Recorder(settings.black_box)
            self._kit = Kit(self._happenings, memory, recorder, loaded.catalogue.checks, self._proc)
        elif (before.settings.state, before.settings.black_box) != (settings.state, settings.black_box):
            _log.warning("state and black_box take a restart; the old ones stay in force")
        services: dict[str, Watched | Seeking] = {}
        for name, service in settings.services.items():
            running = self._services.get(name)
            if isinstance(running, Watched) and self._same(running, loaded):
                running.use_policy(policy_of(settings.policy, service.mode))
                services[name] = running
            elif service.profile == AUTO:
                find = finds(name, service.uid, loaded.catalogue.profiles, self._proc)
                services[name] = Seeking(name, find, self._happenings, now, self._seek_every)
            else:
                services[name] = self._watched(loaded.plans[name], loaded, now)
        for name, running in self._services.items():
            if services.get(name) is not running and isinstance(running, Watched):
                running.stop()
        self._services = services
        self.step(now)

    def step(self, now: float) -> None:
        """One tick."""
        beat = self._pulse.beat(now)
        views: dict[str, View] = {}
        for name, service in list(self._services.items()):
            try:
                if isinstance(service, Seeking):
                    views[name] = service.step(now)
                    if service.profile is not None:
                        self._found(name, service.profile, now)
                else:
                    views[name] = service.step(now, beat)
            except Exception:  # noqa: BLE001  its view stays, grows stale, and then it is not killed
                _log.exception("a fault in the step of %s", name)
                views[name] = self.snapshot.views.get(name) or _faulty(name, now)
        if self._kit is not None:
            self._kit.memory.write()
        if self._loaded is not None:
            self.snapshot = Snapshot(now, views)

    def wait_for_settings(self, now: float, why: str) -> None:
        """There are none that can be used: say so, and answer that nothing is to be killed."""
        self.snapshot = Snapshot(now, trouble=f"the settings cannot be used: {why.splitlines()[0]}")

    def close(self) -> None:
        """Finish what would leave something behind, within seconds."""
        deadline = Deadline.after(self._end)
        watched = [one for one in self._services.values() if isinstance(one, Watched)]
        for one in watched:
            one.stop()
        for one in watched:
            for check in one.close(deadline):
                _log.warning("check %s of %s has not ended in time; it is left behind", check, one.plan.name)
        if self._kit is not None:
            self._kit.memory.close()

    def _watched(self, plan: Plan, loaded: Loaded, now: float) -> Watched:
        assert self._kit is not None  # noqa: S101  `use` has made it
        made = Watched(plan, policy_of(loaded.settings.policy, plan.settings.mode), self._kit, now)
        made.start()
        return made

    def _found(self, name: str, profile: Profile, now: float) -> None:
        """The profile of one is known now."""
        assert self._loaded is not None  # noqa: S101  who seeks has settings
        try:
            self._services[name] = self._watched(self._loaded.plan(name, profile), self._loaded, now)
            self._happenings.found(name, profile.name)
        except PlanError as error:
            self._happenings.not_found(name, f"its profile needs more settings, so name it there: {error}")

    def _same(self, running: Watched, loaded: Loaded) -> bool:
        """Whether the new settings look at it in the same way; a mode of its own is no difference."""
        old = running.plan
        service = loaded.settings.services[old.name]
        plan = loaded.plan(old.name, old.found_as) if service.profile == AUTO else loaded.plans[old.name]
        return replace(plan.settings, mode=None) == replace(old.settings, mode=None) and plan.options == old.options


def _faulty(name: str, now: float) -> View:
    verdict = starting(name, now, now, "starting: a fault of stratoscope; its log has more")
    return View(verdict, Answer(True, verdict.reason), Answer(False, verdict.reason), Answer(False, verdict.reason))
