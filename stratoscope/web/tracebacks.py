"""Parsed exceptions, folded for reading: in-app frames and the one that raised stay, the runs between them fold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

LINKS = {
    "root": "",
    "cause": "which caused",
    "context": "then, while that was handled",
    "group": "in the group",
    "remote": "on the other side",
}
"""How an exception hangs together with the one before it, in words."""
_LINES, _CHARACTERS = 6, 700
"""Of a message that are seen at once: SQL statements and remote tracebacks fill screens."""


@dataclass(frozen=True, slots=True)
class Run:
    """Frames that follow each other. `folded`: of libraries only, named in `packages`."""

    frames: Sequence[Mapping[str, Any]]
    folded: bool
    packages: str = ""


@dataclass(frozen=True, slots=True)
class Raised:
    """One exception of a chain, the oldest first. `message` is its beginning, `rest` what of it folds."""

    link: str
    type: str
    message: str
    rest: str
    runs: Sequence[Run]
    notes: Sequence[str]
    truncated: bool


def raised(event: Mapping[str, Any]) -> list[Raised]:
    """The chain of an event's exceptions."""
    return [_raised(one) for one in event.get("exceptions", ())]


def _raised(one: Mapping[str, Any]) -> Raised:
    message = str(one.get("message", ""))
    begin = "\n".join(message.split("\n", _LINES)[:_LINES])[:_CHARACTERS]
    return Raised(
        link=LINKS.get(str(one.get("link", "")), "then"),
        type=str(one.get("type") or "(its last line is missing)"),
        message=begin,
        rest=message[len(begin) :].removeprefix("\n"),
        runs=runs(one.get("frames", ())),
        notes=one.get("notes", ()),
        truncated=bool(one.get("truncated")),
    )


def runs(frames: Sequence[Mapping[str, Any]]) -> list[Run]:
    """The frames in runs."""
    made = []
    for shown, run in groupby(enumerate(frames, 1), lambda item: bool(item[1].get("in_app")) or item[0] == len(frames)):
        members = [frame for _, frame in run]
        packages = "" if shown else ", ".join(dict.fromkeys(map(_package, members)))
        made.append(Run(members, not shown, packages))
    return made


def _package(frame: Mapping[str, Any]) -> str:
    module = frame.get("module")
    return str(module).partition(".")[0] if module else str(frame.get("file", "?")).rpartition("/")[2]
