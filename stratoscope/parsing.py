"""Chunks of inputs become written events: a parser per input, a selection, the writer. Knows neither clock nor signals."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Generic, Protocol, TypeVar

from collectors.model import Chunk
from parsers.model import Event
from stratoscope.filters import Filter
from stratoscope.output import ORIGINAL

Output = TypeVar("Output")


class Parser(Protocol[Output]):
    """What makes events of bytes, as `parsers.parser.Parser`, or their JSON, as JsonParser."""

    def feed(self, data: bytes, now: float) -> list[Output]:
        """The events that are whole now."""

    def expire(self, now: float) -> list[Output]:
        """The events to which nothing was added for a while."""

    def close(self) -> list[Output]:
        """The events still open; nothing more comes."""


class Selection:
    """Which events are wanted, and what is still to be done with them.

    `drop_original`: the events carry their original text only for the filters. `observed`: tell when an event was read.
    """

    def __init__(self, filters: list[Filter], *, drop_original: bool = False, observed: bool = False) -> None:
        self._filters = filters
        self._drop_original = drop_original
        self._observed = observed

    def __call__(self, events: list[Event], now: float) -> list[Event]:
        """The wanted ones of events read at `now` (epoch seconds)."""
        wanted = [event for event in events if all(one(event) for one in self._filters)]
        for event in wanted:
            if self._drop_original:
                del event["attributes"][ORIGINAL]
            if self._observed:
                event["observed_timestamp"] = datetime.fromtimestamp(now, UTC).isoformat().replace("+00:00", "Z")
        return wanted


class Parsing(Generic[Output]):
    """Feeds chunks to parsers, and what comes out and is selected to `write`. `matched` tells whether anything was written."""

    def __init__(
        self,
        make_parser: Callable[[str, int, int], Parser[Output]],
        write: Callable[[list[Output]], None],
        select: Callable[[list[Output], float], list[Output]] | None = None,
    ) -> None:
        self._make_parser = make_parser
        self._write = write
        self._select = select
        self._parsers: dict[str, Parser[Output]] = {}
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

    def _emit(self, events: list[Output], now: float) -> None:
        if self._select is not None:
            events = self._select(events, now)
        if events:
            self.matched = True
            self._write(events)
