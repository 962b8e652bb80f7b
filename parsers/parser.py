"""The way in: bytes of one source, in pieces of any size, become events.

    piece -> whole lines -> (wrapper off) -> stream -> Assembler -> EventBuilder -> Event

The same bytes give the same events however they are cut into pieces: everything is decided line by line.
"""

from dataclasses import dataclass
from datetime import tzinfo
from functools import lru_cache
from typing import Any, Generic, TypeVar

from parsers.assembler import Assembler
from parsers.block import Block, WrappedBlock
from parsers.events import OSLO_TEXT, EventBuilder, EventOptions
from parsers.formats import FORMATS
from parsers.json_lines import JsonRenderer, dumped
from parsers.limits import DEFAULT_LIMITS, Limits
from parsers.model import Event, Line, Quality
from parsers.open_records import AnyRecord
from parsers.oslo_profile import Profile
from parsers.oslo_profiles import PROFILES
from parsers.registry import FormatSet
from parsers.unwrapping import PLAIN, Stream, Unwrapper, cleaned, described, is_wrapped

Output = TypeVar("Output")

_PIECE = 1 << 16
"""Bytes taken at once: enough that the work per piece does not count, little enough that open records hold little memory."""


@dataclass(frozen=True, slots=True)
class ParserOptions:
    """How a source is read and its events are made.

    `zone`: of times that tell none; None takes it from the difference to the container runtime's time, else UTC.
    `service`: `service.name` of all events; None derives it from the logger. `profiles`: the operator's own oslo format
    strings, tried before the built-in ones. `formats`: names of the only formats to try ("oslo.text" for all oslo profiles).
    `masking`: hide passwords and tokens in messages. `raw`: add the original text as `log.record.original`. `file`: told as
    `source.file`. `year`: of times without one.
    """

    zone: tzinfo | None = None
    service: str | None = None
    profiles: tuple[Profile, ...] = ()
    formats: frozenset[str] | None = None
    masking: bool = True
    raw: bool = False
    file: str | None = None
    year: int | None = None
    limits: Limits = DEFAULT_LIMITS


def format_names() -> list[str]:
    """Names of all built-in formats, sorted."""
    return sorted([OSLO_TEXT, *(f.name for f in FORMATS)])


