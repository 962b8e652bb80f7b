"""The margins that Python 3.11 draws around the members of an exception group, taken off.

      + Exception Group Traceback (most recent call last):
      |   File "/app.py", line 14, in run
      | ExceptionGroup: two failed (2 sub-exceptions)
      +-+---------------- 1 ----------------
        | ValueError: first
        +---------------- 2 ----------------
        | KeyError: 'second'
        +------------------------------------

The depth of a line is in its indentation, so no stack is kept and no nesting is too deep.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_TOP = "  + Exception Group Traceback (most recent call last):"
_MARGIN = re.compile(r"(?:  )+\|")
_BORDER = re.compile(r"( *)(\+-)?\+(?:-{16} (?:\d+|(\.\.\.)) -{16}|(-{36}))")


@dataclass(slots=True)
class Segment:
    """Lines of one chain without their margin.

    `level` counts the groups around it; below the `end` of a group only the first line tells it, as the ends of groups that
    stand last in each other are printed as one. `member` says that a member begins, `elided` that it is `and 5 more`.
    """

    level: int = 0
    member: bool = False
    elided: bool = False
    end: bool = False
    in_margin: bool = False
    lines: list[str] = field(default_factory=list)

    def add(self, line: str) -> None:
        """Takes one more line. One without margin is the next line of a message: 3.11 and 3.12 print it so."""
        if self.end and not self.lines:
            inside = _MARGIN.match(line)
            self.level = len(inside[0]) // 2 - 1 if inside else 0
        margin = "  " * (self.level + 1) + "|"
        if self.level == 0 and not self.in_margin:
            # Outside of a group anything can stand in a message, so a margin begins only where an exception can.
            opens = line.startswith(margin) and (not self.lines or not self.lines[-1])
            self.in_margin = opens or line == _TOP
        if self.in_margin and line == _TOP:
            self.lines.append(line[4:])
        elif (self.level or self.in_margin) and line.startswith(margin):
            self.lines.append(line[len(margin) :].removeprefix(" "))
        else:
            self.lines.append(line)


def is_grouped(text: str) -> bool:
    """Whether an exception group may be printed in `text` (a cheap look, before `segments`)."""
    return _TOP in text or "+---------------- " in text


def segments(text: str) -> Iterator[Segment]:
    """The chains of a printed exception group: its own, each member's, and what goes on after the members."""
    current = Segment()
    for line in text.split("\n"):
        border = _next(current, line)
        if border is None:
            current.add(line)
        else:
            yield current
            current = border
    yield current


def _next(current: Segment, line: str) -> Segment | None:
    """The segment that begins below `line`, None if that is no border."""
    found = _BORDER.fullmatch(line)
    if found is None:
        return None
    indent, corner, elided, end = found.groups()
    if not current.level and not corner:
        return None
    depth = len(indent) // 2 + bool(corner)
    if end:
        return Segment(max(depth - 2, 0), end=True)
    return Segment(max(depth - 1, 1), member=True, elided=bool(elided))
