"""The samples of one scrape as lines of text, without prometheus_client, which would take 2 MB of the sidecar's memory.

It has the methods of `exporters.metrics.Samples`; the tests hold what comes out equal to what the library writes.
"""

from collections.abc import Mapping

from exporters.frame.exposition import Rendered
from exporters.metrics import Metric

_SUFFIXES = {"counter": "_total", "info": "_info"}
_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


class Lines:
    """Collected in any order. A value of None is no sample."""

    def __init__(self) -> None:
        self._lines: dict[Metric, list[str]] = {}

    def add(self, metric: Metric, value: float | None, *labels: str) -> None:
        """A sample of a counter or gauge; `labels` in the declared order."""
        if value is not None:
            self._put(metric, dict(zip(metric.labels, labels, strict=True)), float(value))

    def state(self, metric: Metric, state: str, *labels: str) -> None:
        """A state set in which `state` is the one that holds. Raises ValueError for a state that was not declared."""
        if state not in metric.states:
            raise ValueError(f"{metric.name} has no state {state!r}")
        for one in metric.states:
            self._put(metric, {**dict(zip(metric.labels, labels, strict=True)), metric.name: one}, float(one == state))

    def info(self, metric: Metric, told: Mapping[str, str]) -> None:
        """What is known besides: `told` holds every name in `metric.told`."""
        self._put(metric, {name: told[name] for name in metric.told}, 1.0)

    def rendered(self) -> tuple[Rendered, ...]:
        """For `exporters.frame.exposition.joined`."""
        return tuple(_rendered(metric, lines) for metric, lines in self._lines.items())

    def _put(self, metric: Metric, labels: Mapping[str, str], value: float) -> None:
        told = ",".join(f'{name}="{labels[name].translate(_ESCAPES)}"' for name in sorted(labels))
        line = f"{metric.name}{{{told}}} {value!r}\n" if told else f"{metric.name} {value!r}\n"
        self._lines.setdefault(metric, []).append(line)


def _rendered(metric: Metric, lines: list[str]) -> Rendered:
    """Its name stands there without what its kind adds."""
    name = metric.name.removesuffix(_SUFFIXES.get(metric.kind, "-"))
    return Rendered(name, metric.kind, metric.help, "".join(lines).encode("utf-8", "replace"))
