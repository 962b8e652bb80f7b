"""How the reading of logs fares, for the view of health: what is behind, what could not be read, what the logs lack."""

import time
from collections.abc import Callable, Mapping, Sequence

from collectors.diagnosis.diagnosis import Diagnosis, rules
from collectors.problems import Problem
from stratoscope.collect.metrics import PipelineMetrics
from stratoscope.collect.telemetry import Telemetry
from stratoscope.web.model import Check, Checks, State
from stratoscope.web.rendering import seconds

SLOW = 30.0
"""Seconds that an event may wait for the store before it is worth a look; a large first reading stays below."""
PROBLEMS = 10
"""Inputs that could not be read, and findings about logs, that are shown; the count tells the rest."""
_NONE_HERE = (
    "No probe or exporter runs in this process. `stratoscope probe` and `stratoscope export` tell theirs at /metrics; "
    "the dashboards show them."
)


class IngestHealth:
    """A `Health`. `problems` grows while the files are read."""

    def __init__(
        self,
        telemetry: Telemetry,
        metrics: PipelineMetrics,
        diagnosis: Diagnosis,
        problems: Sequence[Problem],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._telemetry = telemetry
        self._metrics = metrics
        self._diagnosis = diagnosis
        self._problems = problems
        self._clock = clock

    def __call__(self) -> tuple[Checks, ...]:
        """See Health."""
        reading = Checks("Reading", [self._store(), self._behind(), self._input()])
        found = diagnosed(self._diagnosis.findings(), self._diagnosis.missing())
        findings = Checks("What the logs themselves lack", found, "Nothing: no doubled, missing or misdated records were seen.")
        return reading, findings, Checks("Probes and exporters", [], _NONE_HERE)

    def _store(self) -> Check:
        with self._telemetry.lock:
            stored = sum(self._telemetry.counts.stored.values())
        errors = [str(worker.error) for worker in self._metrics.workers if worker.error is not None]
        if errors:
            return Check("storing", "bad", errors[0])
        return Check("storing", "good", f"The store takes events: {stored:,} new ones since the start.")

    def _behind(self) -> Check:
        gauges = self._metrics.gauges
        unread = sum(gauges.unread.values())
        waiting = 0.0 if gauges.oldest is None else max(0.0, self._clock() - gauges.oldest)
        text = f"{unread:,} bytes stand unread in {gauges.streams:,} open streams"
        if waiting >= SLOW:
            return Check("catching up", "warning", f"{text}; the oldest event waits for the store for {seconds(waiting)}.")
        return Check("catching up", "good", f"{text}.")

    def _input(self) -> Check:
        problems = list(self._problems)
        if not problems:
            return Check("inputs", "good", "All inputs could be read.")
        more = f" (and {len(problems) - 1:,} more)" if len(problems) > 1 else ""
        return Check("inputs", "warning", f"{problems[-1]}{more}")


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
