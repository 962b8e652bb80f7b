"""What looks at events as they go by: the one list of it.

An observer has `name` and `observe(events, now)` (see `collectors.pipeline.pipeline.Observer`). What it raises is counted and
told, and never touches delivery.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from collectors.diagnosis.diagnosis import Diagnosis
from parsers.model import Event

if TYPE_CHECKING:
    from prometheus_client.registry import Collector

    from collectors.pipeline.pipeline import Observer
    from stratoscope.collect.settings import CollectSettings

# ruff: noqa: PLC0415  prometheus_client and OpenTelemetry's SDK are loaded only by who uses them


class Counting:
    """Makes metrics of events."""

    name = "metrics"

    def __init__(self) -> None:
        from stratoscope.telemetry.log_metrics import LogMetrics

        self.metrics = LogMetrics()

    def observe(self, events: Sequence[Event], now: float) -> None:  # noqa: ARG002  counts have no time
        """See Observer."""
        self.metrics.observe(events)


class Observers:
    """The observers that the settings ask for. `all` is for the pipeline; `start` before it, `close` after its end."""

    def __init__(self, settings: "CollectSettings") -> None:
        self.diagnosis = Diagnosis()
        self._counting = None if settings.listen is None and settings.page is None else Counting()
        self._tracing = None
        if settings.traces is not None:
            from collectors.traces.make import tracing_of

            self._tracing = tracing_of(settings.traces)
        some = (self._counting, self.diagnosis, self._tracing)
        self.all: list[Observer] = [one for one in some if one is not None]

    def start(self) -> None:
        """Begin what has a thread of its own."""
        if self._tracing is not None:
            self._tracing.start()

    def close(self, timeout: float) -> bool:
        """End it, within so many seconds. False if something that was seen could not be told."""
        return self._tracing is None or self._tracing.close(timeout)

    def collectors(self) -> "list[Collector]":
        """What of them is scraped."""
        from stratoscope.telemetry.diagnosis_metrics import DiagnosisMetrics

        found: list[Collector] = [DiagnosisMetrics(self.diagnosis)]
        if self._counting is not None:
            found.append(self._counting.metrics)
        if self._tracing is not None:
            from stratoscope.telemetry.trace_metrics import TraceMetrics

            found.append(TraceMetrics(self._tracing))
        return found
