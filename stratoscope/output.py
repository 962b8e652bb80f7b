"""Events to standard output: JSON Lines for programs, a readable form for persons, or the original text.

Nothing that stands in a log reaches a terminal as a control sequence; a pipe gets every byte as it is.
"""

import argparse
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import BinaryIO

from parsers.json_lines import dumped
from parsers.model import Event
from stratoscope.errors import StratoscopeError
from stratoscope.text import visible

ORIGINAL = "log.record.original"
Encode = Callable[[list[Event]], bytes]
"""Events as bytes, each ended by a newline."""

_BATCH = 128
"""Events encoded at once. A record that held back others may set free thousands: 12 MB when they are encoded together."""

# JSON escapes what stands below U+0020, and nothing else; these too mean something to a terminal, or turn text around
_UNSAFE = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What every command that prints events understands."""
    group = parser.add_argument_group("how events are printed")
    group.add_argument(
        "-o",
        "--output",
        choices=("json", "pretty", "raw"),
        help="JSON Lines, for reading, or the text as logged (pretty on a terminal, else json)",
    )
    group.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="colours in pretty (%(default)s)")


def wants_colour(choice: str, *, terminal: bool, environment: Mapping[str, str]) -> bool:
    """Whether to print in colour; see https://no-color.org for NO_COLOR."""
    if choice == "auto":
        return terminal and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"
    return choice == "always"


class Output:
    """Where events go. Every `write` is out when it returns, as somebody may be watching.

    `finish` is what is done to bytes before a terminal gets them.
    """

    def __init__(self, encode: Encode, file: BinaryIO, finish: Callable[[bytes], bytes] = bytes) -> None:
        self._encode = encode
        self._file = file
        self._finish = finish

    def write(self, events: list[Event]) -> None:
        """Write events. Raises BrokenPipeError, and StratoscopeError for anything else that is wrong with the file."""
        self._put(self._encode(events[start : start + _BATCH]) for start in range(0, len(events), _BATCH))

    def write_lines(self, lines: list[bytes]) -> None:
        """Write events that are JSON already, a line each; raises as `write`."""
        self._put(b"\n".join([*lines[start : start + _BATCH], b""]) for start in range(0, len(lines), _BATCH))

    def _put(self, parts: Iterable[bytes]) -> None:
        try:
            for part in parts:
                self._file.write(self._finish(part))
            self._file.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise StratoscopeError(f"standard output: {error.strerror}; look at where it is sent to") from error


def standard_output(arguments: argparse.Namespace) -> Output:
    """Standard output in the form that the arguments ask for."""
    if sys.stdout is None:
        raise StratoscopeError("standard output is closed; send it somewhere")
    terminal = sys.stdout.isatty()
    form = form_of(arguments)
    if form == "pretty":
        from stratoscope.pretty import Pretty  # noqa: PLC0415  not needed in a pipe

        width = os.get_terminal_size(sys.stdout.fileno()).columns if terminal else 0
        colour = wants_colour(arguments.color, terminal=terminal, environment=os.environ)
        return Output(Pretty(width=width or 100, colour=colour), sys.stdout.buffer)
    encode = raw_text if form == "raw" else json_lines
    return Output(encode, sys.stdout.buffer, (lambda data: _safe(data, form)) if terminal else bytes)


def form_of(arguments: argparse.Namespace) -> str:
    """`json`, `pretty` or `raw`."""
    if arguments.output:
        return str(arguments.output)
    return "pretty" if sys.stdout is not None and sys.stdout.isatty() else "json"


def json_lines(events: list[Event]) -> bytes:
    """JSON Lines."""
    return b"\n".join([*map(dumped, events), b""])


def raw_text(events: list[Event]) -> bytes:
    """The original text of events that carry it."""
    texts = [event["attributes"][ORIGINAL].encode("utf-8", "replace") for event in events]
    return b"".join(text if text.endswith(b"\n") else text + b"\n" for text in texts)


def _safe(data: bytes, form: str) -> bytes:
    text = data.decode()
    return (visible(text) if form == "raw" else _UNSAFE.sub(_escaped, text)).encode()


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
