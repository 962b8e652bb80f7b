"""Go's standard `log` package, and lego (certificates by ACME) on top of it.

    2024/01/01 00:00:00 [INFO] [example.com] acme: Obtaining bundled SAN certificate

Others that begin by the same date have a bracket or a program's name after it.
"""

import re
from typing import ClassVar

from parsers.formats.headed import DIGITS, Headed, word
from parsers.model import Fields

_TIME = (
    rb"(?P<year>[0-9]{4})/(?P<month>[0-9]{2})/(?P<day>[0-9]{2}) "
    rb"(?P<clock>[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{6})?) "
)


class _Go(Headed):
    """`log.Printf`: date and time, in local time, then whatever. Not nginx's `[error] 7#7:`, not socat's `socat[1]`."""

    name = "go.log"
    starts = DIGITS
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(_TIME + rb"(?!\[|socat\[)(?P<text>.*)")

    def read(self, head: re.Match[bytes]) -> Fields:
        return Fields(time=f"{word(head, 'year')}-{word(head, 'month')}-{word(head, 'day')}T{word(head, 'clock')}")


class _Lego(_Go):
    """lego adds a level."""

    name = "lego"
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(_TIME + rb"\[(?P<level>INFO|WARN|ERROR|FATAL)\] (?P<text>.*)")

    def read(self, head: re.Match[bytes]) -> Fields:
        fields = super().read(head)
        fields.severity_text = word(head, "level")
        return fields


GO_LOG = _Go()
LEGO = _Lego()