class _Source(Generic[Output]):
    """Reads one source. `offset` and `line` say where in the source the first byte stands, to go on where another stopped."""

    def __init__(self, options: ParserOptions | None = None, *, offset: int = 0, line: int = 1) -> None:
        self.options = options or ParserOptions()
        self.event_options = _event_options(self.options)
        self._build = EventBuilder(self.event_options)
        self._outputs: list[Output] = []
        self._formats = _format_set(self.options.formats, self.options.profiles)
        self._unwrapper = Unwrapper(self.options.limits)
        self._streams: dict[Stream, Assembler] = {}
        self._wrapped = False
        self._rest = b""
        self._offset = offset
        self._number = line
        self._now = 0.0

    def _assembler(self, resource: dict[str, str], attributes: dict[str, Any]) -> Assembler:
        """An assembler whose records become outputs, with what the wrappers of their stream tell."""
        raise NotImplementedError

    @property
    def position(self) -> tuple[int, int]:
        """Byte offset and line number before which everything has been given out as events."""
        places = [(self._offset, self._number), self._unwrapper.pending]
        places += [stream.pending for stream in self._streams.values()]
        return min(place for place in places if place is not None)

    def feed(self, data: bytes, now: float) -> list[Output]:
        """Take the next bytes, seen at `now` (seconds, any origin), and return the events that are whole."""
        self._now = now
        for start in range(0, len(data), _PIECE):
            self._take(self._rest + data[start : start + _PIECE])
        return self._taken()

    def expire(self, now: float) -> list[Output]:
        """Return the events to which nothing was added for a while."""
        self._now = now
        for stream in self._streams.values():
            stream.expire(now)
        return self._taken()

    def close(self) -> list[Output]:
        """Return all that is left: the source has ended."""
        if self._rest:
            rest, self._rest = self._rest, b""
            self._take_line(rest, len(rest), rest)
        for name, line in self._unwrapper.flush():
            self._stream(name).feed_line(line, self._now)
        for stream in self._streams.values():
            stream.close()
        return self._taken()

    def _taken(self) -> list[Output]:
        outputs = self._outputs.copy()
        self._outputs.clear()
        return outputs

    def _take(self, buffer: bytes) -> None:
        limit = self.options.limits.line_bytes
        while len(buffer) > limit and buffer.find(b"\n", 0, limit + 1) < 0:
            piece, buffer = buffer[:limit], buffer[limit:]
            self._take_line(piece, limit, piece, Quality.SIZE_LIMIT)
        end = buffer.rfind(b"\n") + 1
        self._rest = buffer[end:]
        text = buffer[:end]
        while text:
            text = text[self._take_lines(text) :]

    def _take_line(self, data: bytes, size: int, original: bytes, flag: str | None = None) -> None:
        """Take a line that is no whole one: the last one of the source, or a piece of one that is too long."""
        line = Line(data, self._offset, self._offset + size, self._number, None, original, flag)
        self._offset += size
        self._number += 0 if flag else 1
        self._feed_lines(line)

    def _take_lines(self, text: bytes) -> int:
        """Take lines from the begin of `text` in the way that fits the first of them; returns how many bytes."""
        if self._wrapped or b"\x1b" in text or b"\r\n" in text:
            return self._take_wrapped(text)
        taken, lines = self._stream(PLAIN).feed(Block(text, self._offset, self._number), self._now, is_wrapped)
        self._wrapped = taken < len(text)
        self._offset += taken
        self._number += lines
        return taken

    def _take_wrapped(self, text: bytes) -> int:
        """Take all lines one by one, runs of lines of one stream together."""
        run, name = WrappedBlock(), PLAIN
        position = 0
        while position < len(text):
            newline = text.index(b"\n", position)
            line = Line(text[position:newline], self._offset, self._offset + newline + 1 - position, self._number)
            self._offset, self._number, position = line.end, line.number + 1, newline + 1
            for stream, inner in self._unwrapper.take(line):
                plain = cleaned(inner)
                if stream != name or plain.original is not None or plain.flag is not None:
                    self._feed_run(name, run)
                    run, name = WrappedBlock(), stream
                if plain.original is not None or plain.flag is not None:
                    self._stream(stream).feed_line(plain, self._now)
                else:
                    run.add(plain)
        self._feed_run(name, run)
        self._wrapped = self._wrapped or self._unwrapper.found
        return position

    def _feed_lines(self, line: Line) -> None:
        for stream, inner in self._unwrapper.take(line):
            self._stream(stream).feed_line(cleaned(inner), self._now)
        self._wrapped = self._wrapped or self._unwrapper.found

    def _feed_run(self, name: Stream, run: WrappedBlock) -> None:
        if run.parts:
            self._stream(name).feed(run, self._now)

    def _stream(self, name: Stream) -> Assembler:
        """The stream of that name, made when new; when there are too many, the one made first is ended."""
        stream = self._streams.get(name)
        if stream is None:
            if len(self._streams) >= self.options.limits.streams:
                self._streams.pop(next(iter(self._streams))).close()
            stream = self._streams[name] = self._assembler(*described(name))
        return stream


class Parser(_Source[Event]):
    """Reads one source and makes events."""

    def _assembler(self, resource: dict[str, str], attributes: dict[str, Any]) -> Assembler:
        def emit(record: AnyRecord) -> None:
            self._outputs.append(self._build(record, resource, attributes))

        return Assembler(self._formats, self.options.limits, emit)


class JsonParser(_Source[bytes]):
    """Reads one source and makes events as JSON, one line each, without newline: what orjson would make of Parser's."""

    def _assembler(self, resource: dict[str, str], attributes: dict[str, Any]) -> Assembler:
        def emit(record: AnyRecord) -> None:
            self._outputs.append(dumped(self._build(record, resource, attributes)))

        def render(profile: Profile) -> JsonRenderer:
            return JsonRenderer(self.event_options, profile, resource, attributes)

        # With `raw` every event has its text, and none is ordinary.
        rendering = None if self.options.raw else render
        return Assembler(self._formats, self.options.limits, emit, self._outputs.append, rendering)


def _event_options(options: ParserOptions) -> EventOptions:
    return EventOptions(options.zone, options.year, options.service, options.file, options.masking, options.raw)


@lru_cache(maxsize=8)
def _format_set(wanted: frozenset[str] | None, own: tuple[Profile, ...]) -> FormatSet:
    """The formats in use. Made once for all sources that are read alike: it takes a millisecond and 30 KB."""
    formats = [f for f in FORMATS if wanted is None or f.name in wanted]
    profiles = (*own, *PROFILES) if wanted is None or OSLO_TEXT in wanted else own
    return FormatSet(formats, profiles)
