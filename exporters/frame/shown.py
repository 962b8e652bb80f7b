"""A target as it stands at the moment of a scrape, and the frame's own metrics about it."""

from collections.abc import Iterable
from dataclasses import dataclass

from exporters.frame import metrics
from exporters.frame.exposition import Rendered
from exporters.frame.job import Job
from exporters.frame.state import Good, State
from exporters.metrics import Samples
from exporters.model import Verdict

_OVERDUE = 1.0
"""Seconds beyond its deadline after which a fetch counts as one that hangs."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One target. `late`: this scrape had to go without its answer. `good`: the answer that is given out, if any."""

    job: Job
    state: State
    good: Good | None
    running: float | None
    late: bool
    now: float

    @property
    def success(self) -> bool | None:
        """Of the newest fetch; None before the first has ended."""
        return False if self.late else self.state.success

    @property
    def reason(self) -> str:
        """Why there is no success, as text; empty where there is, or nothing is known yet."""
        return _late(self) if self.late else self.state.reason

    def parts(self) -> tuple[Rendered, ...]:
        """The metrics of the target."""
        return () if self.good is None else self.good.rendering.metrics

    def verdicts(self) -> list[Verdict]:
        """What the answer means."""
        return [] if self.good is None else list(self.job.collector.verdicts(self.good.snapshot))


def show(job: Job, *, answered: bool) -> Shown:
    """The target now. `answered`: the fetch that this scrape has waited for has ended, if it waited."""
    now, running, state = job.clocks.monotonic(), job.running_for(), job.state
    late = not answered or (running is not None and running > job.plan.timeout + _OVERDUE)
    good = None if late and job.plan.lane == "scrape" else state.served(job.plan, now, late=late)
    shown = Shown(job, state, good, running, late, now)
    if late:
        job.diary.failed(_late(shown))
    return shown


def _late(shown: Shown) -> str:
    seconds = "" if shown.running is None else f" after {shown.running:.1f} s"
    return f"no answer{seconds}; the target hangs, or the timeout is too short"


def own(shown: Iterable[Shown]) -> Samples:
    """The frame's metrics about these targets."""
    samples = Samples()
    for one in shown:
        labels = (one.job.exporter, one.job.target)
        samples.add(metrics.UP, _number(False if one.late else one.state.reachable), *labels)
        samples.add(metrics.SUCCESS, _number(one.success), *labels)
        samples.add(metrics.DURATION, one.state.duration, *labels)
        samples.add(metrics.RUNNING, one.running or 0.0, *labels)
        samples.add(metrics.INTERVAL, one.job.plan.interval if one.job.plan.lane == "background" else None, *labels)
        for outcome, count in one.state.outcomes.items():
            samples.add(metrics.FETCHES, count, *labels, outcome)
        samples.add(metrics.LAST_SUCCESS, one.state.last_success, *labels)
        if one.good is not None:
            samples.add(metrics.AGE, max(0.0, one.now - one.good.at), *labels)
            samples.add(metrics.DROPPED, one.good.rendering.over_limit, *labels, "limit")
            samples.add(metrics.DROPPED, one.good.rendering.duplicates, *labels, "duplicate")
        samples.add(metrics.SERIES, 0 if one.good is None else one.good.rendering.series, *labels)
    return samples


def _number(truth: bool | None) -> float | None:
    return None if truth is None else float(truth)
