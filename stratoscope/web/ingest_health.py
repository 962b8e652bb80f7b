"""How the reading of logs fares, for the view of health: what is behind, what could not be read, what the logs lack."""

import time
from collections.abc import Callable, Iterator, Mapping

from collectors.diagnosis.diagnosis import Diagnosis, rules
from stratoscope.collect.metrics import PipelineMetrics
from stratoscope.collect.telemetry import Telemetry
from stratoscope.web.model import Check, Checks, State
from stratoscope.web.rendering import seconds

SLOW = 30.0
"""Seconds that an event may wait for its sinks before it is worth a look; a large first reading stays below."""
PROBLEMS = 10
"""Inputs that could not be read, and findings about logs, that are shown; the count tells the rest."""


class IngestHealth:
    """A `Health`."""

    def __init__(
        self,
        telemetry: Telemetry,
        metrics: PipelineMetrics,
        diagnosis: Diagnosis,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._telemetry = telemetry
        self._metrics = metrics
        self._diagnosis = diagnosis
        self._clock = clock

    def __call__(self) -> tuple[Checks, ...]:
        """See Health."""
        reading = Checks("Reading", [*self._sinks(), self._behind(), self._input()])
        found = diagnosed(self._diagnosis.findings(), self._diagnosis.missing())
        findings = Checks("What the logs themselves lack", found, "Nothing: no doubled, missing or misdated records were seen.")
        return reading, findings

    def _sinks(self) -> Iterator[Check]:
        """Whether each takes events."""
        with self._telemetry.lock:
            emitted = dict(self._telemetry.counts.emitted)
        for worker in self._metrics.workers:
            name, error = worker.outbox.name, worker.error
            text = f"It takes events: {emitted.get(name, 0):,} since the start." if error is None else str(error)
            yield Check(f"sink {name}", "good" if error is None else "bad", text)

    def _behind(self) -> Check:
        gauges = self._metrics.gauges
        unread = sum(gauges.unread.values())
        waiting = 0.0 if gauges.oldest is None else max(0.0, self._clock() - gauges.oldest)
        text = f"{unread:,} bytes stand unread in {gauges.streams:,} open streams"
        if waiting >= SLOW:
            return Check("catching up", "warning", f"{text}; the oldest event has waited {seconds(waiting)} for its sinks.")
        return Check("catching up", "good", f"{text}.")

    def _input(self) -> Check:
        with self._telemetry.lock:
            count, last = self._telemetry.counts.input_problems, self._telemetry.last_problem
        if last is None:
            return Check("inputs", "good", "All inputs could be read.")
        more = f" (and {count - 1:,} more)" if count > 1 else ""
        return Check("inputs", "warning", f"{last}{more}")


def diagnosed(findings: Mapping[tuple[str, str], int], missing: Mapping[tuple[str, str], int]) -> list[Check]:
    """Findings of the diagnosis, those by which records are missing first; docs/diagnosis.md tells what to do about each."""
    serious = {rule.name for rule in rules() if rule.serious}
    order = sorted(findings.items(), key=lambda item: (item[0][0] not in serious, -item[1]))
    checks = []
    for (rule, component), count in order[:PROBLEMS]:
        lost = f", {missing[rule, component]:,} records are missing" if (rule, component) in missing else ""
        state: State = "warning" if rule in serious else "unknown"
        checks.append(Check(rule.replace("_", " "), state, f"{component}: seen {count:,} times{lost}"))
    if len(order) > PROBLEMS:
        checks.append(Check("more", "unknown", f"{len(order) - PROBLEMS:,} more findings, at /metrics"))
    return checks
