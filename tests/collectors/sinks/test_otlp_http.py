"""OTLP over HTTP, against a receiver that answers as the specification says."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path

import pytest

from collectors.model import RetryError, Sent, Sink, TooLargeError
from collectors.sinks.settings import OtlpHttpSettings
from tests.collectors.sinks.conftest import Opener
from tests.collectors.sinks.made import event, sample_events, several
from tests.servers.authority import Authority
from tests.servers.http import Hang, Reply, Reset
from tests.servers.otlp import OtlpHttpServer, refusal

pytestmark = pytest.mark.servers
LONG = 60.0


@pytest.fixture
def server() -> Iterator[OtlpHttpServer]:
    with OtlpHttpServer() as running:
        yield running


@pytest.fixture
def sink(server: OtlpHttpServer, opened: Opener) -> Sink:
    return opened(OtlpHttpSettings(url=server.url))


def test_events_arrive(server: OtlpHttpServer, sink: Sink) -> None:
    assert sink.send(several(3), LONG) == Sent(3)
    assert [record.body.string_value for record in server.received.records()] == ["event 0", "event 1", "event 2"]
    assert server.requests[0].headers["content-encoding"] == "gzip"


def test_the_sample_logs_arrive(server: OtlpHttpServer, sink: Sink) -> None:
    events = sample_events()
    for start in range(0, len(events), 4000):
        sink.send(events[start : start + 4000], LONG)
    assert len(server.received.records()) == len(events)


def test_an_empty_batch_is_not_sent(server: OtlpHttpServer, sink: Sink) -> None:
    assert sink.send([], LONG) == Sent(0)
    assert server.requests == []


def test_the_receiver_may_stand_behind_a_path(opened: Opener) -> None:
    with OtlpHttpServer(path="/otlp") as server:
        assert opened(OtlpHttpSettings(url=server.url + "/")).send(several(1), LONG) == Sent(1)


def test_what_is_rejected_in_part_is_told_and_not_sent_again(server: OtlpHttpServer, sink: Sink) -> None:
    server.rejects.append((2, "too old"))
    assert sink.send(several(3), LONG) == Sent(1, unnamed=2, remark="too old")
    assert len(server.requests) == 1


def test_a_remark_without_rejections_is_told(server: OtlpHttpServer, sink: Sink) -> None:
    server.rejects.append((0, "please use gRPC"))
    assert sink.send(several(3), LONG) == Sent(3, remark="please use gRPC")


@pytest.mark.parametrize("rejected", [-1, 99])
def test_a_number_of_rejections_that_cannot_be_is_put_right(server: OtlpHttpServer, sink: Sink, rejected: int) -> None:
    server.rejects.append((rejected, "?"))
    sent = sink.send(several(3), LONG)
    assert sent.accepted + sent.unnamed == 3


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_receiver_that_is_busy_is_asked_again_after_the_time_that_it_names(
    server: OtlpHttpServer, sink: Sink, status: int
) -> None:
    server.plan.append(refusal(status, "come back", **{"Retry-After": "17"}))
    with pytest.raises(RetryError, match=f"/v1/logs: HTTP {status}: come back; it will be tried again") as caught:
        sink.send(several(3), LONG)
    assert caught.value.after == 17
    assert caught.value.remaining is None
    server.plan.append(refusal(status, "come back", **{"Retry-After": formatdate(4e9, usegmt=True)}))
    with pytest.raises(RetryError) as caught:
        sink.send(several(3), LONG)
    assert caught.value.after == 3600
    server.plan.append(refusal(status, ""))
    with pytest.raises(RetryError) as caught:
        sink.send(several(3), LONG)
    assert caught.value.after is None
    assert sink.send(several(3), LONG) == Sent(3)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 415, 500, 501])
def test_all_other_refusals_are_final(server: OtlpHttpServer, sink: Sink, status: int) -> None:
    server.plan.append(refusal(status, "never"))
    sent = sink.send(several(2), LONG)
    assert sent.accepted == 0
    assert [one.event for one in sent.rejected] == several(2)
    assert sent.rejected[0].reason.endswith(f"/v1/logs: HTTP {status}: never")


def test_a_request_that_is_too_large_may_be_halved_a_single_event_is_rejected(opened: Opener) -> None:
    with OtlpHttpServer(limit=2000) as server:
        sink = opened(OtlpHttpSettings(url=server.url))
        with pytest.raises(TooLargeError, match="HTTP 413: request is too large"):
            sink.send(several(20), LONG)
        sent = sink.send([event("x" * 4000)], LONG)
        assert (sent.accepted, len(sent.rejected)) == (0, 1)


def test_a_request_beyond_our_own_bound_is_not_sent(server: OtlpHttpServer, opened: Opener) -> None:
    sink = opened(replace(OtlpHttpSettings(url=server.url), request_bytes=2000))
    with pytest.raises(TooLargeError, match=r"more than request_bytes \(2000\) allows"):
        sink.send(several(20), LONG)
    assert "request_bytes" in sink.send([event("x" * 4000)], LONG).rejected[0].reason
    assert server.requests == []


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, b"<html>sign in</html>", "text/html"),
        (200, b"\xff\xff\xff", "application/x-protobuf"),
        (200, b"{", "application/json"),
        (200, b"ok", ""),
        (302, b"", ""),
    ],
)
def test_a_page_that_is_no_answer_of_a_receiver_accepts_nothing(
    server: OtlpHttpServer, sink: Sink, status: int, body: bytes, kind: str
) -> None:
    server.plan.append(Reply(status, body, {"Content-Type": kind} if kind else {}))
    with pytest.raises(RetryError, match="url"):
        sink.send(several(1), LONG)


def test_an_answer_may_be_empty_or_json(server: OtlpHttpServer, sink: Sink) -> None:
    server.plan.append(Reply(200))
    assert sink.send(several(3), LONG) == Sent(3)
    body = b'{"partialSuccess": {"rejectedLogRecords": "1", "errorMessage": "no"}}'
    server.plan.append(Reply(200, body, {"Content-Type": "application/json"}))
    assert sink.send(several(3), LONG) == Sent(2, unnamed=1, remark="no")


@pytest.mark.parametrize("trouble", [Hang(), Reset(), Reply(200, b"\x0a\x00", half=True)])
def test_an_answer_that_does_not_come_accepts_nothing(
    server: OtlpHttpServer, sink: Sink, trouble: Hang | Reset | Reply
) -> None:
    server.plan.append(trouble)
    with pytest.raises(RetryError):
        sink.send(several(1), 0.3 if isinstance(trouble, Hang) else LONG)
    assert sink.send(several(1), LONG) == Sent(1)


def test_mutual_tls(tmp_path: Path, opened: Opener) -> None:
    authority = Authority(tmp_path)
    with OtlpHttpServer(context=authority.server(asks=True)) as server:
        sink = opened(OtlpHttpSettings(url=server.url, tls=authority.client(tmp_path)))
        assert sink.send(several(1), LONG) == Sent(1)


def test_grpc_is_loaded_only_if_it_is_wanted() -> None:
    script = (
        "import sys; from collectors.sinks.make import sink_of; from collectors.sinks.settings import *\n"
        "sink_of('otlp', OtlpHttpSettings(url='http://127.0.0.1:1')); assert 'grpc' not in sys.modules\n"
        "sink_of('otlp', OtlpGrpcSettings(url='http://127.0.0.1:1')); assert 'grpc' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=LONG)
