"""/metrics out of a snapshot: all that the table declares, nothing else, in both forms."""

import logging
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics_families
from prometheus_client.parser import text_string_to_metric_families as text_families

from exporters.frame.exposition import Rendered, joined, render
from exporters.metrics import Samples
from probes.model import Evidence, Finding, Role, Use
from probes.watch.model import Shown
from stratoscope.probe import metrics as table
from stratoscope.probe.families import Moment, add_to
from stratoscope.probe.happenings import Counts
from stratoscope.probe.lines import Lines
from stratoscope.probe.own import METRICS as OWN
from stratoscope.probe.service import Service
from stratoscope.probe.snapshot import Boxes, Drained, Snapshot
from stratoscope.serving.light_http import Request
from tests.stratoscope.probe.made import demo
from tests.stratoscope.probe.test_pages import NOW, view

FIGURES = {"ping_seconds": 0.25, "control_seconds": 0.125, "queueing_seconds": 0.125, "workers": 3.0, "answering": 2.0}


def told(lines: Any = None) -> Any:
    """In `lines`, which are ours or the library's."""
    lines = Lines() if lines is None else lines
    rpc = Use("rpc", "rpc", frozenset({Role.LIVENESS}), "A test.")
    sockets = Use("sockets", "sockets", frozenset({Role.LIVENESS}), "A test.")
    checks = (
        Shown(rpc, (Evidence("rpc", Finding.PARTIAL, NOW, "", figures=FIGURES),), NOW - 1, 0.5, looks=4, faults=1),
        Shown(sockets, (Evidence("sockets", Finding.FINE, NOW, "", figures={"backlog_bytes": 7.0, "workers": 99.0}),)),
    )
    pulse = Evidence("pulse", Finding.FINE, NOW, "", figures={"lag_seconds": 0.5})
    whole = replace(
        view(),
        verdict=replace(view().verdict, evidence=(pulse,)),
        profile=demo(),
        enforcing=True,
        checks=checks,
        drained=Drained(over=False, seconds=3.0, told="", in_flight=2),
        boxes=Boxes(2, 1, (("a:b#1", 2),)),
    )
    counts = Counts()
    for counter in (counts.changes, counts.would_be_kills, counts.kills, counts.worker_kills, counts.false_alarms):
        counter["nova"] = 1
    counts.withheld["nova", "budget"] = 1
    counts.requests["/livez", "200"] = 5
    add_to(lines, Snapshot(NOW, {"nova": whole}), counts, Moment(NOW + 1, 2_000_000.0))
    return lines


def values() -> dict[str, float]:
    families = told(Samples())
    return {f"{one.name}{sorted(one.labels.items())}": one.value for family in families for one in family.samples}


def test_all_that_is_declared_is_given_out_and_nothing_else() -> None:
    given = {one.name for one in told().rendered()}
    assert given == {metric.name.removesuffix("_total") for metric in table.TABLE}


def test_the_figures_of_checks_are_metrics() -> None:
    found = values()
    for metric, value in (
        (table.PING, 0.25),
        (table.CONTROL, 0.125),
        (table.QUEUEING, 0.125),
        (table.WORKERS, 3.0),
        (table.ANSWERING, 2.0),
        (table.BACKLOG, 7.0),
        (table.AGE, 1.0),
        (table.IN_FLIGHT, 2.0),
        (table.SINCE, 2_000_000.0 - 61),
    ):
        assert found[f"{metric.name}[('probe', 'nova')]"] == value
    assert found["stratoscope_probe_loop_lag_seconds[]"] == 0.5
    assert found["stratoscope_probe_check_duration_seconds[('check', 'rpc'), ('probe', 'nova')]"] == 0.5


def test_both_forms_are_parsed() -> None:
    metrics = told().rendered()
    names = {one.name for one in metrics}
    openmetrics: Any = openmetrics_families  # it carries no types
    assert {family.name for family in openmetrics(joined(metrics, openmetrics=True).decode())} == names
    assert {family.name for family in text_families(joined(metrics, openmetrics=False).decode())} == names


def test_the_lines_are_those_that_the_library_makes() -> None:
    """The order of samples is ours; numbers are written in another way and are the same ones."""

    def lines(metrics: Sequence[Rendered]) -> dict[str, dict[str, float]]:
        found = {}
        for one in metrics:
            pairs = (line.rpartition(" ") for line in one.lines.decode().splitlines())
            found[f"{one.name} {one.kind} {one.help}"] = {name: float(value) for name, _, value in pairs}
        return found

    assert lines(told().rendered()) == lines(render(told(Samples()), 10_000).metrics)


@pytest.mark.parametrize("name", ['a"b', "a\\b", "a\nb", "ä", ""])
def test_a_label_may_hold_anything(name: str) -> None:
    lines, samples = Lines(), Samples()
    for one in (lines, samples):
        one.add(table.READY, 1, name)
    assert lines.rendered()[0].lines == render(samples, 10).metrics[0].lines


def test_what_is_not_declared_is_refused() -> None:
    with pytest.raises(ValueError, match="has no state 'x'"):
        Lines().state(table.VERDICT, "x", "nova", "demo")
    with pytest.raises(ValueError, match="shorter"):
        Lines().add(table.READY, 1.0)


@pytest.mark.servers
def test_promtool_has_nothing_to_say() -> None:
    promtool = shutil.which("promtool")
    assert promtool is not None, "promtool is missing; it comes with the package prometheus"
    text = joined(told().rendered(), openmetrics=False)
    done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def scraped(query: dict[str, list[str]] | None = None, *, openmetrics: bool = False) -> str:
    service = Service(None, "no settings")
    headers = {"accept": "application/openmetrics-text; version=1.0.0"} if openmetrics else {}
    reply = service._metrics(Request("GET", "/metrics", query or {}, headers))
    assert ("openmetrics" in reply.kind) is openmetrics
    return reply.data().decode()


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level(logging.CRITICAL, "stratoscope.probe"):
        yield


def test_a_scrape_gives_our_own_state_too_also_without_settings() -> None:
    body = scraped()
    assert "stratoscope_config_last_reload_successful 0.0" in body
    assert "process_resident_memory_bytes" in body
    declared = {metric.name for metric in (*OWN, *table.TABLE)}
    assert set(re.findall(r"^# TYPE (stratoscope_\w+)", body, re.MULTILINE)) <= declared
    assert scraped(openmetrics=True).endswith("# EOF\n")
    assert scraped({"name[]": ["stratoscope_build_info"]}).count("# TYPE") == 1
