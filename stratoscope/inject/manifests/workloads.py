"""Where in manifests pods are made: a literal table of kinds. All other kinds are nobody's business here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stratoscope.inject.model import Owner, Refusal, Subject, Why
from stratoscope.inject.reading import listed, mapping, text

_TEMPLATE = ("spec", "template")
TEMPLATES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("", "Pod"): (),
    ("apps", "Deployment"): _TEMPLATE,
    ("apps", "StatefulSet"): _TEMPLATE,
    ("apps", "DaemonSet"): _TEMPLATE,
    ("apps", "ReplicaSet"): _TEMPLATE,
    ("batch", "Job"): _TEMPLATE,
    ("batch", "CronJob"): ("spec", "jobTemplate", *_TEMPLATE),
}
"""API group and kind, and the place of the template. Jobs are here so that the report says why they are left."""
MAX_LISTS = 8
"""Lists in each other; a List of Lists is seen, a hundred of them are not."""


@dataclass(frozen=True, slots=True)
class Workload:
    """Something that makes pods. `place`: of its pod, from the root on. `owned`: why it is not to be changed."""

    place: tuple[str | int, ...]
    kind: str
    namespace: str
    name: str
    subject: Subject
    owned: Refusal | None


def workloads(value: Any, place: tuple[str | int, ...] = (), kind: str = "", version: str = "") -> Iterator[Workload]:
    """Those in a document. `kind` and `version`: of items that do not name their own, as those of a DeploymentList."""
    kind, version = text(value, "kind") or kind, text(value, "apiVersion") or version
    items = value.get("items") if isinstance(value, dict) else None
    if kind.endswith("List") and isinstance(items, list):
        if len(place) < MAX_LISTS * 2:
            typed = (kind.removesuffix("List"), version) if kind != "List" else ("", "")
            for index, item in enumerate(items):
                yield from workloads(item, (*place, "items", index), *typed)
        return
    path = TEMPLATES.get((version.rpartition("/")[0], kind))
    if path is not None and (pod := mapping(value, *path)):
        yield _workload(value, (*place, *path), pod, kind, version)


def _workload(value: Any, place: tuple[str | int, ...], pod: Mapping[str, Any], kind: str, version: str) -> Workload:
    metadata = mapping(value, "metadata")
    name, namespace = text(metadata, "name") or text(metadata, "generateName") or "?", text(metadata, "namespace")
    owner = Owner() if kind == "Pod" else Owner(kind, name, version)
    return Workload(place, kind, namespace, name, Subject(pod, namespace, owner), _owned(metadata))


def _owned(metadata: Mapping[str, Any]) -> Refusal | None:
    """Objects that were read from a cluster are made again by their owner as it has them."""
    for one in listed(metadata, "ownerReferences"):
        if one.get("controller") is True:
            whose = f"{text(one, 'kind')} {text(one, 'name')}"
            return Refusal(Why.OPERATED, f"{whose} makes it again as it has it; put the sidecars in there")
    return None
