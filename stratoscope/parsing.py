"""Chunks of inputs become written events: a parser per input, the filters, the writer. Knows neither clock nor signals."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

from collectors.reader import Chunk
from parsers.model import Event
from stratoscope.filters import Filter
from stratoscope.output import ORIGINAL


class Parser(Protocol):
    """What makes events of bytes, as `parsers.parser.Parser`."""

    def feed(self, data: bytes, now: float) -> list[Event]:
        """The events that are whole now."""

    def expire(self, now: float) -> list[Event]:
        """The events to which nothing was added for a while."""

    def close(self) -> list[Event]:
        """The events still open; nothing more comes."""


MakeParser = Callable[[str, int, int], Parser]
"""A parser for the input of this path, from this byte offset and line number on."""


class Parsing:
    """Feeds chunks to parsers, and what comes out to `write`. `matched` tells whether anything was written.

    `drop_original`: the events carry their original text only for the filters. `observed`: tell when an event was read.
    """

    def __init__(
        self,
        make_parser: MakeParser,
        write: Callable[[list[Event]], None],
        filters: list[Filter],
        *,
        drop_original: bool = False,
        observed: bool = False,
    ) -> None:
        self._make_parser = make_parser
        self._write = write
        self._filters = filters
        self._drop_original = drop_original
        self._observed = observed
        self._plain = not (filters or drop_original or observed)
        self._parsers: dict[str, Parser] = {}
        self.matched = False

    def take(self, chunk: Chunk, now: float) -> None:
        """Parse a chunk, read at `now` (epoch seconds), and write the events that are whole."""
        parser = self._parsers.get(chunk.identity)
        if parser is None:
            parser = self._parsers[chunk.identity] = self._make_parser(chunk.path, chunk.offset, chunk.line)
        self._emit(parser.feed(chunk.data, now), now)
        if chunk.ended:
            del self._parsers[chunk.identity]
            self._emit(parser.close(), now)

    def expire(self, now: float) -> None:
        """Write the events to which nothing was added for a while."""
        for parser in self._parsers.values():
            self._emit(parser.expire(now), now)

    def close(self, now: float) -> None:
        """Write what is still open."""
        for parser in self._parsers.values():
            self._emit(parser.close(), now)
        self._parsers.clear()

    def _emit(self, events: list[Event], now: float) -> None:
        if not self._plain:
            events = self._wanted(events, now)
        if events:
            self.matched = True
            self._write(events)

    def _wanted(self, events: list[Event], now: float) -> list[Event]:
        wanted = [event for event in events if all(one(event) for one in self._filters)]
        for event in wanted:
            if self._drop_original:
                del event["attributes"][ORIGINAL]
            if self._observed:
                event["observed_timestamp"] = datetime.fromtimestamp(now, UTC).isoformat().replace("+00:00", "Z")
        return wanted
