"""Services, monitors, policies and budgets find the pods that they mean; the webhook gets what it should, and no more."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.helm.render import GOOD, Manifest, Way, containers, identity, kinds, named, pods, rendered, text_of, versions_of
from tests.helm.values import CHART

EVERYTHING = Way("everything-values.yaml")
ALL = [Way(values, kubernetes=versions_of(values)[-1]) for values in GOOD]


def fits(selector: Manifest, labels: dict[str, str]) -> bool:
    """Whether a label selector finds these labels."""
    if not selector.get("matchLabels", {}).items() <= labels.items():
        return False
    holds = {"In": lambda key, values: labels.get(key) in values, "NotIn": lambda key, values: labels.get(key) not in values}
    return all(holds[one["operator"]](one["key"], one["values"]) for one in selector.get("matchExpressions", []))


def found_by(selector: Manifest, way: Way) -> dict[str, Manifest]:
    """The pods of long-running workloads that a selector finds."""
    lasting = {name: pod for name, pod in pods(way) if name.startswith(("DaemonSet", "Deployment"))}
    return {name: pod for name, pod in lasting.items() if fits(selector, pod["metadata"]["labels"])}


def ports_of(pod: Manifest) -> set[str]:
    return {port["name"] for container in containers(pod) for port in container.get("ports", [])}


@pytest.mark.parametrize("way", ALL, ids=str)
def test_a_workload_finds_its_own_pods_and_nobody_elses(way: Way) -> None:
    for one in kinds(way, "DaemonSet", "Deployment"):
        own = f"{one['kind']}/{one['metadata']['name']}"
        assert list(found_by(one["spec"]["selector"], way)) == [own]


@pytest.mark.parametrize("way", ALL, ids=str)
def test_services_and_budgets_find_pods(way: Way) -> None:
    for service in kinds(way, "Service"):
        (pod,) = found_by({"matchLabels": service["spec"]["selector"]}, way).values()
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports_of(pod)
    for budget in kinds(way, "PodDisruptionBudget"):
        (pod,) = found_by(budget["spec"]["selector"], way).values()
        assert budget["spec"]["maxUnavailable"] == 1


@pytest.mark.parametrize("way", ALL, ids=str)
def test_monitors_find_pods_with_the_ports_that_they_name(way: Way) -> None:
    scraped: set[tuple[str, str]] = set()
    for monitor in kinds(way, "PodMonitor"):
        if monitor["spec"].get("namespaceSelector") == {"any": True}:
            continue
        found = found_by(monitor["spec"]["selector"], way)
        assert found, monitor["metadata"]["name"]
        for endpoint in monitor["spec"]["podMetricsEndpoints"]:
            for name, pod in found.items():
                assert endpoint["port"] in ports_of(pod), name
                scraped.add((name, endpoint["port"]))
            (job,) = [one["replacement"] for one in endpoint["relabelings"] if one["targetLabel"] == "job"]
            assert job.startswith("stratoscope-"), "StratoscopeDown looks for this"
    if kinds(way, "PodMonitor"):
        lasting = found_by({}, way)
        assert scraped == {(name, port) for name, pod in lasting.items() for port in ports_of(pod)}


def test_network_policies_leave_open_what_is_asked_for_and_no_more() -> None:
    opened: dict[str, set[str]] = {}
    for policy in kinds(EVERYTHING, "NetworkPolicy"):
        ((name, _),) = found_by(policy["spec"]["podSelector"], EVERYTHING).items()
        assert policy["spec"]["policyTypes"] == ["Ingress"]
        assert all(rule.get("from") for rule in policy["spec"]["ingress"])
        opened[name] = {port["port"] for rule in policy["spec"]["ingress"] for port in rule["ports"]}
    assert opened == {name: ports_of(pod) for name, pod in found_by({}, EVERYTHING).items()}


def test_monitors_and_rules_have_the_labels_that_prometheus_looks_for() -> None:
    for one in kinds(EVERYTHING, "PodMonitor", "PrometheusRule"):
        assert one["metadata"]["labels"]["release"] == "kube-prometheus-stack"


def test_the_webhook_is_asked_about_pods_that_are_opted_in_and_not_about_ours() -> None:
    way = Way()
    (webhook,) = named(way, "MutatingWebhookConfiguration", "openstack-obs-stratoscope-webhook")["webhooks"]
    assert webhook["failurePolicy"] == "Ignore"
    assert webhook["timeoutSeconds"] == 5
    assert webhook["reinvocationPolicy"] == "IfNeeded"
    assert webhook["sideEffects"] == "NoneOnDryRun"
    selector = webhook["namespaceSelector"]
    assert fits(selector, {"stratoscope.io/inject": "enabled", "kubernetes.io/metadata.name": "openstack"})
    assert not fits(selector, {"kubernetes.io/metadata.name": "openstack"})
    assert not fits(selector, {"stratoscope.io/inject": "enabled", "kubernetes.io/metadata.name": "kube-system"})
    assert not any(fits(webhook["objectSelector"], pod["metadata"]["labels"]) for _, pod in pods(way))
    assert fits(webhook["objectSelector"], {"application": "nova"})
    assert {one["name"] for one in webhook["matchConditions"]} == {"not-of-a-job", "runs-on", "not-a-mirror"}
    service = webhook["clientConfig"]["service"]
    assert ("Service", service["namespace"], service["name"]) in {identity(one) for one in rendered(way)}


def authority(values: str) -> tuple[dict[str, str], str | None]:
    """Annotations and caBundle of the webhook's configuration."""
    (configuration,) = kinds(Way(values), "MutatingWebhookConfiguration")
    (webhook,) = configuration["webhooks"]
    return configuration["metadata"].get("annotations", {}), webhook["clientConfig"].get("caBundle")


