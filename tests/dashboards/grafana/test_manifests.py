"""The files for those who do not use our chart are right: for Kubernetes, Prometheus and Grafana."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from dashboards.source.model import uid_of
from tests.dashboards.grafana.pages import FILES, ROOT, read, variables

DASHBOARDS = ROOT / "dashboards"
README = (DASHBOARDS / "README.md").read_text()
LIMIT = 262_144
"""Bytes of an annotation, in which `kubectl apply` keeps the whole object unless it is told otherwise."""


def documents(name: str) -> list[Any]:
    """The documents of a YAML file."""
    return list(yaml.safe_load_all((DASHBOARDS / name).read_text()))


def promtool(what: str, *files: Path) -> str:
    """What it says of files that it takes."""
    checked = subprocess.run(["promtool", "check", what, *files], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    return checked.stdout + checked.stderr


def example(title: str) -> Any:
    """The example in the README that begins with this comment."""
    found = re.search(rf"```yaml\n(# {re.escape(title)}\n.*?)```", README, re.DOTALL)
    assert found, title
    return yaml.safe_load(found[1])


def test_each_dashboard_is_a_config_map_that_the_sidecar_finds_and_kubernetes_takes() -> None:
    (kustomization,) = documents("kustomization.yaml")
    assert kustomization["generatorOptions"]["labels"]["grafana_dashboard"] == "1"
    named = {one["name"]: DASHBOARDS / one["files"][0] for one in kustomization["configMapGenerator"]}
    assert named == {uid_of(path.stem): path for path in FILES}
    assert all(path.stat().st_size < LIMIT for path in named.values())
    assert all((DASHBOARDS / resource).exists() for resource in kustomization["resources"])


def test_the_prometheus_rules_are_the_rule_files() -> None:
    rules = documents("kubernetes/prometheus-rules.yaml")
    files = sorted((DASHBOARDS / "prometheus" / "alerts").glob("*.yaml"))
    assert [rule["metadata"]["name"] for rule in rules[: len(files)]] == [f"stratoscope-{path.stem}" for path in files]
    for rule, path in zip(rules, files, strict=False):
        assert (rule["apiVersion"], rule["kind"]) == ("monitoring.coreos.com/v1", "PrometheusRule")
        assert rule["spec"] == yaml.safe_load(path.read_text())
        assert len(json.dumps(rule)) < LIMIT


@pytest.mark.servers
def test_promtool_takes_the_rules_out_of_the_manifests(tmp_path: Path) -> None:
    for number, rule in enumerate(documents("kubernetes/prometheus-rules.yaml")):
        (tmp_path / f"{number}.yaml").write_text(yaml.safe_dump(rule["spec"]))
    said = promtool("rules", *sorted(tmp_path.iterdir()))
    assert "SUCCESS" in said


@pytest.mark.servers
def test_promtool_takes_the_example_for_prometheus_with_our_rules(tmp_path: Path) -> None:
    config = example("prometheus.yml")
    (pattern,) = config["rule_files"]
    config["rule_files"] = [str(DASHBOARDS / "prometheus" / pattern.partition("/stratoscope/")[2])]
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(config))
    files = len(list((DASHBOARDS / "prometheus" / "alerts").glob("*.yaml")))
    assert promtool("config", tmp_path / "prometheus.yml").count("rules found") == files
    assert all("stratoscope" in job["job_name"] for job in config["scrape_configs"])


def test_the_examples_for_kubernetes_say_the_labels_that_the_manifests_have() -> None:
    (kustomization,) = documents("kustomization.yaml")
    sidecar = example("values of kube-prometheus-stack")["grafana"]["sidecar"]["dashboards"]
    assert kustomization["generatorOptions"]["labels"][sidecar["label"]] == sidecar["labelValue"]
    patch = example("kustomization.yaml")
    assert (patch["apiVersion"], patch["kind"]) == (kustomization["apiVersion"], kustomization["kind"])


def test_grafana_provisioning_leads_from_a_line_to_its_trace_and_its_request() -> None:
    (provided,) = documents("provisioning/dashboards.yaml")[0]["providers"]
    assert (provided["type"], provided["allowUiUpdates"]) == ("file", False)
    sources = {one["uid"]: one for one in documents("provisioning/datasources.yaml")[0]["datasources"]}
    assert {one["type"] for one in sources.values()} == {"prometheus", "loki", "tempo"}
    fields = {one["name"]: one for one in sources["loki"]["jsonData"]["derivedFields"]}
    assert fields["trace"]["datasourceUid"] in sources
    assert {one["matcherRegex"] for one in fields.values()} == {"trace_id"}
    page, _, query = fields["request"]["url"].removeprefix("/d/").partition("?")
    (path,) = [path for path in FILES if read(path)["uid"] == page]
    assert query.removesuffix("=$${__value.raw}").removeprefix("var-") in variables(path)


def test_the_table_of_the_readme_names_what_is_there() -> None:
    named = re.findall(r"`([^`]+)`", "".join(re.findall(r"^\| `.*? \|", README, re.MULTILINE)))
    assert len(named) > 5
    for name in named:
        assert (DASHBOARDS / name).exists(), name


def test_every_page_is_told_of_in_the_documents() -> None:
    told = (ROOT / "docs" / "dashboards.md").read_text()
    for path in FILES:
        page = read(path)
        assert f"**{page['title']}** (`{page['uid']}`)" in told
