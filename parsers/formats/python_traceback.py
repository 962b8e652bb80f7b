"""Raw tracebacks: what the interpreter, threads, destructors and eventlet's hub print to standard error, without any prefix.

The message of the exception can have any further lines, and nothing tells where it ends: up to `TAIL_LINES` of what comes next
on the stream is taken for it, unless it is the first line of a format that is known anywhere, or the next traceback.
"""

import re
from typing import ClassVar

from parsers.formats.base import Format, joined
from parsers.model import ExceptionInfo, Fields, Record, decode
from parsers.tracebacks import Follower, parse
from parsers.tracebacks.follow import OPENER

SEVERITY_ERROR = 17


class _PythonTraceback(Format):
    """A traceback with all that is chained to it. Weak: `Traceback (most recent call last):` stands in messages as well."""

    name = "python.traceback"
    starts = b"TEU "
    strong = False
    pattern: ClassVar[re.Pattern[bytes]] = OPENER

    def begin(self, line: bytes) -> Follower:
        return Follower(line)

    def continues(self, record: Record, line: bytes) -> bool:
        follower: Follower = record.state
        return follower.takes(line)

    def fields(self, record: Record) -> Fields:
        text = decode(joined(record.lines))
        return Fields(body=raised_text(text) or decode(record.lines[0].data), severity_number=SEVERITY_ERROR, traceback=text)


def raised_text(traceback: str) -> str | None:
    """`type: message` of the exception that was raised out, None where the traceback was cut before it."""
    parsed = parse(traceback)
    raised: ExceptionInfo | None = None if parsed.raised is None else parsed.exceptions[parsed.raised]
    if raised is None or not raised.type:
        return None
    return raised.printed


class _ThreadTraceback(_PythonTraceback):
    """The same, where the interpreter says whose traceback it is: no message has such a line, so it is known anywhere."""

    starts = b"E"
    strong = True
    pattern = re.compile(rb"Exception in thread .*:\Z|Exception ignored in: ")


PYTHON_TRACEBACK = _PythonTraceback()
THREAD_TRACEBACK = _ThreadTraceback()
