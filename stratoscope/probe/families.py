"""A scrape of the sidecar: the newest snapshot and the counters, as samples of the table of metrics. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from exporters.metrics import Metric
from probes.model import Proof
from probes.watch.model import Shown
from stratoscope.probe import metrics as table
from stratoscope.probe.happenings import Counts
from stratoscope.probe.lines import Lines
from stratoscope.probe.snapshot import Snapshot, View

_FIGURES: Mapping[str, tuple[tuple[str, Metric], ...]] = {
    "rpc": (
        ("ping_seconds", table.PING),
        ("control_seconds", table.CONTROL),
        ("queueing_seconds", table.QUEUEING),
        ("workers", table.WORKERS),
        ("answering", table.ANSWERING),
    ),
    "sockets": (("backlog_bytes", table.BACKLOG),),
}
"""Figures of evidence that are metrics of their own, by check."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The same moment on both clocks, in seconds."""

    now: float
    wall: float


def add_to(told: Lines, snapshot: Snapshot, counts: Counts, moment: Moment) -> None:
    """All of it."""
    told.add(table.LAG, _lag(snapshot))
    for name, view in snapshot.views.items():
        _view(told, name, view, moment)
        told.add(table.STALE, float(view.stale(moment.now)), name)
        told.add(table.AGE, view.age(moment.now), name)
        for shown in view.checks:
            _check(told, name, shown)
        _figures(told, name, view.checks)
    _counters(told, counts)


def _view(told: Lines, name: str, view: View, moment: Moment) -> None:
    verdict = view.verdict
    told.state(table.VERDICT, verdict.state.value, name, view.profile.name if view.profile else "")
    told.add(table.SINCE, moment.wall - (moment.now - verdict.since), name)
    told.add(table.READY, float(view.ready.ok), name)
    told.add(table.LIVE, float(view.live.ok), name)
    told.add(table.ENFORCING, float(view.enforcing), name)
    for proof in Proof:
        told.add(table.PROOF, float(proof in verdict.proofs), name, proof.value)
    told.add(table.DRAINING, float(view.drained is not None and not view.drained.over), name)
    if view.drained is not None:
        told.add(table.DRAIN_SECONDS, view.drained.seconds, name)
        told.add(table.IN_FLIGHT, view.drained.in_flight, name)
    told.add(table.EVIDENCE_WRITTEN, view.boxes.written, name)
    told.add(table.EVIDENCE_FAILED, view.boxes.failed, name)
    for signature, hangs in view.boxes.signatures:
        told.add(table.HANG, hangs, name, signature)
    for rule in dict.fromkeys(rule for rule, _ in view.doubts):
        told.add(table.LINT, 1.0, name, rule)


def _check(told: Lines, name: str, shown: Shown) -> None:
    check = shown.use.name
    told.state(table.FINDING, shown.finding.value, name, check)
    told.add(table.CHECK_SECONDS, shown.seconds if shown.looks else None, name, check)
    told.add(table.CHECKS, shown.looks, name, check)
    told.add(table.CHECK_ERRORS, shown.faults, name, check)
    told.add(table.OVERDUE, shown.overdue, name, check)
    told.add(table.STUCK_LOOKS, shown.stuck, name, check)


def _figures(told: Lines, name: str, checks: Iterable[Shown]) -> None:
    seen: dict[str, tuple[Metric, float]] = {}
    for shown in checks:
        for figure, metric in _FIGURES.get(shown.use.check, ()):
            for evidence in shown.evidence:
                if figure in evidence.figures:
                    seen.setdefault(metric.name, (metric, evidence.figures[figure]))
    for metric, value in seen.values():
        told.add(metric, value, name)


def _lag(snapshot: Snapshot) -> float | None:
    evidence = (one for view in snapshot.views.values() for one in view.verdict.evidence)
    return next((one.figures["lag_seconds"] for one in evidence if "lag_seconds" in one.figures), None)


def _counters(told: Lines, counts: Counts) -> None:
    for metric, counter in (
        (table.CHANGES, counts.changes),
        (table.WOULD_KILL, counts.would_be_kills),
        (table.KILLS, counts.kills),
        (table.WORKER_KILLS, counts.worker_kills),
        (table.FALSE_ALARMS, counts.false_alarms),
    ):
        for name, value in sorted(counter.items()):
            told.add(metric, value, name)
    for pair_metric, pairs in ((table.WITHHELD, counts.withheld), (table.REQUESTS, counts.requests)):
        for labels, value in sorted(pairs.items()):
            told.add(pair_metric, value, *labels)
