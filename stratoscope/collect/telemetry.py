"""What the pipeline tells about itself: each happening is counted, and told in the log where a person should know.

Counts stand in plain dictionaries, guarded by a lock; `stratoscope.collect.metrics` makes metric families of them. Labels are
names from the settings and fixed words, so every family is bounded.
"""

import logging
import threading
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from collectors.problems import Problem
from parsers.model import Event
from stratoscope.store.records import Stored

BOUNDS = (0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Upper bounds of the histograms, in seconds; the last one is infinity."""
QUIET = 10.0
"""Seconds between two log lines about the same thing; what came in between is told with the next one."""


@dataclass(slots=True)
class Histogram:
    """Observations by `BOUNDS`, and their sum."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    total: float = 0.0

    def observe(self, seconds: float) -> None:
        """One observation."""
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds

    def buckets(self) -> list[tuple[float, int]]:
        """Upper bound and number of observations up to it."""
        sums, so_far = [], 0
        for bound, count in zip((*BOUNDS, float("inf")), self.counts, strict=True):
            so_far += count
            sums.append((bound, so_far))
        return sums


@dataclass(slots=True)
class Counts:
    """All counters, by their labels."""

    read_bytes: Counter[str] = field(default_factory=Counter)
    read_lines: Counter[str] = field(default_factory=Counter)
    emitted: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    dropped: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    retries: Counter[str] = field(default_factory=Counter)
    splits: Counter[str] = field(default_factory=Counter)
    observer_errors: Counter[str] = field(default_factory=Counter)
    disk_errors: Counter[str] = field(default_factory=Counter)
    stored: Counter[str] = field(default_factory=Counter)
    repeated: Counter[str] = field(default_factory=Counter)
    expired: Counter[str] = field(default_factory=Counter)
    parsed: int = 0
    input_problems: int = 0
    acknowledged: int = 0
    sending: dict[str, Histogram] = field(default_factory=dict)
    acknowledging: Histogram = field(default_factory=Histogram)
    failing: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Pushed:
    """How a source fares to which others send. `counts`: messages, repeated, acknowledged, records. `ended`: connections."""

    counts: dict[str, int]
    ended: dict[str, int]
    connections: int
    unacknowledged: int


@dataclass(frozen=True, slots=True)
class Gauges:
    """What the pipeline's thread has measured last. `oldest` is on the monotonic clock, `unread` and `pushed` by source."""

    streams: int = 0
    open_streams: int = 0
    open_bytes: int = 0
    oldest: float | None = None
    unread: dict[str, int] = field(default_factory=dict)
    pushed: dict[str, Pushed] = field(default_factory=dict)
    positions_written: float | None = None


class Telemetry:
    """Implements `collectors.pipeline.happenings.Happenings`, and the happenings of the process around the pipeline."""

    def __init__(self, log: logging.Logger, clock: Callable[[], float] = time.monotonic) -> None:
        self.lock = threading.Lock()
        self.counts = Counts()
        self.last_problem: Problem | None = None
        self.reloaded_well = True
        self.reloaded_at = time.time()
        self._log = log
        self._clock = clock
        self._told: dict[tuple[str, ...], tuple[float, int]] = {}

    def begin(self, *, sources: Iterable[str] = (), sinks: Iterable[str] = ()) -> None:
        """These are there: their counters begin at 0, so that the first increase is seen as one."""
        counts = self.counts
        with self.lock:
            for counter in (counts.read_bytes, counts.read_lines):
                counter.update(dict.fromkeys(sources, 0))
            for counter in (counts.emitted, counts.rejected, counts.retries, counts.splits):
                counter.update(dict.fromkeys(sinks, 0))

    # -- happenings of the pipeline -----------------------------------------------------------------------------------

    def read(self, source: str, size: int, lines: int) -> None:
        """See Happenings."""
        with self.lock:
            self.counts.read_bytes[source] += size
            self.counts.read_lines[source] += lines

    def parsed(self, events: Sequence[Event]) -> None:
        """See Happenings."""
        with self.lock:
            self.counts.parsed += len(events)

    def observer_failed(self, observer: str, error: Exception) -> None:
        """See Happenings."""
        with self.lock:
            self.counts.observer_errors[observer] += 1
        self._tell(
            logging.ERROR, f"observer {observer} failed: {error!r}; events are delivered all the same", ("observer", observer)
        )

    def settled(self, events: int, seconds: float) -> None:
        """See Happenings."""
        with self.lock:
            self.counts.acknowledged += events
            if events:
                self.counts.acknowledging.observe(seconds)

    def delivered(self, sink: str, events: int, seconds: float) -> None:
        """See Happenings."""
        with self.lock:
            self.counts.emitted[sink] += events
            self.counts.sending.setdefault(sink, Histogram()).observe(seconds)
            recovered = sink in self.counts.failing
            self.counts.failing.discard(sink)
        if recovered:
            self._log.info("sink %s takes events again", sink, extra={"sink": sink})

    def retried(self, sink: str, error: Exception, pause: float, events: int) -> None:
        """See Happenings."""
        with self.lock:
            self.counts.retries[sink] += 1
            self.counts.failing.add(sink)
        text = str(error) or repr(error)
        self._tell(logging.WARNING, f"sink {sink}: {text}; {events} events wait, tried again in {pause:.1f} s", ("retry", sink))

    def split(self, sink: str, events: int) -> None:
        """See Happenings."""
        with self.lock:
            self.counts.splits[sink] += 1
        self._tell(logging.INFO, f"sink {sink}: {events} events at once are too many, sent in halves", ("split", sink))

    def rejected(self, sink: str, event: Event, reason: str) -> None:
        """See Happenings."""
        with self.lock:
            self.counts.rejected[sink] += 1
        uid = event.get("attributes", {}).get("log.record.uid")
        text = f"sink {sink} will never take event {uid}: {reason}; it stands in the dead-letter file"
        self._tell(logging.WARNING, text, ("rejected", sink))

    def refused(self, sink: str, events: int, remark: str) -> None:
        """See Happenings."""
        with self.lock:
            self.counts.dropped[sink, "refused", "false"] += events
        lost = f"{events} events are lost, it does not tell which" if events else "all events are there"
        self._tell(logging.WARNING, f"sink {sink} took a batch with a remark: {remark or 'none'}; {lost}", ("refused", sink))

    def dropped(self, sink: str, events: int, reason: str, *, intended: bool) -> None:
        """See Happenings."""
        with self.lock:
            self.counts.dropped[sink, reason, "true" if intended else "false"] += events
        level = logging.WARNING if intended else logging.ERROR
        self._tell(level, f"sink {sink}: {events} events are lost ({reason})", ("dropped", sink, reason))

    def spooling(self, sink: str, *, started: bool) -> None:
        """See Happenings."""
        if started:
            self._log.warning("sink %s is behind: its events go to the spool on disk", sink, extra={"sink": sink})
        else:
            self._log.info("sink %s has caught up: its spool is empty", sink, extra={"sink": sink})

    def disk_failed(self, what: str, error: OSError) -> None:
        """See Happenings."""
        with self.lock:
            self.counts.disk_errors[what] += 1
        reason = (error.strerror or str(error)).lower()
        self._tell(
            logging.ERROR, f"{what} cannot be written: {reason}; make room on its disk, it is tried again", ("disk", what)
        )

    # -- happenings around it -----------------------------------------------------------------------------------------

    def stored(self, sink: str, stored: Stored) -> None:
        """An embedded store has taken a batch."""
        with self.lock:
            self.counts.stored[sink] += stored.added
            self.counts.repeated[sink] += stored.repeated
            self.counts.expired[sink] += stored.dropped

    def input_problem(self, problem: Problem) -> None:
        """Something is wrong with an input."""
        with self.lock:
            self.counts.input_problems += 1
            self.last_problem = problem
        self._log.warning(str(problem), extra={"log.file.path": problem.path})

    def reloaded(self, mistakes: str | None) -> None:
        """The settings were read again; `mistakes` where the old ones stay in force."""
        with self.lock:
            self.reloaded_well = mistakes is None
            if mistakes is None:
                self.reloaded_at = time.time()
        if mistakes is None:
            self._log.info("settings reloaded")
        else:
            self._log.error("settings not reloaded, the old ones stay in force: %s", mistakes)

    def _tell(self, level: int, text: str, about: tuple[str, ...]) -> None:
        """A log line, unless one about the same was written just now."""
        now = self._clock()
        with self.lock:
            last, left_out = self._told.get(about, (-QUIET, 0))
            silent = now < last + QUIET
            self._told[about] = (last, left_out + 1) if silent else (now, 0)
        if not silent:
            more = f" ({left_out} more like this since the last one)" if left_out else ""
            self._log.log(level, "%s%s", text, more)
