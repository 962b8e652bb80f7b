"""Our side of a hop, as a process: source -> (parser) -> sink, and a loop around them as the pipeline has one.

python -m benchmarks.forward.ours LISTEN ADDRESS WHAT       WHAT: in, lines, gzip or events
"""

import select
import sys
from collections.abc import Callable, Iterable

from collectors.forward.client import ForwardSink
from collectors.forward.server import ForwardSource
from collectors.forward.settings import ForwardInput, ForwardOutput
from collectors.model import Chunk, Position
from parsers.model import Event
from parsers.parser import Parser

_BATCH = 1000
_TIMEOUT = 30.0
_RESOURCE = {"service.name": "nova-compute"}


def main(listen: str, address: str, what: str) -> None:
    """For ever."""
    source = ForwardSource(ForwardInput(listen=listen), lambda problem: sys.stderr.write(f"{problem}\n"))
    sink = ForwardSink("next", ForwardOutput(address=address, compress="gzip" if what == "gzip" else "none"))
    make = events_by_parser() if what == "events" else events_of_lines
    waiting: list[Event] = []
    while True:
        select.select(source.streams(), [], [], 1.0)
        safe = {}
        for chunk in source.poll():
            safe[chunk.identity] = Position(chunk.offset + len(chunk.data), 1, chunk.path)
            if what != "in":
                waiting += make(chunk)
            while len(waiting) >= _BATCH:
                sink.send(waiting[:_BATCH], _TIMEOUT)
                del waiting[:_BATCH]
        if waiting:
            sink.send(waiting, _TIMEOUT)
            waiting.clear()
        source.commit(safe)


def events_of_lines(chunk: Chunk) -> Iterable[Event]:
    """A line as an event, with no thought given to it: what Fluent Bit does in a hop."""
    return [{"body": line, "resource": _RESOURCE} for line in chunk.data.decode("utf-8", "surrogateescape").splitlines()]


def events_by_parser() -> Callable[[Chunk], Iterable[Event]]:
    """What `collect` does."""
    parsers: dict[str, Parser] = {}

    def make(chunk: Chunk) -> Iterable[Event]:
        parser = parsers.setdefault(chunk.identity, Parser(offset=chunk.offset, line=chunk.line))
        return [*parser.feed(chunk.data, 0.0), *parser.expire(10.0)]

    return make


if __name__ == "__main__":
    main(*sys.argv[1:4])
