"""The Loki sink: what an entry looks like, and a server that is as strict, and as final, as Loki."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given

from collectors.model import RetryError, Sent, TooLargeError
from collectors.sinks.loki import LokiSink
from collectors.sinks.loki_lines import LABELS, Bounds, entry_of, labels_of, spread
from collectors.sinks.settings import LokiSettings
from parsers.model import Event
from tests.collectors.sinks.made import ANY_EVENT, NOW, STACKTRACE, event, failure, sample_events, several
from tests.servers.http import Hang, Reply, Reset
from tests.servers.loki import SECOND, Limits, LokiServer

LONG = 60.0
BOUNDS = Bounds(256 << 10, 64 << 10, 128)
TIME = 1_795_404_781_807_000_000


def clock() -> int:
    return NOW * SECOND


def sink_of(server: LokiServer, **settings: Any) -> LokiSink:
    return LokiSink("loki", LokiSettings(url=server.url, **settings), clock)


@pytest.fixture
def server() -> Iterator[LokiServer]:
    with LokiServer(clock=clock) as running:
        yield running


@pytest.fixture
def sink(server: LokiServer) -> Iterator[LokiSink]:
    made = sink_of(server, cluster="one")
    yield made
    made.close()


def test_labels_are_five_at_most_and_all_else_is_metadata() -> None:
    assert labels_of(event(), "one") == {
        "cluster": "one",
        "service": "nova-compute",
        "component": "nova-compute",
        "level": "info",
        "source": "oslo.text",
    }
    line, metadata = entry_of(event(), BOUNDS)
    assert line == "Synchronizing state"
    assert metadata == {
        "observed_timestamp": "2026-11-23T03:33:02.100000Z",
        "severity_text": "INFO",
        "trace_id": "c85b85ed42624d4b8ea003cb6bf4f831",
        "source_format": "oslo.text",
        "source_profile": "default",
        "source_file": "/var/log/nova.log",
        "source_first_line": "1",
        "source_lines": "1",
        "source_first_offset": "0",
        "source_last_offset": "120",
        "log_logger": "nova.compute.manager",
        "process_pid": "32594",
        "openstack_request_id": "req-c85b85ed-4262-4d4b-8ea0-03cb6bf4f831",
        "log_record_uid": "a1-400-1:0",
        "k8s_pod_name": "nova-compute-x7",
    }


def test_what_is_not_known_is_no_label() -> None:
    assert labels_of({"body": "x", "attributes": {}, "resource": {}}, "") == {"service": "unknown_service", "level": "unknown"}


@pytest.mark.parametrize(
    ("number", "level"),
    [(1, "trace"), (8, "debug"), (10, "info"), (13, "warn"), (17, "error"), (21, "fatal"), (24, "fatal"), (25, "unknown")],
)
def test_levels_have_six_names(number: int, level: str) -> None:
    assert labels_of(event(severity_number=number), "")["level"] == level


def test_a_line_has_the_stack_trace_behind_the_message() -> None:
    line, metadata = entry_of(failure(), BOUNDS)
    assert line == f"Failed\n{STACKTRACE}"
    assert metadata["exception_type"] == "KeyError"
    assert metadata["quality"] == '["truncated"]'
    assert "exception_stacktrace" not in metadata
    assert "exceptions" not in metadata


def test_names_are_those_that_a_query_can_say_and_none_is_lost_to_another() -> None:
    attributes = {"a.b": 1, "a_b": 2, "9x": True, "level": "x", "truncated": "y", "ü": 1.5, "": None}
    metadata = entry_of(event(attributes=attributes, uid=None, source=None, resource={}), BOUNDS)[1]
    told = {name: value for name, value in metadata.items() if name not in ("observed_timestamp", "severity_text", "trace_id")}
    assert told == {
        "a_b": "1", "a_b_": "2", "_9x": "true", "level_": "x", "truncated_": "y", "_": "1.5", "__": "null",
    }  # fmt: skip


def test_a_line_beyond_the_bound_is_cut_and_that_is_told() -> None:
    line, metadata = entry_of(event("ä" * 1000), Bounds(1001, 64 << 10, 128))
    assert line == "ä" * 500
    assert metadata["truncated"] == "line"


def test_metadata_beyond_the_bounds_are_left_out_and_that_is_told() -> None:
    many = {f"a{number}": "x" for number in range(200)}
    metadata = entry_of(event(attributes=many), BOUNDS)[1]
    assert len(metadata) == 128
    assert metadata["truncated"] == "metadata"
    metadata = entry_of(event("x" * 2000, attributes={"large": "y" * 2000, "small": "z"}), Bounds(1024, 1024, 128))[1]
    assert metadata["truncated"] == "line,metadata"
    assert metadata["small"] == "z"
    assert "large" not in metadata


def test_equal_lines_in_the_same_millisecond_stay_apart_and_a_repeat_does_not() -> None:
    times = [spread(event(uid=f"replica-{number}:0"), TIME) for number in range(50)]
    assert len(set(times)) > 40
    assert {when // 1_000_000 for when in times} == {TIME // 1_000_000}
    assert spread(event(), TIME) == spread(event(), TIME)
    lines = [event(uid=f"x:{number}", source={"first_line": number}) for number in range(1, 500)]
    told = [spread(one, TIME) for one in lines]
    assert told == sorted(set(told))
    assert spread(event(), TIME + 1_000) // 1_000 == (TIME + 1_000) // 1_000
    assert spread(event(), TIME + 1) == TIME + 1


@given(ANY_EVENT)
def test_any_event_becomes_an_entry_within_the_bounds(one: Event) -> None:
    line, metadata = entry_of(one, Bounds(100, 500, 10))
    assert len(line.encode()) <= 100
    assert len(metadata) <= 10
    assert sum(len(name.encode()) + len(value.encode()) for name, value in metadata.items()) <= 500
    assert set(labels_of(one, "c")) <= set(LABELS)
    json.dumps([line, metadata, labels_of(one, "c")]).encode()


@given(ANY_EVENT)
def test_any_event_keeps_all_its_attributes_where_there_is_room(one: Event) -> None:
    """Mapped without loss of attributes and without exceptions."""
    metadata = entry_of(one, Bounds(1 << 20, 1 << 20, 1000))[1]
    names = [name for name in one["attributes"] if name != "exception.stacktrace"]
    assert len(metadata) >= len(names)
    assert "truncated" not in metadata


@pytest.mark.servers
def test_events_arrive_in_the_order_of_time_within_their_stream(server: LokiServer, sink: LokiSink) -> None:
    late = event("late", uid="2", timestamp="2026-11-23T03:33:05Z")
    events = [late, event("early", uid="1"), event("other", uid="3", resource={"service.name": "glance"})]
    assert sink.send(events, LONG) == Sent(3)
    assert [[line for _, line, _ in entries] for entries in server.streams.values()] == [["early", "late"], ["other"]]
    assert all(len(labels) <= 5 for labels in server.streams)


@pytest.mark.servers
def test_the_sample_logs_arrive_each_line_of_them(server: LokiServer, sink: LokiSink) -> None:
    events = sample_events()
    for start in range(0, len(events), 1000):
        part = events[start : start + 1000]
        assert sink.send(part, LONG) == Sent(len(part))
    assert len(server.entries()) == len(events)
    assert len(server.streams) < 60


@pytest.mark.servers
def test_a_repeat_is_not_there_twice(server: LokiServer, sink: LokiSink) -> None:
    sink.send(several(5), LONG)
    sink.send(several(8), LONG)
    assert len(server.entries()) == 8


@pytest.mark.servers
def test_the_tenant_is_told() -> None:
    with LokiServer(tenant="cloud", clock=clock) as server:
        sink = sink_of(server, tenant="cloud")
        assert sink.send(several(1), LONG) == Sent(1)
        sink.close()
        sink = sink_of(server)
        with pytest.raises(RetryError, match="HTTP 401: no org id; check url, tenant and user"):
            sink.send(several(1), LONG)
        sink.close()


@pytest.mark.servers
def test_what_loki_would_refuse_is_rejected_before_and_does_not_spoil_the_batch(server: LokiServer, sink: LokiSink) -> None:
    old, new = event("old", timestamp="2026-11-01T00:00:00Z"), event("new", timestamp="2026-11-23T12:36:40Z")
    sent = sink.send([old, event("good"), new], LONG)
    assert sent.accepted == 1
    assert [(one.event["body"], one.reason) for one in sent.rejected] == [
        ("old", "older than Loki takes; see oldest (604800 s)"),
        ("new", "further in the future than Loki takes; see ahead (600 s)"),
    ]
    assert [line for _, line, _ in server.entries()] == ["good"]
    assert sink.send([old], LONG).accepted == 0
    assert len(server.requests) == 1


@pytest.mark.servers
def test_the_bounds_of_time_can_be_taken_away() -> None:
    with LokiServer(Limits(oldest=1 << 62, ahead=1 << 62), clock=clock) as server:
        sink = sink_of(server, oldest=0.0, ahead=0.0)
        assert sink.send([event(timestamp="2020-11-01T00:00:00Z"), event(timestamp="2030-11-01T00:00:00Z")], LONG) == Sent(2)
        sink.close()


@pytest.mark.servers
def test_a_refusal_is_final_though_a_part_was_taken() -> None:
    with LokiServer(Limits(line=100), clock=clock) as server:
        sink = sink_of(server)
        sent = sink.send([event("good"), event("x" * 200)], LONG)
        assert (sent.accepted, len(sent.rejected)) == (0, 2)
        assert sent.rejected[0].reason.endswith("max entry size 100 bytes exceeded (good entries of this batch were taken)")
        assert [line for _, line, _ in server.entries()] == ["good"]
        sink.close()


@pytest.mark.servers
def test_a_tenant_that_is_blocked_is_a_refusal_though_it_looks_like_success(server: LokiServer, sink: LokiSink) -> None:
    server.plan.append(Reply(260, b"ingestion blocked"))
    assert len(sink.send(several(2), LONG).rejected) == 2


@pytest.mark.servers
@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_loki_that_is_busy_is_asked_again(server: LokiServer, sink: LokiSink, status: int) -> None:
    server.plan.append(Reply(status, b"rate limit", {"Retry-After": "4"}))
    with pytest.raises(RetryError, match=f"/loki/api/v1/push: HTTP {status}: rate limit; it will be tried again") as caught:
        sink.send(several(2), LONG)
    assert (caught.value.after, caught.value.remaining) == (4, None)


@pytest.mark.servers
@pytest.mark.parametrize(("status", "words"), [(302, "redirects are not followed"), (404, "check url")])
def test_what_is_wrong_with_our_settings_costs_no_event(server: LokiServer, sink: LokiSink, status: int, words: str) -> None:
    server.plan.append(Reply(status))
    with pytest.raises(RetryError, match=words):
        sink.send(several(2), LONG)


@pytest.mark.servers
def test_a_request_that_is_too_large_may_be_halved() -> None:
    with LokiServer(Limits(body=2000), clock=clock) as server:
        sink = sink_of(server)
        with pytest.raises(TooLargeError, match="HTTP 413"):
            sink.send(several(9), LONG)
        assert len(sink.send([event("x" * 2000)], LONG).rejected) == 1
        sink.close()
        sink = sink_of(server, request_bytes=1000)
        with pytest.raises(TooLargeError, match="request_bytes"):
            sink.send(several(9), LONG)
        sink.close()


@pytest.mark.servers
@pytest.mark.parametrize("trouble", [Hang(), Reset(), Reply(200, b"x", half=True)])
def test_an_answer_that_does_not_come_accepts_nothing(
    server: LokiServer, sink: LokiSink, trouble: Hang | Reset | Reply
) -> None:
    server.plan.append(trouble)
    with pytest.raises(RetryError):
        sink.send(several(1), 0.3 if isinstance(trouble, Hang) else LONG)
    assert sink.send(several(1), LONG) == Sent(1)