def test_the_authority_of_its_certificate_comes_from_the_one_whose_part_it_is() -> None:
    assert authority("default-values.yaml") == ({}, None)
    injected = "openstack/obs-stratoscope-webhook-certificate"
    assert authority("cert-manager-values.yaml") == ({"cert-manager.io/inject-ca-from": injected}, None)
    annotations, bundle = authority("own-certificate-values.yaml")
    assert annotations == {}
    assert bundle is not None
    assert bundle.startswith("LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t"), "-----BEGIN CERTIFICATE-----"


FILLED = {
    "default-values.yaml": lambda way: {one["metadata"]["name"] for one in kinds(way, "Secret")},
    "cert-manager-values.yaml": lambda way: {one["spec"]["secretName"] for one in kinds(way, "Certificate")},
    "own-certificate-values.yaml": lambda way: {"webhook-tls"},
}
"""Names of the Secrets that have a certificate in the end."""


@pytest.mark.parametrize(("values", "filled"), FILLED.items())
def test_the_webhook_mounts_the_secret_that_its_mode_fills(values: str, filled: Callable[[Way], set[str]]) -> None:
    way = Way(values)
    (pod,) = [pod for name, pod in pods(way) if name.endswith("-webhook")]
    (volume,) = [one["secret"] for one in pod["spec"]["volumes"] if one["name"] == "certificate"]
    assert {volume["secretName"]} == filled(way)


def test_the_certificate_is_for_the_name_that_the_api_server_calls() -> None:
    host = "obs-stratoscope-webhook.openstack.svc"
    (certificate,) = kinds(Way("cert-manager-values.yaml"), "Certificate")
    assert host in certificate["spec"]["dnsNames"]
    jobs = [pod for name, pod in pods(Way()) if name.startswith(("Job", "CronJob"))]
    assert len(jobs) == 2
    for pod in jobs:
        (container,) = pod["spec"]["containers"]
        assert f"--dns-name={host}" in container["args"]


