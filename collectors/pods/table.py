"""The pods of this node, kept up to date by a watch in another thread; looked up when a stream begins."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from collectors.pods.metadata import attributes_of, uids_of
from collectors.pods.names import ContainerName

BOUND = 2_000
"""Pods kept at most; a kubelet allows 110, and 500 where it was told to."""


@dataclass(frozen=True, slots=True)
class _Known:
    uids: tuple[str, ...]
    attributes: Mapping[str, str]


@dataclass(slots=True)
class PodTable:
    """Of each pod only what is wanted. A pod that is gone is kept until its place is needed: its last lines are still read."""

    labels: tuple[str, ...]
    _pods: dict[tuple[str, str], _Known] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._pods)

    def replace(self, pods: Iterator[dict[str, Any]]) -> None:
        """These are all."""
        for pod in pods:
            self.change("set", pod)

    def change(self, kind: Literal["set", "gone"], pod: dict[str, Any]) -> None:
        """One was made or changed; one that is gone stays as it was."""
        if kind == "gone":
            return
        metadata = pod["metadata"]
        key = str(metadata["namespace"]), str(metadata["name"])
        self._pods.pop(key, None)
        self._pods[key] = _Known(uids_of(pod), attributes_of(pod, self.labels))
        while len(self._pods) > BOUND:
            del self._pods[next(iter(self._pods))]

    def attributes(self, name: ContainerName) -> Mapping[str, str]:
        """What is known of a container's pod; nothing of a pod that only has the same name."""
        known = self._pods.get((name.namespace, name.pod))
        if known is None or (name.uid and name.uid not in known.uids):
            return {}
        return known.attributes
