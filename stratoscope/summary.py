"""The screen that `run` prints when it has caught up: which services, which errors, what they blame."""

from dataclasses import dataclass
from datetime import UTC, datetime

from stratoscope.store.records import Problem, ServiceTally, Totals
from stratoscope.text import visible_line

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


def screen(totals: Totals, services: list[ServiceTally], problems: list[Problem], style: Style) -> str:
    """The whole text, lines ended by newlines."""
    if totals.oldest is None or totals.newest is None:
        return "No log events yet.\n"
    lines = [f"{totals.events:,} events of {totals.files:,} files, {clock(totals.oldest)} to {clock(totals.newest)} UTC"]
    if totals.dropped:
        lines.append(f"{totals.dropped:,} older events were dropped to stay below --max-size")
    lines += ["", style.paint(_BOLD, f"{'SERVICE':<32}{'EVENTS':>10}{'WARNINGS':>10}{'ERRORS':>10}   LAST SEEN")]
    lines += [_service(service, style) for service in services]
    lines += ["", style.paint(_BOLD, "MOST FREQUENT ERRORS")]
    for problem in problems:
        lines += _problem(problem, style)
    if not problems:
        lines.append("none")
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
