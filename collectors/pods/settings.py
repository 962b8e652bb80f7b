"""Settings of the source of pods' log files."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from clients.kubernetes_access import ApiAccess
from collectors.kubernetes.settings import OWN
from collectors.pods.names import glob_mistakes

LABELS = (
    "application",
    "component",
    "release_group",
    "app.kubernetes.io/name",
    "app.kubernetes.io/component",
    "app.kubernetes.io/instance",
)
"""openstack-helm puts the first three on every pod, and most other charts the last three."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PodMetadata:
    """Labels and owners of this node's pods, from one watch at the API server."""

    labels: tuple[str, ...] = LABELS
    """Labels given as `k8s.pod.label.<key>`; those that are not named here are left out."""
    node: str = ""
    """Name of this node; empty is the environment variable NODE_NAME, else this machine's name."""
    access: ApiAccess = field(default_factory=ApiAccess)
    """How the API server is reached."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What is too much."""
        if len(self.labels) > 32:
            yield "labels", "at most 32; each one is sent with every event"


@dataclass(frozen=True, slots=True, kw_only=True)
class PodsInput:
    """The log files of this node's pods, with the names of pod and container in every event."""

    kind: Literal["pods"] = "pods"
    """Files of pods."""
    folder: Path = Path("/var/log/pods")
    """Where the kubelet keeps them. /var/log/containers, which has links to them, does as well; its names tell container ids,
    but not pod uids and restarts."""
    include: tuple[str, ...] = ()
    """Globs `namespace/pod/container` of which one must match; empty is all."""
    exclude: tuple[str, ...] = OWN
    """Globs of containers that are left out."""
    max_open: int = 256
    """Files kept open; the ones that were quiet the longest are closed, and opened again when they grow."""
    metadata: PodMetadata | None = None
    """Labels and owners. Left out: none, and the API server is not asked anything."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What contradicts itself."""
        yield from glob_mistakes("include", self.include)
        yield from glob_mistakes("exclude", self.exclude)
        if not 16 <= self.max_open <= 4096:
            yield "max_open", "must be between 16 and 4096; 256 is usual"
