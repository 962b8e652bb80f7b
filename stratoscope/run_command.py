"""`stratoscope run`: read logs, follow them, keep their events, show them in a page, tell Prometheus. All on one machine.

It ends on SIGINT or SIGTERM with exit code 0, as that is how a `run` ends; a second signal ends it at once. Records that
are still open then are not stored: the next start reads them again, whole.
"""

import argparse
import contextlib
import logging
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TextIO

from prometheus_client.registry import Collector

from collectors.diagnosis.diagnosis import Diagnosis
from collectors.files.source import FileSource
from collectors.model import Chunk, Position
from collectors.pipeline.streams import STREAM_MARK, MakeParser
from collectors.problems import Problem as InputProblem
from parsers.model import Event
from parsers.parser import Parser
from stratoscope import own_logging, parser_options, samples
from stratoscope.collect.metrics import PipelineMetrics, registry_of
from stratoscope.collect.observers import Counting
from stratoscope.collect.telemetry import Gauges, Telemetry
from stratoscope.errors import FAILED, OK, StratoscopeError
from stratoscope.ingest import FILES, Ingest, ingest
from stratoscope.output import wants_colour
from stratoscope.query import parse
from stratoscope.serving.server import Server
from stratoscope.settings.units import seconds
from stratoscope.store.reader import Reader
from stratoscope.store.records import MAX_SIZE, Problem
from stratoscope.store.schema import default_path
from stratoscope.store.writer import Writer
from stratoscope.summary import Style, most_telling, screen
from stratoscope.telemetry.diagnosis_metrics import DiagnosisMetrics
from stratoscope.web.app import create_app
from stratoscope.web.ingest_health import IngestHealth
from stratoscope.web.listening import bind_page, is_this_machine

LISTEN = "127.0.0.1:8765"
LEAST_AGE = 60.0
TOP_PROBLEMS = 5
"""Errors that the screen tells; the page has more."""
EXAMPLES = 100
"""Errors among which the one to be shown whole is looked for."""
MEASURE = 2.0
"""Seconds between two measurements of what is unread: each asks the disk for every file."""
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


