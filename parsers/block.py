"""A run of whole lines of one stream, as one piece of bytes, and where each line stood in the source."""

from dataclasses import dataclass, field
from typing import ClassVar

from parsers.model import Line

Place = tuple[int, int, int, int, str | None]
"""Where lines stood: offset of the first byte, offset after the last, number of the first line, how many, wrapper's time."""


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines of a source without wrapper, each with its newline. `offset` and `number` belong to the first line.

    `plain` tells that positions in `text` are positions in the source, `offset` apart.
    """

    plain: ClassVar[bool] = True
    text: bytes
    offset: int
    number: int

    def place(self, start: int, end: int, index: int, count: int) -> Place:
        """Where the `count` lines from the `index`-th stood in the source; in `text` they are `text[start:end]`."""
        return self.offset + start, self.offset + end, self.number + index, count, None

    def line(self, start: int, end: int, index: int) -> Line:
        """The `index`-th line, which is `text[start:end]`, newline left out."""
        return Line(self.text[start:end], self.offset + start, self.offset + end + 1, self.number + index)


@dataclass(slots=True)
class WrappedBlock:
    """Lines that were taken out of a wrapper: positions in `text` are not positions in the source, so each has its place."""

    plain: ClassVar[bool] = False
    offset: ClassVar[int] = 0
    number: ClassVar[int] = 0
    parts: list[bytes] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    times: list[str | None] = field(default_factory=list)

    @property
    def text(self) -> bytes:
        """All lines, each with a newline."""
        return b"\n".join([*self.parts, b""])

    def add(self, line: Line) -> None:
        """Put a line at the end."""
        self.parts.append(line.data)
        self.starts.append(line.offset)
        self.ends.append(line.end)
        self.numbers.append(line.number)
        self.times.append(line.time)

    def place(self, _start: int, _end: int, index: int, count: int) -> Place:
        """Where the `count` lines from the `index`-th stood in the source."""
        return self.starts[index], self.ends[index + count - 1], self.numbers[index], count, self.times[index]

    def line(self, _start: int, _end: int, index: int) -> Line:
        """The `index`-th line, newline left out."""
        return Line(self.parts[index], self.starts[index], self.ends[index], self.numbers[index], self.times[index])


AnyBlock = Block | WrappedBlock
