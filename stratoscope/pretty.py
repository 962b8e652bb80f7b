"""Events for a person at a terminal: one line each, the traceback folded to what tells something.

    ── 2026-11-23 UTC ──
    03:33:01.807 ERROR    nova.compute.manager req-5f1c2ab3 Failed to do it
                 KeyError: 'boom'
                   ▸ nova.compute.manager:39 in chain    inner()
                 then, while that was handled: RuntimeError: outer
                   … 5 frames in oslo_messaging, amqp
                   ▸ nova.compute.manager:44 in chain    raise RuntimeError("outer")
                 blames galera (wsrep-not-ready)

▸ marks the frames of OpenStack's own code. Text from the log is shown with its control characters made visible.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from parsers.model import Event
from stratoscope.text import visible, visible_line

_INDENT = " " * 13
_MESSAGE_LINES = 6
"""Lines of an exception's message; SQL statements and remote tracebacks fill screens."""
_TIME_WIDTH = len("03:33:01.807")

_LINKS = {
    "root": "",
    "cause": "which caused: ",
    "context": "then, while that was handled: ",
    "group": "in the group: ",
    "remote": "on the other side: ",
}
_DIM, _CYAN, _BOLD = "2", "36", "1"
_LEVEL_COLOURS = ((21, "1;41"), (17, "1;31"), (13, "33"), (9, "32"), (0, "2"))
"""Severity number from which on -> SGR code."""


class Pretty:
    """Encodes events for a terminal of `width` columns. Keeps the day that it printed last."""

    def __init__(self, *, width: int, colour: bool) -> None:
        self._width = width
        self._colour = colour
        self._day = ""

    def __call__(self, events: list[Event]) -> bytes:
        """Lines of text, in UTF-8."""
        return "".join(f"{line.rstrip()}\n" for event in events for line in self._lines(event)).encode("utf-8", "replace")

    def _lines(self, event: Event) -> Iterator[str]:
        day, _, clock = event.get("timestamp", "").rstrip("Z").partition("T")
        if day and day != self._day:
            self._day = day
            yield self._paint(f"── {day} UTC ──", _DIM)
        first, *more = visible(event.get("body", "")).split("\n")
        yield f"{self._head(event, clock)} {first}"
        yield from (f"{_INDENT}{line}" for line in more)
        exceptions = event.get("exceptions")
        if exceptions:
            for exception in exceptions:
                yield from self._exception(exception, event.get("body", ""))
        elif stack := event["attributes"].get("exception.stacktrace"):
            yield from (f"{_INDENT}{line}" for line in visible(stack).split("\n"))
        dependency = event.get("dependency")
        if dependency:
            yield f"{_INDENT}{self._paint('blames ' + dependency['name'], _BOLD)} ({visible_line(dependency['rule'])})"
        if event.get("quality"):
            yield _INDENT + self._paint("quality: " + ", ".join(event["quality"]), _DIM)

    def _head(self, event: Event, clock: str) -> str:
        attributes = event["attributes"]
        words = [
            self._paint(f"{clock[:_TIME_WIDTH]:{_TIME_WIDTH}}", _DIM),
            self._level(event),
            self._paint(visible_line(_who(event)), _CYAN),
        ]
        request = attributes.get("openstack.request_id")
        if request:
            words.append(self._paint(visible_line(request)[:12], _DIM))
        instance = attributes.get("openstack.instance_uuid")
        if instance:
            words.append(self._paint(f"instance-{visible_line(instance)[:8]}", _DIM))
        return " ".join(words)

    def _level(self, event: Event) -> str:
        number = event.get("severity_number", 0)
        code = next(code for least, code in _LEVEL_COLOURS if number >= least)
        return self._paint(f"{visible_line(event.get('severity_text', ''))[:8]:8}", code)

    def _exception(self, exception: dict[str, Any], said: str) -> Iterator[str]:
        if said != f"{exception['type']}: {exception['message']}":  # a record without head says nothing else
            yield from self._exception_text(exception)
        yield from self._frames(exception["frames"])
        yield from (f"{_INDENT}note: {line}" for note in exception.get("notes", ()) for line in visible(note).split("\n"))

    def _exception_text(self, exception: dict[str, Any]) -> Iterator[str]:
        link = self._paint(_LINKS.get(exception["link"], ""), _DIM)
        first, *more = visible(exception["message"]).split("\n")
        name = self._paint(visible_line(exception["type"]) or "(its last line is missing)", _BOLD)
        yield f"{_INDENT}{link}{name}: {first}" if first else f"{_INDENT}{link}{name}"
        yield from (f"{_INDENT}{line}" for line in more[: _MESSAGE_LINES - 1])
        if len(more) >= _MESSAGE_LINES:
            yield _INDENT + self._paint(f"… {_count(len(more) - _MESSAGE_LINES + 1, 'more line')}", _DIM)

    def _frames(self, frames: list[dict[str, Any]]) -> Iterator[str]:
        """In-app frames and the last one, where it was raised; between them how many others, and of whom."""
        for shown, run in groupby(enumerate(frames, 1), lambda item: item[1]["in_app"] or item[0] == len(frames)):
            members = [frame for _, frame in run]
            if shown:
                yield from map(self._frame, members)
            else:
                packages = ", ".join(dict.fromkeys(_package(frame) for frame in members))
                text = visible_line(f"… {_count(len(members), 'frame')} in {packages}")
                yield f"{_INDENT}  {self._paint(text[: self._width - len(_INDENT) - 2], _DIM)}"

    def _frame(self, frame: dict[str, Any]) -> str:
        where = visible_line(f"{frame.get('module') or frame['file']}:{frame.get('line', '?')} in {frame.get('function', '?')}")
        mark = "▸" if frame["in_app"] else " "
        room = self._width - len(_INDENT) - len(where) - 8
        code = visible_line(frame.get("code", ""))
        code = code if len(code) <= room else code[: max(room - 1, 0)] + "…" if room > 10 else ""
        return f"{_INDENT}  {mark} {where}    {self._paint(code, _DIM)}"

    def _paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour and text.strip() else text


def _who(event: Event) -> str:
    """The logger, with the service where the logger does not tell it; what wrote the line where there is no logger."""
    logger = event["attributes"].get("log.logger", "")
    service = event["resource"].get("service.name", "")
    if logger and (not service or logger == service or logger.startswith(f"{service}.")):
        return str(logger)
    return f"{service} {logger}".strip() or str(event["source"]["format"])


def _package(frame: dict[str, Any]) -> str:
    module = frame.get("module")
    return str(module).partition(".")[0] if module else str(frame["file"]).rpartition("/")[2]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
