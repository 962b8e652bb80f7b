"""The frames of one printed traceback: file, line, function, and the source lines without their markers."""

import re
from functools import lru_cache

from parsers.model import Frame
from parsers.projects import project_of

_CHUNK = re.compile(r'^  File ".*(?>(?:\n    .*)*)', re.MULTILINE)
"""A frame as printed: the `File` line and all deeper lines below it."""

# The line is `None` where a code object has no line table, a SyntaxError's `File` line has no function.
# Nine digits: `int` refuses more than 4,300 of them.
_FRAME = re.compile(r'  File "(.*)", line (?:([0-9]{1,9})|None)(?:, in (.*))?((?>(?:\n.*)*))')

_MARKERS = re.compile(r"\s*[~^][\s~^]*")
"""Below a source line: `    ~~^^~~` (3.11), `    ^` (a SyntaxError)."""

_SUFFIX = re.compile(r"(?:/__init__)?\.py[cox]?\Z")
_EGG = re.compile(r"[^/]+\.egg/")
_STDLIB = re.compile(r"/lib(?:32|64)?/python[0-9.]++/")

_CACHED_CHARS = 1024
"""Longer frames are read anew each time, so that the cache stays below 2 MB."""


def module_of(file: str) -> str | None:
    """The dotted module name of a source file, None where the path does not tell.

    `/usr/lib/python3/dist-packages/nova/db/__init__.py` -> `nova.db`, `/usr/lib/python3.11/threading.py` -> `threading`.
    """
    suffix = _SUFFIX.search(file)
    start = max(file.rfind("/site-packages/"), file.rfind("/dist-packages/")) + len("/site-packages/")
    if start < len("/site-packages/"):
        stdlib = _STDLIB.search(file)
        start = stdlib.end() if stdlib else len(file)
    elif egg := _EGG.match(file, start):
        start = egg.end()
    return file[start : suffix.start()].replace("/", ".") or None if suffix else None


def frames_of(text: str) -> tuple[Frame, ...]:
    """The frames in `text`, as printed (outermost first). Lines that are no frame are passed over."""
    frames = (_known_frame(chunk) if len(chunk) <= _CACHED_CHARS else _frame(chunk) for chunk in _CHUNK.findall(text))
    return tuple(frame for frame in frames if frame is not None)


def _frame(chunk: str) -> Frame | None:
    found = _FRAME.fullmatch(chunk)
    if found is None:
        return None
    file, line, function, below = found.groups()
    module = module_of(file)
    return Frame(file, int(line) if line else None, function, module, _code(below), project_of(module) is not None)


_known_frame = lru_cache(maxsize=1024)(_frame)  # a storm of errors prints the same few frames again and again


def _code(below: str) -> str | None:
    """The source line, or the lines of an expression that 3.13 printed whole, at the indentation they were printed."""
    lines = [line[4:].rstrip() for line in below.split("\n") if line.strip() and not _MARKERS.fullmatch(line)]
    return "\n".join(lines).strip() or None
