"""The OpenSearch sink against a server with per-item answers, unique ids and a mapping that grows."""

import base64
from collections.abc import Iterator

import pytest

from collectors.model import RetryError, Sent, Sink, TooLargeError
from collectors.sinks import opensearch
from collectors.sinks.remote import BasicAuth
from collectors.sinks.settings import OpenSearchSettings
from parsers.secret import Secret
from tests.collectors.sinks.conftest import Opener
from tests.collectors.sinks.made import event, sample_events, several
from tests.servers.http import Hang, Reply, Reset
from tests.servers.opensearch import OpenSearchServer

pytestmark = pytest.mark.servers
LONG = 60.0


@pytest.fixture
def server() -> Iterator[OpenSearchServer]:
    with OpenSearchServer() as running:
        yield running


@pytest.fixture
def sink(server: OpenSearchServer, opened: Opener) -> Sink:
    return opened(OpenSearchSettings(url=server.url))


def test_events_become_documents_under_their_ids(server: OpenSearchServer, sink: Sink) -> None:
    assert sink.send(several(3), LONG) == Sent(3)
    index = server.documents["logs-openstack-default"]
    assert list(index) == ["a1-400-1:0", "a1-400-1:1", "a1-400-1:2"]
    assert index["a1-400-1:2"]["body"] == "event 2"


def test_repeats_are_accepted_and_not_there_twice(server: OpenSearchServer, sink: Sink) -> None:
    sink.send(several(3), LONG)
    assert sink.send(several(5), LONG) == Sent(5)
    assert len(server.all()) == 5


def test_the_sample_logs_fit_into_one_index_without_a_template(server: OpenSearchServer, sink: Sink) -> None:
    events = sample_events()
    for start in range(0, len(events), 1000):
        part = events[start : start + 1000]
        assert sink.send(part, LONG) == Sent(len(part))
    assert len(server.all()) == len(events)
    assert len(server.mappings["logs-openstack-default"]) < 150


def test_an_index_may_be_named_after_the_day_of_the_event(server: OpenSearchServer, opened: Opener) -> None:
    sink = opened(OpenSearchSettings(url=server.url, index="logs-{date}"))
    sink.send([event(uid="1"), event(uid="2", timestamp="2026-11-24T00:00:00Z")], LONG)
    assert {name: list(index) for name, index in server.documents.items()} == {
        "logs-2026.11.23": ["1"],
        "logs-2026.11.24": ["2"],
    }


def test_an_id_that_is_too_long_is_hashed_and_none_is_left_to_the_server(server: OpenSearchServer, sink: Sink) -> None:
    assert sink.send([event(uid="x" * 513), event(uid=None)], LONG) == Sent(2)
    first, second = server.documents["logs-openstack-default"]
    assert len(first) == 64
    assert len(second) < 64


def test_an_item_that_is_refused_is_rejected_and_the_others_are_not(server: OpenSearchServer, sink: Sink) -> None:
    server.items.extend([None, (400, "mapper_parsing_exception"), None])
    sent = sink.send(several(3), LONG)
    assert sent.accepted == 2
    assert [(one.event, one.reason) for one in sent.rejected] == [
        (several(3)[1], "HTTP 400: mapper_parsing_exception: told to"),
    ]


@pytest.mark.parametrize("status", [429, 503, 500, 403, 404])
def test_items_that_are_put_off_are_what_remains(server: OpenSearchServer, sink: Sink, status: int) -> None:
    server.items.extend([None, (status, "rejected_execution_exception"), None, (status, "x")])
    with pytest.raises(RetryError, match=f"2 of 4 events were put off; the first: HTTP {status}: rejected_exec") as caught:
        sink.send(several(4), LONG)
    remaining = list(caught.value.remaining or ())
    assert remaining == [several(4)[1], several(4)[3]]
    assert sink.send(remaining, LONG) == Sent(2)
    assert len(server.all()) == 4


