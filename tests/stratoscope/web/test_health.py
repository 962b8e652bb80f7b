"""How the reading fares, as the view of health tells it."""

import logging
from types import SimpleNamespace
from typing import Any

import pytest

from collectors.diagnosis.diagnosis import Diagnosis
from collectors.problems import Problem
from stratoscope.collect.metrics import PipelineMetrics
from stratoscope.collect.telemetry import Gauges, Telemetry
from stratoscope.store.records import Totals
from stratoscope.web.health import store_checks
from stratoscope.web.ingest_health import PROBLEMS, SLOW, IngestHealth, diagnosed
from stratoscope.web.model import Check, worst

NOW = 1000.0


def health(*, error: Exception | None = None, problems: tuple[Problem, ...] = (), gauges: Gauges | None = None) -> list[Check]:
    telemetry = Telemetry(logging.getLogger("test"))
    telemetry.delivered("store", 1200, 0.1)
    for problem in problems:
        telemetry.input_problem(problem)
    metrics = PipelineMetrics(telemetry)
    workers: Any = [SimpleNamespace(error=error, outbox=SimpleNamespace(name="store"))]
    metrics.workers = workers
    metrics.gauges = gauges or Gauges()
    reading, _ = IngestHealth(telemetry, metrics, Diagnosis(), lambda: NOW)()
    return list(reading.checks)


def test_a_reading_that_is_well() -> None:
    assert [check.state for check in health()] == ["good"] * 3
    assert health()[0] == Check("sink store", "good", "It takes events: 1,200 since the start.")


def test_a_sink_that_takes_nothing_is_told_with_its_reason() -> None:
    assert health(error=RuntimeError("database or disk is full"))[0] == Check("sink store", "bad", "database or disk is full")


@pytest.mark.parametrize(("waiting", "state"), [(SLOW - 1, "good"), (SLOW + 1, "warning")])
def test_events_that_wait_long_for_the_store(waiting: float, state: str) -> None:
    check = health(gauges=Gauges(streams=3, oldest=NOW - waiting, unread={"files": 12_345}))[1]
    assert check.state == state
    assert "12,345 bytes stand unread in 3 open streams" in check.text


def test_inputs_that_cannot_be_read() -> None:
    problems = (Problem("/a", "may not be read", "run as root"), Problem("/b", "may not be read", "run as root"))
    assert health(problems=problems)[2] == Check("inputs", "warning", "/b: may not be read; run as root (and 1 more)")


def test_findings_by_which_records_are_missing_come_first() -> None:
    findings = {("format_unknown", "haproxy"): 12, ("sequence_gap", "openvswitch"): 3}
    assert diagnosed(findings, {("sequence_gap", "openvswitch"): 41}) == [
        Check("sequence gap", "warning", "openvswitch: seen 3 times, 41 records are missing"),
        Check("format unknown", "unknown", "haproxy: seen 12 times"),
    ]


def test_findings_are_bounded() -> None:
    found = diagnosed({("format_unknown", f"service{number}"): 1 for number in range(50)}, {})
    assert len(found) == PROBLEMS + 1
    assert found[-1].text == "40 more findings, at /metrics"


@pytest.mark.parametrize(("old", "state"), [(60, "good"), (3600, "warning")])
def test_a_store_whose_newest_event_is_old(old: float, state: str) -> None:
    checks = store_checks(Totals(5, 1, 0.0, 10_000.0, 7), 10_000.0 + old).checks
    assert checks[1].state == state
    assert "7 oldest events were dropped" in checks[2].text


def test_which_state_counts() -> None:
    assert worst(["good", "bad", "warning"]) == "bad"
    assert worst(["unknown", "good"]) == "good"
    assert worst([]) == "unknown"
