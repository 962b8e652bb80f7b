"""Settings of the Kubernetes API source."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Literal

from clients.kubernetes_access import ApiAccess
from collectors.pods.names import glob_mistakes

OWN = ("*/stratoscope-*", "*/*/stratoscope")
"""Our own pods and sidecars, as the chart calls them: who reads what he writes never comes to an end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KubernetesInput:
    """Logs of pods, followed through the Kubernetes API: for where no agent can run on the nodes."""

    selector: str
    """Label selector of the pods, as `application=nova` or `application in (nova,neutron)`; empty is all pods."""
    kind: Literal["kubernetes"] = "kubernetes"
    """The Kubernetes API."""
    namespaces: tuple[str, ...] = ()
    """Namespaces to look in; empty is all, which takes a ClusterRole."""
    include: tuple[str, ...] = ()
    """Globs `namespace/pod/container` of which one must match; empty is all."""
    exclude: tuple[str, ...] = OWN
    """Globs of containers that are left out."""
    access: ApiAccess = field(default_factory=ApiAccess)
    """How the API server is reached."""
    streams: int = 50
    """Containers followed at the same time; each takes a thread and a connection. If there are more, they take turns."""
    turn: Annotated[float, "seconds"] = 10.0
    """Longest time of a turn, if there are more containers than `streams`."""
    silence: Annotated[float, "seconds"] = 60.0
    """A stream that is silent for so long is attached anew: connections die without a word, and so do streams of kubelets."""
    memory: Annotated[int, "bytes"] = 16 << 20
    """Bytes that wait to be read by the pipeline, of all streams."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What contradicts itself."""
        yield from glob_mistakes("include", self.include)
        yield from glob_mistakes("exclude", self.exclude)
        if not 1 <= self.streams <= 1000:
            yield "streams", "must be between 1 and 1000; 50 is usual"
        for name in ("turn", "silence"):
            if not 0.1 <= getattr(self, name) <= 3600:
                yield name, "must be between 0.1s and 1h"
        if self.memory < 1 << 20:
            yield "memory", "must be at least 1M; 16M is usual"
