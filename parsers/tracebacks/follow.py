"""The grammar of raw tracebacks one line at a time, for streams where a traceback has no prefix to hold it together."""

import re
from enum import Enum

_HEADER = rb"(?:Exception Group )?Traceback \(most recent call last\):"
_PREAMBLE = rb"(?:Exception (?:in thread|ignored)|Unhandled exception in thread started by) .*"
_TOP = re.compile(rb"  \+ " + _HEADER)
_PLAIN = re.compile(_HEADER)
_IGNORED = re.compile(rb"Exception [\w.]++: .* ignored")

OPENER = re.compile(rb"(?:  \+ )?" + _HEADER + rb"\Z|" + _PREAMBLE + rb"\Z|" + _IGNORED.pattern + rb"\Z")
"""The first line of a raw traceback."""

_FRAME = re.compile(rb'  (?:File "|\[Previous line repeated )|    |\Z')
_EXCEPTION = re.compile(rb"[A-Za-z_\x80-\xff][\w\x80-\xff-]*+(?>(?:\.[\w<>\x80-\xff-]++)*)(?:: .*|:?\Z)")
_LINK = re.compile(
    rb"During handling of the above exception, another exception occurred:\Z"
    rb"|The above exception was the direct cause of the following exception:\Z"
)
_MARGIN = re.compile(rb" +[|+]")
_AFTERMATH = re.compile(rb"Removing descriptor: \d+\Z|Logged from file .*, line \d+\Z")

TAIL_LINES = 256
"""How many lines after an exception line can be more of its message. Nothing in them tells where it ends."""


class _State(Enum):
    BEFORE = "above a header, below `Exception in thread ...:`"
    FRAMES = "below a header"
    MESSAGE = "below an exception line"
    LINKED = "below a linking sentence"
    GROUP = "inside of the margins of an exception group"
    DONE = "nothing can follow"


class Follower:
    """Says of each next line whether it belongs to the traceback that `opener` began (`OPENER`, or a line above a header)."""

    __slots__ = ("_remote", "_state", "_tail")

    def __init__(self, opener: bytes) -> None:
        self._tail = 0
        self._remote = False
        self._state = _State.BEFORE
        if _PLAIN.fullmatch(opener):
            self._state = _State.FRAMES
        elif _TOP.fullmatch(opener):
            self._state = _State.GROUP
        elif _IGNORED.fullmatch(opener):
            self._state = _State.DONE

    def takes(self, line: bytes) -> bool:
        """Whether `line` goes on the traceback. Moves on if so."""
        if self._state is _State.DONE:
            return False
        if self._state in {_State.MESSAGE, _State.GROUP}:
            return self._after_exception(line)
        if self._state is _State.FRAMES and _FRAME.match(line):
            return True
        return self._before_exception(line)

    def _before_exception(self, line: bytes) -> bool:
        if self._state is not _State.FRAMES and _PLAIN.fullmatch(line):
            self._state = _State.FRAMES
        elif self._state is not _State.FRAMES and _TOP.fullmatch(line):
            self._state = _State.GROUP
        elif _EXCEPTION.match(line):
            # A rebuilt remote exception has a traceback in its message: `InstanceNotFound_Remote: ...`.
            self._remote = b"_Remote" in line.partition(b":")[0]
            self._state, self._tail = _State.MESSAGE, 0
        else:
            return self._state is _State.LINKED and self._beyond_link(line)
        return True

    def _beyond_link(self, line: bytes) -> bool:
        """The sentence was no link but part of the message, unless a blank line follows."""
        if line:
            self._state = _State.MESSAGE
        return True

    def _after_exception(self, line: bytes) -> bool:
        if _LINK.match(line):
            self._state = _State.LINKED
        elif _AFTERMATH.match(line):
            self._state = _State.DONE
        elif OPENER.match(line) and not self._remote:
            return False
        elif not (_FRAME.match(line) if self._remote else self._state is _State.GROUP and _MARGIN.match(line)):
            self._tail += 1
            return self._tail <= TAIL_LINES
        return True
