"""What was read of a cluster at one instant."""

from dataclasses import dataclass

from exporters.galera.history import History
from exporters.galera.node import Failure, Node

SAME_INSTANT = 0.05
"""Seconds between two questions that still count as asked together; at 1,000 commits a second they are 50 write sets apart."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One reading of a cluster, and what earlier ones have left (`history` has this one in it).

    `taken_at`: seconds of the monotonic clock. `configured`: nodes in the settings, `wanted`: `expected_size` of them.
    """

    cluster: str
    taken_at: float
    nodes: tuple[Node | Failure, ...]
    history: History
    configured: int = 0
    wanted: int | None = None
    spread: float | None = None

    @property
    def read(self) -> tuple[Node, ...]:
        """The nodes that have answered."""
        return tuple(node for node in self.nodes if isinstance(node, Node))

    @property
    def reachable(self) -> bool:
        """Whether anybody answered at any node's address."""
        return any(isinstance(node, Node) or node.reachable for node in self.nodes)

    @property
    def failures(self) -> tuple[Failure, ...]:
        """The others."""
        return tuple(node for node in self.nodes if isinstance(node, Failure))
