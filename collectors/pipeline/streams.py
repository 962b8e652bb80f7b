"""Chunks become events: a parser per stream, and on each event what the stream knows of it. Pure.

Every event gets `log.record.uid` (see `collectors.ids`): the same text read again has the same ids, so repeats can be told.
Two events that begin in one torn line have the same offset; the second one's id ends in `.1`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from collectors.ids import Ids
from collectors.model import Chunk, Position
from collectors.pipeline.batches import Moved
from parsers.model import Event

STREAM_MARK = "#"
"""Stands in the name of a stream that cannot be read again, and in no other."""

IDLE_PARSERS = 128
"""Parsers kept of streams that have nothing open; one takes 40 KB. Another is made when the stream goes on."""


class Parser(Protocol):
    """What makes events of bytes, as `parsers.parser.Parser`."""

    def feed(self, data: bytes, now: float) -> list[Event]:
        """The events that are whole now."""

    def expire(self, now: float) -> list[Event]:
        """The events to which nothing was added for a while."""

    def close(self) -> list[Event]:
        """The events still open; nothing more comes."""

    @property
    def position(self) -> tuple[int, int]:
        """Byte offset and line number: all before it has been given out."""


MakeParser = Callable[[Chunk], Parser]
"""A parser for the stream of this chunk, from its offset and line on."""


@dataclass(slots=True)
class _Stream:
    """`end` is where the next chunk must begin. `begun` counts the events at each offset: a torn line begins two."""

    source: str
    name: str
    ids: Ids
    parser: Parser
    end: int
    position: Position
    resource: Mapping[str, str]
    begun: dict[int, int] = field(default_factory=dict)

    def open(self) -> bool:
        """Whether something was read that was not given out."""
        return self.position.offset < self.end


class Streams:
    """The parsers of all streams. `run`: a name of this start; standard input has the same offsets the next time."""

    def __init__(self, make_parser: MakeParser, run: str, idle: int = IDLE_PARSERS) -> None:
        self.make_parser = make_parser
        self._run = run
        self._idle_parsers = idle
        self._open: dict[tuple[str, str], _Stream] = {}
        self._idle: dict[tuple[str, str], _Stream] = {}  # the one that was quiet the longest first
        self._moved: dict[tuple[str, str], Moved] = {}
        self._begun: list[Moved] = []
        self.seen = 0
        """Streams begun since the start."""

    def __len__(self) -> int:
        return len(self._open) + len(self._idle)

    @property
    def unfinished(self) -> int:
        """Streams that have an open record."""
        return len(self._open)

    @property
    def has_moved(self) -> bool:
        """Whether `moved` has something to tell."""
        return bool(self._moved)

    def unfinished_bytes(self) -> int:
        """Bytes read that are no event yet."""
        return sum(stream.end - stream.position.offset for stream in self._open.values())

    def feed(self, source: str, chunk: Chunk, now: float, observed: str) -> list[Event]:
        """The events that are whole now. `observed`: the time for `observed_timestamp`."""
        key = source, chunk.identity
        stream = self._open.pop(key, None) or self._idle.pop(key, None)
        events: list[Event] = []
        if stream is not None and stream.end != chunk.offset:
            events = self._stamped(stream, stream.parser.close(), observed)  # a part is missing, or it begins anew
            stream = None
        if stream is None:
            stream = self._begin(source, chunk)
        stream.ids.saw(chunk)
        stream.end += len(chunk.data)
        if chunk.data:
            events += self._stamped(stream, stream.parser.feed(chunk.data, now), observed)
        if chunk.ended:
            events += self._stamped(stream, stream.parser.close(), observed)
        self._put_back(key, stream, ended=chunk.ended)
        return events

    def expire(self, now: float, observed: str) -> list[Event]:
        """The events to which nothing was added for a while."""
        events: list[Event] = []
        for key, stream in list(self._open.items()):
            whole = self._stamped(stream, stream.parser.expire(now), observed)
            if whole:
                events += whole
                del self._open[key]
                self._put_back(key, stream)
        return events

    def close(self, observed: str) -> list[Event]:
        """The events still open in streams that cannot be read again; the records of the others are read again, whole."""
        events: list[Event] = []
        for key, stream in list(self._open.items()):
            if STREAM_MARK in stream.name:
                events += self._stamped(stream, stream.parser.close(), observed)
                del self._open[key]
                self._put_back(key, stream, ended=True)
        return events

    def moved(self) -> list[Moved]:
        """The positions of the streams that came further since the last call: all before them has been given out."""
        moved = list(self._moved.values())
        self._moved.clear()
        return moved

    def begun(self) -> list[Moved]:
        """Where the streams begin that are new since the last call."""
        begun, self._begun = self._begun, []
        return begun

    def forget(self, source: str) -> dict[str, Position]:
        """Let go of the streams of a source that is taken away; how far each had been given out, by identity."""
        positions = {}
        for streams in (self._open, self._idle):
            for key in [key for key in streams if key[0] == source]:
                positions[key[1]] = streams.pop(key).position
        return positions

    def _begin(self, source: str, chunk: Chunk) -> _Stream:
        self.seen += 1
        name = f"{chunk.path}{STREAM_MARK}{self._run}" if chunk.identity == chunk.path else chunk.identity
        position = Position(chunk.offset, chunk.line, chunk.path)
        self._begun.append(Moved(source, chunk.identity, name, position))
        return _Stream(source, name, Ids(name), self.make_parser(chunk), chunk.offset, position, chunk.resource)

    def _put_back(self, key: tuple[str, str], stream: _Stream, *, ended: bool = False) -> None:
        offset, line = stream.parser.position
        if offset != stream.position.offset:
            stream.position = Position(offset, line, stream.position.path)
            stream.ids.passed(offset)
            stream.begun = {begun: count for begun, count in stream.begun.items() if begun >= offset}
            self._moved[key] = Moved(stream.source, key[1], stream.name, stream.position)
        if ended:
            return
        if stream.open():
            self._open[key] = stream
            return
        self._idle[key] = stream
        if len(self._idle) > self._idle_parsers:
            del self._idle[next(iter(self._idle))]

    def _stamped(self, stream: _Stream, events: list[Event], observed: str) -> list[Event]:
        ids, resource, begun = stream.ids, stream.resource, stream.begun
        for event in events:
            offset = event["source"]["first_offset"]
            count = begun[offset] = begun.get(offset, -1) + 1
            uid = ids.of(offset)
            event["attributes"]["log.record.uid"] = f"{uid}.{count}" if count else uid
            event["observed_timestamp"] = observed
            if resource:
                event["resource"] = {**resource, **event["resource"]}
        return events


def rfc3339(wall: float) -> str:
    """The text of a moment (epoch seconds)."""
    return datetime.fromtimestamp(wall, UTC).isoformat().replace("+00:00", "Z")
