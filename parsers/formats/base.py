"""What a log format is: how its first line looks, which further lines belong to it, and what it says.

A format knows single lines and one record at a time. Which records are open, in what order they end and what bounds them
is the assembler's business.
"""

import re
from abc import ABC, abstractmethod
from typing import ClassVar

from parsers.model import Fields, Line, Record


class Format(ABC):
    """One log format. Instances hold no state of a stream; they stand in the literal table `parsers.formats.FORMATS`.

    `starts` holds the bytes that a first line can begin with (b"" for any): a cheap filter before `pattern`.
    `strong` formats are known by a time or another unmistakable shape, and are tried on every line. The others are only
    tried on a line that no open record wants, as `<27 new client connection` may well be the second line of a message.
    """

    name: ClassVar[str]
    starts: ClassVar[bytes] = b""
    strong: ClassVar[bool] = True
    pattern: ClassVar[re.Pattern[bytes]]

    def opens(self, line: bytes) -> bool:
        """Whether `line` is the first line of a record of this format."""
        return self.pattern.match(line) is not None

    def begin(self, line: bytes) -> object:  # noqa: ARG002  the block grammars read it
        """The `Record.state` of a record that `line` opens."""
        return None

    def continues(self, record: Record, line: bytes) -> bool:  # noqa: ARG002  most formats are one line each
        """Whether `line`, which comes next on the stream, belongs to the open `record`. May move `record.state` on."""
        return False

    def claims(self, record: Record, line: bytes) -> bool:  # noqa: ARG002
        """Whether `line` belongs to `record` although a format's first line looks the same (a repeated prefix)."""
        return False

    @abstractmethod
    def fields(self, record: Record) -> Fields:
        """What a whole record says."""


def joined(lines: list[Line]) -> bytes:
    """The text of lines, with the newlines between them."""
    return b"\n".join(line.data for line in lines)
