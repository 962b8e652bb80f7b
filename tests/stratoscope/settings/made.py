"""A settings dataclass that has something of each type, for the tests of the loader."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from parsers.secret import Secret


@dataclass(frozen=True, slots=True)
class Node:
    host: str
    """Its name."""
    port: int = 3306
    """TCP port."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        if not 0 < self.port < 65536:
            yield "port", f"{self.port} is no port; write 1 to 65535"


@dataclass(frozen=True, slots=True)
class LokiSink:
    kind: Literal["loki"]
    url: str
    """Where it is."""


@dataclass(frozen=True, slots=True)
class NullSink:
    kind: Literal["null_sink"]


@dataclass(frozen=True, slots=True)
class Made:
    name: str
    """What it is called
    everywhere."""
    password: Secret
    nodes: tuple[Node, ...] = ()
    interval: Annotated[float, "seconds"] = 30.0
    """Between two. Short."""
    size: Annotated[int, "bytes"] | None = None
    ratio: float = 0.5
    deep: bool = False
    level: Literal["error", "warning"] = "error"
    labels: dict[str, str] = field(default_factory=dict)
    folder: Path | None = None
    sink: LokiSink | NullSink | None = None
    more: dict[str, LokiSink | NullSink] = field(default_factory=dict)
    first: Node = Node("localhost")

    def mistakes(self) -> Iterator[tuple[str, str]]:
        seen = set()
        for index, node in enumerate(self.nodes):
            if node.host in seen:
                yield f"nodes[{index}].host", f"{node.host} stands here again; give each node a name of its own"
            seen.add(node.host)
