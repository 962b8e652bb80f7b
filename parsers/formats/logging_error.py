"""What `logging` prints to standard error when a record could not be logged, such as for wrong `%` arguments.

    --- Logging error ---
    Traceback (most recent call last):
    ...
    Call stack:
      File "/opt/app/emit.py", line 66, in <module>
        LOG.info('a %d b', 'x')
    Message: 'a %d b'
    Arguments: ('x',)

The record itself appears nowhere else, so `Message` is the event's body. Source: `logging.Handler.handleError`.
"""

import re
from enum import Enum
from typing import ClassVar

from parsers.formats.base import Format, joined
from parsers.formats.python_traceback import SEVERITY_ERROR
from parsers.model import Fields, Record, decode
from parsers.tracebacks import Follower, unescaped

_STACK = b"Call stack:"
# Where logging knows no stack it says `Logged from file emit.py, line 66`.
_MESSAGE = re.compile(rb"Message: |Logged from file ")
_ARGUMENTS = b"Arguments: "
# In place of Message and Arguments, when their repr() fails too; the next line is the last.
_UNPRINTABLE = b"Unable to print the message and arguments - possible formatting error."
_REPR_LINES = 64
"""How many lines the repr of a message or of arguments may have."""

_TRACE = re.compile(r"--- Logging error ---\n((?s:.*?))(?:\n(?:Call stack:|Logged from file |Message: )|\Z)")
_SAID = re.compile(r"^Message: ((?s:.*?))(?:\nArguments: |\Z)", re.MULTILINE)
_QUOTED = re.compile(r"""(['"])((?s:.*))\1""")


class _Part(Enum):
    TRACE = "traceback"
    STACK = "call stack"
    MESSAGE = "message"
    ARGUMENTS = "arguments"
    LAST = "one more line"
    DONE = "nothing more"


class _Place:
    """Where in the report its last line stood."""

    __slots__ = ("closing", "follower", "part", "taken")

    def __init__(self, opener: bytes) -> None:
        self.part = _Part.TRACE
        self.follower = Follower(opener)
        self.closing = b""
        self.taken = 0

    def enter(self, part: _Part) -> bool:
        self.part, self.taken = part, 0
        return True


class _LoggingError(Format):
    """One report, which ends with its arguments."""

    name = "python.logging_error"
    starts = b"-"
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(rb"--- Logging error ---\Z")

    def begin(self, line: bytes) -> _Place:
        return _Place(line)

    def continues(self, record: Record, line: bytes) -> bool:
        place: _Place = record.state
        if place.part in {_Part.TRACE, _Part.STACK}:
            return _before_message(place, line)
        if place.part is _Part.MESSAGE and line.startswith(_ARGUMENTS):
            return _begin_arguments(place, line)
        if place.part is _Part.LAST:
            return place.enter(_Part.DONE)
        return place.part is not _Part.DONE and _in_repr(place, line)

    def fields(self, record: Record) -> Fields:
        text = decode(joined(record.lines))
        said, trace = _SAID.search(text), _TRACE.match(text)
        body = f"Logging error: {_text_of(said[1])}" if said else "Logging error"
        return Fields(body=body, severity_number=SEVERITY_ERROR, traceback=trace[1] if trace and trace[1] else None)


def _before_message(place: _Place, line: bytes) -> bool:
    if line == _UNPRINTABLE:
        return place.enter(_Part.LAST)
    if _MESSAGE.match(line):
        return place.enter(_Part.MESSAGE)
    if line == _STACK:
        return place.enter(_Part.STACK)
    return place.follower.takes(line) if place.part is _Part.TRACE else line.startswith(b"  ")


def _begin_arguments(place: _Place, line: bytes) -> bool:
    """Arguments are a tuple or a mapping; what they hold can print itself in several lines."""
    opening = line[len(_ARGUMENTS) :][:1]
    place.closing = {b"(": b")", b"{": b"}"}.get(opening, b"")
    return place.enter(_Part.DONE if line.endswith(place.closing) else _Part.ARGUMENTS)


def _in_repr(place: _Place, line: bytes) -> bool:
    place.taken += 1
    if place.part is _Part.ARGUMENTS and line.endswith(place.closing):
        place.part = _Part.DONE
    elif place.part is _Part.MESSAGE and line.startswith(b"Message: "):
        place.taken = 0  # after `Logged from file ...`
    return place.taken <= _REPR_LINES


def _text_of(printed: str) -> str:
    """The message, where its repr is that of a text; else the repr."""
    quoted = _QUOTED.fullmatch(printed)
    return unescaped(quoted[2]) if quoted else printed


LOGGING_ERROR = _LoggingError()
