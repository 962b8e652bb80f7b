"""What is listed in a cluster, in one literal table, which is also the list of rights that the doctor needs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from stratoscope.doctor import kept
from stratoscope.doctor.model import Object


@dataclass(frozen=True, slots=True)
class Look:
    """One kind of objects. `path` after the group's version; `why` it is looked at, for whoever gives the right.

    `optional`: where the API server does not know the kind (404), there are none. `query`: what the server leaves out for us.
    """

    name: str
    group: str
    version: str
    kept: Callable[[Object], dict[str, Any]]
    why: str
    namespaced: bool = True
    optional: bool = False
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def right(self) -> str:
        """As a role names it."""
        return f"list {self.name}" + (f" of {self.group}" if self.group else "")

    def path(self, namespace: str) -> str:
        """Of all of them, or of those in one namespace."""
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        place = f"/namespaces/{namespace}" if namespace and self.namespaced else ""
        return f"{root}{place}/{self.name}"


OURS = {"labelSelector": "app.kubernetes.io/part-of=stratoscope"}
_ADMISSION = "admissionregistration.k8s.io"
_MONITORING = "monitoring.coreos.com"

WEBHOOKS = "mutatingwebhookconfigurations"
PODS = Look("pods", "", "v1", kept.pod, "what runs, and with which sidecars")

LOOKS = (
    Look(
        WEBHOOKS,
        _ADMISSION,
        "v1",
        kept.whole,
        "whether ours is there and can be called; whose others are",
        namespaced=False,
    ),
    PODS,
    Look("namespaces", "", "v1", kept.head, "which ones are opted in, and their Pod Security", namespaced=False),
    Look("nodes", "", "v1", kept.node, "whether their kubelets know sidecars", namespaced=False),
    Look(
        "mutatingadmissionpolicies",
        _ADMISSION,
        "v1",
        kept.head,
        "the other way to inject",
        namespaced=False,
        optional=True,
        query=OURS,
    ),
    Look(
        "endpointslices",
        "discovery.k8s.io",
        "v1",
        kept.slice_,
        "whether anything answers at the webhook and at exporters' targets",
    ),
    Look("podmonitors", _MONITORING, "v1", kept.head, "whether Prometheus scrapes us", optional=True, query=OURS),
    Look("servicemonitors", _MONITORING, "v1", kept.head, "whether Prometheus scrapes us", optional=True, query=OURS),
    Look("prometheusrules", _MONITORING, "v1", kept.head, "whether Prometheus takes our alerts", optional=True, query=OURS),
    Look("prometheuses", _MONITORING, "v1", kept.whole, "which labels it selects by", optional=True),
)
