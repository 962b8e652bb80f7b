"""YAML text as plain values that remember their lines. Knows no settings.

Every scalar is text: what `no`, `0777`, `1e3` or `12:30` are is decided by the type of the setting, not guessed by YAML. A
plain `null` or `~`, or nothing at all, is None. Aliases are refused, as a few lines of them unfold to gigabytes; so are tags,
which make objects.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from stratoscope.settings.mistakes import Mistake, Path

MAX_BYTES = 1 << 20
"""Of a settings file. Prometheus' own, for a large cloud, is a tenth of that."""
MAX_DEPTH = 40
"""Of mappings and lists in each other."""
_NULLS = ("", "~", "null", "Null", "NULL")


@dataclass(slots=True)
class Document:
    """`root` is made of dict, list, str and None. `lines`: path -> line of its key or item, from 1."""

    root: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """The line of a path, or of the nearest thing around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read(data: bytes) -> Document:
    """The document in `data`. Its mistakes are noted in it; after one of syntax there is no root."""
    document = Document()
    try:
        _Reader(_events(_decoded(data)), document).read()
    except _SyntaxError as error:
        document.root = None
        document.lines[()] = error.line
        document.mistakes = [Mistake((), error.text)]
    return document


class _SyntaxError(Exception):
    """Reading cannot go on."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line = line
        self.text = text


def _decoded(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise _SyntaxError(1, f"the file has more than {MAX_BYTES >> 20} MiB; is it the right one?")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _SyntaxError(line, "this is not UTF-8; save the file as UTF-8") from None


def _events(text: str) -> Iterator[yaml.Event]:
    try:
        yield from yaml.parse(text, Loader=yaml.SafeLoader)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _SyntaxError(line, f"character U+{error.character:04X} is not allowed in YAML; remove it") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = ", ".join(part for part in (error.context, error.problem) if part)
        raise _SyntaxError(mark.line + 1 if mark else 1, f"this is not YAML: {what}; check indentation and quotes") from None


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


class _Reader:
    """Builds the values out of the parser's events."""

    def __init__(self, events: Iterator[yaml.Event], document: Document) -> None:
        self._events = events
        self._document = document

    def read(self) -> None:
        documents = 0
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _SyntaxError(_line(event), "a second document begins here; one file holds one, remove ---")
                self._document.root = self._value((), next(self._events))

    def _value(self, path: Path, event: yaml.Event) -> Any:
        line = _line(event)
        self._document.lines.setdefault(path, line)
        if len(path) > MAX_DEPTH:
            raise _SyntaxError(line, f"more than {MAX_DEPTH} mappings and lists in each other")
        if isinstance(event, yaml.AliasEvent):
            self._wrong(path, f"aliases (*{event.anchor}) are not supported; write the value out")
            return None
        tag = getattr(event, "tag", None)
        if tag is not None and tag != "!":
            self._wrong(path, f"tags ({tag}) are not supported; write the plain value")
        if isinstance(event, yaml.ScalarEvent):
            return None if event.implicit[0] and event.value in _NULLS else event.value
        if isinstance(event, yaml.SequenceStartEvent):
            return list(self._items(path))
        return self._mapping(path)

    def _items(self, path: Path) -> Iterator[Any]:
        index = 0
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            yield self._value((*path, index), event)
            index += 1

    def _mapping(self, path: Path) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            line = _line(event)
            if not isinstance(event, yaml.ScalarEvent):
                raise _SyntaxError(line, "a key must be plain text; quote it if it begins with {, [, * or &")
            key = event.value
            if (*path, key) in self._document.lines:
                text = f"the key stands here again, after line {self._document.lines[(*path, key)]}; keep one of them"
                self._document.mistakes.append(Mistake((*path, key), text, line))
            else:
                self._document.lines[(*path, key)] = line
            value = self._value((*path, key), next(self._events))
            values.setdefault(key, value)
        return values

    def _wrong(self, path: Path, text: str) -> None:
        self._document.mistakes.append(Mistake(path, text))
