"""Whether Kubernetes is new enough for native sidecars: init containers with restartPolicy Always."""

import re
from collections import defaultdict
from collections.abc import Iterator

from stratoscope.doctor.rules.view import Told, View, error, note, some
from stratoscope.doctor.workloads import name_of
from stratoscope.inject.reading import text

NEEDED = (1, 29)
"""From here on they are on by default (beta)."""
STABLE = (1, 33)
_VERSION = re.compile(r"v?(\d+)\.(\d+)")


def versions(view: View) -> Iterator[Told]:
    """Of the API server, and of the nodes' kubelets."""
    server = parsed(view.cluster.version)
    if server and server < NEEDED:
        yield error(
            f"Kubernetes {view.cluster.version} has no native sidecars",
            "API server",
            "upgrade to 1.29 or newer; until then set injection.mode to none in the chart's values",
        )
    elif server and server < STABLE:
        yield note(
            f"native sidecars are beta in Kubernetes {view.cluster.version}",
            "API server",
            "look that nobody has switched the feature gate SidecarContainers off; from 1.33 on it cannot be",
        )
    old: dict[str, list[str]] = defaultdict(list)
    for node in view.cluster.all("nodes"):
        kubelet = parsed(text(node, "kubelet"))
        if kubelet and kubelet < NEEDED:
            old[text(node, "kubelet")].append(name_of(node))
    for version, nodes in sorted(old.items()):
        yield error(
            f"kubelets {version} wait for a sidecar to end, so injected pods never start on them",
            f"nodes {some(nodes)}",
            "upgrade these kubelets to 1.29 or newer before a namespace is opted in",
        )


def parsed(version: str) -> tuple[int, int] | None:
    """Major and minor of `v1.36.3+rke2r1`; None of anything else."""
    found = _VERSION.match(version)
    return None if found is None else (int(found[1]), int(found[2]))
