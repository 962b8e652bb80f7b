"""The pods that the tests are about."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stratoscope.inject.model import Owner, Subject
from stratoscope.inject.needs import NEEDS, Need
from stratoscope.inject.settings import InjectSettings

FILE = Path(__file__).parents[2] / "data" / "openstack_helm" / "workloads.jsonl"
SETTINGS = InjectSettings(image="registry.example/stratoscope:0.1.0")
_VERSIONS = {"Job": "batch/v1", "CronJob": "batch/v1", "Pod": "v1"}


@dataclass(frozen=True, slots=True)
class Workload:
    """One of openstack-helm's."""

    chart: str
    kind: str
    name: str
    pod: dict[str, Any]

    @property
    def subject(self) -> Subject:
        owner = Owner() if self.kind == "Pod" else Owner(self.kind, self.name, _VERSIONS.get(self.kind, "apps/v1"))
        return Subject(self.pod, "openstack", owner)

    def manifest(self, pod: Mapping[str, Any]) -> dict[str, Any]:
        """Its pod as the manifest that Kubernetes is given."""
        return {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {**pod["metadata"], "name": "x", "namespace": "openstack"},
            "spec": pod["spec"],
        }


def workloads() -> list[Workload]:
    """All of them."""
    rows = (json.loads(line) for line in FILE.read_text().splitlines())
    return [Workload(one["chart"], one["kind"], one["name"], one["pod"]) for one in rows]


WORKLOADS = workloads()
RUNNING = [one for one in WORKLOADS if one.kind in ("Deployment", "StatefulSet", "DaemonSet")]


def workload(name: str) -> Workload:
    """The one of that name."""
    return next(one for one in WORKLOADS if one.name == name)


def pod(*containers: Mapping[str, Any], labels: Mapping[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    """A pod of our own."""
    return {"metadata": {"labels": dict(labels or {})}, "spec": {"containers": [dict(one) for one in containers], **spec}}


def service(name: str = "nova-conductor", **more: Any) -> dict[str, Any]:
    """A container that is called as a profile, with the configuration that such a service has."""
    need = NEEDS.get(name.replace("_", "-"), Need())
    etc = [{"name": "etc", "mountPath": path, "subPath": path.rpartition("/")[2]} for path in need.config[:1]]
    return {"name": name, "image": "openstack", **more, "volumeMounts": [*etc, *more.get("volumeMounts", ())]}


def annotated(pod: Mapping[str, Any], **annotations: str) -> dict[str, Any]:
    """The pod with annotations of ours: `probes="exec"` for stratoscope.io/probes."""
    named = {f"stratoscope.io/{key.replace('_', '-')}": value for key, value in annotations.items()}
    return {**pod, "metadata": {**pod["metadata"], "annotations": named}}
