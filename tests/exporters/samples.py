"""What an exporter gives out, for tests: parsed back from the text that Prometheus would read."""

from collections.abc import Iterable

from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.parser import text_string_to_metric_families


class Rendered:
    """The text, and its samples by name. Fails when a series stands twice in it."""

    def __init__(self, families: Iterable[Family]) -> None:
        self._families = list(families)
        self.text = generate_latest(self).decode()
        self._samples: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}
        for family in text_string_to_metric_families(self.text):
            for sample in family.samples:
                key = (sample.name, frozenset(sample.labels.items()))
                assert key not in self._samples, f"twice: {sample}"
                self._samples[key] = sample.value

    def collect(self) -> Iterable[Family]:
        """For prometheus_client, which takes this for a registry."""
        return self._families

    def value(self, name: str, **labels: str) -> float | None:
        """The only sample of this name that has these labels, besides others; None where there is none."""
        found = [value for (found, of), value in self._samples.items() if found == name and frozenset(labels.items()) <= of]
        assert len(found) < 2, f"{name} {labels} is there {len(found)} times"
        return found[0] if found else None

    def labels(self, name: str, **labels: str) -> dict[str, str]:
        """All labels of that sample."""
        found = [dict(of) for (found, of) in self._samples if found == name and frozenset(labels.items()) <= of]
        assert len(found) == 1, f"{name} {labels} is there {len(found)} times"
        return found[0]

    def states(self, name: str, **labels: str) -> set[str]:
        """The states of a state set that hold."""
        return {
            dict(of)[name]
            for (found, of), value in self._samples.items()
            if found == name and value and frozenset(labels.items()) <= of
        }

    def names(self) -> set[str]:
        """Names of all samples."""
        return {name for name, _ in self._samples}

    def __len__(self) -> int:
        return len(self._samples)
