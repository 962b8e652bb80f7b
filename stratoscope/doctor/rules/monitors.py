"""Whether Prometheus finds us: its operator takes monitors and rules by their labels alone, and says nothing of the others."""

from collections.abc import Iterator

from stratoscope.doctor.model import Object
from stratoscope.doctor.rules.view import Told, View, some, warning
from stratoscope.doctor.selectors import missing, selects
from stratoscope.doctor.workloads import labels_of, name_of, namespace_of
from stratoscope.inject.reading import mapping

_KINDS = (
    ("podmonitors", "podMonitorSelector", "podMonitorNamespaceSelector", "monitors.additionalLabels"),
    ("servicemonitors", "serviceMonitorSelector", "serviceMonitorNamespaceSelector", "monitors.additionalLabels"),
    ("prometheusrules", "ruleSelector", "ruleNamespaceSelector", "rules.additionalLabels"),
)
"""What it takes, by which of its selectors, and where the chart's values say the labels."""


def monitors(view: View) -> Iterator[Told]:
    """What no Prometheus selects."""
    servers = view.cluster.all("prometheuses")
    if not servers:
        return
    for kind, selector, places, values in _KINDS:
        for one in view.cluster.all(kind):
            if not any(_takes(view, server, selector, places, one) for server in servers):
                yield warning(
                    f"no Prometheus selects it; it wants {_wanted(servers, selector, one)}",
                    f"{kind.removesuffix('s')}/{name_of(one)} in {namespace_of(one)}",
                    f"add that label to {values} in the chart's values, or widen {selector} (or {places}) of Prometheus",
                )


def _takes(view: View, server: Object, selector: str, places: str, found: Object) -> bool:
    spec = mapping(server, "spec")
    if not selects(spec.get(selector), labels_of(found)):
        return False
    if spec.get(places) is None:
        return namespace_of(server) == namespace_of(found)
    labels = next((labels_of(one) for one in view.cluster.all("namespaces") if name_of(one) == namespace_of(found)), {})
    return selects(spec[places], {"kubernetes.io/metadata.name": namespace_of(found), **labels})


def _wanted(servers: tuple[Object, ...], selector: str, found: Object) -> str:
    lacking = {missing(mapping(one, "spec").get(selector), labels_of(found)) for one in servers}
    return some(lacking - {""}) or "another namespace"
