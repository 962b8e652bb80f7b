"""OTLP over gRPC, against a real gRPC server with the official service classes."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from grpc import StatusCode

from collectors.model import RetryError, Sent, Sink, TooLargeError
from collectors.sinks.otlp.status import RetryInfo, Status, message_of, retry_delay
from collectors.sinks.settings import OtlpGrpcSettings
from parsers.secret import Secret
from tests.collectors.sinks.conftest import Opener
from tests.collectors.sinks.made import event, several
from tests.servers.authority import Authority
from tests.servers.otlp import OtlpGrpcServer, status_details
from tests.servers.process import free_port, wait_until

pytestmark = pytest.mark.servers
LONG = 60.0


@pytest.fixture
def server() -> Iterator[OtlpGrpcServer]:
    with OtlpGrpcServer() as running:
        yield running


@pytest.fixture
def sink(server: OtlpGrpcServer, opened: Opener) -> Sink:
    return opened(OtlpGrpcSettings(url=server.url))


def test_events_arrive(server: OtlpGrpcServer, sink: Sink) -> None:
    assert sink.send(several(3), LONG) == Sent(3)
    assert [record.body.string_value for record in server.received.records()] == ["event 0", "event 1", "event 2"]


def test_headers_and_tokens_go_as_metadata(server: OtlpGrpcServer, opened: Opener) -> None:
    settings = OtlpGrpcSettings(url=server.url, bearer=Secret("abc"), headers={"X-Cloud": "one"}, gzip=False)
    sink = opened(settings)
    sink.send(several(1), LONG)
    assert server.metadata[0]["authorization"] == "Bearer abc"
    assert server.metadata[0]["x-cloud"] == "one"


def test_what_is_rejected_in_part_is_told_and_not_sent_again(server: OtlpGrpcServer, sink: Sink) -> None:
    server.rejects.append((2, "too old"))
    assert sink.send(several(3), LONG) == Sent(1, unnamed=2, remark="too old")
    assert len(server.received.logs) == 1


RETRYABLE = ["CANCELLED", "DEADLINE_EXCEEDED", "ABORTED", "OUT_OF_RANGE", "UNAVAILABLE", "DATA_LOSS"]
FINAL = ["UNKNOWN", "INVALID_ARGUMENT", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "UNAUTHENTICATED",
         "FAILED_PRECONDITION", "UNIMPLEMENTED", "INTERNAL", "RESOURCE_EXHAUSTED"]  # fmt: skip


@pytest.mark.parametrize("name", RETRYABLE)
def test_the_codes_that_may_be_retried(server: OtlpGrpcServer, sink: Sink, name: str) -> None:
    server.plan.append((StatusCode[name], "busy", None))
    with pytest.raises(RetryError, match=f"gRPC {name}: busy; it will be tried again") as caught:
        sink.send(several(1), LONG)
    assert caught.value.after is None
    assert sink.send(several(1), LONG) == Sent(1)


@pytest.mark.parametrize("name", FINAL)
def test_the_codes_that_are_final(server: OtlpGrpcServer, sink: Sink, name: str) -> None:
    server.plan.append((StatusCode[name], "never", None))
    sent = sink.send(several(2), LONG)
    assert sent.accepted == 0
    assert [one.reason.partition(" gRPC ")[2] for one in sent.rejected] == [f"{name}: never"] * 2


@pytest.mark.parametrize("name", ["RESOURCE_EXHAUSTED", "UNAVAILABLE"])
def test_the_time_that_a_receiver_names_is_told(server: OtlpGrpcServer, sink: Sink, name: str) -> None:
    server.plan.append((StatusCode[name], "slow down", 7.5))
    with pytest.raises(RetryError) as caught:
        sink.send(several(1), LONG)
    assert caught.value.after == 7.5


def test_a_request_beyond_the_limit_of_the_receiver_may_be_halved(opened: Opener) -> None:
    with OtlpGrpcServer(limit=4000) as server:
        sink = opened(OtlpGrpcSettings(url=server.url))
        with pytest.raises(TooLargeError, match="larger than max"):
            sink.send(several(50), LONG)
        sent = sink.send([event("x" * 5000)], LONG)
        assert (sent.accepted, len(sent.rejected)) == (0, 1)


def test_a_request_beyond_our_own_bound_is_not_sent(server: OtlpGrpcServer, opened: Opener) -> None:
    sink = opened(replace(OtlpGrpcSettings(url=server.url), request_bytes=2000))
    with pytest.raises(TooLargeError, match="request_bytes"):
        sink.send(several(20), LONG)
    assert server.metadata == []


def test_a_receiver_that_hangs_costs_the_deadline(server: OtlpGrpcServer, sink: Sink) -> None:
    server.hang = True
    with pytest.raises(RetryError, match="DEADLINE_EXCEEDED"):
        sink.send(several(1), 0.5)


def test_a_receiver_that_comes_back_is_found_again(opened: Opener) -> None:
    port = free_port()
    sink = opened(OtlpGrpcSettings(url=f"http://127.0.0.1:{port}"))
    with pytest.raises(RetryError, match="UNAVAILABLE"):
        sink.send(several(1), LONG)
    with OtlpGrpcServer(port=port):
        wait_until(lambda: _accepts(sink), "the channel finds the receiver")


def _accepts(sink: Sink) -> bool:
    try:
        return sink.send(several(1), LONG) == Sent(1)
    except RetryError:
        return False


def test_mutual_tls(tmp_path: Path, opened: Opener) -> None:
    authority = Authority(tmp_path)
    with OtlpGrpcServer(authority.grpc_server()) as server:
        sink = opened(OtlpGrpcSettings(url=server.url, tls=authority.client(tmp_path)))
        assert sink.send(several(1), LONG) == Sent(1)


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path, opened: Opener) -> None:
    authority = Authority(tmp_path)
    with OtlpGrpcServer(authority.grpc_server()) as server:
        sink = opened(OtlpGrpcSettings(url=server.url))
        with pytest.raises(RetryError, match="UNAVAILABLE"):
            sink.send(several(1), LONG)


def test_a_file_that_is_not_there_is_told(tmp_path: Path, opened: Opener) -> None:
    settings = OtlpGrpcSettings(
        url="https://127.0.0.1:1", tls=replace(Authority(tmp_path).client(tmp_path), ca=tmp_path / "none")
    )
    with pytest.raises(RetryError, match=r"tls: .*none: No such file or directory; correct"):
        opened(settings).send(several(1), LONG)


def test_the_details_of_a_status_are_read_and_rubbish_is_none() -> None:
    data = status_details(StatusCode.UNAVAILABLE, "busy", 1.5)
    assert (message_of(data), retry_delay(data)) == ("busy", 1.5)
    assert retry_delay(status_details(StatusCode.UNAVAILABLE, "busy", None)) is None
    assert (message_of(b"\xff\xff"), retry_delay(b"\xff\xff"), retry_delay(b"")) == ("", None, None)
    status = Status()
    detail = status.details.add()
    detail.type_url, detail.value = "type.googleapis.com/google.rpc.RetryInfo", b"\xff"
    assert retry_delay(status.SerializeToString()) is None
    detail.value = RetryInfo().SerializeToString()
    assert retry_delay(status.SerializeToString()) == 0
