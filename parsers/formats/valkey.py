"""Valkey and Redis: `1:M 01 Jan 2024 00:00:00.000 * msg`.

Source: `serverLogRaw` in `src/server.c`. The year is missing before Redis 4.
"""

import re
from typing import ClassVar

from parsers.formats.headed import CLOCK, DIGITS, MONTH, Headed, whole, word
from parsers.model import Fields
from parsers.timestamps import from_clf, from_syslog

_LEVELS = {".": "debug", "-": "verbose", "*": "notice", "#": "warning"}
"""The marks, by the names that `loglevel` in the configuration has for them."""

_ROLES = {"X": "sentinel", "C": "child", "S": "replica", "M": "primary"}


class _Valkey(Headed):
    """The picture at the start and the report of a crash are bare lines, indented or between rulers."""

    name = "valkey"
    starts = DIGITS
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(
        rb"(?P<pid>[0-9]{1,10}):(?P<role>[XCSM]) (?P<day>[0-9]{2}) (?P<month>" + MONTH + rb") (?:(?P<year>[0-9]{4}) )?"
        rb"(?P<clock>" + CLOCK + rb"\.[0-9]{3}) (?P<level>[.*#-]) (?P<text>.*)"
    )
    more = re.compile(rb"[ \t]|=== |------ ")

    def read(self, head: re.Match[bytes]) -> Fields:
        day, month, year, clock = (word(head, group) for group in ("day", "month", "year", "clock"))
        return Fields(
            time=from_clf(f"{day}/{month}/{year}:{clock}") if year else from_syslog(f"{month} {day} {clock}"),
            severity_text=_LEVELS[head["level"].decode()],
            attributes={"process.pid": whole(head, "pid"), "valkey.role": _ROLES[head["role"].decode()]},
        )


VALKEY = _Valkey()
