"""What the API server knows of a pod, as attributes of a resource: allowed labels, owner, node, service. Pure.

The order in which `service.name` is found, the first that tells counting: the settings, the labels here, the file's name, what
the parser knows from format and logger. So all lines of a pod have one name, libraries' and the service's own.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

_OWNERS = {
    "ReplicaSet": "k8s.replicaset.name",
    "StatefulSet": "k8s.statefulset.name",
    "DaemonSet": "k8s.daemonset.name",
    "Job": "k8s.job.name",
}
_HASH = "pod-template-hash"
_SCHEDULED = re.compile(r"(.+)-\d{8,10}")  # the minute for which a CronJob made a Job


def attributes_of(pod: Mapping[str, Any], labels: Iterable[str]) -> dict[str, str]:
    """The attributes of a pod (as the API gives it), of its labels only the given ones."""
    metadata = pod["metadata"]
    has = metadata.get("labels") or {}
    attributes = {f"k8s.pod.label.{key}": str(has[key]) for key in labels if key in has}
    attributes |= _owner(metadata, has)
    if node := (pod.get("spec") or {}).get("nodeName"):
        attributes["k8s.node.name"] = node
    if service := service_of(has):
        attributes["service.name"] = service
    return attributes


def service_of(labels: Mapping[str, str]) -> str | None:
    """`nova-compute` of application=nova, component=compute: the names by which services go, as their log files do."""
    application = labels.get("application") or labels.get("app.kubernetes.io/name")
    component = labels.get("component") or labels.get("app.kubernetes.io/component")
    if not application or not component:
        return application
    return component if component.startswith(application) else f"{application}-{component}"


def uids_of(pod: Mapping[str, Any]) -> tuple[str, ...]:
    """The uids under which its logs may stand: for a static pod that is the hash of its manifest."""
    metadata = pod["metadata"]
    annotations = metadata.get("annotations") or {}
    return tuple(uid for uid in (metadata.get("uid"), annotations.get("kubernetes.io/config.hash")) if uid)


def _owner(metadata: Mapping[str, Any], labels: Mapping[str, str]) -> dict[str, str]:
    owner = next((one for one in metadata.get("ownerReferences") or () if one.get("controller")), None)
    if owner is None or owner.get("kind") not in _OWNERS:
        return {}
    name = str(owner["name"])
    attributes = {_OWNERS[owner["kind"]]: name}
    # A Deployment names its ReplicaSets after itself and the hash that it puts on their pods; others may own one too.
    suffix = f"-{labels.get(_HASH, '')}"
    if owner["kind"] == "ReplicaSet" and len(suffix) > 1 and name.endswith(suffix):
        attributes["k8s.deployment.name"] = name.removesuffix(suffix)
    if owner["kind"] == "Job" and (scheduled := _SCHEDULED.fullmatch(name)):
        attributes["k8s.cronjob.name"] = scheduled[1]
    return attributes
