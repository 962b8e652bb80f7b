"""What `run` tells Prometheus: the events it saw, and how it fares itself.

The counts stand in plain dictionaries and become metric families when they are asked for. Label values come from logs, so
each family is bounded: beyond `MAX_SERIES` sets of labels the rest is counted as `other`, and so is the fact itself.
"""

import threading
from collections.abc import Iterator, Sequence

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from parsers.model import Event
from stratoscope.store.records import Progress, Stored
from stratoscope.store.tallies import level_of, service_of
from stratoscope.store.terms import dependency_of

MAX_SERIES = 1000
LEVEL_NAMES = {0: "unknown", 1: "trace", 5: "debug", 9: "info", 13: "warning", 17: "error", 21: "critical"}
"""The name of a severity level by its first OpenTelemetry number."""

OTHER = "other"


class _Counts:
    """One family of counters: a number for each set of label values, at most `MAX_SERIES` of them."""

    def __init__(self, name: str, meaning: str, labels: tuple[str, ...]) -> None:
        self.name = name
        self._meaning = meaning
        self._labels = labels
        self._values: dict[tuple[str, ...], int] = {}
        self.overflowed = 0

    def add(self, labels: tuple[str, ...], amount: int = 1) -> None:
        if labels not in self._values and len(self._values) >= MAX_SERIES:
            self.overflowed += amount
            labels = (OTHER,) * len(labels)
        self._values[labels] = self._values.get(labels, 0) + amount

    def family(self) -> CounterMetricFamily:
        family = CounterMetricFamily(self.name, self._meaning, labels=self._labels)
        for labels, value in self._values.items():
            family.add_metric(labels, value)
        return family


class Telemetry(Collector):
    """The counts of one `run`. `collect` may be called from another thread. Counters begin at 0 with the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._events = _Counts("openstack_log_events", "Log events, by service and severity.", ("component", "severity"))
        self._exceptions = _Counts(
            "openstack_log_exceptions",
            "Log events with an exception: its type, and the dependency it blames (empty if none).",
            ("component", "exception", "dependency"),
        )
        self._flags = _Counts("stratoscope_quality_flags", "Events with a doubt about how they were put together.", ("flag",))
        self._plain = {
            "read_bytes": (0, "Bytes of log text read."),
            "events": (0, "Events stored."),
            "repeated_events": (0, "Events left out because they were in the store: read again after a stop."),
            "dropped_events": (0, "Oldest events dropped to stay below --max-size."),
        }
        self.open_files = 0

    def read(self, size: int) -> None:
        """So many bytes were read."""
        self._count("read_bytes", size)

    def stored(self, batch: Sequence[Progress], stored: Stored) -> None:
        """A batch went into the store."""
        with self._lock:
            for progress in batch:
                for event in progress.events:
                    self._event(event)
        self._count("events", stored.added)
        self._count("repeated_events", stored.repeated)
        self._count("dropped_events", stored.dropped)

    def _count(self, name: str, amount: int) -> None:
        with self._lock:
            value, meaning = self._plain[name]
            self._plain[name] = (value + amount, meaning)

    def _event(self, event: Event) -> None:
        service = service_of(event)
        self._events.add((service, LEVEL_NAMES[min(level_of(event), 21)]))
        exception = event.get("attributes", {}).get("exception.type")
        if exception:
            self._exceptions.add((service, str(exception), dependency_of(event)))
        for flag in event.get("quality", ()):
            self._flags.add((flag,))

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        """All families, built anew."""
        bounded = (self._events, self._exceptions, self._flags)
        overflow = CounterMetricFamily(
            "stratoscope_label_overflow", f"Counted as 'other' as a metric had {MAX_SERIES} sets of labels.", labels=("metric",)
        )
        with self._lock:
            families = [counts.family() for counts in bounded]
            for counts in bounded:
                overflow.add_metric((f"{counts.name}_total",), counts.overflowed)
            plain = dict(self._plain)
        yield from (*families, overflow)
        for name, (value, meaning) in plain.items():
            yield CounterMetricFamily(f"stratoscope_{name}", meaning, value=value)
        yield GaugeMetricFamily("stratoscope_open_files", "Files that are being read.", value=self.open_files)


def registry_of(telemetry: Telemetry) -> CollectorRegistry:
    """A registry of its own that holds `telemetry` and nothing else."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(telemetry)
    return registry
