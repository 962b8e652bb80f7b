"""What happens in the webhook: each has one function, which counts it, and writes the log line where a person should know."""

import logging
import threading
import time
from collections.abc import Callable

from exporters.metrics import Samples
from stratoscope.inject.model import Why
from stratoscope.telemetry.counts import Counts, Durations
from stratoscope.webhook import metrics as table

QUIET = 60.0
"""Seconds between two log lines about the same thing; what came in between is told with the next one."""
_KEPT = 200
"""Things of which it is known when they were told; more are told anew."""
EVENTS = ("created", "repeated", "failed", "dropped")
_log = logging.getLogger("stratoscope.webhook")


class Happenings:
    """Counts and tells. From any thread. Labels are fixed words."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._reviews, self._events = Counts(table.REVIEWS), Counts(table.EVENTS)
        self._seconds = Durations(table.SECONDS, table.BOUNDS)
        self._patch_bytes = 0
        self._told: dict[str, tuple[float, int]] = {}
        self._reviews.add(("injected", ""), 0)  # so that the first increase is seen as one
        for why in Why:
            self._reviews.add(("left", why.value), 0)
        for outcome in EVENTS:
            self._events.add((outcome,), 0)

    def injected(self, pod: str, patch_bytes: int) -> None:
        """A pod gets sidecars."""
        self._count("injected", "")
        with self._lock:
            self._patch_bytes += patch_bytes
        _log.debug("injected", extra={"k8s.pod.name": pod})

    def left(self, pod: str, why: Why) -> None:
        """A pod stays as it is."""
        self._count("left", why.value)
        _log.debug("left as it is", extra={"k8s.pod.name": pod, "reason": why.value})

    def unfit(self, reason: str, why: str) -> None:
        """A review of something else; it is allowed as it is. The webhook's configuration sends what it should not."""
        self._count("failed", reason)
        self._tell(logging.WARNING, f"unfit {reason}", f"a review that is not about a new pod, allowed as it is: {why}")

    def fault(self, pod: str) -> None:
        """Deciding has failed; to be called where the exception is at hand."""
        self._count("failed", "fault")
        self._tell(logging.ERROR, "fault", f"a fault with the pod {pod[:253]!r}, which is allowed as it is", trace=True)

    def refused(self, reason: str, why: str) -> None:
        """A request that is no review, answered with 4xx."""
        self._count("refused", reason)
        self._tell(logging.WARNING, f"refused {reason}", f"a request that is no review was refused: {why}")

    def answered(self, seconds: float) -> None:
        """How long a review took."""
        with self._lock:
            self._seconds.observe((), seconds)

    def event(self, outcome: str, why: str = "") -> None:
        """What became of an Event. `why`: of one that failed or was dropped."""
        with self._lock:
            self._events.add((outcome,))
        if why:
            self._tell(logging.WARNING, f"event {outcome}", f"an Event was not written: {why}")

    def tell(self, samples: Samples) -> None:
        """The counters, as they are now."""
        with self._lock:
            for counter in (self._reviews, self._seconds, self._events):
                counter.tell(samples)
            samples.add(table.PATCH_BYTES, self._patch_bytes)

    def _count(self, outcome: str, reason: str) -> None:
        with self._lock:
            self._reviews.add((outcome, reason))

    def _tell(self, level: int, about: str, line: str, *, trace: bool = False) -> None:
        """Once a minute for each thing: a flood of nonsense must not become a flood of lines."""
        now = self._clock()
        with self._lock:
            last, missed = self._told.get(about, (-QUIET, 0))
            if now - last < QUIET:
                self._told[about] = (last, missed + 1)
                return
            if len(self._told) >= _KEPT:
                self._told.clear()
            self._told[about] = (now, 0)
        _log.log(level, line, exc_info=trace, extra={"times_before": missed} if missed else {})
