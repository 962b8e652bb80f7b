"""Pods by what makes them: findings are about workloads, as a person changes these."""

from collections.abc import Mapping
from dataclasses import dataclass

from stratoscope.doctor.model import Object
from stratoscope.inject.model import Owner
from stratoscope.inject.reading import listed, mapping, text

_RESTARTED = ("Deployment", "StatefulSet", "DaemonSet")


@dataclass(frozen=True, slots=True, order=True)
class Workload:
    """What makes pods; a pod that nothing makes is its own."""

    namespace: str
    kind: str
    name: str

    @property
    def shown(self) -> str:
        """As kubectl takes it."""
        return f"{self.kind.lower()}/{self.name}"

    @property
    def place(self) -> str:
        """For a person."""
        return f"{self.shown} in {self.namespace}"

    @property
    def renewed(self) -> str:
        """How its pods are made anew: a line for the shell."""
        if self.kind in _RESTARTED:
            return f"kubectl -n {self.namespace} rollout restart {self.shown}"
        if self.kind == "Pod":
            return f"kubectl -n {self.namespace} delete {self.shown}, and make it again, as nothing else does"
        return f"have {self.shown} make its pods again, or delete them one by one"


def owner_of(pod: Object) -> Owner:
    """Its controller, as its metadata names it."""
    for one in listed(mapping(pod, "metadata"), "ownerReferences"):
        if one.get("controller") is True:
            return Owner(text(one, "kind"), text(one, "name"), text(one, "apiVersion"), text(one, "uid"))
    return Owner()


def workload_of(pod: Object) -> Workload:
    """The Deployment behind a ReplicaSet is told by its name, as controllers make it: no need to read ReplicaSets."""
    metadata = mapping(pod, "metadata")
    namespace = text(metadata, "namespace")
    owner = owner_of(pod)
    if not owner.kind:
        return Workload(namespace, "Pod", text(metadata, "name"))
    hashed = text(mapping(metadata, "labels"), "pod-template-hash")
    if owner.kind == "ReplicaSet" and hashed and owner.name.endswith(f"-{hashed}"):
        return Workload(namespace, "Deployment", owner.name.removesuffix(f"-{hashed}"))
    return Workload(namespace, owner.kind, owner.name)


def labels_of(found: Object) -> Mapping[str, object]:
    """Of any object."""
    return mapping(found, "metadata", "labels")


def name_of(found: Object) -> str:
    """Of any object."""
    return text(mapping(found, "metadata"), "name")


def namespace_of(found: Object) -> str:
    """Of any object; empty for one of the whole cluster."""
    return text(mapping(found, "metadata"), "namespace")


def ours(found: Object) -> bool:
    """Whether the chart has made it."""
    return labels_of(found).get("app.kubernetes.io/part-of") == "stratoscope"


def component_of(found: Object) -> str:
    """Which part of the chart it is: `webhook`, `agent`, `exporter-galera`."""
    return text(labels_of(found), "app.kubernetes.io/component")
