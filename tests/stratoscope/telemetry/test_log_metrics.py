"""Metrics out of log events: what is counted, under which labels, and what bounds them."""

import lzma
import math
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest

from collectors.diagnosis.diagnosis import Diagnosis
from parsers.model import Event
from parsers.parser import Parser
from stratoscope import samples
from stratoscope.telemetry.counts import MAX_SERIES, MAX_VALUE
from stratoscope.telemetry.diagnosis_metrics import DiagnosisMetrics
from stratoscope.telemetry.log_metrics import MAX_GROUPS, LogMetrics


def exposed(*collectors: LogMetrics | DiagnosisMetrics) -> str:
    registry = CollectorRegistry(auto_describe=False)
    for collector in collectors:
        registry.register(collector)
    return generate_latest(registry).decode()


def of(*events: Event) -> dict[str, float]:
    """Series that are not 0 -> value."""
    metrics = LogMetrics()
    metrics.observe(events)
    lines = [line.rpartition(" ") for line in exposed(metrics).splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines if float(value)}


def request(**attributes: object) -> Event:
    known = {"http.request.method": "GET", "http.response.status_code": 200, "http.server.request.duration": 0.3}
    named = {name.replace("_", "."): value for name, value in attributes.items()}
    return {"resource": {"service.name": "nova-api"}, "attributes": known | named, "source": {"format": "uwsgi.request"}}


def test_a_request_is_counted_and_its_duration_put_into_a_bucket() -> None:
    found = of(request())
    assert found['openstack_api_requests_total{code="200",component="nova-api",format="uwsgi.request",method="GET"}'] == 1
    name = "openstack_api_request_duration_seconds"
    labels = 'component="nova-api",format="uwsgi.request"'
    buckets = {key for key in found if key.startswith(f"{name}_bucket")}
    assert {f'{name}_bucket{{{labels},le="{bound}",method="GET"}}' for bound in ("0.5", "60.0", "+Inf")} <= buckets
    assert len(buckets) == 8
    assert found[f'{name}_sum{{{labels},method="GET"}}'] == 0.3


@pytest.mark.parametrize("duration", [math.nan, math.inf, -1, "quick", None])
def test_a_duration_that_is_none_is_left_out(duration: object) -> None:
    event = request()
    event["attributes"]["http.server.request.duration"] = duration
    assert not [name for name in of(event) if "duration" in name]


@given(st.text(max_size=20), st.one_of(st.integers(), st.text(), st.none()))
def test_rubbish_sent_to_a_port_makes_no_labels(method: str, code: object) -> None:
    event = request()
    event["attributes"] |= {"http.request.method": method + "!", "http.response.status_code": code}
    (name,) = (name for name in of(event) if name.startswith("openstack_api_requests"))
    assert 'method="_OTHER"' in name
    known = isinstance(code, int) and 100 <= code <= 599
    assert f'code="{code if known else 0}"' in name


def failure(fingerprint: str, service: str = "nova", number: int = 17) -> Event:
    return {
        "severity_number": number,
        "resource": {"service.name": service},
        "attributes": {"exception.type": "DBError", "openstack.request_id": "req-1"},
        "fingerprint": {"id": fingerprint},
        "dependency": {"name": "galera", "rule": "galera.not_ready"},
    }


def test_an_error_is_new_once_and_blames_by_rule() -> None:
    found = of(failure("a"), failure("a"), failure("b"), failure("c", number=13))
    assert found['openstack_log_new_error_groups_total{component="nova"}'] == 2
    assert found['openstack_log_dependency_errors_total{component="nova",dependency="galera",rule="galera.not_ready"}'] == 4
    assert found['openstack_log_exceptions_total{component="nova",dependency="galera",exception="DBError"}'] == 4
    assert found['openstack_log_events_with_request_id_total{component="nova"}'] == 4
    assert found['openstack_log_events_total{component="nova",severity="error"}'] == 3


def test_beyond_the_bound_everything_is_counted_as_other_and_that_is_told() -> None:
    found = of(*({"resource": {"service.name": "x" * 500 + str(number)}} for number in range(MAX_SERIES + 7)))
    assert found['stratoscope_label_overflow_total{metric="openstack_log_events_total"}'] == 7
    assert found['openstack_log_events_total{component="other",severity="other"}'] == 7
    assert sum(value for name, value in found.items() if name.startswith("openstack_log_events_total")) == MAX_SERIES + 7
    assert max(map(len, found)) < MAX_VALUE + 100


def test_fingerprints_are_remembered_up_to_a_bound() -> None:
    metrics = LogMetrics()
    metrics.observe([failure(str(number)) for number in range(MAX_GROUPS + 5)])
    assert f'new_error_groups_total{{component="nova"}} {float(MAX_GROUPS)}' in exposed(metrics)


def test_promtool_finds_nothing_to_say_of_what_real_logs_give() -> None:
    metrics, diagnosis = LogMetrics(), Diagnosis()
    for path in samples.paths():
        parser = Parser()
        with lzma.open(path) as file:
            events = [*parser.feed(file.read(), 0.0), *parser.close()]
        metrics.observe(events)
        diagnosis.observe(events, 0.0)
    text = exposed(metrics, DiagnosisMetrics(diagnosis))
    assert "openstack_api_request_duration_seconds_bucket" in text
    assert "stratoscope_diagnosis_missing_records_total" in text
    done = subprocess.run(["promtool", "check", "metrics"], input=text, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
