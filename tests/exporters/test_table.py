"""Every exporter's table keeps to the rules, and promtool has nothing to say about what is rendered of it."""

import re
import subprocess
from collections.abc import Callable, Iterable

import pytest
from prometheus_client.metrics_core import Metric as Family

from clients.model import UnreachableError
from exporters.agents.model import Agent, Answer
from exporters.agents.model import Snapshot as Cloud
from exporters.agents.render import families as agents_families
from exporters.frame import metrics as frame_metrics
from exporters.frame.exposition import joined, render
from exporters.frame.frame import Frame
from exporters.hosts.collector import HostsCollector
from exporters.hosts.collector import Snapshot as Hypervisors
from exporters.hosts.facts import Fact
from exporters.hosts.join import join
from exporters.hosts.settings import HostsSettings
from exporters.metrics import FORBIDDEN_LABELS, Metric, Samples
from exporters.ovs.database import database
from exporters.ovs.families import samples as of_ovs
from exporters.ovs.metrics import STATISTICS
from exporters.ovs.settings import OvsSettings
from exporters.ovs.snapshot import Snapshot as Switch
from exporters.table import EXPORTERS, Exporter
from stratoscope.export import own
from stratoscope.export.settings import section_class, settings_class
from stratoscope.settings.describe import described
from tests.exporters.ovs.test_database import rows

TABLES: dict[str, tuple[tuple[str, ...], tuple[Metric, ...]]] = {
    "frame": (("stratoscope_exporter_",), frame_metrics.METRICS),
    "own": (("stratoscope_",), own.METRICS),
    **{one.name: (one.prefixes, one.metrics()) for one in EXPORTERS},
}
tables = pytest.mark.parametrize("name", TABLES)
exporters = pytest.mark.parametrize("exporter", EXPORTERS, ids=lambda exporter: exporter.name)


def one_of_each(metrics: tuple[Metric, ...]) -> bytes:
    """A sample of every metric."""
    samples = Samples()
    for metric in metrics:
        labels = [f"a {label}" for label in metric.labels]
        if metric.kind == "info":
            samples.info(metric, dict.fromkeys(metric.told, "told"), *labels)
        elif metric.kind == "stateset":
            samples.state(metric, metric.states[0], *labels)
        else:
            samples.add(metric, 1.0, *labels)
    return joined(render(samples, 1 << 40).metrics, openmetrics=False)


@tables
def test_names_and_labels_keep_to_the_rules(name: str) -> None:
    prefixes, metrics = TABLES[name]
    for metric in metrics:
        assert metric.name.startswith(prefixes), metric.name
        assert re.fullmatch(r"[a-z][a-z0-9_]*", metric.name), metric.name
        labels = (*metric.labels, *metric.told)
        assert len(set(labels)) == len(labels), metric.name
        assert all(re.fullmatch(r"[a-z][a-z0-9_]*", label) for label in labels), metric.name
        assert not FORBIDDEN_LABELS & set(labels), metric.name
        assert metric.help.endswith("."), metric.name
        assert metric.source, metric.name


@tables
@pytest.mark.servers
def test_promtool_has_nothing_to_say(name: str) -> None:
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=one_of_each(TABLES[name][1]), capture_output=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, b""), (done.stdout + done.stderr).decode()


def test_no_name_is_declared_twice_in_any_of_the_tables() -> None:
    """By OpenMetrics' names: a counter `x_total` and a gauge `x` are one family there, and no parser takes both."""
    families = [
        metric.name.removesuffix("_total").removesuffix("_info") for _, metrics in TABLES.values() for metric in metrics
    ]
    assert {name for name in families if families.count(name) > 1} == set()


@exporters
def test_every_setting_tells_what_it_is_for(exporter: Exporter) -> None:
    for one in described(section_class(exporter)):
        assert one.meaning or one.key.rpartition(".")[2] == "kind", one.key


@exporters
def test_every_row_has_its_three_modules(exporter: Exporter) -> None:
    assert exporter.summary.endswith(".")
    assert exporter.metrics()
    assert exporter._named("collector", f"{exporter.name.capitalize()}Collector")


def test_the_settings_of_all_exporters_make_one_file() -> None:
    assert {one.key for one in described(settings_class(EXPORTERS))} >= {f"exporters.{one.name}" for one in EXPORTERS}


COMPUTES = 5_000
"""Of the largest clouds that are planned for, each with two agents of Neutron's."""
INTERFACES = OvsSettings().max_interfaces


def of_agents() -> Iterable[Family]:
    binaries = {"nova": ("nova-compute",), "neutron": ("neutron-openvswitch-agent", "neutron-metadata-agent")}
    answers = [
        Answer("RegionOne", component, "ok", agents=tuple(
            Agent(component, binary, f"cmp{number}", up=True, enabled=True, age=1.0, started=1.0, forced_down=False)
            for binary in found for number in range(COMPUTES)
        ))
        for component, found in binaries.items()
    ]  # fmt: skip
    return agents_families(Cloud("main", tuple(answers)))


def of_interfaces() -> Iterable[Family]:
    found = rows()
    statistics = ["map", [[key, 1] for key in STATISTICS]]
    ids = [["uuid", f"i{number}"] for number in range(INTERFACES)]
    found["Bridge"][0]["ports"] = ["set", ids]
    found["Port"] = [{"_uuid": one, "name": one[1], "interfaces": one} for one in ids]
    found["Interface"] = [
        {"_uuid": one, "name": one[1], "ofport": 1, "admin_state": "up", "link_state": "up", "link_resets": 1, "mtu": 1500,
         "external_ids": ["map", [["iface-id", one[1]]]], "statistics": statistics}
        for one in ids
    ]  # fmt: skip
    return of_ovs(Switch("cmp1", database(found), UnreachableError("not asked"), max_interfaces=INTERFACES))


def of_hosts() -> Iterable[Family]:
    facts = (
        Fact(f"cmp{number}", word, word, cloud="main", region="RegionOne")
        for number in range(COMPUTES)
        for word in ("compute_up", "network_down", "ports_failed")
    )
    return HostsCollector(HostsSettings(), Frame()).families(Hypervisors(join(facts), {}))


@pytest.mark.parametrize(("name", "made"), [("agents", of_agents), ("ovs", of_interfaces), ("hosts", of_hosts)])
def test_nothing_of_the_largest_clouds_is_cut(name: str, made: Callable[[], Iterable[Family]]) -> None:
    plan = next(exporter.plan for exporter in EXPORTERS if exporter.name == name)
    rendering = render(made(), plan.max_series)
    assert rendering.series > COMPUTES
    assert (rendering.over_limit, rendering.duplicates) == (0, 0)
