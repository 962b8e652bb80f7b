"""The whole way of a stream of manifests. Pure: bytes in, bytes out, and what became of each workload."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from stratoscope.inject.admitting import injected
from stratoscope.inject.difference import difference
from stratoscope.inject.manifests.documents import Document, documents
from stratoscope.inject.manifests.json_text import json_text, json_values, with_put
from stratoscope.inject.manifests.patching import patched
from stratoscope.inject.manifests.tree import tree_of
from stratoscope.inject.manifests.values import value_of
from stratoscope.inject.manifests.workloads import Workload, workloads
from stratoscope.inject.manifests.writing import written
from stratoscope.inject.model import Decision, Refusal
from stratoscope.inject.settings import InjectSettings


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a workload. `document`: where it stands in the stream, from 1."""

    document: int
    kind: str
    namespace: str
    name: str
    outcome: Decision | Refusal


def inject(data: bytes, settings: InjectSettings) -> tuple[bytes, tuple[Told, ...]]:
    """The stream with sidecars in it, and what was done. Raises ManifestError."""
    told: list[Told] = []
    texts = [_document(one, settings, told) for one in documents(data)]
    return "".join(texts).encode(), tuple(told)


def _document(document: Document, settings: InjectSettings, told: list[Told]) -> str:
    header = document.header
    body = document.text.removeprefix(header)
    if body.startswith("{") and (values := json_values(body)) is not None:
        return header + "".join(_json(text, value, document.number, settings, told) for text, value in values)
    root = tree_of(document)
    if root is None:
        return document.text
    changed = list(_changed(value_of(root), document.number, settings, told))
    if not changed:
        return document.text
    for workload, pod in changed:
        root = patched(root, workload.place, difference(workload.subject.pod, pod))
    text = written(root)
    return header + text + ("" if text.endswith("\n...\n") else document.footer)


def _json(text: str, value: Any, number: int, settings: InjectSettings, told: list[Told]) -> str:
    changed = list(_changed(value, number, settings, told))
    if not changed:
        return text
    for workload, pod in changed:
        value = with_put(value, workload.place, pod)
    return json_text(value, text)


def _changed(value: Any, number: int, settings: InjectSettings, told: list[Told]) -> Iterator[tuple[Workload, dict[str, Any]]]:
    for one in workloads(value):
        outcome, pod = (one.owned, None) if one.owned is not None else injected(one.subject, settings)
        told.append(Told(number, one.kind, one.namespace, one.name, outcome))
        if pod is not None:
            yield one, pod
