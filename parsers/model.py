"""The values that flow through the parsers, each frozen or owned by one place.

    bytes -> Line -> Record -> Fields -> Event

A type on the left never refers to one on the right. Raw text stays `bytes` until `Fields`: positions in it are then byte
offsets, a multi-byte character cut in two can be joined again, and undecodable bytes are still there to be shown.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from parsers.formats.base import Format

Event = dict[str, Any]
"""One event as DESIGN's page on the event defines it: JSON-ready, absent fields left out."""


class Line(NamedTuple):
    """One line of a source, its wrapper (CRI, docker-json, syslog ...) taken off.

    `data` has no newline. `offset` and `end` are byte offsets of the physical line in the source (`end` is one past its
    newline), `number` counts physical lines from 1. `time` is what the wrapper said, ISO 8601, or None. `original` is the
    text with its newline as it stood in the source, where `data` is not just that (`flag` tells what was done, if it matters).
    A tuple, as there are many: a frozen dataclass takes four times as long to make.
    """

    data: bytes
    offset: int
    end: int
    number: int
    time: str | None = None
    original: bytes | None = None
    flag: str | None = None

    @property
    def text(self) -> bytes:
        """The line as it stood in the source, wrappers off, with its newline."""
        return self.data + b"\n" if self.original is None else self.original


@dataclass(slots=True)
class Record:
    """The lines that belong together, while they are collected and after; the records of oslo.log text have their own class.

    `state` belongs to the format: a block grammar keeps its position there. `quality` collects flags (see `Quality`).
    `blank` are empty lines that came after and mean nothing. `touched` is when a line was last added, in seconds.
    """

    format: "Format"
    lines: list[Line]
    state: Any = None
    quality: set[str] = field(default_factory=set)
    blank: list[Line] = field(default_factory=list)
    touched: float = 0.0
    closed: bool = False

    @property
    def offset(self) -> int:
        """Offset of the first byte in the source."""
        return self.lines[0].offset

    @property
    def number(self) -> int:
        """Number of the first line."""
        return self.lines[0].number

    @property
    def end(self) -> int:
        """Offset after the last byte."""
        return (self.blank or self.lines)[-1].end

    @property
    def count(self) -> int:
        """How many lines there are."""
        return len(self.lines) + len(self.blank)

    def flag(self, quality: str | None) -> None:
        """Add a word, if there is one, to `quality`."""
        if quality is not None:
            self.quality.add(quality)

    def original(self) -> bytes:
        """The bytes of all lines as they stood in the source, wrappers off."""
        return b"".join(line.text for line in (*self.lines, *self.blank))


@dataclass(slots=True)
class Fields:
    """What a format reads off a whole record. Everything is text as logged; the event builder normalises it.

    `time` is ISO 8601 (`2026-11-23T03:33:01.808`, with or without zone; a blank for the `T`, a comma for the dot and a
    missing fraction are all right; `--11-23T03:33:01` where the year is not logged). `traceback` is the text as CPython
    printed it, prefixes removed. `severity_number` is only set where `severity.number_of(severity_text)` cannot know it.
    """

    body: str = ""
    time: str | None = None
    severity_text: str | None = None
    severity_number: int | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    resource: dict[str, str] = field(default_factory=dict)
    traceback: str | None = None
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of a printed traceback.

    `module` is the dotted name made from `file` (`/…/site-packages/nova/compute/manager.py` -> `nova.compute.manager`),
    None where the path tells nothing. `code` is the source line as printed, stripped, None where none was printed.
    `in_app` says that the module belongs to an OpenStack project, not to a library.
    """

    file: str
    line: int | None
    function: str | None
    module: str | None
    code: str | None
    in_app: bool


@dataclass(frozen=True, slots=True)
class ExceptionInfo:
    """One exception of a printed chain.

    `link` tells how it hangs on the chain: `root` (nothing before it), `cause` (it was raised `from` the one before),
    `context` (it came up while the one before was handled), `group` (a member of an exception group), `remote` (it was
    raised in another process and came as text inside the one that stands before it). `truncated` is set when its last
    line, the one with the type, is missing; `type` is then "".
    """

    type: str
    message: str
    link: str
    frames: tuple[Frame, ...] = ()
    notes: tuple[str, ...] = ()
    truncated: bool = False

    @property
    def printed(self) -> str:
        """The last lines of its traceback, `Type: message`."""
        return f"{self.type}: {self.message}" if self.message else self.type


class Quality:
    """The flags that say how sure an event is; each is told in docs/events.md."""

    HEAD_MISSING = "head_missing"
    TRUNCATED = "truncated"
    TORN_REPAIRED = "torn_repaired"
    TIMEOUT_FLUSH = "timeout_flush"
    SIZE_LIMIT = "size_limit"
    FORGED_SUSPECT = "forged_suspect"
    PARTIAL_UNCLOSED = "partial_unclosed"
    INVALID_UTF8 = "invalid_utf8"
    ANSI_STRIPPED = "ansi_stripped"
    UNPARSED = "unparsed"


LONGEST_NUMBER = 18
"""Digits of the longest number that is kept as one: what is longer fits in no integer of 64 bits, and is no number of a log."""


def decode(data: bytes) -> str:
    r"""UTF-8 text of raw bytes; what is not UTF-8 is shown as `\xNN`, so nothing is lost and JSON can carry it."""
    return data.decode("utf-8", "backslashreplace")
