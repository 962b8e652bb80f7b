"""Every series that an alert or a panel may ask for: ours by the literal tables, those of other exporters as recorded.

`known()` is the one source; `tests.dashboards.expressions` checks PromQL against it. A series that a table declares has all its
labels and, where they are a closed list, all values of a label. Labels that Prometheus adds to each target are `TARGET`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import yaml

from collectors.diagnosis.diagnosis import rules as diagnosis_rules
from exporters.frame import metrics as frame
from exporters.metrics import Metric
from exporters.ovn.controller import INTERFACE_STATES
from exporters.ovn.ports import GATEWAY_STATES, PORT_STATES
from exporters.rabbitmq.management import RESOURCES, TYPES
from exporters.rabbitmq.oslo_names import CLASSES
from exporters.rabbitmq.slow import STATES as CONNECTION_STATES
from exporters.table import EXPORTERS
from parsers.dependency import RULES
from probes.model import Proof
from stratoscope.collect import metrics as collect
from stratoscope.export import own
from stratoscope.probe import metrics as probe
from stratoscope.telemetry import diagnosis_metrics, log_metrics, trace_metrics
from stratoscope.webhook import metrics as webhook

ROOT = Path(__file__).parents[2]
OUTSIDE = ROOT / "tests" / "data" / "dashboards" / "outside"
TARGET = frozenset({"job", "instance"})
"""Labels that every scraped series has besides its own. Kubernetes adds more, and none of ours may need them."""

_SIDES = ("northbound", "southbound")
_DIAGNOSED = [rule.name for rule in diagnosis_rules()]
_VALUES: Mapping[str, Mapping[str, Iterable[str]]] = {
    "rabbitmq_oslo_alarm": {"resource": RESOURCES},
    "rabbitmq_oslo_queues_by_type": {"class": CLASSES, "type": TYPES},
    "rabbitmq_oslo_connections": {"state": CONNECTION_STATES},
    "rabbitmq_oslo_listing_age_seconds": {"listing": ("queues", "connections")},
    "rabbitmq_oslo_source_state": {"source": ("metrics", "queues", "management")},
    "ovn_ports": {"state": PORT_STATES},
    "ovn_port_wrong_since_timestamp_seconds": {"state": PORT_STATES},
    "ovn_gateway_ports": {"state": GATEWAY_STATES},
    "ovn_controller_interfaces": {"state": INTERFACE_STATES},
    "ovn_controller_interface_wrong_since_timestamp_seconds": {"state": INTERFACE_STATES},
    "ovn_logical_switch_ports": {"up": ("up", "down", "unset")},
    "openstack_agents": {"state": ("up", "down", "stale", "unknown"), "admin": ("enabled", "disabled", "unknown")},
    "openstack_agents_heartbeat_age_seconds": {"statistic": ("median", "p90", "max")},
    "galera_evs_repl_latency_seconds": {"stat": ("min", "avg", "max", "stddev")},
    "galera_joining_seconds": {"by": ("ist", "sst")},
    "openstack_log_events_total": {"severity": log_metrics.LEVEL_NAMES.values()},
    "openstack_log_dependency_errors_total": {"rule": [rule.id for rule in RULES]},
    "stratoscope_dropped_events_total": {"intended": ("true", "false")},
    "stratoscope_lost_spans_total": {"reason": ("rejected", "dropped")},
    "stratoscope_exporter_fetches_total": {"outcome": frame.OUTCOMES},
    "stratoscope_exporter_dropped_series": {"reason": ("limit", "duplicate")},
    "stratoscope_diagnosis_findings_total": {"rule": _DIAGNOSED},
    "stratoscope_diagnosis_missing_records_total": {"rule": _DIAGNOSED},
    "stratoscope_probe_proof": {"proof": [str(proof) for proof in Proof]},
    "stratoscope_probe_withheld_kills_total": {"reason": ("budget", "breaker", "stale", "draining")},
}
"""Labels besides those of state sets whose values are a closed list: metric -> label -> values."""


@dataclass(frozen=True, slots=True)
class Series:
    """A series by its name. `values`: the values that a label may have, of labels with a closed list. `owner`: who gives it."""

    name: str
    labels: frozenset[str]
    owner: str
    values: Mapping[str, frozenset[str]] = field(default_factory=dict)


@cache
def known() -> Mapping[str, Series]:
    """All of them by their names."""
    found: dict[str, Series] = {}
    for owner, metrics in ours():
        for metric in metrics:
            for series in of_metric(metric, owner):
                twin = found.get(series.name)
                found[series.name] = series if twin is None else _both(twin, series)
    for path in sorted(OUTSIDE.glob("*.txt")):
        found.update((series.name, series) for series in recorded(path))
    return found


def ours() -> Iterator[tuple[str, Iterable[Metric]]]:
    """(who gives it out, metrics): every literal table that there is."""
    for exporter in EXPORTERS:
        yield exporter.name, exporter.metrics()
    yield "export", (*frame.METRICS, *own.METRICS)
    yield "collect", (*collect.METRICS, *trace_metrics.METRICS, *diagnosis_metrics.METRICS)
    yield "logs", log_metrics.METRICS
    yield "probe", probe.TABLE
    yield "webhook", webhook.METRICS


def of_metric(metric: Metric, owner: str) -> Iterator[Series]:
    """The series of a metric as Prometheus stores them."""
    values = {label: frozenset(some) for label, some in _VALUES.get(metric.name, {}).items()}
    labels = frozenset(metric.labels) | frozenset(metric.told)
    if "class" in metric.labels and owner == "rabbitmq":
        values |= {"class": frozenset(CLASSES)}
    if "db" in metric.labels and owner == "ovn":
        values |= {"db": frozenset(_SIDES)}
    if metric.kind == "stateset":
        labels |= {metric.name}
        values |= {metric.name: frozenset(metric.states)}
    series = Series(metric.name, labels, owner, values)
    if metric.kind == "histogram":
        yield replace(series, name=f"{metric.name}_bucket", labels=labels | {"le"})
        yield replace(series, name=f"{metric.name}_sum")
        yield replace(series, name=f"{metric.name}_count")
    else:
        yield series


def recorded(path: Path) -> Iterator[Series]:
    """Series of an exporter that is not ours: lines `name label label`, as `tests.dashboards.record` has written them."""
    for line in path.read_text().splitlines():
        if line and not line.startswith("#"):
            name, *labels = line.split()
            yield Series(name, frozenset(labels), path.stem)


def rules_of(path: Path) -> list[dict[str, object]]:
    """All rules of a file of groups."""
    return [rule for group in yaml.safe_load(path.read_text())["groups"] for rule in group["rules"]]


def _both(one: Series, other: Series) -> Series:
    """A name that two programs give out, as `..._config_last_reload_successful`: with what both have."""
    assert one.labels == other.labels, f"{one.name} has {sorted(one.labels)} and {sorted(other.labels)}"
    return replace(one, owner=f"{one.owner}, {other.owner}")
