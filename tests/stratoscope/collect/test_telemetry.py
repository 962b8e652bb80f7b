"""Each happening is counted, and told in the log where a person should know; not a thousand times a second."""

import json
import logging
import shutil
import subprocess
from collections.abc import Iterator

import pytest
from prometheus_client import generate_latest

from collectors.pipeline.outbox import Outbox
from collectors.pipeline.settings import Bounds, RetrySettings
from collectors.pipeline.worker import Worker
from collectors.problems import Problem
from stratoscope.collect.metrics import METRICS, PipelineMetrics, registry_of
from stratoscope.collect.telemetry import QUIET, Gauges, Telemetry
from stratoscope.store.records import Stored
from tests.collectors.pipeline.made import Receipts, ScriptedSink, Told, event


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Rig:
    """Telemetry whose log lines are kept."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self.clock = Clock()
        self.telemetry = Telemetry(logging.getLogger("telemetry"), self.clock)
        self._caplog = caplog

    def said(self) -> list[str]:
        said = [record.getMessage() for record in self._caplog.records]
        self._caplog.clear()
        return said

    def scrape(self) -> list[str]:
        return generate_latest(registry_of(PipelineMetrics(self.telemetry, self.clock))).decode().splitlines()


@pytest.fixture
def rig(caplog: pytest.LogCaptureFixture) -> Iterator[Rig]:
    with caplog.at_level(logging.DEBUG, logger="telemetry"):
        yield Rig(caplog)


def all_happenings(telemetry: Telemetry) -> None:
    telemetry.begin(sources=["logs"], sinks=["out"])
    telemetry.read("logs", 100, 3)
    telemetry.parsed([event(1), event(2)])
    telemetry.observer_failed("traces", KeyError("x"))
    telemetry.settled(2, 0.3)
    telemetry.settled(0, 0.0)
    telemetry.delivered("out", 2, 0.02)
    telemetry.retried("out", OSError("refused"), 1.5, 10)
    telemetry.split("out", 10)
    telemetry.rejected("out", event(1), "no such field")
    telemetry.refused("out", 1, "one of them")
    telemetry.dropped("out", 7, "spool_full", intended=True)
    telemetry.spooling("out", started=True)
    telemetry.spooling("out", started=False)
    telemetry.disk_failed("positions", OSError(28, "No space left on device"))
    telemetry.stored("store", Stored(5, 4, 3))
    telemetry.input_problem(Problem("/x.log", "may not be read", "change its mode"))
    telemetry.reloaded("sinks: missing")


def test_every_happening_is_counted(rig: Rig) -> None:
    all_happenings(rig.telemetry)
    lines = rig.scrape()
    for line in (
        'stratoscope_read_bytes_total{source="logs"} 100.0',
        'stratoscope_read_lines_total{source="logs"} 3.0',
        "stratoscope_parsed_events_total 2.0",
        'stratoscope_observer_errors_total{observer="traces"} 1.0',
        "stratoscope_acknowledged_events_total 2.0",
        'stratoscope_ack_seconds_bucket{le="0.25"} 0.0',
        'stratoscope_ack_seconds_bucket{le="0.5"} 1.0',
        "stratoscope_ack_seconds_count 1.0",
        'stratoscope_emitted_events_total{sink="out"} 2.0',
        'stratoscope_send_seconds_count{sink="out"} 1.0',
        'stratoscope_retries_total{sink="out"} 1.0',
        'stratoscope_splits_total{sink="out"} 1.0',
        'stratoscope_rejected_events_total{sink="out"} 1.0',
        'stratoscope_dropped_events_total{intended="true",reason="spool_full",sink="out"} 7.0',
        'stratoscope_dropped_events_total{intended="false",reason="refused",sink="out"} 1.0',
        'stratoscope_disk_errors_total{what="positions"} 1.0',
        'stratoscope_store_events_total{sink="store"} 5.0',
        'stratoscope_store_repeated_events_total{sink="store"} 4.0',
        'stratoscope_store_dropped_events_total{sink="store"} 3.0',
        "stratoscope_input_problems_total 1.0",
        "stratoscope_config_last_reload_successful 0.0",
    ):
        assert line in lines


def test_every_happening_that_a_person_should_know_of_is_said(rig: Rig) -> None:
    all_happenings(rig.telemetry)
    assert rig.said() == [
        "observer traces failed: KeyError('x'); events are delivered all the same",
        "sink out: refused; 10 events wait, tried again in 1.5 s",
        "sink out: 10 events at once are too many, sent in halves",
        "sink out will never take event s:a: no such field; it stands in the dead-letter file",
        "sink out took a batch with a remark: one of them; 1 events are lost, it does not tell which",
        "sink out: 7 events are lost (spool_full)",
        "sink out is behind: its events go to the spool on disk",
        "sink out has caught up: its spool is empty",
        "positions cannot be written: no space left on device; make room on its disk, it is tried again",
        "/x.log: may not be read; change its mode",
        "settings not reloaded, the old ones stay in force: sinks: missing",
    ]


def test_the_same_is_not_said_all_the_time(rig: Rig) -> None:
    for _ in range(100):
        rig.telemetry.dropped("out", 1, "memory_full", intended=True)
    rig.telemetry.dropped("other", 1, "memory_full", intended=True)
    assert rig.said() == ["sink out: 1 events are lost (memory_full)", "sink other: 1 events are lost (memory_full)"]
    rig.clock.now = QUIET
    rig.telemetry.dropped("out", 1, "memory_full", intended=True)
    assert rig.said() == ["sink out: 1 events are lost (memory_full) (99 more like this since the last one)"]


def test_it_is_said_when_a_sink_takes_events_again(rig: Rig) -> None:
    rig.telemetry.delivered("out", 1, 0.1)
    assert rig.said() == []
    rig.telemetry.retried("out", OSError("refused"), 1.0, 1)
    rig.said()
    rig.telemetry.delivered("out", 1, 0.1)
    assert rig.said() == ["sink out takes events again"]


def test_a_good_reload_after_a_bad_one(rig: Rig) -> None:
    rig.telemetry.reloaded("no")
    rig.telemetry.reloaded(None)
    assert "stratoscope_config_last_reload_successful 1.0" in rig.scrape()


def test_what_is_measured(rig: Rig) -> None:
    metrics = PipelineMetrics(rig.telemetry, rig.clock)
    box = Outbox("out", Bounds(1, 0, "block"), None, Told(), Receipts())
    worker = Worker(ScriptedSink(), box, Told(), None, RetrySettings())  # type: ignore[arg-type]
    worker.error = OSError("refused")
    metrics.workers = (worker,)
    metrics.gauges = Gauges(3, 2, 50, oldest=10.0, unread={"logs": 7}, positions_written=5.0)
    rig.clock.now = 12.5
    text = generate_latest(registry_of(metrics)).decode()
    for line in (
        'stratoscope_sink_up{sink="out"} 0.0',
        'stratoscope_queue_bytes{sink="out"} 0.0',
        'stratoscope_spool_bytes{sink="out"} 0.0',
        'stratoscope_lag_bytes{source="logs"} 7.0',
        "stratoscope_lag_seconds 2.5",
        "stratoscope_streams 3.0",
        "stratoscope_open_streams 2.0",
        "stratoscope_open_bytes 50.0",
        "stratoscope_positions_written_timestamp_seconds 5.0",
    ):
        assert line in text.splitlines()


def test_only_what_is_declared_is_told(rig: Rig) -> None:
    all_happenings(rig.telemetry)
    told = {line.split()[2] for line in rig.scrape() if line.startswith("# TYPE") and not line.split()[2].endswith("_created")}
    assert told <= {metric.name for metric in METRICS}


@pytest.mark.servers
def test_promtool_has_nothing_to_say(rig: Rig) -> None:
    all_happenings(rig.telemetry)
    promtool = shutil.which("promtool")
    assert promtool, "apt-get install prometheus"
    text = "\n".join([*rig.scrape(), ""])
    done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), json.dumps(done.stderr)
