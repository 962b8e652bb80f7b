"""Django, and so horizon: the format strings that projects ship, and the bare messages of `logging`'s last resort.

horizon's own lines (kolla, openstack-helm) have comma milliseconds, pid, level and logger: `%(asctime)s %(process)d
%(levelname)s %(name)s %(message)s`. The traceback of a view follows its head without any prefix.
"""

import re
from typing import Any, ClassVar

from parsers.formats.base import Format, joined
from parsers.formats.headed import DIGITS, MONTH, whole, word
from parsers.model import Fields, Line, Record, decode
from parsers.request_lines import http_attributes, severity_of
from parsers.timestamps import from_clf
from parsers.tracebacks import Follower
from parsers.tracebacks.follow import OPENER

_ISO = rb"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}(?:[,.][0-9]{3,6})?"
_CLF = rb"[0-9]{2}/" + MONTH + rb"/[0-9]{4} [0-9:]{8}(?:,[0-9]{3})?"
_LEVEL = rb"(?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL)"
_LOGGER = rb"(?P<logger>[A-Za-z_][\w.]{0,200})"
_PATH = re.compile(
    r"(?:Internal Server Error|Not Found|Bad Request|Forbidden|Method Not Allowed|Unauthorized|Gone|Service Unavailable)"
    r"(?: \([^)\n]{1,200}\))?: (?P<path>/\S*)(?=\n|\Z)"
)


class _Django(Format):
    """A head, indented lines, and one traceback below it. `Record.state` is the traceback's Follower once it has begun."""

    def continues(self, record: Record, line: bytes) -> bool:
        """A traceback right below the head, as far as it goes; before it, indented lines."""
        if record.state is not None:
            follower: Follower = record.state
            return follower.takes(line)
        if OPENER.match(line):
            record.state = Follower(line)
            return True
        return line.startswith((b" ", b"\t"))

    def fields(self, record: Record) -> Fields:
        """The body is the message without the traceback."""
        head = self.pattern.match(record.lines[0].data)
        if head is None:
            raise ValueError(f"{self.name} cannot begin with {record.lines[0].data[:80]!r}")
        at = next((i for i, line in enumerate(record.lines) if i and OPENER.match(line.data)), len(record.lines))
        fields = self.read(head)
        fields.body = _message(head["text"], record.lines[1:at])
        fields.traceback = decode(joined(record.lines[at:])) or None
        found = _PATH.match(fields.body)
        if found:
            fields.attributes["url.path"] = found["path"]
        return fields

    def read(self, head: re.Match[bytes]) -> Fields:
        """Time, level, logger and ids of a head."""
        named = head.re.groupindex
        time = decode(head["time"])
        found: dict[str, Any] = {
            "log.logger": word(head, "logger"),
            "process.pid": whole(head, "pid") if "pid" in named else None,
            "thread.id": whole(head, "thread") if "thread" in named else None,
            "code.line.number": whole(head, "line") if "line" in named else None,
        }
        attributes = {name: value for name, value in found.items() if value is not None}
        return Fields(time=from_clf(time) or time, severity_text=word(head, "level"), attributes=attributes)


def _message(first: bytes, rest: list[Line]) -> str:
    return decode(b"\n".join([first, *(line.data for line in rest)])).rstrip()


class _Horizon(_Django):
    """`2026-11-23 16:12:45,067 1236 ERROR django.request Internal Server Error: /boom/`. An oslo head has a bracket there."""

    name = "django.horizon"
    starts = DIGITS
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(
        rb"(?P<time>" + _ISO + rb") (?P<pid>[0-9]{1,10}) " + _LEVEL + rb" " + _LOGGER + rb" (?P<text>(?!\[).*)"
    )


class _Bracketed(_Django):
    """`[23/Nov/2026 16:12:45] ERROR django.request message`; some have `[logger:line]`."""

    name = "django.bracketed"
    starts = b"["
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(
        rb"\[(?P<time>" + _ISO + rb"|" + _CLF + rb")\] \[?" + _LEVEL + rb"\]? \[?" + _LOGGER
        + rb"(?::(?P<line>[0-9]{1,6}))?\]?:? (?P<text>.*)"
    )  # fmt: skip


class _Verbose(_Django):
    """`ERROR 2026-11-23 16:12:45,071 log 1236 139809916095360 message`: `verbose` of Django's documentation."""

    name = "django.verbose"
    starts = b"DIWEC"
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(
        _LEVEL + rb" (?P<time>" + _ISO + rb") " + _LOGGER + rb" (?P<pid>[0-9]{1,10}) (?P<thread>[0-9]{1,20}) (?P<text>.*)"
    )


class _Server(_Django):
    """`[23/Nov/2026 16:07:12,103] "GET / HTTP/1.1" 200 12`: `runserver`."""

    name = "django.server"
    starts = b"["
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(
        rb"\[(?P<time>" + _CLF + rb')\] (?P<text>".*" (?P<status>[0-9]{3}) (?:[0-9]+|-)$)'
    )

    def read(self, head: re.Match[bytes]) -> Fields:
        status = int(head["status"])
        return Fields(
            time=from_clf(decode(head["time"])),
            severity_number=severity_of(status),
            attributes=http_attributes(decode(head["text"])) or {"http.response.status_code": status},
        )


class _Bare(_Django):
    """`Internal Server Error: /boom/`: what `logging` prints where nobody has configured it."""

    name = "django.bare"
    starts = b"INBFMUGS"
    strong = False
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(rb"(?P<text>" + _PATH.pattern.encode() + rb")")

    def continues(self, record: Record, line: bytes) -> bool:
        """Not the next bare line, which a traceback would take for more of its message."""
        return not self.opens(line) and super().continues(record, line)

    def read(self, head: re.Match[bytes]) -> Fields:
        return Fields(severity_number=17 if head["text"].startswith((b"Internal", b"Service")) else 13)


DJANGO_HORIZON = _Horizon()
DJANGO_BRACKETED = _Bracketed()
DJANGO_VERBOSE = _Verbose()
DJANGO_SERVER = _Server()
DJANGO_BARE = _Bare()
