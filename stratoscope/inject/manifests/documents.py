"""A stream of YAML (or JSON) as documents, each with its own text. A line that begins with `---` begins one: nothing else may.

Text is kept, as a document that is read and written again loses its comments, its order of quotes, its anchors.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from stratoscope.inject.manifests.reading import read

_BEGINS = re.compile(r"^---(?=\s|$)", re.MULTILINE)
_HEAD = re.compile(r"\A(?:---[^\n]*\n?)?(?:[ \t]*(?:#[^\n]*)?\n)*")
"""The line that begins a document, and the comments before its first key."""
_CONTINUES = re.compile(r"---[ \t]+[^#\s]")


class UnreadableError(Exception):
    """A document cannot be read. `str()` says which, where and why, in one line."""


@dataclass(frozen=True, slots=True)
class Document:
    """One of a stream. `number`: from 1 on; `line`: its first one in the stream; `value`: what it says, None if nothing."""

    number: int
    line: int
    text: str
    value: Any

    @property
    def head(self) -> str:
        """Its separator and first comments (`# Source: ...` of Helm)."""
        found = _HEAD.match(self.text)
        head = found.group() if found else ""
        return "---\n" if _CONTINUES.match(head) else head

    @property
    def is_json(self) -> bool:
        """Whether it is JSON, and should stay so."""
        return self.text.lstrip().startswith("{")


def documents(text: str) -> Iterator[Document]:
    """All of a stream; their texts joined are the stream. Raises UnreadableError."""
    starts = sorted({0, *(found.start() for found in _BEGINS.finditer(text))})
    line = 1
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(text)], strict=True), 1):
        own = text[start:end]
        yield Document(number, line, own, _value(own, number, line))
        line += own.count("\n")


def _value(text: str, number: int, line: int) -> Any:
    try:
        return json.loads(text) if text.lstrip().startswith("{") else read(text)
    except json.JSONDecodeError:
        return _yaml(text, number, line)  # flow style looks like it
    except yaml.YAMLError as error:
        raise _unreadable(error, number, line) from error


def _yaml(text: str, number: int, line: int) -> Any:
    try:
        return read(text)
    except yaml.YAMLError as error:
        raise _unreadable(error, number, line) from error


def _unreadable(error: yaml.YAMLError, number: int, line: int) -> UnreadableError:
    mark = getattr(error, "problem_mark", None)
    at = line + (mark.line if mark is not None else 0)
    told = getattr(error, "problem", None) or str(error).splitlines()[0]
    return UnreadableError(f"line {at}, in document {number}: {told}")
