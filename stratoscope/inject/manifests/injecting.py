"""Finds what makes pods in a stream of manifests, and puts their sidecars in."""

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from stratoscope.inject.admitting import injected
from stratoscope.inject.manifests.documents import Document, documents
from stratoscope.inject.manifests.reading import written
from stratoscope.inject.model import Decision, Owner, Refusal, Subject
from stratoscope.inject.reading import listed, mapping, text
from stratoscope.inject.settings import InjectSettings

TEMPLATED = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"})
"""Kinds with a template of pods that run on. Jobs and CronJobs make pods as well, and are left alone and told of."""
_JOBS = {"Job": ("spec", "template"), "CronJob": ("spec", "jobTemplate", "spec", "template")}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one workload: `kind/name`, its namespace, and what was decided."""

    workload: str
    namespace: str
    decided: Decision | Refusal


@dataclass(frozen=True, slots=True)
class Injected:
    """A stream with its sidecars."""

    text: str
    outcomes: tuple[Outcome, ...]


def inject(stream: str, settings: InjectSettings, namespace: str = "") -> Injected:
    """The stream with sidecars in it. `namespace`: of what names none. Raises UnreadableError, before anything is given out."""
    outcomes: list[Outcome] = []
    texts = [_document(one, settings, namespace, outcomes) for one in list(documents(stream))]
    return Injected("".join(texts), tuple(outcomes))


def _document(document: Document, settings: InjectSettings, namespace: str, outcomes: list[Outcome]) -> str:
    value = copy.deepcopy(document.value)
    changed = False
    for item in _items(value):
        workload = _Workload(item, namespace)
        template = workload.template()
        if template is None:
            continue
        subject = Subject(template, workload.namespace, Owner(workload.kind, workload.name, text(item, "apiVersion")))
        decided, pod = injected(subject, settings)
        outcomes.append(Outcome(f"{workload.kind}/{workload.name}", workload.namespace, decided))
        if pod is not None:
            workload.put(pod)
            changed = True
    if not changed:
        return document.text
    return f"{json.dumps(value, indent=2)}\n" if document.is_json else document.head + written(value)


def _items(value: Any) -> Iterator[dict[str, Any]]:
    if not isinstance(value, dict):
        return
    if text(value, "kind").endswith("List") and isinstance(value.get("items"), list):
        yield from (one for one in value["items"] if isinstance(one, dict))
    else:
        yield value


class _Workload:
    """A manifest, and the template of pods in it."""

    def __init__(self, manifest: dict[str, Any], namespace: str) -> None:
        metadata = mapping(manifest, "metadata")
        self._manifest = manifest
        self.kind = text(manifest, "kind")
        self.name = text(metadata, "name") or text(metadata, "generateName") or "?"
        self.namespace = text(metadata, "namespace") or namespace

    def template(self) -> dict[str, Any] | None:
        """The pod or template; None for what makes none."""
        if self.kind == "Pod":
            found: Any = self._manifest
        elif self.kind in TEMPLATED:
            found = mapping(self._manifest, "spec").get("template")
        elif self.kind in _JOBS:
            found = dict(mapping(self._manifest, *_JOBS[self.kind]))
        else:
            return None
        return found if isinstance(found, dict) and listed(mapping(found, "spec"), "containers") else None

    def put(self, pod: dict[str, Any]) -> None:
        """Change it."""
        if self.kind == "Pod":
            self._manifest.update(pod)
        else:
            self._manifest["spec"]["template"] = pod
