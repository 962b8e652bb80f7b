"""Spans on their way to a receiver: what arrives, what is tried again, what is given up and counted."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any

import pytest
from grpc import StatusCode
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from opentelemetry.proto.trace.v1.trace_pb2 import Status as SpanStatus

from collectors.model import RetryError, TooLargeError
from collectors.sinks.make import transport_of
from collectors.sinks.settings import OtlpGrpcSettings, OtlpHttpSettings
from collectors.traces.assembler import TraceAssembler
from collectors.traces.make import tracing_of
from collectors.traces.sending import SpanSink, Tracing
from collectors.traces.settings import AssemblySettings, TraceSettings
from tests.collectors.sinks.made import sample_events
from tests.collectors.traces.made import answered, error, event, own_id, request_id
from tests.servers.http import Hang
from tests.servers.otlp import OtlpGrpcServer, OtlpHttpServer, refusal
from tests.servers.process import wait_until

pytestmark = pytest.mark.servers
LONG = 60.0


@pytest.fixture
def server() -> Iterator[OtlpHttpServer]:
    with OtlpHttpServer() as running:
        yield running


@contextmanager
def sink_to(server: OtlpHttpServer | OtlpGrpcServer, request_bytes: int = 20 << 20) -> Iterator[SpanSink]:
    kind = OtlpGrpcSettings if isinstance(server, OtlpGrpcServer) else OtlpHttpSettings
    sink = SpanSink(transport_of(kind(url=server.url)), request_bytes)
    yield sink
    sink.close()


def spans(count: int = 3) -> list[Any]:
    assembler = TraceAssembler()
    return [*assembler.feed([answered(request=number, at=1000) for number in range(1, count + 1)], 0.0), *assembler.close()]


def test_a_span_arrives_as_it_was_made(server: OtlpHttpServer) -> None:
    assembler = TraceAssembler()
    assembler.feed([answered(at=1000, status=503), error(at=800), event("neutron-server", 2, at=900, caused_by=1)], 0.0)
    made = assembler.close()
    with sink_to(server) as sink:
        assert sink.send(made, LONG) == (0, "")
    (request,) = server.received.traces
    services = [group.resource.attributes[0].value.string_value for group in request.resource_spans]
    assert services == ["nova-api", "nova-compute", "neutron-server"]
    api, compute, neutron = server.received.spans()
    assert api.trace_id.hex() == request_id(1)[4:].replace("-", "")
    assert api.span_id == own_id(made[0]).to_bytes(8, "big")
    assert (compute.parent_span_id, neutron.parent_span_id, api.parent_span_id) == (api.span_id, api.span_id, b"")
    assert api.kind == Span.SPAN_KIND_SERVER
    assert api.end_time_unix_nano - api.start_time_unix_nano == 500_000_000
    assert api.status.code == compute.status.code == SpanStatus.STATUS_CODE_ERROR
    assert compute.events[0].name == "exception"
    assert {pair.key for pair in compute.events[0].attributes} >= {
        "exception.type",
        "exception.message",
        "exception.stacktrace",
    }


@pytest.mark.parametrize("kind", [OtlpHttpServer, OtlpGrpcServer])
def test_the_spans_of_the_sample_logs_arrive(kind: Callable[[], AbstractContextManager[Any]]) -> None:
    assembler = TraceAssembler(AssemblySettings(requests=100_000, memory=1 << 30))
    made = [*assembler.feed(sample_events(), 0.0), *assembler.close()]
    with kind() as server, sink_to(server) as sink:
        for start in range(0, len(made), 200):
            assert sink.send(made[start : start + 200], LONG) == (0, "")
        received = server.received.spans()
    assert len(received) == len(made) > 500
    assert len({(span.trace_id, span.span_id) for span in received}) == len(received)
    for span in received:
        assert len(span.trace_id) == 16
        assert span.start_time_unix_nano <= span.end_time_unix_nano


def test_what_is_rejected_is_told_and_not_sent_again(server: OtlpHttpServer) -> None:
    with sink_to(server) as sink:
        server.rejects.append((2, "no"))
        assert sink.send(spans(), LONG) == (2, "no")
        server.plan.append(refusal(400, "never"))
        rejected, remark = sink.send(spans(), LONG)
        assert (rejected, remark.partition(": ")[2]) == (3, "HTTP 400: never")
        server.plan.append(refusal(503, "busy"))
        with pytest.raises(RetryError):
            sink.send(spans(), LONG)


def test_spans_that_are_too_large_may_be_halved_a_single_one_is_rejected(server: OtlpHttpServer) -> None:
    with sink_to(server, request_bytes=100) as sink:
        with pytest.raises(TooLargeError, match="request_bytes"):
            sink.send(spans(), LONG)
        assert sink.send(spans(1), LONG)[0] == 1
    assert server.requests == []


def test_grpc_refusals_mean_the_same_for_spans() -> None:
    with OtlpGrpcServer() as server, sink_to(server) as sink:
        server.rejects.append((1, "no"))
        assert sink.send(spans(), LONG) == (1, "no")
        server.plan.append((StatusCode.UNAVAILABLE, "busy", 3.0))
        with pytest.raises(RetryError) as caught:
            sink.send(spans(), LONG)
        assert caught.value.after == 3


SETTINGS = TraceSettings(to=OtlpHttpSettings(url="http://unused"), assembly=AssemblySettings(idle=10.0), timeout=LONG)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def tracing(server: OtlpHttpServer, clock: Clock, request_bytes: int = 20 << 20, **changes: Any) -> Iterator[Tracing]:
    with sink_to(server, request_bytes) as sink:
        made = Tracing(replace(SETTINGS, **changes), sink, clock, tick=0.01)
        made.start()
        yield made
        made.close(LONG)


def test_spans_are_sent_when_their_trace_is_whole(server: OtlpHttpServer) -> None:
    clock = Clock()
    with tracing(server, clock) as traces:
        traces.observe([answered(at=1000), answered(request=2, at=1000)], clock.now)
        assert server.requests == []
        clock.now = 10.0
        wait_until(lambda: traces.counts.sent == 2, "both spans are sent")
        traces.observe([answered(request=3, at=1000)], clock.now)
    assert len(server.received.spans()) == 3
    assert (traces.counts.sent, traces.counts.dropped, traces.waiting) == (3, 0, 0)
    assert traces.name == "traces"


def test_a_receiver_that_is_busy_gets_the_same_spans_later(server: OtlpHttpServer) -> None:
    clock = Clock()
    server.plan.append(refusal(503, "busy", **{"Retry-After": "0"}))
    with tracing(server, clock) as traces:
        traces.observe([answered(request=number, at=1000) for number in range(1, 6)], clock.now)
        clock.now = 10.0
        wait_until(lambda: traces.counts.sent == 5, "all spans are sent")
        assert traces.error is None
    assert traces.counts.retries == 1
    assert len(server.received.spans()) == 5


def test_spans_that_are_too_large_together_are_sent_in_parts_and_in_order(server: OtlpHttpServer) -> None:
    clock = Clock()
    with tracing(server, clock, request_bytes=1500) as traces:
        traces.observe([answered(request=number, at=1000) for number in range(1, 9)], clock.now)
        clock.now = 10.0
        wait_until(lambda: traces.counts.sent == 8, "all spans are sent")
    sent = [span.attributes for span in server.received.spans()]
    ids = [next(pair.value.string_value for pair in one if pair.key == "openstack.request_id") for one in sent]
    assert ids == [request_id(number) for number in range(1, 9)]
    assert len(server.received.traces) > 1


def test_a_receiver_that_is_away_costs_the_oldest_spans_and_they_are_counted(server: OtlpHttpServer) -> None:
    clock = Clock()
    server.plan.extend([refusal(503, "busy", **{"Retry-After": "3600"})])
    with sink_to(server) as sink:
        traces = Tracing(replace(SETTINGS, waiting=5, batch=5), sink, clock, tick=0.01)
        traces.start()
        traces.observe([answered(request=number, at=1000) for number in range(1, 4)], clock.now)
        clock.now = 10.0
        wait_until(lambda: traces.counts.retries == 1, "the receiver is asked")
        traces.observe([answered(request=number, at=1000) for number in range(4, 12)], clock.now)
        assert traces.close(LONG) is True
    assert traces.counts.dropped == 6
    assert len(server.received.spans()) == 5


def test_closing_takes_no_longer_than_it_may_and_tells_what_is_lost(server: OtlpHttpServer) -> None:
    server.plan.append(Hang())
    with sink_to(server) as sink:
        traces = Tracing(SETTINGS, sink)
        traces.observe([answered(at=1000)], 0.0)
        assert traces.close(0.3) is False
    assert traces.counts.dropped == 1


def test_settings_are_all_that_is_needed(server: OtlpHttpServer) -> None:
    traces = tracing_of(TraceSettings(to=OtlpHttpSettings(url=server.url)))
    traces.start()
    traces.observe([answered(at=1000), error("nova-api", at=900)], 0.0)
    assert traces.close(LONG) is True
    assert len(server.received.spans()) == 1


def test_a_fault_of_our_own_costs_a_batch_and_not_the_thread(server: OtlpHttpServer) -> None:
    class Broken(SpanSink):
        def send(self, *_: object) -> tuple[int, str]:
            raise ValueError("fault")

    traces = Tracing(SETTINGS, Broken(transport_of(OtlpHttpSettings(url=server.url)), 1))
    traces.observe([answered(at=1000)], 0.0)
    assert traces.close(LONG) is True
    assert traces.counts.dropped == 1
    assert str(traces.error) == "fault"
