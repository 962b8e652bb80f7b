"""Exporters that cannot reach what they should tell of: by their own metrics, or by the Services that their settings name."""

import re
from collections.abc import Iterator
from typing import Any

from stratoscope.doctor.model import File
from stratoscope.doctor.ourselves import settings_in
from stratoscope.doctor.rules.injector import has_slices, serving
from stratoscope.doctor.rules.view import Told, View, error, some, warning
from stratoscope.doctor.workloads import name_of

_SERIES = re.compile(r"^(stratoscope_exporter_(?:up|success))\{([^}]*)\}\s+([0-9.eE+-]+)")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_TARGET = re.compile(r"(?:[a-z+]+://|(?:tcp|ssl):)?([a-z0-9][a-z0-9.-]*)(?::\d+)?(?:/.*)?")
_PORT = re.compile(r"(://|:\d+(/|$))")


def exporters(view: View) -> Iterator[Told]:
    """Both ways."""
    yield from _by_metrics(view)
    yield from _by_services(view)


def _by_metrics(view: View) -> Iterator[Told]:
    for pod, text in sorted(view.cluster.metrics.items()):
        namespace, _, name = pod.partition("/")
        down: dict[str, str] = {}
        for line in text.splitlines():
            found = _SERIES.match(line)
            if found and float(found[3]) == 0.0:
                labels = dict(_LABEL.findall(found[2]))
                target = f"{labels.get('exporter', '?')} {labels.get('target', '?')}"
                down[target] = "cannot be reached" if found[1].endswith("_up") else down.get(target, "failed when asked last")
        for target, why in sorted(down.items()):
            yield error(
                f"the target {target} {why}",
                f"pod/{name} in {namespace}",
                f"kubectl -n {namespace} logs {name}, which says why; and look at NetworkPolicies on both sides",
            )


def _by_services(view: View) -> Iterator[Told]:
    slices = view.cluster.all("endpointslices")
    if not view.cluster.knows("endpointslices"):
        return
    looked = {*view.cluster.namespaces} or {name_of(one) for one in view.cluster.all("namespaces")}
    for file in view.cluster.files:
        if file.key != "export.yaml":
            continue
        for service, namespace in sorted(set(_services(file, looked))):
            if not has_slices(slices, namespace, service):
                yield warning(
                    f"its settings name {service} in {namespace}, and there is no Service with endpoints of that name",
                    _where(file),
                    "correct the target in the chart's values (exporters)",
                )
            elif not serving(slices, namespace, service):
                yield error(
                    f"its settings name {service} in {namespace}, behind which nothing is ready",
                    _where(file),
                    f"kubectl -n {namespace} get endpointslices -l kubernetes.io/service-name={service}",
                )


def _services(file: File, namespaces: set[str]) -> Iterator[tuple[str, str]]:
    """Names of Services in all addresses of a settings file: NAME, NAME.NAMESPACE, POD.NAME.NAMESPACE.svc and longer."""
    for text in _texts(settings_in(file)):
        found = _TARGET.fullmatch(text) if _PORT.search(text) else None
        if found is None or not re.search("[a-z]", found[1]):
            continue
        parts = found[1].split(".svc")[0].split(".")
        if len(parts) == 1:
            yield parts[0], file.namespace
        elif parts[-1] in namespaces:
            yield parts[-2], parts[-1]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _where(file: File) -> str:
    return f"{some(file.users, 3)} in {file.namespace}"
