"""Events, batches and doubles for the tests of the pipeline."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from collectors.model import Chunk, Position, Sent
from collectors.pipeline.batches import Batch, Moved
from parsers.model import Event


def event(number: int, size: int = 10, stream: str = "s") -> Event:
    """An event that stands at byte `number * size` of its stream."""
    return {
        "body": f"event {number}",
        "resource": {},
        "attributes": {"log.record.uid": f"{stream}:{number * size:x}"},
        "source": {"first_offset": number * size, "last_offset": number * size + size, "first_line": number + 1, "lines": 1},
    }


def moved(offset: int, stream: str = "s", source: str = "files") -> Moved:
    return Moved(source, stream, stream, Position(offset, 1, f"/var/log/{stream}.log"))


def batch(number: int, events: int = 2, weight: int = 1000, at: int | None = None) -> Batch:
    """Batch `number`; it moves stream s to `at`."""
    first = number * 100
    made = [event(first + one) for one in range(events)]
    return Batch(number, made, () if at is None else (moved(at),), weight, float(number))


class Told:
    """Happenings, remembered as (name, arguments)."""

    def __init__(self) -> None:
        self.all: list[tuple[str, tuple[Any, ...]]] = []

    def __getattr__(self, name: str) -> Any:
        def happen(*arguments: Any, **more: Any) -> None:
            self.all.append((name, (*arguments, *more.values())))

        return happen

    def of(self, name: str) -> list[tuple[Any, ...]]:
        """The arguments of each happening of that name."""
        return [arguments for one, arguments in self.all if one == name]


class Receipts:
    """Takes receipts of one outbox."""

    def __init__(self) -> None:
        self.numbers: list[int] = []

    def __call__(self, sink: str, number: int) -> None:
        self.numbers.append(number)


class ScriptedSink:
    """A sink that answers by a script: an exception is raised, anything else returned; at its end it takes everything."""

    name = "scripted"

    def __init__(self, *script: Any) -> None:
        self.script = list(script)
        self.sent: list[Sequence[Event]] = []
        self.closed = False

    def send(self, events: Sequence[Event], timeout: float) -> Sent:
        self.sent.append(events)
        answer = self.script.pop(0) if self.script else None
        if isinstance(answer, Exception):
            raise answer
        return answer if answer is not None else Sent(len(events))

    def close(self) -> None:
        self.closed = True


class ListSource:
    """A source that gives the chunks of one sweep after the other."""

    def __init__(self, *sweeps: list[Chunk]) -> None:
        self.sweeps = list(sweeps)
        self.committed: dict[str, Position] = {}
        self.closed = False

    def poll(self) -> Iterator[Chunk]:
        yield from self.sweeps.pop(0) if self.sweeps else []

    def done(self) -> bool:
        return not self.sweeps

    def streams(self) -> list[int]:
        return []

    def commit(self, positions: Mapping[str, Position]) -> None:
        self.committed.update(positions)

    def close(self) -> None:
        self.closed = True


def chunk(data: bytes, offset: int = 0, *, identity: str = "1-3-abc", path: str = "a.log", **more: Any) -> Chunk:
    return Chunk(path, identity, offset, 1 + offset, data, **more)


class LineParser:
    """An event for each line; a line that begins with `+` belongs to the one before, which stays open until the next head.

    A line `a|b` begins two events: it is torn.
    """

    def __init__(self, offset: int, line: int) -> None:
        self._offset, self._line, self._rest = offset, line, b""
        self._open: list[tuple[int, int, bytes]] = []

    @property
    def position(self) -> tuple[int, int]:
        return self._open[0][:2] if self._open else (self._offset, self._line)

    def feed(self, data: bytes, now: float) -> list[Event]:
        whole: list[Event] = []
        *lines, self._rest = (self._rest + data).split(b"\n")
        for text in lines:
            if not text.startswith(b"+"):
                whole += self.close()
            self._open.append((self._offset, self._line, text))
            self._offset, self._line = self._offset + len(text) + 1, self._line + 1
        return whole

    def expire(self, now: float) -> list[Event]:
        return self.close() if now >= 100 else []

    def close(self) -> list[Event]:
        if not self._open:
            return []
        offset, line, _ = self._open[0]
        text = b"\n".join(text for _, _, text in self._open).decode()
        end = offset + len(text) + 1
        self._open = []
        source = {"first_offset": offset, "last_offset": end, "first_line": line, "lines": 1}
        return [{"body": one, "resource": {}, "attributes": {}, "source": dict(source)} for one in text.split("|")]


def line_parser(made_of: Chunk) -> LineParser:
    return LineParser(made_of.offset, made_of.line)
