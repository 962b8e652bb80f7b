"""A settings file in, a settings dataclass out, or a SettingsError with every mistake of it."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from stratoscope.settings.document import MAX_BYTES, Document, read
from stratoscope.settings.mistakes import Mistake, SettingsError, dotted
from stratoscope.settings.scalars import Surroundings
from stratoscope.settings.structure import MistakesFoundError, structured

T = TypeVar("T")
MAX_LINES = 100
"""Mistakes that are told of one file; who has more has taken the wrong one."""


def load(path: Path, cls: type[T], environment: Mapping[str, str] = os.environ) -> T:
    """The settings in the file at `path`. Secrets are read with it. Raises SettingsError."""
    return settings_of(document_at(path), cls, path, environment)


def document_at(path: Path) -> Document:
    """The document in a file. Raises SettingsError where it cannot be read; its own mistakes are in it."""
    try:
        with path.open("rb") as file:
            return read(file.read(MAX_BYTES + 1))
    except PermissionError:
        raise SettingsError([f"{path}: may not be read by user {os.geteuid()}; change its owner or mode"]) from None
    except OSError as error:
        raise SettingsError([f"{path}: cannot be read: {error.strerror}; check the path"]) from None


def settings_of(document: Document, cls: type[T], path: Path, environment: Mapping[str, str] = os.environ) -> T:
    """The settings in a document that was read from `path`. Raises SettingsError."""
    mistakes = list(document.mistakes)
    made: T | None = None
    if not mistakes or document.root is not None:
        try:
            made = structured(_root(document), cls, Surroundings(path.parent, environment))
        except MistakesFoundError as error:
            refused = {mistake.path for mistake in mistakes}  # nothing more is to be said of what stands there
            mistakes += (one for one in error.mistakes if not any(one.path[: len(above)] == above for above in refused))
    if mistakes or made is None:
        raise SettingsError(lines_of(mistakes, document, path))
    return made


def lines_of(mistakes: Iterable[Mistake], document: Document, path: Path) -> list[str]:
    """The mistakes as lines, in the order of the file."""
    order = {path: index for index, path in enumerate(document.lines)}
    placed = sorted(
        (one.line or document.line(one.path), order.get(one.path, len(order)), dotted(one.path), one.text) for one in mistakes
    )
    lines = [f"{path}:{line}: {where}{': ' if where else ''}{text}" for line, _, where, text in placed[:MAX_LINES]]
    return lines if len(placed) <= MAX_LINES else [*lines, f"{path}: and {len(placed) - MAX_LINES} more mistakes"]


def _root(document: Document) -> Any:
    """An empty file is one without keys."""
    return {} if document.root is None else document.root
