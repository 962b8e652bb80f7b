"""The containers of a pod, as its status tells of them. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from collectors.pods.names import ContainerName

_KINDS = ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses")


@dataclass(frozen=True, slots=True)
class Status:
    """`restarts`: how often it was started anew. `started`: there is a log. `running`: it may grow."""

    restarts: int
    started: bool
    running: bool


@dataclass(frozen=True, slots=True)
class Container:
    """A container at one moment. `key` is the same through all restarts."""

    name: ContainerName
    status: Status
    node: str

    @property
    def key(self) -> str:
        """Identity of its log: what was read of it is remembered under this name."""
        return f"{self.name.uid}/{self.name.container}"

    def resource(self, restarts: int) -> dict[str, str]:
        """Attributes of the lines that it wrote after so many restarts."""
        attributes = {**self.name.resource(), "k8s.container.restart_count": str(restarts)}
        return {**attributes, "k8s.node.name": self.node} if self.node else attributes


def containers_of(pod: Mapping[str, Any]) -> Iterator[Container]:
    """All containers that a pod has a status of: first those for its start, in order."""
    metadata, node = pod["metadata"], (pod.get("spec") or {}).get("nodeName") or ""
    for kind in _KINDS:
        for one in (pod.get("status") or {}).get(kind) or ():
            identity = str(one.get("containerID") or "").rpartition("/")[2]
            name = ContainerName(
                str(metadata["namespace"]), str(metadata["name"]), str(one["name"]), str(metadata["uid"]), id=identity
            )
            state, last = one.get("state") or {}, one.get("lastState") or {}
            started = any(which.get(how) is not None for which in (state, last) for how in ("running", "terminated"))
            yield Container(name, Status(int(one.get("restartCount") or 0), started, state.get("running") is not None), node)
