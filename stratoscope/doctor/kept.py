"""What is kept of an object: what a rule reads. A cloud has thousands of pods, and most of a pod is of no use here."""

from typing import Any

from stratoscope.doctor.model import Object
from stratoscope.inject.names import LOG_SETTINGS, PREFIX, PROBE_SETTINGS
from stratoscope.inject.reading import listed, mapping, text

_METADATA = ("name", "namespace", "labels", "ownerReferences", "creationTimestamp", "deletionTimestamp", "generateName")
_ANNOTATIONS = ("kubernetes.io/config.mirror", "cert-manager.io/inject-ca-from")
_WRITTEN = (PROBE_SETTINGS, LOG_SETTINGS)
_CONTAINER = (
    "name",
    "image",
    "ports",
    "volumeMounts",
    "restartPolicy",
    "lifecycle",
    "startupProbe",
    "livenessProbe",
    "readinessProbe",
)
_SPEC = (
    "hostNetwork",
    "hostPID",
    "shareProcessNamespace",
    "restartPolicy",
    "terminationGracePeriodSeconds",
)
_SOURCES = frozenset({"configMap", "secret", "projected"})
_STATUS = ("name", "ready", "restartCount", "state", "started")


def head(found: Object) -> dict[str, Any]:
    """Metadata alone: enough to know that there is one."""
    return {"metadata": _metadata(found)}


def whole(found: Object) -> dict[str, Any]:
    """Small ones as they are, but for what the API server notes about their changes."""
    return {**found, "metadata": _metadata(found)}


def pod(found: Object) -> dict[str, Any]:
    """A pod: no environment, no commands, no settings of ours."""
    spec, status = mapping(found, "spec"), mapping(found, "status")
    kept = _picked(spec, _SPEC)
    for key in ("initContainers", "containers"):
        kept[key] = [_container(one) for one in listed(spec, key)]
    kept["volumes"] = [one for one in listed(spec, "volumes") if _SOURCES & one.keys() and not _token(one)]
    seen = _picked(status, ("phase", "podIP", "conditions"))
    for key in ("initContainerStatuses", "containerStatuses"):
        seen[key] = [_picked(one, _STATUS) for one in listed(status, key)]
    return {"metadata": _metadata(found), "spec": kept, "status": seen}


def _container(found: Object) -> dict[str, Any]:
    kept = _picked(found, _CONTAINER)
    if "volumeMounts" in kept:
        kept["volumeMounts"] = [one for one in listed(found, "volumeMounts") if not _token(one)]
    return kept


def _token(found: Object) -> bool:
    """Of the pod's token, which no rule reads: its name is another one in each pod, so no two pods would be the same."""
    return text(found, "name").startswith("kube-api-access-")


def node(found: Object) -> dict[str, Any]:
    """The version of its kubelet."""
    return {
        "metadata": {"name": text(mapping(found, "metadata"), "name")},
        "kubelet": text(mapping(found, "status", "nodeInfo"), "kubeletVersion"),
    }


def slice_(found: Object) -> dict[str, Any]:
    """An EndpointSlice: how many of its addresses serve."""
    serving = [one for one in listed(found, "endpoints") if mapping(one, "conditions").get("ready") is not False]
    return {"metadata": _metadata(found), "serving": len(serving)}


def _metadata(found: Object) -> dict[str, Any]:
    metadata = mapping(found, "metadata")
    kept = _picked(metadata, _METADATA)
    annotations = mapping(metadata, "annotations")
    kept["annotations"] = {
        key: str(value)[:256]
        for key, value in annotations.items()
        if key in _ANNOTATIONS or (key.startswith(PREFIX) and key not in _WRITTEN)
    }
    return kept


def _picked(found: Object, keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: found[key] for key in keys if key in found}
