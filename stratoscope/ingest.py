"""The loop of `run`: new bytes of files -> a parser per file -> events and read positions into the store, together.

It knows neither the clock nor signals: `now` and whether to stop are arguments.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from collectors.model import Chunk, Position
from parsers.model import Event
from stratoscope.metrics import Telemetry
from stratoscope.store.records import Progress, Stored

BATCH = 5000
"""Events per transaction: enough that the commit costs little of it, few enough that a crash repeats little."""
STREAM_MARK = "#"
"""Stands in the identity of what cannot be read on, and in no other."""


class Source(Protocol):
    """What is read, as `collectors.files.source.FileSource`."""

    def poll(self) -> Iterator[Chunk]:
        """What is new now; does not wait."""


class Parser(Protocol):
    """What makes events of bytes, as `parsers.parser.Parser`."""

    def feed(self, data: bytes, now: float) -> list[Event]:
        """The events that are complete now."""

    def expire(self, now: float) -> list[Event]:
        """The events that became complete because nothing more came for a while."""

    def close(self) -> list[Event]:
        """The events still open; nothing more comes."""

    @property
    def position(self) -> tuple[int, int]:
        """Byte offset and line number: all before it has been given out."""


class Sink(Protocol):
    """What takes events and positions, all or nothing."""

    def store(self, batch: list[Progress], now: float) -> Stored:
        """Returns once both are safe."""


MakeParser = Callable[[str, int, int], Parser]
"""A parser for the file of this path, from this byte offset and line number on."""


@dataclass(slots=True)
class _File:
    path: str
    parser: Parser
    events: list[Event]
    ended: bool = False


class Ingest:
    """Reads a source into a sink. `added` and `repeated` count events, `files_seen` files, since the start."""

    def __init__(self, source: Source, make_parser: MakeParser, sink: Sink, telemetry: Telemetry, run: str) -> None:
        """`run`: a name of this start. Standard input has no identity, and the same offsets the next time."""
        self._run = run
        self._source = source
        self._make_parser = make_parser
        self._sink = sink
        self._telemetry = telemetry
        self._files: dict[str, _File] = {}
        self._waiting = 0
        self.files_seen = 0
        self.added = 0
        self.repeated = 0

    def step(self, now: float, stop: Callable[[], bool]) -> bool:
        """Read and store what is new now. False if there was nothing to read. Raises what the sink raises."""
        moved = False
        for chunk in self._source.poll():
            moved = True
            self._feed(chunk, now)
            if self._waiting >= BATCH:
                self._store(now)
            if stop():
                break
        for file in self._files.values():
            if not file.ended:
                self._take(file, file.parser.expire(now))
        self._store(now)
        return moved

    def finish(self, now: float) -> None:
        """Nothing more comes: store the records that are still open. A `run` that is stopped reads them again instead."""
        for file in self._files.values():
            if not file.ended:
                self._take(file, file.parser.close())
                file.ended = True
        self._store(now)

    def _feed(self, chunk: Chunk, now: float) -> None:
        identity = f"{chunk.path}{STREAM_MARK}{self._run}" if chunk.identity == chunk.path else chunk.identity
        file = self._files.get(identity)
        if file is None:
            file = _File(chunk.path, self._make_parser(chunk.path, chunk.offset, chunk.line), [])
            self._files[identity] = file
            self.files_seen += 1
        self._telemetry.read(len(chunk.data))
        self._take(file, file.parser.feed(chunk.data, now))
        if chunk.ended:
            self._take(file, file.parser.close())
            file.ended = True

    def _take(self, file: _File, events: list[Event]) -> None:
        file.events += events
        self._waiting += len(events)

    def _store(self, now: float) -> None:
        """Hand over what is complete, with the positions behind it; a file that gave nothing keeps its old position."""
        touched = {identity: file for identity, file in self._files.items() if file.events or file.ended}
        if not touched:
            return
        batch = [
            Progress(identity, Position(*file.parser.position, file.path), file.events) for identity, file in touched.items()
        ]
        stored = self._sink.store(batch, now)
        self.added += stored.added
        self.repeated += stored.repeated
        self._waiting = 0
        self._telemetry.stored(batch, stored)
        for identity, file in touched.items():
            file.events = []
            if file.ended:
                del self._files[identity]
        self._telemetry.open_files = len(self._files)
