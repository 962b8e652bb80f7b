"""What is put beside the servers of operators: the operators' schemas take it, and our own loaders take its settings."""

import json
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
from jsonschema import Draft7Validator

from stratoscope.cli import main
from stratoscope.inject.settings import InjectSettings, Resources
from tests.helm_overlays.schemas import FOLDER, FRAGMENTS, documents, resources, trimmed
from tests.helm_overlays.values import OVERLAYS

PERCONA, RABBITMQ = FRAGMENTS
KUBERNETES = ("1.33", "1.37")
RESOURCES = {resource["kind"]: resource for resource in resources()}


def pod_of(kind: str) -> dict[str, Any]:
    """The pod's spec, as far as a fragment tells it."""
    spec = RESOURCES[kind]["spec"]
    if kind == "RabbitmqCluster":
        given: dict[str, Any] = spec["override"]["statefulSet"]["spec"]["template"]["spec"]
        return given
    return {"containers": spec["pxc"]["sidecars"], "volumes": spec["pxc"]["sidecarVolumes"]}


def sidecar_of(kind: str) -> dict[str, Any]:
    pod = pod_of(kind)
    (sidecar,) = (one for key in ("initContainers", "containers") for one in pod.get(key, []) if one["name"] != "rabbitmq")
    return dict(sidecar)


kinds = pytest.mark.parametrize("kind", RESOURCES)


@kinds
def test_the_operator_takes_it(kind: str) -> None:
    schema = json.loads((FOLDER / f"{kind}.json").read_text())
    Draft7Validator.check_schema(schema)
    assert [error.message for error in Draft7Validator(schema).iter_errors(RESOURCES[kind])] == []


def test_what_a_schema_does_not_know_is_no_schema() -> None:
    schema = {
        "type": "object",
        "properties": {"sidecars": {"type": "array", "items": {"properties": {"name": {"type": "string"}}}}},
    }
    assert trimmed(schema, {"sidecars": [{"name": "x"}]})["additionalProperties"] is False
    with pytest.raises(KeyError, match=r"sidecars\[\]: nmae"):
        trimmed(schema, {"sidecars": [{"nmae": "x"}]})


@kinds
@pytest.mark.parametrize("version", KUBERNETES)
def test_kubernetes_takes_the_pod(kind: str, version: str) -> None:
    pod = pod_of(kind)
    whole = [{"image": "docker.io/library/rabbitmq:4", **one} for one in pod["containers"]]
    document = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": pod | {"containers": whole}}
    kubernetes_validate.validate(document, version, strict=True)


@pytest.mark.parametrize("path", FRAGMENTS, ids=lambda path: path.parent.name)
def test_kubernetes_takes_what_stands_beside_it(path: Path) -> None:
    for document in documents(path):
        if document["apiVersion"] == "v1":
            kubernetes_validate.validate(document, KUBERNETES[0], strict=True)


@kinds
def test_the_sidecar_has_no_more_than_it_needs(kind: str) -> None:
    """Least of all what the RabbitMQ operator would take away from it without a word."""
    sidecar = sidecar_of(kind)
    security = sidecar["securityContext"]
    uid, wanted = InjectSettings().uid, Resources()
    assert (security["runAsUser"], security["runAsGroup"], security["runAsNonRoot"]) == (uid, uid, True)
    assert security["capabilities"] == {"drop": ["ALL"]}
    assert security["readOnlyRootFilesystem"] is True
    assert security["allowPrivilegeEscalation"] is False
    assert sidecar["resources"]["requests"] == {"cpu": wanted.cpu, "memory": wanted.memory}
    assert sidecar["resources"]["limits"] == {"memory": wanted.memory_limit}
    assert "readinessProbe" not in sidecar
    mounts = {mount["mountPath"]: mount["name"] for mount in sidecar["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in pod_of(kind)["volumes"]}
    assert "emptyDir" in volumes[mounts["/var/run/secrets/kubernetes.io/serviceaccount"]]
    assert not any("hostPath" in volume for volume in volumes.values())
    assert set(mounts.values()) - volumes.keys() <= {"ssl", "datadir"}  # those are the Percona operator's
    writable = {mount["name"] for mount in sidecar["volumeMounts"] if not mount.get("readOnly")}
    assert writable == {"stratoscope-state"}


def assert_fine(settings: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By `stratoscope check`, with a password where the secret's volume would have it."""
    (folder / "password").write_text("secret")
    file = folder / "settings.yaml"
    file.write_text(settings.replace("/etc/stratoscope-password/", f"{folder}/"))
    assert main(["check", str(file)]) == 0, capsys.readouterr()


@pytest.mark.parametrize("path", FRAGMENTS, ids=lambda path: path.parent.name)
def test_the_settings_are_right(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (settings,) = (document["data"]["probe.yaml"] for document in documents(path) if document["kind"] == "ConfigMap")
    assert_fine(settings, tmp_path, capsys)


def test_the_settings_of_the_exporter_are_right(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert_fine((OVERLAYS / "percona" / "export.yaml").read_text(), tmp_path, capsys)


@kinds
def test_the_probes_ask_the_sidecar_and_a_service_that_it_knows(kind: str) -> None:
    settings = documents(PERCONA if kind == "PerconaXtraDBCluster" else RABBITMQ)[0]["data"]["probe.yaml"]
    assert 'listen: ":9768"' in settings
    for container in pod_of(kind)["containers"]:
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            asked = container.get(probe, {}).get("httpGet")
            if asked and container["name"] == "rabbitmq":
                assert asked == {"path": "/readyz/rabbitmq", "port": 9768}
                assert "\n  rabbitmq:\n" in settings
