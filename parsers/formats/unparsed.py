"""The format of what no format knows: nothing is dropped, and the event says that it is not understood."""

import re

from parsers.formats.base import Format, joined
from parsers.model import Fields, Quality, Record, decode

_MOST_LINES = 256


class Unparsed(Format):
    """One line, with the indented lines after it: nearly everything that prints blocks indents their inner lines."""

    name = "unparsed"
    strong = False
    pattern = re.compile(rb"")

    def continues(self, record: Record, line: bytes) -> bool:
        """Indented lines belong to the line before them."""
        return line[:1] in {b" ", b"\t"} and len(record.lines) < _MOST_LINES

    def fields(self, record: Record) -> Fields:
        """The text as it is. The time of the wrapper, when there is one, is added by the event builder."""
        record.quality.add(Quality.UNPARSED)
        return Fields(body=decode(joined(record.lines)))


UNPARSED = Unparsed()
