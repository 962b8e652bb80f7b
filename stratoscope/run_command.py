"""`stratoscope run`: read logs, follow them, keep their events, show them in a page, tell Prometheus. All on one machine.

With a settings file (`-c`) exporters and probes run beside, and SIGHUP reads it again. It ends on SIGINT or SIGTERM with exit
code 0, as that is how a `run` ends; a second signal ends it at once. Records that are still open then are not stored: the next
start reads them again, whole.
"""

import argparse
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, TextIO

from collectors.model import Chunk
from collectors.pipeline.streams import MakeParser
from parsers.parser import Parser
from stratoscope import own_logging, own_memory, parser_options
from stratoscope.collect.metrics import registry_of
from stratoscope.collect.telemetry import Telemetry
from stratoscope.errors import StratoscopeError
from stratoscope.output import wants_colour
from stratoscope.run.work import Settings, Work
from stratoscope.serving.listen import LISTEN, is_this_machine
from stratoscope.serving.metrics_page import registry_renderer
from stratoscope.serving.server import Server
from stratoscope.settings.mistakes import SettingsError
from stratoscope.settings.units import seconds
from stratoscope.store.records import MAX_SIZE
from stratoscope.store.schema import default_path
from stratoscope.store.writer import Writer
from stratoscope.web.app import create_app
from stratoscope.web.empty import NOTHING_BESIDE
from stratoscope.web.listening import bind_page
from stratoscope.web.model import Checks

if TYPE_CHECKING:
    from stratoscope.run.beside import Beside
    from stratoscope.run.settings import Loaded

# ruff: noqa: PLC0415  exporters and probes are loaded only by who has a settings file

Read = Callable[[], "Loaded"]
"""Reads the settings file. Raises SettingsError."""
LEAST_AGE = 60.0
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `run` understands."""
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="log file, directory, glob or -; without, and without -c: sample logs"
    )
    parser.add_argument(
        "-c", "--config", type=Path, metavar="FILE", help="exporters and probes to run beside; see docs/page.md"
    )
    parser.add_argument("--store", type=Path, default=None, help=f"the file that keeps the events ({default_path()})")
    parser.add_argument("--listen", metavar="HOST:PORT", help=f"where page and /metrics are ({LISTEN})")
    parser.add_argument("--web-config", type=Path, metavar="FILE", help="TLS and passwords for the page, in Prometheus' format")
    parser.add_argument("--no-follow", action="store_true", help="read what is there, print what was found, and end")
    parser.add_argument(
        "--max-size",
        type=size_of,
        default=MAX_SIZE,
        metavar="SIZE",
        help="drop the oldest events when the store grows beyond this (2G)",
    )
    parser.add_argument("--max-age", type=age_of, metavar="AGE", help="drop events that are older: 7d, 12h (default: never)")
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="colours (%(default)s)")
    parser_options.add_arguments(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Run as the arguments say; the exit code."""
    if sys.stdout is None:
        raise StratoscopeError("standard output is closed; send it somewhere")
    read = _reader(arguments)
    loaded = None if read is None else read()
    settings = Settings(
        paths=tuple(arguments.paths),
        store=arguments.store or default_path(),
        listen=arguments.listen or (LISTEN if loaded is None else loaded.settings.listen),
        follow=not arguments.no_follow,
        max_size=arguments.max_size,
        max_age=arguments.max_age,
        web_config=arguments.web_config or (None if loaded is None else loaded.settings.web_config),
        colour=wants_colour(arguments.color, terminal=sys.stdout.isatty(), environment=os.environ),
        beside=loaded is not None,
    )
    make = parser_options.maker(arguments, Parser, raw=False)

    def make_parser(chunk: Chunk) -> Parser:
        return make(chunk.path, chunk.offset, chunk.line)

    return run(settings, make_parser, sys.stdout, loaded, read)


def _reader(arguments: argparse.Namespace) -> Read | None:
    if arguments.config is None:
        return None
    if arguments.no_follow:
        raise StratoscopeError("--no-follow ends when all is read, so nothing of -c FILE would run; leave out one of them")
    from stratoscope.run.settings import settings_at

    return partial(settings_at, arguments.config)


def size_of(text: str) -> int:
    """Bytes of `500M` or `2G`. Raises argparse.ArgumentTypeError."""
    number, unit = (text[:-1], text[-1:].upper()) if text[-1:].isalpha() else (text, "")
    if not number.isascii() or not number.isdigit() or unit not in _UNITS or int(number) * _UNITS[unit] < 1 << 20:
        raise argparse.ArgumentTypeError(f"{text!r} is no size; write at least 1M, for example 500M or 2G")
    return int(number) * _UNITS[unit]


def age_of(text: str) -> float:
    """Seconds of `7d` or `12h`. Raises argparse.ArgumentTypeError."""
    try:
        age = seconds(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if age < LEAST_AGE:
        raise argparse.ArgumentTypeError(f"{text!r} is too short; write at least 1m, for example 12h or 7d")
    return age


def run(
    settings: Settings, make_parser: MakeParser, out: TextIO, loaded: "Loaded | None" = None, read: Read | None = None
) -> int:
    """Run until a signal comes; the exit code. `make_parser` makes the parser of a file; `read` gives what is `loaded` anew."""
    log = own_logging.set_up()
    stop, again = threading.Event(), threading.Event()
    with contextlib.ExitStack() as stack:
        stack.enter_context(_signals(stop, None if loaded is None else again))
        bound = stack.enter_context(bind_page(settings.listen, settings.web_config)) if settings.follow else None
        writer = stack.enter_context(Writer(settings.store, settings.max_size, settings.max_age))
        telemetry = Telemetry(log)
        work = Work(settings, writer, telemetry, out, log)
        beside = None if loaded is None else stack.enter_context(_beside(loaded))
        url = None
        if bound is not None:
            registry = registry_of(*work.metrics())
            metrics = registry_renderer(registry) if beside is None else beside.renderer(registry)
            app = create_app(settings.store, metrics, _health(work, beside), alone=is_this_machine(settings.listen))
            url = stack.enter_context(Server(app, bound, settings.web_config)).url

        def turn() -> None:
            if again.is_set() and beside is not None and read is not None:
                again.clear()
                _reload(beside, read, telemetry)

        return work.until(stop, make_parser, url, turn)


def _beside(loaded: "Loaded") -> "Beside":
    from stratoscope.run.beside import Beside

    own_memory.give_back()
    return Beside(loaded)


def _health(work: Work, beside: "Beside | None") -> Callable[[], Sequence[Checks]]:
    return lambda: (*(NOTHING_BESIDE if beside is None else beside.health()), *work.health())


def _reload(beside: "Beside", read: Read, telemetry: Telemetry) -> None:
    """Take new settings; wrong ones change nothing, and that is told."""
    try:
        beside.use(read())
    except SettingsError as error:
        telemetry.reloaded(str(error))
    else:
        telemetry.reloaded(None)


@contextlib.contextmanager
def _signals(stop: threading.Event, again: threading.Event | None) -> Iterator[None]:
    """Within, SIGHUP sets `again`, if there is one, and the first SIGINT or SIGTERM `stop`; a second does as always."""
    before: dict[int, Callable[[int, FrameType | None], object] | int | None] = {}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def handle(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  signal gives them
        if number == signal.SIGHUP and again is not None:
            again.set()
            return
        stop.set()
        restore()

    numbers = (signal.SIGINT, signal.SIGTERM, *((signal.SIGHUP,) if again is not None else ()))
    before |= {number: signal.signal(number, handle) for number in numbers}
    try:
        yield
    finally:
        restore()
