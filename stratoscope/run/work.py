"""Reads logs into the store until it is told to stop, and tells on the screen what was found."""

import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from prometheus_client.registry import Collector

from collectors.diagnosis.diagnosis import Diagnosis
from collectors.files.source import FileSource
from collectors.model import Position
from collectors.pipeline.streams import STREAM_MARK, MakeParser
from collectors.problems import Problem as InputProblem
from parsers.model import Event
from stratoscope import samples
from stratoscope.collect.metrics import PipelineMetrics
from stratoscope.collect.observers import Counting
from stratoscope.collect.telemetry import Gauges, Telemetry
from stratoscope.errors import FAILED, OK
from stratoscope.ingest import FILES, Ingest, ingest
from stratoscope.query import parse
from stratoscope.store.reader import Reader
from stratoscope.store.records import Problem
from stratoscope.store.schema import default_path
from stratoscope.store.writer import Writer
from stratoscope.summary import Style, most_telling, screen
from stratoscope.telemetry.diagnosis_metrics import DiagnosisMetrics
from stratoscope.web.ingest_health import IngestHealth

TOP_PROBLEMS = 5
"""Errors that the screen tells; the page has more."""
EXAMPLES = 100
"""Errors among which the one to be shown whole is looked for."""
MEASURE = 2.0
"""Seconds between two measurements of what is unread: each asks the disk for every file."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a `run` is told. `max_size`: bytes; `max_age`: seconds, None for ever.

    `paths` empty asks for the sample logs, or with a file of settings (`beside`) for no logs.
    """

    paths: tuple[str, ...]
    store: Path
    listen: str
    follow: bool
    max_size: int
    colour: bool
    web_config: Path | None = None
    max_age: float | None = None
    beside: bool = False


class Work:
    """Reads, stores and tells, until it is stopped. `health` is that of the reading."""

    def __init__(self, settings: Settings, writer: Writer, telemetry: Telemetry, out: TextIO, log: logging.Logger) -> None:
        self._settings = settings
        self._writer = writer
        self._telemetry = telemetry
        self._out = out
        self._log = log
        self._passing = False  # an input could not be read and may be later
        self._counting = Counting()
        self._diagnosis = Diagnosis()
        self._pipeline_metrics = PipelineMetrics(self._telemetry)
        self._measured = 0.0
        self.health = IngestHealth(self._telemetry, self._pipeline_metrics, self._diagnosis)

    def metrics(self) -> tuple[Collector, ...]:
        """What there is to scrape."""
        return self._counting.metrics, self._pipeline_metrics, DiagnosisMetrics(self._diagnosis)

    def until(self, stop: threading.Event, make_parser: MakeParser, url: str | None, turn: Callable[[], None]) -> int:
        """Read until `stop` is set; the exit code. `turn` is called between two steps."""
        positions = {name: at for name, at in self._writer.positions().items() if STREAM_MARK not in name}
        paths = self._paths(positions)
        source = FileSource(paths, follow=self._settings.follow, report=self._report, positions=positions)
        with ingest(source, make_parser, self._writer, self._telemetry, (self._counting, self._diagnosis)) as reading:
            self._pipeline_metrics.workers = (reading.worker,)
            self._log.info("started", extra={"paths": paths, "store": str(self._settings.store), "page": url})
            return self._read(reading, source, stop, url, turn)

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

    def _read(
        self, reading: Ingest, source: FileSource, stop: threading.Event, url: str | None, turn: Callable[[], None]
    ) -> int:
        told = False
        while not stop.is_set():
            turn()
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
        if self._settings.beside:
            self._print("No PATH was named, so no logs are read.")
            return []
        found = samples.paths()
        self._print(f"No PATH was named, so here are {len(found)} sample logs of a cloud that was broken on purpose.")
        return found

    def _report(self, problem: InputProblem) -> None:
        self._passing |= not problem.lasting
        self._telemetry.input_problem(problem)

    def _nothing_to_read(self, reading: Ingest) -> bool:
        """Whether no input could be read, and none will."""
        return not reading.streams_seen and self._telemetry.last_problem is not None and not self._passing

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