def test_a_rejection_beside_items_that_are_put_off_is_told_in_the_end(server: OpenSearchServer, sink: Sink) -> None:
    server.items.extend([(400, "bad"), (429, "busy"), None])
    with pytest.raises(RetryError) as caught:
        sink.send(several(3), LONG)
    server.items.extend([None, (400, "bad")])
    sent = sink.send(list(caught.value.remaining or ()), LONG)
    assert sent.accepted == 1
    assert [one.event for one in sent.rejected] == [several(3)[0]]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 408])
def test_a_server_that_is_busy_is_asked_again(server: OpenSearchServer, sink: Sink, status: int) -> None:
    server.plan.append(Reply(status, b"busy", {"Retry-After": "3"}))
    with pytest.raises(RetryError, match=f"HTTP {status}: busy") as caught:
        sink.send(several(2), LONG)
    assert (caught.value.after, caught.value.remaining) == (3, None)


@pytest.mark.parametrize("status", [301, 401, 403, 404])
def test_what_is_wrong_with_our_settings_costs_no_event(server: OpenSearchServer, sink: Sink, status: int) -> None:
    server.plan.append(Reply(status, b"no"))
    with pytest.raises(RetryError, match="check url, user and privileges"):
        sink.send(several(2), LONG)


def test_a_request_that_the_server_cannot_read_is_rejected(server: OpenSearchServer, sink: Sink) -> None:
    server.plan.append(Reply(400, b"malformed"))
    assert len(sink.send(several(2), LONG).rejected) == 2


def test_a_request_that_is_too_large_may_be_halved(opened: Opener) -> None:
    with OpenSearchServer(limit=1000) as server:
        sink = opened(OpenSearchSettings(url=server.url, gzip=False))
        with pytest.raises(TooLargeError, match="HTTP 413"):
            sink.send(several(9), LONG)
        assert len(sink.send([event("x" * 1000)], LONG).rejected) == 1


def test_a_request_beyond_our_own_bound_is_not_sent(server: OpenSearchServer, opened: Opener) -> None:
    sink = opened(OpenSearchSettings(url=server.url, request_bytes=1000))
    with pytest.raises(TooLargeError, match="request_bytes"):
        sink.send(several(9), LONG)
    assert server.requests == []


def test_an_answer_beyond_its_bound_asks_for_smaller_batches(
    server: OpenSearchServer, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opensearch, "_ANSWER_BYTES", 100)
    server.items.extend([(400, "bad")] * 9)
    with pytest.raises(TooLargeError):
        sink.send(several(9), LONG)


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"[]",
        b"{}",
        b'{"errors": true}',
        b'{"errors": true, "items": [{"create": {"status": 201}}]}',
        b'{"errors": true, "items": [{}, {}]}',
        b'{"errors": true, "items": [{"create": {}}, {"create": {"status": 201}}]}',
        b'{"errors": true, "items": 5}',
    ],
)
def test_an_answer_that_is_none_for_these_events_accepts_nothing(server: OpenSearchServer, sink: Sink, body: bytes) -> None:
    server.plan.append(Reply(200, body))
    with pytest.raises(RetryError, match="that is no answer to _bulk"):
        sink.send(several(2), LONG)


@pytest.mark.parametrize("trouble", [Hang(), Reset(), Reply(200, b'{"errors": false}', half=True)])
def test_an_answer_that_does_not_come_accepts_nothing(
    server: OpenSearchServer, sink: Sink, trouble: Hang | Reset | Reply
) -> None:
    server.plan.append(trouble)
    with pytest.raises(RetryError):
        sink.send(several(1), 0.3 if isinstance(trouble, Hang) else LONG)
    assert sink.send(several(1), LONG) == Sent(1)


def test_an_empty_batch_is_not_sent(server: OpenSearchServer, sink: Sink) -> None:
    assert sink.send([], LONG) == Sent(0)
    assert server.requests == []


def test_user_and_password_are_sent(server: OpenSearchServer, opened: Opener) -> None:
    basic = BasicAuth(username="logs", password=Secret("word"))
    opened(OpenSearchSettings(url=server.url, basic=basic)).send(several(1), LONG)
    assert server.requests[0].headers["authorization"] == f"Basic {base64.b64encode(b'logs:word').decode()}"
