"""How the tests look at a collector: fetch until something holds, then read samples by name and labels."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric as Family

from clients.model import Deadline
from exporters.model import Verdict
from exporters.rabbitmq.collector import RabbitmqCollector
from exporters.rabbitmq.snapshot import ClusterSnapshot
from tests.servers.process import READY


@dataclass(frozen=True)
class Look:
    """A snapshot, what it means, and its samples."""

    snapshot: ClusterSnapshot
    verdict: Verdict
    families: tuple[Family, ...]

    def value(self, name: str, **labels: str) -> float | None:
        """The sum of all samples of `rabbitmq_oslo_<name>` that have these labels (`kind` is the label `class`); None: none."""
        wanted = {("class" if key == "kind" else key): value for key, value in labels.items()}
        found = [value for told, value in self._samples(f"rabbitmq_oslo_{name}") if wanted.items() <= told.items()]
        return sum(found) if found else None

    def holding(self, name: str, **labels: str) -> set[str]:
        """The states that hold of a state set."""
        name = f"rabbitmq_oslo_{name}"
        return {told[name] for told, value in self._samples(name) if value and labels.items() <= told.items()}

    def text(self) -> bytes:
        """As Prometheus reads it."""
        return rendered(self.families)

    def _samples(self, name: str) -> Iterator[tuple[dict[str, str], float]]:
        for family in self.families:
            for sample in family.samples:
                if sample.name == name:
                    yield sample.labels, sample.value


def look(collector: RabbitmqCollector, seconds: float = 20.0) -> Look:
    """Fetch once."""
    snapshot = collector.fetch(Deadline.after(seconds))
    (verdict,) = collector.verdicts(snapshot)
    return Look(snapshot, verdict, tuple(collector.families(snapshot)))


def until(collector: RabbitmqCollector, holds: Callable[[Look], bool], what: str, seconds: float = 2 * READY) -> Look:
    """Fetch until it holds; the look that made it hold."""
    end = time.monotonic() + seconds
    while not holds(seen := look(collector)):
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds:g} s in vain: {what}; last seen: {seen.verdict}")
        time.sleep(0.2)
    return seen


class _Given:
    def __init__(self, families: Iterable[Family]) -> None:
        self._families = families

    def collect(self) -> Iterable[Family]:
        return self._families


def rendered(families: Iterable[Family]) -> bytes:
    """The text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Given(families))
    return generate_latest(registry)
