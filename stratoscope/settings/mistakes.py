"""What is wrong with a settings file, and where: `FILE:LINE: dotted.key[2].name: what is wrong; what to do`."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from stratoscope.errors import StratoscopeError

Path = tuple[str | int, ...]
"""The way from the root of a document to a value: keys of mappings and indexes of lists."""

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_PART = re.compile(r'\[([0-9]+)\]|"([^"]*)"|([^.\[\]"]+)')


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake. `text` says what is wrong and what to do; it never holds a secret. `path` is where in the document.

    `line` where the path does not tell it.
    """

    path: Path
    text: str
    line: int | None = None


class SettingsError(StratoscopeError):
    """A settings file that cannot be used. `lines` are all its mistakes, in the order of the file."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = tuple(lines)
        super().__init__("\n".join(self.lines))


def dotted(path: Path) -> str:
    """A path as people write it: `exporters.galera[0].nodes`. Keys with dots or spaces stand in double quotes."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += ("." if text else "") + (part if _PLAIN.fullmatch(part) else f'"{part}"')
    return text


def path_of(text: str) -> Path:
    """The path of what `dotted` has written."""
    found = _PART.finditer(text)
    return tuple(int(part[1]) if part[1] is not None else part[2] if part[2] is not None else part[3] for part in found)


def suggestion(word: str, known: Iterable[str]) -> str:
    """`; did you mean X?`, or what is known where nothing is near."""
    names = sorted(known)
    if near := nearest(word, names):
        return f"did you mean {near}?"
    return f"known are {', '.join(names)}" if names else "leave it out"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """What somebody probably meant who wrote `word`."""
    return next(iter(difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)), None)
