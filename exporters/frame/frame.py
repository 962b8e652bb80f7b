"""All targets of a process, as a scrape sees them: asks those that are asked on a scrape, gives what is known of the others."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clients.model import Deadline
from exporters.frame.exposition import Rendered, render
from exporters.frame.job import CLOCKS, Clocks, Job
from exporters.frame.plan import Plan, budget
from exporters.frame.shown import Shown, own, show
from exporters.frame.view import Seen
from exporters.model import Collector

_REST = 0.05
"""Part of a scrape's time that is left between a collector's deadline and ours, so that it can say itself what was slow."""
_CLOSING = 2.0
"""Seconds that fetches under way have to end when their targets are no longer wanted."""
_NO_LIMIT = 1 << 40


@dataclass(frozen=True, slots=True)
class Wanted:
    """A target as the settings want it. `joins`: it reads the snapshots of others, and is asked after them."""

    exporter: str
    settings: object
    plan: Plan
    build: Callable[[], Collector[Any]]
    joins: bool = False


class TwiceError(ValueError):
    """Two targets of one exporter have the same name: their series could not be told apart."""


class Frame:
    """The targets. It is also the `View` through which collectors see each other."""

    def __init__(self, clocks: Clocks = CLOCKS) -> None:
        self._clocks = clocks
        self._lock = threading.Lock()
        self._jobs: Sequence[tuple[Wanted, Job]] = ()

    def use(self, wanted: Iterable[Wanted]) -> None:
        """From now on these targets. Those whose settings are as before keep their connections, their answers and counts.

        Raises TwiceError; then all stays as it was.
        """
        with self._lock:
            old = {id(job): (one, job) for one, job in self._jobs}
            new: list[tuple[Wanted, Job]] = []
            try:
                new.extend(self._kept(one, old) or self._made(one) for one in wanted)
                _check_names(job for _, job in new)
            except BaseException:
                kept = {id(job) for _, job in self._jobs}
                _close(job for _, job in new if id(job) not in kept)
                raise
            self._jobs = tuple(new)
        for _, job in new:
            job.start()
        _close(job for _, job in old.values())

    def _kept(self, one: Wanted, old: dict[int, tuple[Wanted, Job]]) -> tuple[Wanted, Job] | None:
        """The old job of the same settings, taken out of `old`."""
        for key, (before, job) in old.items():
            if (before.exporter, before.settings, before.plan) == (one.exporter, one.settings, one.plan):
                del old[key]
                return one, job
        return None

    def _made(self, one: Wanted) -> tuple[Wanted, Job]:
        return one, Job(one.exporter, one.build(), one.plan, self._clocks)

    def close(self) -> None:
        """No more targets."""
        self.use(())

    # -- asking ---------------------------------------------------------------------------------------------------------

    def scrape(self, timeout: float | None = None) -> list[Rendered]:
        """All metrics, for somebody who waits `timeout` seconds. Takes less than that, whatever the targets do."""
        seconds = budget(timeout)
        jobs = self._jobs
        ends = self._clocks.monotonic() + seconds
        answered: set[int] = set()
        for joins in (False, True):
            asked = [job for one, job in jobs if one.joins is joins and job.plan.lane == "scrape"]
            answered |= self._ask(asked, ends - _REST * seconds, ends)
        shown = [show(job, answered=job.plan.lane == "background" or id(job) in answered) for _, job in jobs]
        return [*(part for one in shown for part in one.parts()), *render(own(shown), _NO_LIMIT).metrics]

    def fetch_all(self) -> list[Shown]:
        """Ask every target once, whatever its lane, each within its own timeout; in the order of the settings."""
        jobs = self._jobs
        answered: set[int] = set()
        for joins in (False, True):
            asked = [job for one, job in jobs if one.joins is joins]
            seconds = max((job.plan.timeout for job in asked), default=0.0)
            ends = self._clocks.monotonic() + seconds
            answered |= self._ask(asked, ends, ends + _REST * seconds)
        return [show(job, answered=id(job) in answered) for _, job in jobs]

    def _ask(self, jobs: list[Job], deadline: float, ends: float) -> set[int]:
        """Those of them that have an answer when the time is over, or before."""
        now = self._clocks.monotonic
        tickets = [(job, job.request(Deadline(min(deadline, now() + job.plan.timeout), now))) for job in jobs]
        return {id(job) for job, ticket in tickets if job.wait(ticket, ends - now())}

    def known(self) -> list[Shown]:
        """All targets as they stand now; nobody is asked."""
        return [show(job, answered=True) for _, job in self._jobs]

    def snapshots(self, kind: str) -> Mapping[str, Seen]:
        """As `View` says."""
        now = self._clocks.monotonic()
        served = ((job.target, job.state.served(job.plan, now)) for _, job in self._jobs if job.exporter == kind)
        return {target: Seen(good.snapshot, max(0.0, now - good.at)) for target, good in served if good is not None}


def _check_names(jobs: Iterable[Job]) -> None:
    seen: set[tuple[str, str]] = set()
    for job in jobs:
        if (job.exporter, job.target) in seen:
            raise TwiceError(f"two targets of {job.exporter} are called {job.target}; give each a name of its own")
        seen.add((job.exporter, job.target))


def _close(jobs: Iterable[Job]) -> None:
    """All of them together may take `_CLOSING` seconds."""
    closing = list(jobs)
    for job in closing:
        job.close()
    ends = time.monotonic() + _CLOSING
    for job in closing:
        job.join(ends - time.monotonic())
