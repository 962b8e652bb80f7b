"""A collector that does what a test tells it, and clocks that a test turns."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric as Family

from clients.model import Deadline
from exporters.frame.exposition import joined
from exporters.frame.frame import Frame, Wanted
from exporters.frame.job import Clocks
from exporters.frame.plan import Plan
from exporters.model import Verdict

SCRAPE = Plan("scrape", 30.0, 10.0)
BACKGROUND = Plan("background", 30.0, 10.0)


@dataclass
class Time:
    """Seconds that pass when told to."""

    now: float = 1000.0

    def clocks(self) -> Clocks:
        return Clocks(lambda: self.now, lambda: self.now + 1e9, lambda: 0.5)


@dataclass
class Fake:
    """Counts its fetches: the snapshot is their number, which is also the value of its metric.

    `error`: raised by the next fetches. `gate`: where they wait, whatever the deadline says.
    """

    target: str = "main"
    error: Exception | None = None
    gate: threading.Event | None = None
    fetches: int = 0
    deadlines: list[Deadline] = field(default_factory=list)
    closed: int = 0
    metric: str = "made_value"
    before: Callable[[], object] | None = None

    def fetch(self, deadline: Deadline) -> int:
        self.fetches += 1
        self.deadlines.append(deadline)
        if self.before is not None:
            self.before()
        if self.gate is not None:
            assert self.gate.wait(60)
        if self.error is not None:
            raise self.error
        return self.fetches

    def families(self, snapshot: int) -> Iterable[Family]:
        family = GaugeMetricFamily(self.metric, "A value.", labels=("target",))
        family.add_metric((self.target,), snapshot)
        return [family]

    def verdicts(self, snapshot: int) -> Iterable[Verdict]:
        return [
            Verdict(
                f"cluster {self.target}", "fine" if snapshot > 1 else "new", snapshot > 1, ("so it is",), {"n": str(snapshot)}
            )
        ]

    def close(self) -> None:
        self.closed += 1


def wanted(fake: Fake, plan: Plan = SCRAPE, exporter: str = "made", *, joins: bool = False, settings: object = None) -> Wanted:
    return Wanted(exporter, fake.target if settings is None else settings, plan, lambda: fake, joins)


def text(frame: Frame, timeout: float | None = None) -> str:
    return joined(frame.scrape(timeout), openmetrics=False).decode()


def value(body: str, name: str, target: str = "main", exporter: str = "made", **more: str) -> float | None:
    """The value of a metric of the frame."""
    labels = {"exporter": exporter, "target": target, **more}
    sample = name + "{" + ",".join(f'{key}="{labels[key]}"' for key in sorted(labels)) + "} "
    return next((float(line.removeprefix(sample)) for line in body.splitlines() if line.startswith(sample)), None)
