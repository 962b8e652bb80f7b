"""Events as log records: nothing is left out, and whatever an event holds, the official classes decode it."""

import json
import math
from typing import Any

from hypothesis import given
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from collectors.sinks.events import clean
from collectors.sinks.otlp.records import request_of
from collectors.sinks.otlp.values import DEEPEST, put
from parsers.model import Event
from tests.collectors.sinks.made import ANY_EVENT, STACKTRACE, TRACE, event, failure, sample_events

NOW = 5_000_000_000


def sent(events: Any) -> ExportLogsServiceRequest:
    """The request as a receiver decodes it."""
    return ExportLogsServiceRequest.FromString(request_of(events, NOW).SerializeToString())


def record_of(one: Event) -> LogRecord:
    return sent([one]).resource_logs[0].scope_logs[0].log_records[0]


def value_of(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [value_of(one) for one in value.array_value.values]
    if kind == "kvlist_value":
        return {pair.key: value_of(pair.value) for pair in value.kvlist_value.values}
    return getattr(value, kind) if kind else None


def attributes_of(holder: Any) -> dict[str, Any]:
    return {pair.key: value_of(pair.value) for pair in holder.attributes}


def stored(value: Any) -> Any:
    made = AnyValue()
    put(made, value)
    return value_of(AnyValue.FromString(made.SerializeToString()))


def test_the_fields_of_a_record_are_those_of_the_event() -> None:
    record = record_of(event())
    assert record.time_unix_nano == 1_795_404_781_807_000_000
    assert record.observed_time_unix_nano == 1_795_404_782_100_000_000
    assert (record.severity_number, record.severity_text) == (9, "INFO")
    assert record.body.string_value == "Synchronizing state"
    assert record.trace_id.hex() == TRACE
    assert record.span_id == b""
    assert attributes_of(record) == {
        "log.logger": "nova.compute.manager",
        "process.pid": 32594,
        "openstack.request_id": "req-c85b85ed-4262-4d4b-8ea0-03cb6bf4f831",
        "log.record.uid": "a1-400-1:0",
        "log.file.path": "/var/log/nova.log",
        "stratoscope.source.format": "oslo.text",
        "stratoscope.source.profile": "default",
        "stratoscope.source.first_line": 1,
        "stratoscope.source.lines": 1,
        "stratoscope.source.first_offset": 0,
        "stratoscope.source.last_offset": 120,
    }


def test_exceptions_fingerprint_and_dependency_go_along_typed() -> None:
    one = failure()
    attributes = attributes_of(record_of(one))
    assert attributes["exception.stacktrace"] == STACKTRACE
    assert attributes["stratoscope.exceptions"] == one["exceptions"]
    assert attributes["stratoscope.fingerprint.id"] == "2026-11-23:0011223344556677"
    assert attributes["stratoscope.dependency.name"] == "galera"
    assert attributes["stratoscope.quality"] == ["truncated"]


def test_records_of_one_resource_share_it_and_keep_their_order() -> None:
    other = {"service.name": "glance", "host.name": "node-1"}
    request = sent([event("a"), event("b", resource=other), event("c"), event("d", resource=other), event("e", resource={})])
    told = [
        (attributes_of(group.resource), [record.body.string_value for record in group.scope_logs[0].log_records])
        for group in request.resource_logs
    ]
    assert told == [(event()["resource"], ["a", "c"]), (other, ["b", "d"]), ({"service.name": "unknown_service"}, ["e"])]
    assert request.resource_logs[0].scope_logs[0].scope.name == "stratoscope"


def test_what_an_event_does_not_tell_is_not_set() -> None:
    record = record_of({"body": "x", "attributes": {}, "resource": {}})
    assert record.time_unix_nano == 0
    assert record.observed_time_unix_nano == NOW
    assert (record.severity_number, record.severity_text, record.trace_id) == (0, "", b"")
    assert attributes_of(record) == {}


def test_what_fits_into_no_field_is_an_attribute() -> None:
    record = record_of(event(trace_id="0" * 32, span_id="1", severity_number=99, event_name="x"))
    attributes = attributes_of(record)
    assert attributes["stratoscope.trace_id"] == "0" * 32
    assert attributes["stratoscope.span_id"] == "1"
    assert attributes["stratoscope.severity_number"] == 99
    assert attributes["stratoscope.event_name"] == "x"
    assert attributes_of(record_of(event(trace_id="z" * 32)))["stratoscope.trace_id"] == "z" * 32
    assert record_of(event(span_id="00f067aa0ba902b7")).span_id.hex() == "00f067aa0ba902b7"


def test_values_keep_their_types() -> None:
    for value in (
        "x",
        "",
        1,
        0,
        -(1 << 63),
        (1 << 63) - 1,
        1.5,
        True,
        False,
        None,
        [],
        {},
        [1, "a", None],
        {"a": {"b": [1.5]}},
        b"\xff",
    ):
        told = stored(value)
        assert told == value
        assert type(told) is type(value)


def test_values_that_protobuf_does_not_have_become_text() -> None:
    assert stored(1 << 63) == hex(1 << 63)
    assert stored("a\ud800") == "a\\ud800"
    assert stored({"\ud800": 1}) == {"\\ud800": 1}
    assert stored({1: 2}) == {"1": 2}
    assert math.isnan(stored(math.nan))
    assert stored(math.inf) == math.inf


def test_what_is_nested_too_deeply_is_json_and_nothing_is_lost() -> None:
    value: Any = ["bottom"]
    for _ in range(100):
        value = [value]
    told = stored(value)
    for _ in range(DEEPEST):
        (told,) = told
    assert isinstance(told, str)
    rest = json.loads(told)
    for _ in range(100 - DEEPEST):
        (rest,) = rest
    assert rest == ["bottom"]


def test_a_body_of_a_megabyte_goes_through() -> None:
    assert record_of(event("x" * (1 << 20))).body.string_value == "x" * (1 << 20)


@given(ANY_EVENT)
def test_any_event_is_decoded_with_all_its_attributes(one: Event) -> None:
    """Mapped without loss of attributes and without exceptions."""
    record = record_of(one)
    names = [pair.key for pair in record.attributes]
    assert set(map(clean, one["attributes"])) <= set(names)
    resource = sent([one]).resource_logs[0].resource
    assert set(map(clean, one["resource"])) <= {pair.key for pair in resource.attributes}
    assert value_of(record.body) is not None or one["body"] is None


def test_every_event_of_the_samples_comes_through_whole() -> None:
    request = sent(sample_events())
    records = [record for group in request.resource_logs for record in group.scope_logs[0].log_records]
    by_id = {attributes_of(record)["log.record.uid"]: record for record in records}
    assert len(by_id) == len(records) == len(sample_events())
    for one in sample_events():
        record = by_id[one["attributes"]["log.record.uid"]]
        attributes = attributes_of(record)
        assert one["attributes"].items() <= attributes.items()
        assert record.body.string_value == one["body"]
        assert attributes.get("stratoscope.exceptions") == one.get("exceptions")
        assert record.trace_id.hex() == one.get("trace_id", "")
