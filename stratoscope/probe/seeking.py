"""A service whose profile is `auto`: its processes tell which one it is, as soon as they are there."""

from collections.abc import Callable, Sequence
from pathlib import Path

from probes.model import Process, Profile
from probes.proc.processes import process
from probes.proc.reading import ProcError, numbers
from probes.profiles.finding import UnclearError, profile_of
from probes.verdict import Answer
from stratoscope.probe.aside import Aside
from stratoscope.probe.happenings import Happenings
from stratoscope.probe.snapshot import View
from stratoscope.probe.watched import starting

EVERY = 5.0
"""Seconds between two looks at all processes."""
Find = Callable[[], Profile]
"""Looks for the profile now; may hang. Raises UnclearError."""


class Seeking:
    """Looks for the profile of one service, beside the loop: reading /proc may hang."""

    def __init__(self, service: str, find: Find, happenings: Happenings, now: float, every: float = EVERY) -> None:
        self.service = service
        self.profile: Profile | None = None
        self._find = find
        self._happenings = happenings
        self._every = every
        self._since = now
        self._next = now
        self._told = "looking for its processes"
        self._aside = Aside(f"profile of {service}")

    def step(self, now: float) -> View:
        """What is known until it is found; then `profile` is there."""
        if now >= self._next and self._aside.begin(self._look):
            self._next = now + self._every
        verdict = starting(self.service, now, self._since, f"starting: {self._told}")
        return View(verdict, Answer(True, verdict.reason), Answer(False, verdict.reason), Answer(False, verdict.reason))

    def _look(self) -> None:
        try:
            self.profile = self._find()
        except UnclearError as error:
            self._told = str(error)
            self._happenings.not_found(self.service, self._told)


def finds(service: str, uid: int | None, profiles: Sequence[Profile], proc: Path) -> Find:
    """Looks among the processes that can be seen."""
    return lambda: profile_of(_processes(uid, proc), profiles, service)


def _processes(uid: int | None, proc: Path) -> Sequence[Process]:
    found = []
    try:
        pids = list(numbers(proc))
    except ProcError:
        return ()
    for pid in pids:
        try:
            one = process(proc, pid)
        except ProcError:
            continue  # it has ended, or hides
        if uid in (None, one.uid):
            found.append(one)
    return found
