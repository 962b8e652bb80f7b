"""The common case: a first line that one pattern reads, and further lines that continue its message.

A format of this kind gives the pattern (with the message in its group `text`), `read`, and the rule for further lines.
"""

import re
from abc import abstractmethod
from typing import ClassVar

from parsers.formats.base import Format
from parsers.model import LONGEST_NUMBER, Fields, Line, Record, decode

DIGITS = b"0123456789"

MONTH = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
CLOCK = rb"[0-9]{2}:[0-9]{2}:[0-9]{2}"

INDENTED = re.compile(rb"[ \t]")
"""A line that does not stand alone. (Empty lines are kept with the record before them by whoever assembles records.)"""


class Headed(Format):
    """A format whose first line is read by `pattern`; lines that match `more` continue its message."""

    more: ClassVar[re.Pattern[bytes] | None] = None

    def continues(self, record: Record, line: bytes) -> bool:  # noqa: ARG002  one rule for every record of the format
        """Whether `line` has the shape of this format's further lines."""
        return self.more is not None and self.more.match(line) is not None

    def fields(self, record: Record) -> Fields:
        """What the first line says, the further lines being part of the message. ValueError where it is no first line."""
        head = self.pattern.match(record.lines[0].data)
        if head is None:
            raise ValueError(f"{self.name} cannot begin with {record.lines[0].data[:80]!r}")
        fields = self.read(head)
        fields.body = self.message(head, record.lines[1:])
        return fields

    def message(self, head: re.Match[bytes], rest: list[Line]) -> str:
        """The message: the group `text` and the further lines as they are, without blank lines around."""
        return decode(b"\n".join([head["text"], *(line.data for line in rest)])).strip("\n").rstrip()

    @abstractmethod
    def read(self, head: re.Match[bytes]) -> Fields:
        """What the first line says, except for the message."""


def word(head: re.Match[bytes], group: str) -> str | None:
    """The text of a group, None where it took no part in the match."""
    found: bytes | None = head[group]
    return None if found is None else decode(found)


def present(**values: object) -> dict[str, object]:
    """The values that are there, under their attribute names (`log__logger` is `log.logger`)."""
    return {name.replace("__", "."): value for name, value in values.items() if value is not None}


def whole(head: re.Match[bytes], group: str) -> int | None:
    """The number that a group holds; None where it took no part in the match, or fits in no integer of 64 bits."""
    found: bytes | None = head[group]
    return None if found is None or len(found) > LONGEST_NUMBER else int(found)
