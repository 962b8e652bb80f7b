"""A stream of YAML cut into its documents, as text: so that those which nobody changes can come out as they came in.

A line that begins with `---` or `...` ends a document wherever it stands, in a block of text as well; nothing else does.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from stratoscope.errors import StratoscopeError

_LINE = re.compile(r"[^\n]*\n|[^\n]+\Z")
_START = re.compile(r"---(?=[ \t\r\n]|$)")
_END = re.compile(r"\.\.\.(?=[ \t\r\n]|$)")
_BEFORE_A_START = re.compile(r"[ \t]*(#|%|\r?\n|$)")
"""Comments, directives and empty lines belong to the document that they stand before."""


class ManifestError(StratoscopeError):
    """Input that cannot be understood: which document, which line, what to do."""


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a stream. `text`: all of it, with `---` and comments. `number` and `line`: its own first ones, from 1."""

    text: str
    number: int
    line: int

    @property
    def header(self) -> str:
        """What stands before its content, whole lines: comments, directives, `---`."""
        kept = []
        for text in _LINE.findall(self.text):
            if _START.match(text.removeprefix("\ufeff")):
                alone = _BEFORE_A_START.match(text.removeprefix("\ufeff")[3:]) is not None
                kept.append(text if alone else "---\n")
                if alone:
                    continue
            elif _BEFORE_A_START.match(text):
                kept.append(text)
                continue
            break
        return "".join(kept)

    @property
    def footer(self) -> str:
        """From a line `...` on, where there is one; it ends a document before the directives of the next one."""
        lines = _LINE.findall(self.text)
        at = next((index for index, text in enumerate(lines) if _END.match(text)), len(lines))
        return "".join(lines[at:])


def documents(data: bytes) -> Iterator[Document]:
    """The documents of a stream; their texts joined are the stream. Raises ManifestError."""
    number, first = 1, 1
    kept: list[str] = []
    begun = False
    for line, text in enumerate(_LINE.findall(_decoded(data)), 1):
        starts = _START.match(text) is not None
        if starts and begun:
            yield Document("".join(kept), number, first)
            kept, number, first, begun = [], number + 1, line, False
        kept.append(text)
        begun = begun or starts or not _BEFORE_A_START.match(text.removeprefix("\ufeff"))
        if _END.match(text):
            yield Document("".join(kept), number, first)
            kept, number, first, begun = [], number + 1, line + 1, False
    if kept:
        yield Document("".join(kept), number, first)


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ManifestError(f"line {line}: this is not UTF-8; write the manifests as UTF-8") from None
