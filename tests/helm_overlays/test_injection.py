"""A pod as openstack-helm's chart makes it with our overlays: the injector understands it."""

import pytest

from stratoscope.inject.admitting import injected
from stratoscope.inject.model import Decision, Owner, Part, Subject
from stratoscope.inject.names import LOG_CONTAINER
from stratoscope.inject.settings import InjectSettings
from tests.helm_overlays.values import OVERLAYS, RECORDED, read

POD = read(RECORDED.parent / "nova-scheduler.yaml")
"""nova-scheduler, with logging/nova.yaml, log-files/nova.yaml and annotations.yaml."""


@pytest.mark.parametrize("overlay", ["annotations.yaml", "log-files/nova.yaml"])
def test_the_chart_put_the_annotations_on_the_pod(overlay: str) -> None:
    annotations = read(OVERLAYS / "openstack-helm" / overlay)["annotations"]["pod"]["default"]
    assert annotations.items() <= POD["metadata"]["annotations"].items()


def test_its_log_file_is_read_and_its_exec_probes_are_replaced() -> None:
    settings = InjectSettings(image="registry.example.org/stratoscope:0.1.0")
    decision, pod = injected(Subject(POD, "openstack", Owner("ReplicaSet", "nova-scheduler-6b7")), settings)
    assert isinstance(decision, Decision)
    assert pod is not None
    assert decision.parts >= {Part.PROBES, Part.LOGS}
    assert decision.log_files == ("/tmp/openstack.log",)
    assert decision.probes == {"nova-scheduler": ("livenessProbe", "readinessProbe")}
    (sidecar,) = (one for one in pod["spec"]["initContainers"] if one["name"] == LOG_CONTAINER)
    (service,) = pod["spec"]["containers"]
    shared = [
        next(one["name"] for one in container["volumeMounts"] if one["mountPath"] == "/tmp") for container in (sidecar, service)
    ]
    assert len(set(shared)) == 1
    assert "exec" not in service["livenessProbe"]
