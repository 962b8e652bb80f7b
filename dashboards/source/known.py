"""Which labels each of our series has, by the tables that the exporters, the collector and the probes render by."""

from collections.abc import Iterator, Mapping
from functools import cache

from exporters.frame import metrics as frame
from exporters.metrics import Metric
from exporters.table import EXPORTERS
from stratoscope.collect import metrics as collect
from stratoscope.export import own
from stratoscope.probe import metrics as probe
from stratoscope.telemetry import diagnosis_metrics, log_metrics, trace_metrics
from stratoscope.webhook import metrics as webhook

_TABLES = (
    frame.METRICS,
    own.METRICS,
    collect.METRICS,
    log_metrics.METRICS,
    diagnosis_metrics.METRICS,
    trace_metrics.METRICS,
    probe.TABLE,
    webhook.METRICS,
)


@cache
def labels() -> Mapping[str, frozenset[str]]:
    """Series -> its own labels, without those that Prometheus adds to a target."""
    return dict(series for metric in _metrics() for series in _series(metric))


@cache
def state_set(name: str) -> Metric:
    """A state set by its name. Raises LookupError if there is none."""
    for metric in _metrics():
        if metric.name == name and metric.states:
            return metric
    raise LookupError(f"no exporter gives out a state set {name}")


def _metrics() -> tuple[Metric, ...]:
    exported = (metric for exporter in EXPORTERS for metric in exporter.metrics())
    return (*exported, *(metric for table in _TABLES for metric in table))


def _series(metric: Metric) -> Iterator[tuple[str, frozenset[str]]]:
    own_labels = frozenset({*metric.labels, *metric.told, *((metric.name,) if metric.kind == "stateset" else ())})
    if metric.kind == "histogram":
        yield f"{metric.name}_bucket", own_labels | {"le"}
        yield from ((f"{metric.name}_{part}", own_labels) for part in ("sum", "count"))
    else:
        yield metric.name, own_labels