def test_policies_are_those_of_the_injector_with_what_the_release_says() -> None:
    way = Way("policy-values.yaml", kubernetes="1.36")
    policies = kinds(way, "MutatingAdmissionPolicy")
    assert len(policies) == len(list((CHART / "files" / "policies").glob("mutating-*.yaml"))) > 50
    text = text_of(way)
    assert not re.search("@[A-Z_]+@", text)
    assert "registry.example/stratoscope:0.1.0" in text
    assert "mode: enforce" in text
    for kind in ("Mutating", "Validating"):
        bound = {
            one["spec"]["policyName"]: one["spec"]["matchResources"] for one in kinds(way, f"{kind}AdmissionPolicyBinding")
        }
        assert bound.keys() == {one["metadata"]["name"] for one in kinds(way, f"{kind}AdmissionPolicy")}
        (expression,) = {str(one["namespaceSelector"]["matchExpressions"]) for one in bound.values()}
        assert "kube-system" in expression
    assert kinds(way, "MutatingWebhookConfiguration", "Deployment", "Job") == []


@pytest.mark.parametrize(
    ("values", "warned"), [("default-values.yaml", True), ("policy-values.yaml", True), ("agent-values.yaml", False)]
)
def test_a_pod_that_came_out_without_its_sidecar_is_warned_of(values: str, warned: bool) -> None:
    found = kinds(Way(values, kubernetes="1.36"), "ValidatingAdmissionPolicyBinding")
    assert [one["spec"]["validationActions"] for one in found] == ([["Warn", "Audit"]] if warned else [])
    assert not kinds(Way(values, kubernetes="1.36", sets=("injection.warn=false",)), "ValidatingAdmissionPolicyBinding")


def test_with_cert_manager_no_job_is_made_and_without_a_webhook_no_certificate() -> None:
    assert kinds(Way("cert-manager-values.yaml"), "Job", "CronJob", "Secret") == []
    assert kinds(Way("agent-values.yaml"), "Job", "CronJob", "Secret", "Service", "MutatingWebhookConfiguration") == []


OWN, OTHER = "listen: :9768\nstate: x\n", "listen: :9774\nstate: x\n"
LOOPBACK = "listen: 127.0.0.1:9774\nstate: x\n"
DISCOVERED = {
    ("stratoscope-probe", "10.2.3.4", OWN): "10.2.3.4:9768",
    ("stratoscope-probe", "fd00::7", OWN): "[fd00::7]:9768",
    ("stratoscope-probe", "192.168.0.5", OTHER): "192.168.0.5:9774",
    ("stratoscope-probe", "192.168.0.6", LOOPBACK): None,
    ("stratoscope-probe", "10.2.3.5", ""): None,
    ("nova-conductor", "10.2.3.4", OWN): None,
}
"""Container, address of its pod, its settings -> where it is scraped."""


def test_prometheus_finds_probe_sidecars_by_the_addresses_of_their_pods(tmp_path: Path) -> None:
    (monitor,) = [
        one for one in kinds(Way("osh-cloud-values.yaml"), "PodMonitor") if one["metadata"]["name"].endswith("-probes")
    ]
    (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
    names = {"sourceLabels": "source_labels", "targetLabel": "target_label"}
    rules = [{names.get(key, key): value for key, value in one.items()} for one in endpoint["relabelings"]]
    keys = ("container_name", "ip", "annotation_stratoscope_io_probe_yaml")
    targets = [
        {"targets": [one[1]], "labels": {f"__meta_kubernetes_pod_{key}": value for key, value in zip(keys, one, strict=True)}}
        for one in DISCOVERED
    ]
    job = {"job_name": "probes", "static_configs": targets, "relabel_configs": rules}
    config = tmp_path / "prometheus.yml"
    config.write_text(yaml.safe_dump({"scrape_configs": [job]}))
    found = discovered(config, seconds=2) or discovered(config, seconds=30)  # all of it is waited for
    scraped = {
        tuple(one["discoveredLabels"].get(f"__meta_kubernetes_pod_{key}", "") for key in keys): one["labels"].get("__address__")
        for one in found
    }
    assert scraped == DISCOVERED
    assert {one["labels"]["job"] for one in found if one["labels"]} == {"stratoscope-probes"}


def discovered(config: Path, seconds: int) -> list[Manifest]:
    """What promtool finds of the job `probes` within some time."""
    promtool = shutil.which("promtool")
    assert promtool is not None, "promtool is missing; it comes with the package prometheus"
    command = [promtool, "check", "service-discovery", f"--timeout={seconds}s", str(config), "probes"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    found: list[Manifest] = json.loads(done.stdout)
    return found
