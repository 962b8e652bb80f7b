"""Every workload of openstack-helm: what is put in is right for Kubernetes, for our own programs, and stays as it is."""

from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest

from stratoscope.inject import names
from stratoscope.inject.admitting import admit, injected
from stratoscope.inject.model import Decision, Refusal, Why
from stratoscope.inject.settings import InjectSettings
from stratoscope.settings.kinds import checked
from tests.stratoscope.inject.patching import applied
from tests.stratoscope.inject.workloads import RUNNING, SETTINGS, WORKLOADS, Workload

EXEC = InjectSettings(image=SETTINGS.image, probes="exec", black_box=True)
_DEFAULTS = {"terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File"}


def built(one: Workload, settings: InjectSettings = EXEC) -> tuple[Decision, dict[str, Any]] | None:
    decided, pod = injected(one.subject, settings)
    return (decided, pod) if isinstance(decided, Decision) and pod is not None else None


INJECTED = [one for one in RUNNING if built(one)]


def by_name(one: Workload) -> str:
    return f"{one.kind}/{one.name}"


def test_most_services_with_a_profile_are_found() -> None:
    assert len(INJECTED) == 47


@pytest.mark.parametrize("one", [one for one in WORKLOADS if one not in RUNNING], ids=by_name)
def test_jobs_are_left_alone(one: Workload) -> None:
    admission = admit(one.subject, EXEC)
    assert not admission.patch
    assert isinstance(admission.outcome, Refusal)
    assert admission.outcome.why is Why.JOB


@pytest.mark.parametrize("one", INJECTED, ids=by_name)
def test_what_comes_out_is_valid_and_stays(one: Workload, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = built(one)
    assert found is not None
    _, pod = found
    for version in ("1.33", "1.37"):
        kubernetes_validate.validate(one.manifest(pod), version, strict=True)
    assert applied(one.pod, admit(one.subject, EXEC).patch) == pod
    assert again(one, pod) is Why.INJECTED
    assert again(one, defaulted(pod)) is Why.INJECTED
    monkeypatch.setenv("MYSQL_DBAUDIT_PASSWORD", "x")
    for name, command in ((names.PROBE_SETTINGS, "probe"), (names.LOG_SETTINGS, "collect")):
        if name in pod["metadata"]["annotations"]:
            file = tmp_path / "settings.yaml"
            file.write_text(pod["metadata"]["annotations"][name])
            assert checked(file) == command


def again(one: Workload, pod: dict[str, Any]) -> Why | None:
    subject = Workload(one.chart, one.kind, one.name, pod).subject
    admission = admit(subject, EXEC)
    assert not admission.patch
    return admission.outcome.why if isinstance(admission.outcome, Refusal) else None


def defaulted(pod: dict[str, Any]) -> dict[str, Any]:
    """As the API server fills a pod in between two webhooks."""
    spec = pod["spec"]
    filled = {key: [{**_DEFAULTS, **container} for container in spec.get(key, [])] for key in ("initContainers", "containers")}
    return {**pod, "spec": {"restartPolicy": "Always", "dnsPolicy": "ClusterFirst", **spec, **filled}}


@pytest.mark.parametrize("one", INJECTED, ids=by_name)
def test_only_what_is_ours_is_changed(one: Workload) -> None:
    found = built(one)
    assert found is not None
    decision, pod = found
    served = {service.container for service in decision.services}
    for before, after in zip(one.pod["spec"]["containers"], pod["spec"]["containers"], strict=True):
        ours = {*decision.probes.get(before["name"], ()), *(["lifecycle"] if before["name"] in decision.drained else [])}
        assert before["name"] in served or not ours
        assert {key: value for key, value in after.items() if key not in ours} == {
            key: value for key, value in before.items() if key not in ours
        }
    first = one.pod["spec"].get("initContainers", [])
    assert pod["spec"]["initContainers"][: len(first)] == first


@pytest.mark.parametrize("one", INJECTED, ids=by_name)
def test_probes_stand_on_the_service_and_ask_the_sidecar(one: Workload) -> None:
    found = built(one)
    assert found is not None
    decision, pod = found
    containers = {container["name"]: container for container in pod["spec"]["containers"]}
    for service in decision.services:
        for key, path in (("startupProbe", "startupz"), ("livenessProbe", "livez"), ("readinessProbe", "readyz")):
            probe = containers[service.container].get(key, {})
            if key in decision.probes[service.container]:
                assert probe["httpGet"]["path"] == f"/{path}/{service.container}"
                assert probe["httpGet"]["port"] == decision.port
                assert probe["httpGet"].get("host") == ("127.0.0.1" if decision.loopback else None)
            else:
                assert "exec" not in probe


@pytest.mark.parametrize("one", INJECTED, ids=by_name)
def test_sidecars_are_as_kubernetes_wants_them(one: Workload) -> None:
    found = built(one)
    assert found is not None
    _, pod = found
    ours = [container for container in pod["spec"]["initContainers"] if container["name"] in names.OWN]
    assert ours
    volumes = {volume["name"] for volume in pod["spec"]["volumes"]}
    claimed = {mount["name"] for container in one.pod["spec"]["containers"] for mount in container.get("volumeMounts", [])}
    for container in ours:
        assert container["restartPolicy"] == "Always"
        assert not container.keys() & {"ports", "readinessProbe", "startupProbe"}
        security = container["securityContext"]
        assert security["capabilities"]["drop"] == ["ALL"]
        assert security["readOnlyRootFilesystem"]
        assert not security["allowPrivilegeEscalation"]
        assert security["runAsNonRoot"] == (security["runAsUser"] != 0)
        assert container["resources"]["limits"].keys() == {"memory"}
        mounts = {mount["mountPath"].rstrip("/"): mount for mount in container["volumeMounts"]}
        assert len(mounts) == len(container["volumeMounts"])
        assert "/var/run/secrets/kubernetes.io/serviceaccount" in mounts
        assert {mount["name"] for mount in mounts.values()} <= volumes | claimed
        assert all(mount.get("readOnly") for path, mount in mounts.items() if path != "/var/lib/stratoscope")
        assert not mounts.keys() & {"/", "/run", "/var", "/etc"}


@pytest.mark.parametrize("one", INJECTED, ids=by_name)
def test_no_secret_is_copied(one: Workload) -> None:
    found = built(one)
    assert found is not None
    _, pod = found
    for container in pod["spec"]["initContainers"]:
        for variable in container.get("env", []):
            assert "value" not in variable, variable


def test_root_is_taken_by_open_vswitch_alone() -> None:
    roots = {}
    for one in INJECTED:
        found = built(one)
        assert found is not None
        for container in found[1]["spec"]["initContainers"]:
            if container["name"] == names.PROBE_CONTAINER and container["securityContext"]["runAsUser"] == 0:
                roots[one.name] = container["securityContext"]["capabilities"].get("add", [])
    # OVN's pods name no user: their image's is root, who alone may open its control sockets.
    assert roots == {"openvswitch": ["DAC_OVERRIDE"], "ovn-controller-default": [], "ovn-ovsdb-nb": [], "ovn-ovsdb-sb": []}
