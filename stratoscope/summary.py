"""The screen that `run` prints when it has caught up: which services, which errors, what they blame, and one of them whole."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from parsers.model import Event
from stratoscope.pretty import Pretty
from stratoscope.store.records import Problem, ServiceTally, Totals
from stratoscope.text import visible_line

_SGR = re.compile("(\x1b\\[[0-9;]*m)")
_BOLD, _RED, _YELLOW, _DIM, _OFF = "\x1b[1m", "\x1b[31m", "\x1b[33m", "\x1b[2m", "\x1b[0m"


@dataclass(frozen=True, slots=True)
class Style:
    """How to print: columns of the terminal, and whether in colour."""

    width: int = 100
    colour: bool = False

    def paint(self, code: str, text: str) -> str:
        """`text` in a colour, if there are colours."""
        return f"{code}{text}{_OFF}" if self.colour and text.strip() else text


def clock(time: float) -> str:
    """A moment as a person reads it, UTC."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%S")


def cut(text: str, width: int) -> str:
    """`text` in one safe line of at most `width` characters."""
    line = visible_line(text)
    return line if len(line) <= width else line[: max(0, width - 1)] + "…"


def most_telling(events: Iterable[Event]) -> Event | None:
    """The event to show as an example: it blames a dependency, it crossed a process, it is the newest; in this order."""

    def telling(event: Event) -> tuple[bool, bool, str]:
        remote = any(exception["link"] == "remote" for exception in event["exceptions"])
        return "dependency" in event, remote, event.get("timestamp", "")

    return max((event for event in events if event.get("exceptions")), key=telling, default=None)


def screen(totals: Totals, services: list[ServiceTally], problems: list[Problem], example: Event | None, style: Style) -> str:
    """The whole text, lines ended by newlines. `example` is shown as an event of many lines."""
    if totals.oldest is None or totals.newest is None:
        return "No log events yet.\n"
    files = "1 file" if totals.files == 1 else f"{totals.files:,} files"
    lines = [f"{totals.events:,} events of {files}, {clock(totals.oldest)} to {clock(totals.newest)} UTC"]
    if totals.dropped:
        lines.append(f"{totals.dropped:,} older events were dropped to stay below --max-size")
    lines += ["", style.paint(_BOLD, f"{'SERVICE':<32}{'EVENTS':>10}{'WARNINGS':>10}{'ERRORS':>10}   LAST SEEN")]
    lines += [_service(service, style) for service in services]
    lines += ["", style.paint(_BOLD, "MOST FREQUENT ERRORS")]
    for problem in problems:
        lines += _problem(problem, style)
    if not problems:
        lines.append("none")
    if example is not None:
        lines += ["", *_example(example, style)]
    return "\n".join(lines) + "\n"


def _service(service: ServiceTally, style: Style) -> str:
    name = f"{cut(service.service or '(unknown)', 31):<32}"
    warnings = style.paint(_YELLOW if service.warnings else _DIM, f"{service.warnings:>10,}")
    errors = style.paint(_RED if service.errors else _DIM, f"{service.errors:>10,}")
    return f"{name}{service.events:>10,}{warnings}{errors}   {clock(service.newest)}"


def _problem(problem: Problem, style: Style) -> list[str]:
    count = style.paint(_RED, f"{problem.count:>7,} x ")
    what = f": {cut(problem.exception.rpartition('.')[2], 60)}" if problem.exception else ""
    blamed = f", blames {problem.dependency}" if problem.dependency else ""
    head = f"{cut(problem.service or '(unknown)', 40)}{what}{cut(blamed, 40)}"
    indent = " " * 10
    seen = f"{clock(problem.oldest)} to {clock(problem.newest)}  fingerprint:{cut(problem.fingerprint, 40)}"
    return [
        count + style.paint(_BOLD, head),
        indent + cut(problem.template, style.width - 10),
        indent + style.paint(_DIM, seen),
    ]


def _example(event: Event, style: Style) -> Iterator[str]:
    source = event["source"]
    name = cut(str(source.get("file", "the input")).rpartition("/")[2], 60)
    yield style.paint(_BOLD, f"{source['lines']:,} LINES OF {name} ARE ONE EVENT") + f" (from line {source['first_line']:,})"
    text = Pretty(width=style.width, colour=style.colour)([event]).decode()
    yield from (_narrow(line, style.width) for line in text.splitlines())


def _narrow(line: str, width: int) -> str:
    """`line` with at most `width` characters that take room; colours take none."""
    if len(_SGR.sub("", line)) <= width:
        return line
    out, room = "", width - 1
    for number, piece in enumerate(_SGR.split(line)):
        out += piece if number % 2 else piece[:room]
        room -= 0 if number % 2 else min(room, len(piece))
    return out + "…"
