"""Warnings as Python prints them: `/path/file.py:LINE: Category: text`, then the source line, indented by two blanks."""

import re
from dataclasses import dataclass
from typing import ClassVar

from parsers.formats.base import Format, joined
from parsers.model import Fields, Record, decode

SEVERITY_WARNING = 13

# Categories are printed without their module; by custom they end in Warning. `sys:1:` comes when the interpreter exits.
_HEAD = rb"((?:/|<|[\w.-]+/)[^:\n]*|[\w.-]+\.py|sys):([0-9]{1,9}): ([A-Za-z_]\w*Warning): ?"
_PRINTED = re.compile(_HEAD.decode())

# eventlet since 2025-09 (its #1065), seven lines and a source line: `/x.py:1: EventletDeprecationWarning: `, below it
# `Eventlet is deprecated. It is currently being maintained in bugfix mode, and`. A text that begins there has more lines.
_TEXT_BELOW = re.compile(_HEAD + rb"\s*\Z")
_TEXT_LINES = 32

# -X tracemalloc: `Object allocated at (most recent call last):`, `  File "x.py", lineno 3`, `    open('/etc/hosts')`.
_ALLOCATED = re.compile(rb'(?:Object allocated at \(most recent call (?:last|first)\):\Z|  File "|    )')


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning: where, what kind (the class without its module), the text, and the source line if it was printed."""

    file: str
    line: int
    category: str
    message: str
    code: str | None


def warning_of(text: str) -> Warned | None:
    """The warning that `text` shows, None if it is none.

    `text` is what stood on standard error, or the message of the logger `py.warnings` (`logging.captureWarnings`).
    """
    found = _PRINTED.match(text)
    if found is None:
        return None
    said = text[found.end() :].rstrip("\n")
    above, _, last = said.rpartition("\n")
    code = last[2:] if _is_source(last) and len(last) < len(said) else None
    return Warned(found[1], int(found[2]), found[3], (said if code is None else above).strip("\n"), code)


def _is_source(line: str) -> bool:
    """Whether `line` is indented by exactly two blanks, as the source line is."""
    return line.startswith("  ") and line[2:3].strip() != ""


@dataclass(slots=True)
class _Place:
    """What may still come: lines of the text, the source line, lines of tracemalloc."""

    text_lines: int
    source: bool = True


class _PythonWarning(Format):
    """A warning and its source line."""

    name = "python.warning"
    pattern: ClassVar[re.Pattern[bytes]] = re.compile(_HEAD)

    def begin(self, line: bytes) -> _Place:
        return _Place(_TEXT_LINES if _TEXT_BELOW.match(line) else 0)

    def continues(self, record: Record, line: bytes) -> bool:
        place: _Place = record.state
        if place.source and _is_source(decode(line[:3])):
            place.source, place.text_lines = False, 0
            return True
        if place.text_lines:
            place.text_lines -= 1
            return True
        return _ALLOCATED.match(line) is not None

    def fields(self, record: Record) -> Fields:
        text = decode(joined(record.lines))
        printed = warning_of(text.partition("\nObject allocated at ")[0])
        if printed is None:
            return Fields(body=text, severity_number=SEVERITY_WARNING)
        where = {"code.file.path": printed.file, "code.line.number": printed.line, "python.warning.category": printed.category}
        return Fields(body=printed.message or printed.category, severity_number=SEVERITY_WARNING, attributes=where)


PYTHON_WARNING = _PythonWarning()
