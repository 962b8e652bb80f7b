"""A loop around a source as the pipeline has one, without parsers: every line is an event, and safe at once or when told."""

import select
import socket
from collections.abc import Callable
from dataclasses import dataclass, field

from collectors.forward.server import ForwardSource
from collectors.forward.settings import ForwardInput
from collectors.ids import Ids
from collectors.model import Chunk, Position
from collectors.problems import Problem
from tests.servers.process import wait_until


@dataclass
class Driver:
    """Polls `source`; `texts` are the bytes of each stream by path, `uids` the id of each line."""

    source: ForwardSource
    problems: list[Problem] = field(default_factory=list)
    commit: bool = True
    chunks: list[Chunk] = field(default_factory=list)
    texts: dict[str, bytes] = field(default_factory=dict)
    uids: list[tuple[str, bytes]] = field(default_factory=list)
    connections: list[socket.socket] = field(default_factory=list)
    _ids: dict[str, Ids] = field(default_factory=dict)
    _safe: dict[str, Position] = field(default_factory=dict)

    def step(self, wait: float = 0.0) -> None:
        """One poll, after waiting for something to come."""
        select.select(self.source.streams(), [], [], wait)
        for chunk in self.source.poll():
            self.chunks.append(chunk)
            self.texts[chunk.path] = self.texts.get(chunk.path, b"") + chunk.data
            self._safe[chunk.identity] = Position(chunk.offset + len(chunk.data), 1, chunk.path)
            ids = self._ids.setdefault(chunk.identity, Ids(chunk.identity))
            ids.saw(chunk)
            offset = chunk.offset
            for line in chunk.data.splitlines(keepends=True):
                self.uids.append((ids.of(offset), line))
                offset += len(line)
        if self.commit:
            self.make_safe()

    def make_safe(self) -> None:
        """All that was given is safe."""
        safe, self._safe = self._safe, {}
        self.source.commit(safe)

    def until(self, holds: Callable[[], bool], what: str) -> None:
        """Poll until something holds."""

        def polled() -> bool:
            self.step(0.05)
            return holds()

        wait_until(polled, what, pause=0)

    def lines(self) -> list[bytes]:
        """All lines of all streams."""
        return b"".join(self.texts.values()).splitlines()

    def connected(self) -> socket.socket:
        """A new connection to it."""
        address = self.source._settings.listen
        if address.startswith("unix:"):
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(address.removeprefix("unix:"))
        else:
            connection = socket.create_connection(("127.0.0.1", self.source.port))
        connection.settimeout(30)
        self.connections.append(connection)
        return connection

    def until_chunks(self, number: int) -> None:
        """Poll until there were so many chunks."""
        self.until(lambda: len(self.chunks) >= number, f"{number} chunks")

    def until_lines(self, number: int) -> None:
        """Poll until there were so many lines."""
        self.until(lambda: len(self.lines()) >= number, f"{number} lines")

    def until_answered(self, connection: socket.socket) -> None:
        """Poll until an answer waits to be read."""
        self.until(lambda: bool(select.select([connection], [], [], 0)[0]), "an answer")

    def close(self) -> None:
        """Close it and the connections to it."""
        self.source.close()
        for connection in self.connections:
            connection.close()


def driver(settings: ForwardInput, clock: Callable[[], float] | None = None, run: str = "run") -> Driver:
    """A source on loopback, and its loop."""
    problems: list[Problem] = []
    source = (
        ForwardSource(settings, problems.append, run=run)
        if clock is None
        else ForwardSource(settings, problems.append, clock, run)
    )
    return Driver(source, problems)
