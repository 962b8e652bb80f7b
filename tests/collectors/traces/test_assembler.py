"""Events of requests become spans: which, from when to when, below whom, and what is kept of them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode

from collectors.traces.assembler import TraceAssembler
from collectors.traces.settings import AssemblySettings
from parsers.model import Event
from tests.collectors.sinks.made import ANY_EVENT, TEXTS
from tests.collectors.traces.made import (
    answered,
    by_service,
    error,
    event,
    milliseconds,
    own_id,
    parent_id,
    request_id,
    service_of,
)


def spans_of(*events: Event, **settings: Any) -> list[ReadableSpan]:
    assembler = TraceAssembler(AssemblySettings(**settings))
    return [*assembler.feed(events, 0.0), *assembler.close()]


def span_of(*events: Event, **settings: Any) -> ReadableSpan:
    (span,) = spans_of(*events, **settings)
    return span


def told(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def test_the_events_of_one_request_in_one_service_are_one_span() -> None:
    span = span_of(event(at=100), event(at=350), event(at=200))
    assert milliseconds(span) == (100, 350)
    assert span.context is not None
    assert f"{span.context.trace_id:032x}" == request_id(1)[4:].replace("-", "")
    assert (span.name, span.kind, span.parent) == ("nova-api.module", SpanKind.INTERNAL, None)
    assert dict(span.resource.attributes) == {"service.name": "nova-api"}
    assert told(span) == {
        "openstack.request_id": request_id(1),
        "process.pid": 7,
        "stratoscope.times": "events",
        "stratoscope.events": 3,
    }
    assert span.status.status_code is StatusCode.UNSET


def test_an_access_line_tells_duration_name_and_kind() -> None:
    span = span_of(event(at=700), answered(at=1000, seconds=0.6), event(at=1100))
    assert milliseconds(span) == (400, 1000)
    assert span.name == "GET /v2.1/servers/{}/os-volume_attachments"
    assert span.kind is SpanKind.SERVER
    assert told(span)["http.response.status_code"] == 200
    assert told(span)["client.address"] == "10.0.0.1"
    assert told(span)["stratoscope.times"] == "access_line"


@pytest.mark.parametrize("seconds", [None, -1.0, float("nan"), float("inf"), 1e9])
def test_a_duration_that_is_none_leaves_the_times_to_the_events(seconds: float | None) -> None:
    span = span_of(event(at=700), answered(at=1000, seconds=seconds))
    assert milliseconds(span) == (700, 1000)
    assert span.kind is SpanKind.SERVER


def test_some_formats_print_when_a_request_came() -> None:
    line = answered(at=1000, seconds=0.6, source={"format": "apache.access"})
    assert milliseconds(span_of(line)) == (1000, 1600)


def test_the_longest_of_several_access_lines_counts() -> None:
    lines = [answered(at=500, seconds=0.1), answered(at=1000, seconds=0.9), answered(at=900, seconds=0.2)]
    assert milliseconds(span_of(*lines)) == (100, 1000)


def test_what_a_client_logs_of_its_requests_is_no_access_line() -> None:
    client = {"client.address": None, "server.address": "10.0.0.9", "server.port": 9696}
    line = answered(at=1000)
    line["attributes"] = {name: value for name, value in (line["attributes"] | client).items() if value is not None}
    assert span_of(line).kind is SpanKind.INTERNAL


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/", "GET /"),
        ("/v3/auth/tokens", "GET /v3/auth/tokens"),
        ("/v2/images/0a1b2c3d-0000-0000-0000-000000000000/file", "GET /v2/images/{}/file"),
        ("/v1/AUTH_0123/photos/Me.JPG", "GET /v1/{}/photos/{}"),
        ("/resource_providers/12/" + "a/" * 20, "GET /resource_providers/{}" + "/a" * 6),
        (None, "GET"),
        (5, "GET"),
    ],
)
def test_names_of_spans_are_few(path: Any, name: str) -> None:
    assert span_of(answered(at=1, attributes={"url.path": path})).name == name


def test_services_that_work_on_the_same_request_are_below_the_one_that_was_first() -> None:
    spans = by_service(
        spans_of(
            event("nova-compute", at=300),
            event("nova-api", at=100),
            event("nova-conductor", at=200),
        )
    )
    root = own_id(spans["nova-api"])
    assert {name: parent_id(span) for name, span in spans.items()} == {
        "nova-api": None,
        "nova-conductor": root,
        "nova-compute": root,
    }


def test_the_service_that_answered_is_the_root_even_if_a_clock_is_late() -> None:
    spans = by_service(spans_of(event("nova-compute", at=100), answered("nova-api", at=2000, seconds=0.5)))
    assert parent_id(spans["nova-compute"]) == own_id(spans["nova-api"])
    assert parent_id(spans["nova-api"]) is None


def test_a_request_is_below_the_one_that_caused_it_whichever_is_seen_first() -> None:
    spans = by_service(
        spans_of(
            answered("neutron-server", 2, at=900, seconds=0.2, caused_by=1),
            event("neutron-agent", 2, at=950, caused_by=1),
            answered("nova-api", 1, at=1000, seconds=0.5),
            event("glance-api", 3, at=800, caused_by=1),
        )
    )
    assert len({span.context.trace_id for span in spans.values() if span.context}) == 1
    assert parent_id(spans["neutron-server"]) == own_id(spans["nova-api"])
    assert parent_id(spans["glance-api"]) == own_id(spans["nova-api"])
    assert parent_id(spans["neutron-agent"]) == own_id(spans["neutron-server"])
    assert parent_id(spans["nova-api"]) is None


def test_a_cause_that_nobody_logged_is_no_parent() -> None:
    assert span_of(event("neutron-server", 2, caused_by=1)).parent is None


def test_two_hosts_that_work_on_the_same_request_have_a_span_each() -> None:
    first = event("nova-compute", resource={"service.name": "nova-compute", "host.name": "cmp-1"})
    second = event("nova-compute", at=5, resource={"service.name": "nova-compute", "host.name": "cmp-2"})
    spans = spans_of(first, second)
    assert {span.resource.attributes["host.name"] for span in spans} == {"cmp-1", "cmp-2"}
    assert len({own_id(span) for span in spans}) == 2


def test_errors_and_exceptions_are_events_of_the_span() -> None:
    span = span_of(event(service="nova-compute"), error(at=10), error(at=20, thrown=False, body="lost it"))
    thrown, logged = span.events
    assert (thrown.name, logged.name) == ("exception", "log")
    assert dict(thrown.attributes or {}) == {
        "exception.type": "KeyError",
        "exception.message": "'boom'",
        "exception.stacktrace": "Traceback ...",
        "stratoscope.body": "Failed",
        "stratoscope.severity_text": "ERROR",
        "log.logger": "nova-compute.module",
    }
    assert (logged.attributes or {})["stratoscope.body"] == "lost it"
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "lost it")
    assert told(span)["error.type"] == "KeyError"


def test_an_exception_that_was_only_noted_does_not_make_a_request_fail() -> None:
    noted = error(at=10)
    noted["severity_number"] = 5
    span = span_of(noted)
    assert [one.name for one in span.events] == ["exception"]
    assert span.status.status_code is StatusCode.UNSET


@pytest.mark.parametrize(("status", "code"), [(200, StatusCode.UNSET), (404, StatusCode.UNSET), (500, StatusCode.ERROR)])
def test_what_a_server_answered_decides_whether_a_request_failed(status: int, code: StatusCode) -> None:
    span = span_of(error("nova-api", thrown=False), answered(at=1000, status=status))
    assert span.status.status_code is code
    assert told(span).get("error.type") == ("500" if status == 500 else None)


def test_an_error_without_a_type_is_an_error_of_another_type() -> None:
    assert told(span_of(error(thrown=False)))["error.type"] == "_OTHER"


def test_a_span_keeps_the_first_errors_and_tells_the_number_of_the_others() -> None:
    span = span_of(*(error(at=number, body=str(number)) for number in range(10)), events=3)
    assert [(one.attributes or {})["stratoscope.body"] for one in span.events] == ["0", "1", "2"]
    assert span.dropped_events == 7


def test_long_texts_are_cut() -> None:
    thrown = error(body="ä" * 10_000)
    thrown["attributes"]["exception.stacktrace"] = "x" * 100_000
    (one,) = span_of(thrown).events
    sizes = {name: len(str(value).encode()) for name, value in (one.attributes or {}).items()}
    assert sizes["stratoscope.body"] == 4096
    assert sizes["exception.stacktrace"] == 8192


def test_events_without_a_request_are_none_of_ours() -> None:
    assert spans_of(event(request=None), event(trace_id="0" * 32), event(trace_id="0x" + "1" * 30), event(trace_id=None)) == []


def test_a_request_without_any_time_has_no_span_and_is_counted() -> None:
    assembler = TraceAssembler()
    assembler.feed([event(timestamp=None), event(request=2)], 0.0)
    assert len(assembler.close()) == 1
    assert assembler.counts.timeless == 1
    assert assembler.counts.events == 2


def test_the_time_of_reading_stands_in_for_one_that_was_not_logged() -> None:
    assert milliseconds(span_of(event(timestamp=None, observed_timestamp="2026-11-23T03:33:01.250Z"))) == (250, 250)


def test_a_trace_is_whole_when_nothing_was_added_for_a_while() -> None:
    assembler = TraceAssembler(AssemblySettings(idle=30.0))
    assembler.feed([event()], 0.0)
    assembler.feed([event(request=2)], 10.0)
    assembler.feed([event()], 20.0)
    assert assembler.expire(39.0) == []
    assert [told(span)["openstack.request_id"] for span in assembler.expire(40.0)] == [request_id(2)]
    assert [told(span)["stratoscope.events"] for span in assembler.expire(50.0)] == [2]
    assert assembler.open_requests == 0
    assert assembler.expire(1e9) == []


def test_what_comes_late_is_a_span_of_its_own_below_the_first() -> None:
    assembler = TraceAssembler(AssemblySettings(idle=30.0))
    assembler.feed([answered("nova-api", at=1000), event("nova-compute", at=1100)], 0.0)
    first = by_service(assembler.expire(30.0))
    assembler.feed([event("nova-compute", at=50_000), event("nova-scheduler", at=50_500)], 60.0)
    late = by_service(assembler.close())
    assert own_id(late["nova-compute"]) != own_id(first["nova-compute"])
    assert parent_id(late["nova-compute"]) == own_id(first["nova-compute"])
    assert told(late["nova-compute"])["stratoscope.late"] is True
    assert parent_id(late["nova-scheduler"]) == own_id(first["nova-api"])
    assert "stratoscope.late" not in told(late["nova-scheduler"])
    assert assembler.counts.late == 1


def test_a_request_id_that_an_agent_keeps_all_its_life_comes_in_parts() -> None:
    assembler = TraceAssembler(AssemblySettings(idle=30.0, longest=100.0))
    spans = [span for second in range(0, 330, 10) for span in assembler.feed([event(at=second)], float(second))]
    spans += assembler.close()
    assert [told(span)["stratoscope.events"] for span in spans] == [10, 10, 10, 3]
    assert len({own_id(span) for span in spans}) == 4
    assert {parent_id(span) for span in spans[1:]} == {own_id(spans[0])}


def test_memory_is_bounded_and_a_bound_ends_the_trace_that_was_quiet_for_longest() -> None:
    assembler = TraceAssembler(AssemblySettings(requests=3))
    spans = assembler.feed([event(request=number) for number in (1, 2, 3, 1, 4)], 0.0)
    assert [told(span)["openstack.request_id"] for span in spans] == [request_id(2)]
    assert (assembler.open_requests, assembler.counts.cut_short) == (3, 1)


def test_the_texts_of_errors_are_bounded_all_together() -> None:
    assembler = TraceAssembler(AssemblySettings(memory=1 << 20))
    given_out = 0
    for number in range(1000):
        given_out += len(assembler.feed([error(request=number, body="x" * 4000)], 0.0))
        assert assembler.open_requests * 4000 <= 1 << 20
    assert given_out > 700


def test_what_is_remembered_is_bounded() -> None:
    assembler = TraceAssembler(AssemblySettings(remembered=2, idle=1.0))
    ids = []
    for round_number in range(2):
        for number in (1, 2, 3):
            assembler.feed([event(request=number)], round_number * 100.0)
            ids += [own_id(span) for span in assembler.expire(round_number * 100.0 + 1)]
    assert ids[0] == ids[3]  # forgotten: it counts as new


EVENTS = st.lists(
    st.builds(
        lambda service, request, at, cause, kind: kind(service, request, at=at, caused_by=cause),
        st.sampled_from(["nova-api", "neutron", "glance"]),
        st.integers(1, 4),
        st.integers(0, 50_000),
        st.none() | st.integers(1, 4),
        st.sampled_from([event, answered, error]),
    ),
    max_size=20,
)


def shape(spans: list[ReadableSpan]) -> set[tuple[Any, ...]]:
    return {(service_of(span), own_id(span), parent_id(span), span.start_time, span.end_time, span.name) for span in spans}


@given(EVENTS)
def test_a_repeat_gives_the_same_spans(events: list[Event]) -> None:
    """Deterministic span ids, so a repeat gives the same id."""
    assert shape(spans_of(*events)) == shape(spans_of(*events))


@given(EVENTS, st.lists(st.floats(0.1, 200.0), min_size=20, max_size=20))
def test_no_event_is_lost_and_no_id_given_twice_however_the_events_are_spread(events: list[Event], pauses: list[float]) -> None:
    assembler = TraceAssembler(AssemblySettings(idle=30.0, longest=100.0, requests=3))
    spans, now = [], 0.0
    for one, pause in zip(events, pauses, strict=False):
        spans += assembler.feed([one], now)
        now += pause
        spans += assembler.expire(now)
    spans += assembler.close()
    assert sum(told(span)["stratoscope.events"] for span in spans) == len(events)
    assert assembler.counts.spans == len(spans)
    assert assembler.open_requests == 0
    for span in spans:
        assert 0 < (span.start_time or 0) <= (span.end_time or 0)
        assert parent_id(span) != own_id(span)


@given(EVENTS)
def test_every_parent_is_a_span_of_the_same_trace_and_there_are_no_circles(events: list[Event]) -> None:
    spans = spans_of(*events)
    parents = {(span.context.trace_id, own_id(span)): parent_id(span) for span in spans if span.context}
    assert len(parents) == len(spans)
    for trace, one in parents:
        seen, at = set(), one
        while (above := parents[trace, at]) is not None:
            assert above not in seen
            seen.add(above)
            at = above


@given(ANY_EVENT, TEXTS)
def test_any_event_is_taken(one: Event, name: str) -> None:
    one["trace_id"] = "1" * 32
    one["attributes"] |= {"openstack.request_id": name, "http.request.method": name, "exception.type": name, "url.path": name}
    one["severity_number"] = 17
    one["timestamp"] = "2026-11-23T03:33:01Z"
    assert len(spans_of(one)) == 1