@dataclass(frozen=True, slots=True)
class Settings:
    """What a `run` is told. `max_size`: bytes; `max_age`: seconds, None for ever; `paths` empty asks for the sample logs."""

    paths: tuple[str, ...]
    store: Path
    listen: str
    follow: bool
    max_size: int
    colour: bool
    web_config: Path | None = None
    max_age: float | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `run` understands."""
    parser.add_argument("paths", nargs="*", metavar="PATH", help="log file, directory, glob or -; without: sample logs")
    parser.add_argument("--store", type=Path, default=None, help=f"the file that keeps the events ({default_path()})")
    parser.add_argument("--listen", default=LISTEN, metavar="HOST:PORT", help="where page and /metrics are (%(default)s)")
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
    settings = Settings(
        paths=tuple(arguments.paths),
        store=arguments.store or default_path(),
        listen=arguments.listen,
        follow=not arguments.no_follow,
        max_size=arguments.max_size,
        max_age=arguments.max_age,
        web_config=arguments.web_config,
        colour=wants_colour(arguments.color, terminal=sys.stdout.isatty(), environment=os.environ),
    )
    make = parser_options.maker(arguments, Parser, raw=False)

    def make_parser(chunk: Chunk) -> Parser:
        return make(chunk.path, chunk.offset, chunk.line)

    return run(settings, make_parser, sys.stdout)


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


def run(settings: Settings, make_parser: MakeParser, out: TextIO) -> int:
    """Run until a signal comes; the exit code. `make_parser` makes the parser of a file."""
    log = own_logging.set_up()
    stop = threading.Event()
    with contextlib.ExitStack() as stack:
        stack.enter_context(_signals(stop))
        bound = stack.enter_context(bind_page(settings.listen, settings.web_config)) if settings.follow else None
        writer = stack.enter_context(Writer(settings.store, settings.max_size, settings.max_age))
        work = _Work(settings, writer, Telemetry(log), out, log)
        url = None
        if bound is not None:
            alone = is_this_machine(settings.listen)
            app = create_app(settings.store, registry_of(*work.metrics()), work.health, alone=alone)
            url = stack.enter_context(Server(app, bound, settings.web_config)).url
        return work.until(stop, make_parser, url)


class _Work:
    """Reads, stores and tells, until it is stopped."""

    def __init__(self, settings: Settings, writer: Writer, telemetry: Telemetry, out: TextIO, log: logging.Logger) -> None:
        self._settings = settings
        self._writer = writer
        self._telemetry = telemetry
        self._out = out
        self._log = log
        self._problems: list[InputProblem] = []
        self._counting = Counting()
        self._diagnosis = Diagnosis()
        self._pipeline_metrics = PipelineMetrics(self._telemetry)
        self._measured = 0.0
        self.health = IngestHealth(self._telemetry, self._pipeline_metrics, self._diagnosis, self._problems)

    def metrics(self) -> tuple[Collector, ...]:
        """What there is to scrape."""
        return self._counting.metrics, self._pipeline_metrics, DiagnosisMetrics(self._diagnosis)

    def until(self, stop: threading.Event, make_parser: MakeParser, url: str | None) -> int:
        positions = {name: at for name, at in self._writer.positions().items() if STREAM_MARK not in name}
        paths = self._paths(positions)
        source = FileSource(paths, follow=self._settings.follow, report=self._report, positions=positions)
        with ingest(source, make_parser, self._writer, self._telemetry, (self._counting, self._diagnosis)) as reading:
            self._pipeline_metrics.workers = (reading.worker,)
            self._log.info("started", extra={"paths": paths, "store": str(self._settings.store), "page": url})
            return self._read(reading, source, stop, url)

    def _measure(self, reading: Ingest, source: FileSource) -> None:
        """What page and metrics tell of the pipeline besides counts; the pipeline's thread alone can look at it."""
        now = time.monotonic()
        if now < self._measured + MEASURE:
            return
        self._measured = now
        streams, ledger = reading.pipeline.streams, reading.pipeline.ledger
        self._pipeline_metrics.gauges = Gauges(
            streams=len(streams),
            open_streams=streams.unfinished,
            open_bytes=streams.unfinished_bytes(),
            oldest=ledger.oldest(),
            unread={FILES: source.unread()},
        )

    def _read(self, reading: Ingest, source: FileSource, stop: threading.Event, url: str | None) -> int:
        told = False
        while not stop.is_set():
            moved = reading.step()
            self._measure(reading, source)
            if not self._settings.follow:
                reading.check()
                if not moved and reading.pipeline.done():
                    break
            if not moved and not told:
                told = True
                if self._nothing_to_read(reading):
                    return FAILED
                self._tell(reading, url)
        if not stop.is_set():
            reading.finish()
        if not told or not self._settings.follow:
            self._tell(reading, None)
        self._log.info("stopped", extra={"events": reading.added, "repeated": reading.repeated})
        return FAILED if self._nothing_to_read(reading) else OK

    def _paths(self, positions: dict[str, Position]) -> list[str]:
        if positions:
            self._print(f"Going on where the last run stopped; files known in {self._settings.store}: {len(positions)}.")
        if self._settings.paths:
            return list(self._settings.paths)
        found = samples.paths()
        self._print(f"No PATH was named, so here are {len(found)} sample logs of a cloud that was broken on purpose.")
        return found

    def _report(self, problem: InputProblem) -> None:
        self._problems.append(problem)
        self._telemetry.input_problem(problem)

    def _nothing_to_read(self, reading: Ingest) -> bool:
        """Whether no input could be read, and none will."""
        return not reading.streams_seen and bool(self._problems) and all(problem.lasting for problem in self._problems)

    def _tell(self, reading: Ingest, url: str | None) -> None:
        """What was found, on standard output."""
        style = Style(shutil.get_terminal_size((100, 24)).columns, self._settings.colour)
        with Reader(self._settings.store) as reader:
            problems = reader.problems(EXAMPLES)
            example = most_telling(_examples(reader, problems))
            text = screen(reader.totals(), reader.services(), problems[:TOP_PROBLEMS], example, style)
        repeated = f", {reading.repeated:,} known already" if reading.repeated else ""
        self._print(f"{reading.added:,} new events{repeated}.\n\n{text}")
        if url:
            option = "" if self._settings.store == default_path() else f" --store {self._settings.store}"
            self._print(f"page     {url}\nmetrics  {url}/metrics\nsearch   stratoscope search{option} 'level>=ERROR'")
            self._print("Following; Ctrl-C ends.")

    def _print(self, text: str) -> None:
        print(text, file=self._out, flush=True)


def _examples(reader: Reader, problems: list[Problem]) -> Iterator[Event]:
    """The newest event of each problem that has an exception."""
    for problem in problems:
        if problem.exception:
            yield from (hit.event for hit in reader.search(parse(f'fingerprint:"{problem.fingerprint}"', 0.0), 1))


@contextlib.contextmanager
def _signals(stop: threading.Event) -> Iterator[None]:
    """Within, the first SIGINT or SIGTERM sets `stop`; a second one does what it always did."""
    before: dict[int, Callable[[int, FrameType | None], object] | int | None] = {}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def handle(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  signal gives them
        stop.set()
        restore()

    before |= {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        restore()
