"""What an exporter is made of. `fetch` asks a target and returns a snapshot; all that follows is pure.

    target -> fetch(deadline) -> Snapshot -> families(snapshot) -> metric families
                                          -> verdicts(snapshot) -> what it means, with the evidence

When to fetch (on a scrape, or in the background), what a failure costs, and HTTP are the frame's business.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar, runtime_checkable

from prometheus_client.metrics_core import Metric as Family

from clients.model import Deadline

Snapshot = TypeVar("Snapshot")


@runtime_checkable
class TellsReachability(Protocol):
    """A snapshot of several nodes that says itself whether any of them answered; the value of `up`.

    Where none did, it is a snapshot all the same, as a cluster that is down has to be told of by fresh figures.
    """

    @property
    def reachable(self) -> bool:
        """Whether anybody answered."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a snapshot means, in words: `subject` (`cluster main`) is `state` (`degraded`), because of the `reasons`.

    `evidence` are the facts behind it as a person would look them up: where it stands (an SQL row, an API path) -> value.
    """

    subject: str
    state: str
    healthy: bool
    reasons: tuple[str, ...] = ()
    evidence: Mapping[str, str] = field(default_factory=dict)


class Collector(Protocol[Snapshot]):
    """One exporter of one target (a cluster, a node, a cloud).

    `target` is its name in the settings, the label of the frame's own metrics.
    """

    target: str

    def fetch(self, deadline: Deadline) -> Snapshot:
        """Ask now. Raises TargetError. What fails in a part of it (one node of three) stands in the snapshot instead.

        A snapshot that there is even when nobody answered has a `reachable`: see TellsReachability.
        """

    def families(self, snapshot: Snapshot) -> Iterable[Family]:
        """The snapshot as metric families. Pure: equal snapshots give equal families."""

    def verdicts(self, snapshot: Snapshot) -> Iterable[Verdict]:
        """What it means. Pure."""

    def close(self) -> None:
        """Let go of connections."""
