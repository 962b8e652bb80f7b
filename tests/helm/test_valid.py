"""What comes out of the chart is what Kubernetes, Prometheus Operator, cert-manager and Prometheus take."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.helm.kubernetes import mistakes
from tests.helm.render import CI, GOOD, HELMS, Way, helm, identity, kinds, rendered, versions_of
from tests.helm.values import CHART

MATRIX = [(values, version) for values in GOOD for version in versions_of(values)]


@pytest.mark.parametrize(("values", "version"), MATRIX)
def test_every_manifest_is_valid_and_both_helms_make_the_same(values: str, version: str) -> None:
    old, new = (rendered(Way(values, name, version)) for name in HELMS)
    assert sorted(old, key=identity) == sorted(new, key=identity)  # they sort custom resources differently
    assert [text for one in old for text in mistakes(one, version)] == []
    assert len({identity(one) for one in old}) == len(old)


@pytest.mark.parametrize("name", HELMS)
@pytest.mark.parametrize("values", GOOD)
def test_lint_has_nothing_to_say(name: str, values: str) -> None:
    version = versions_of(values)[-1]
    done = helm(name, "lint", "--strict", "--kube-version", f"{version}.0", CHART, "-f", CI / values)
    assert done.returncode == 0, done.stdout
    told = [line for line in done.stdout.splitlines() if line.startswith("[")]
    assert told == ["[INFO] Chart.yaml: icon is recommended"]


def test_what_is_misspelt_would_be_found() -> None:
    (monitor, *_) = [one for one in rendered(Way("everything-values.yaml")) if one["kind"] == "PodMonitor"]
    wrong = monitor | {"spec": monitor["spec"] | {"podMetricsEndpoint": []}}
    assert "podMetricsEndpoint" in mistakes(wrong, "1.35")[0]
    (daemon, *_) = [one for one in rendered(Way()) if one["kind"] == "DaemonSet"]
    wrong = daemon | {"spec": daemon["spec"] | {"updateStrategi": {}}}
    assert "updateStrategi" in mistakes(wrong, "1.35")[0]


def test_prometheus_takes_the_rules_and_they_are_those_of_the_repository(tmp_path: Path) -> None:
    promtool = shutil.which("promtool")
    assert promtool is not None, "promtool is missing; it comes with the package prometheus"
    rules = {
        one["metadata"]["name"].removeprefix("obs-stratoscope-"): one["spec"]
        for one in kinds(Way("osh-cloud-values.yaml"), "PrometheusRule")
    }
    source = CHART.parents[1] / "dashboards" / "prometheus" / "alerts"
    assert rules == {path.stem: yaml.safe_load(path.read_text()) for path in source.glob("*.yaml")}
    paths = [tmp_path / f"{name}.yaml" for name in rules]
    for path in paths:
        path.write_text(yaml.safe_dump(rules[path.stem]))
    done = subprocess.run(
        [promtool, "check", "rules", *map(str, paths)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


def test_runbooks_are_where_the_values_say() -> None:
    for rule in kinds(Way("everything-values.yaml"), "PrometheusRule"):
        for one in rule["spec"]["groups"][0]["rules"]:
            assert one["annotations"]["runbook_url"].startswith("https://wiki.example/runbooks/")
            assert "//" not in one["annotations"]["runbook_url"].removeprefix("https://")


def test_dashboards_come_as_they_are() -> None:
    source = CHART.parents[1] / "dashboards" / "grafana"
    found = {name: text for one in kinds(Way("osh-cloud-values.yaml"), "ConfigMap") for name, text in one["data"].items()}
    dashboards = {name: text for name, text in found.items() if name.endswith(".json")}
    assert dashboards == {path.name: path.read_text() for path in source.glob("*.json")}
    assert all(
        one["metadata"]["labels"]["grafana_dashboard"] == "1"
        for one in kinds(Way("osh-cloud-values.yaml"), "ConfigMap")
        if one["metadata"]["name"].startswith("obs-stratoscope-dashboard-")
    )
