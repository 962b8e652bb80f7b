"""Metrics as a literal table, and the samples of one scrape.

An exporter declares each of its metrics once, as a `Metric` in its module `metrics`. Only what is declared can be given out,
and the reference page, the dashboards and the alert rules are checked against the same tables. The table alone takes no
library: the probe sidecar, whose memory is counted, has such tables as well.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric as Family

Kind = Literal["counter", "gauge", "histogram", "info", "stateset"]

FORBIDDEN_LABELS = frozenset({"service", "instance", "job", "namespace", "pod", "container", "endpoint", "node"})
"""Prometheus' own target labels: a series that has one is renamed to `exported_...` on Kubernetes, and rules break."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric as declared. `name` with its unit, and `_total` for a counter, `_info` for an info.

    `help`: one sentence. `source`: where the figure comes from, for the reference page (`wsrep_local_recv_queue`,
    `GET /api/nodes`). `labels`: without the label of a state set, which is called as the metric. `states`: all of a state
    set. Labels of an info that say something (and do not tell the series apart) stand in `told`.
    """

    name: str
    kind: Kind
    help: str
    source: str
    labels: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    told: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if bad := FORBIDDEN_LABELS & {*self.labels, *self.told}:
            raise ValueError(f"{self.name}: label {', '.join(sorted(bad))} is Prometheus' own")
        if twice := {*self.labels} & {*self.told}:
            raise ValueError(f"{self.name}: {', '.join(sorted(twice))} tells the series apart and is told as well; rename one")
        if self.name.endswith("_total") != (self.kind == "counter") or self.name.endswith("_info") != (self.kind == "info"):
            raise ValueError(f"{self.name}: a counter, and only a counter, ends in _total; an info, and only an info, in _info")
        if bool(self.states) != (self.kind == "stateset"):
            raise ValueError(f"{self.name}: a state set, and only a state set, has states")


class Samples:
    """The samples of one scrape, collected in any order and given out as families. A value of None is no sample."""

    def __init__(self) -> None:
        from prometheus_client import metrics_core  # noqa: PLC0415  see above

        self._core = metrics_core
        self._types = {"counter": metrics_core.CounterMetricFamily, "gauge": metrics_core.GaugeMetricFamily}
        self._families: dict[str, Any] = {}  # each class of families has an add_metric of its own

    def add(self, metric: Metric, value: float | None, *labels: str) -> None:
        """A sample of a counter or gauge; `labels` in the declared order."""
        if value is None:
            return
        family = self._families.get(metric.name)
        if family is None:
            family = self._types[metric.kind](metric.name.removesuffix("_total"), metric.help, labels=metric.labels)
            self._families[metric.name] = family
        family.add_metric(_checked(metric, labels), value)

    def state(self, metric: Metric, state: str | None, *labels: str) -> None:
        """A state set in which `state` is the one that holds. Raises ValueError for a state that was not declared."""
        if state is None:
            return
        if state not in metric.states:
            raise ValueError(f"{metric.name} has no state {state!r}")
        self.states(metric, {state}, *labels)

    def states(self, metric: Metric, holding: Iterable[str], *labels: str) -> None:
        """A state set in which several may hold, or none."""
        family = self._families.get(metric.name)
        if family is None:
            family = self._core.StateSetMetricFamily(metric.name, metric.help, labels=metric.labels)
            self._families[metric.name] = family
        held = set(holding)
        family.add_metric(_checked(metric, labels), {state: state in held for state in metric.states})

    def info(self, metric: Metric, told: dict[str, str], *labels: str) -> None:
        """What is known besides: `told` holds every name in `metric.told`, in any order."""
        family = self._families.get(metric.name)
        if family is None:
            family = self._core.InfoMetricFamily(metric.name.removesuffix("_info"), metric.help, labels=metric.labels)
            self._families[metric.name] = family
        family.add_metric(_checked(metric, labels), {name: told[name] for name in metric.told})

    def histogram(self, metric: Metric, buckets: Sequence[tuple[float, int]], total: float, *labels: str) -> None:
        """A histogram: (upper bound, observations up to it), the last bound infinite, and the sum of what was observed."""
        family = self._families.get(metric.name)
        if family is None:
            family = self._core.HistogramMetricFamily(metric.name, metric.help, labels=metric.labels)
            self._families[metric.name] = family
        family.add_metric(_checked(metric, labels), [(_bound(bound), count) for bound, count in buckets], total)

    def __iter__(self) -> "Iterator[Family]":
        return iter(self._families.values())


def _checked(metric: Metric, labels: tuple[str, ...]) -> tuple[str, ...]:
    if len(labels) != len(metric.labels):
        raise ValueError(f"{metric.name} has the labels {metric.labels}, not {len(labels)} of them")
    return labels


def _bound(bound: float) -> str:
    """As the label `le` wants it."""
    return "+Inf" if bound == float("inf") else repr(float(bound))
