"""`stratoscope parse`: log text in, events out.

Exit codes: 0 fine, 1 nothing matched the filters, 2 an input could not be read, 130 interrupted.
"""

import argparse
import select
import signal
import sys
import time
from types import FrameType
from typing import Self

from collectors.files.discovery import STDIN
from collectors.files.source import FileSource
from collectors.problems import Problem
from parsers.model import Event
from parsers.parser import JsonParser, Parser, format_names
from stratoscope import filters, output, parser_options
from stratoscope.errors import FAILED, INTERRUPTED, NOTHING_MATCHED, OK, StratoscopeError
from stratoscope.parsing import Parsing, Selection
from stratoscope.progress import progress_of

PAUSE = 0.2
"""Seconds between two looks at the inputs, when they had nothing new."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `parse` understands."""
    parser.add_argument("paths", nargs="*", metavar="FILE", help="file, directory, glob, or - (standard input, the default)")
    parser.add_argument("-f", "--follow", action="store_true", help="go on when the files grow and rotate")
    parser.add_argument("--raw", action="store_true", help="add the original text to each event (log.record.original)")
    output.add_arguments(parser)
    filters.add_arguments(parser)
    parser_options.add_arguments(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Run the command; the exit code."""
    if arguments.format and "help" in arguments.format:
        sys.stdout.write("\n".join(format_names()) + "\n")
        return OK
    inputs = _inputs(arguments)
    wanted = filters.filters_of(arguments, time.time())
    raw_output = output.form_of(arguments) == "raw"
    original = arguments.raw or raw_output or filters.needs_original(arguments)
    target = output.standard_output(arguments)
    parsing: Parsing[Event] | Parsing[bytes]
    if output.form_of(arguments) == "json" and not wanted and not arguments.follow:
        parsing = Parsing(parser_options.maker(arguments, JsonParser, raw=original), target.write_lines)
    else:
        make_parser = parser_options.maker(arguments, Parser, raw=original)
        select_events = Selection(
            wanted, drop_original=original and not arguments.raw and not raw_output, observed=arguments.follow
        )
        parsing = Parsing(make_parser, target.write, select_events)
    problems = _Problems()
    source = FileSource(inputs, follow=arguments.follow, report=problems.tell)
    with _Interrupt() as interrupted:
        _work(source, parsing, interrupted, follow=arguments.follow)
    if interrupted:
        return INTERRUPTED
    if problems.lasting:
        return FAILED
    return OK if parsing.matched or not wanted else NOTHING_MATCHED


def _inputs(arguments: argparse.Namespace) -> list[str]:
    if not arguments.paths and sys.stdin is not None and sys.stdin.isatty():
        raise StratoscopeError(
            "nothing to read; name a log file or a directory, or pipe a log in; see stratoscope parse --help"
        )
    return arguments.paths or [STDIN]


def _work(source: FileSource, parsing: Parsing[Event] | Parsing[bytes], interrupted: "_Interrupt", *, follow: bool) -> None:
    """Read until the end or until interrupted. What is whole by then has been written; a followed file's last record too."""
    bar = progress_of(source, follow=follow)
    try:
        while not interrupted and not source.done():
            for chunk in source.poll():
                now = time.time()
                parsing.take(chunk, now)
                if bar:
                    bar.tell(now)
                if interrupted:
                    break
            else:
                parsing.expire(time.time())
                if not source.done():
                    select.select(source.streams(), [], [], PAUSE)
    finally:
        if bar:
            bar.clear()
    if not interrupted or follow:
        parsing.close(time.time())


class _Problems:
    """Prints problems of inputs as they come up."""

    def __init__(self) -> None:
        self.lasting = False

    def tell(self, problem: Problem) -> None:
        """One line for one problem."""
        self.lasting = self.lasting or problem.lasting
        sys.stderr.write(f"stratoscope: {problem}\n")


class _Interrupt:
    """True once SIGINT came. The second one ends the process at once, should the first be stuck in a slow disk."""

    def __init__(self) -> None:
        self._came = False

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def __bool__(self) -> bool:
        return self._came

    def _note(self, number: int, _: FrameType | None) -> None:
        self._came = True
        signal.signal(number, signal.default_int_handler)
