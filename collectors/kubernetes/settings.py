"""Settings of the Kubernetes API source, and of every connection to the API."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from collectors.pods.names import glob_mistakes

OWN = ("*/stratoscope-*", "*/*/stratoscope")
"""Our own pods and sidecars, as the chart calls them: who reads what he writes never comes to an end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiAccess:
    """How the API server is reached."""

    kubeconfig: Path | None = None
    """A kubeconfig file. Left out: the service account of the pod that we run in."""
    context: str = ""
    """The context in it; empty is its current one."""
    timeout: Annotated[float, "seconds"] = 15.0
    """Longest time for a connection and for each answer; streams may be silent for longer."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What contradicts itself."""
        if self.context and self.kubeconfig is None:
            yield "context", "is of no use without kubeconfig; set both or none"
        if not 1 <= self.timeout <= 300:
            yield "timeout", "must be between 1s and 300s; 15s is usual"


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
    access: ApiAccess = ApiAccess()
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
