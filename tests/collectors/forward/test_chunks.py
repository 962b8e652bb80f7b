"""Events become messages of the forward protocol."""

from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.forward.chunks import Chunker, nanoseconds, remaining
from collectors.forward.decoding import Decoder
from collectors.forward.settings import ForwardOutput
from parsers.model import Event
from tests.collectors.forward.test_decoding import Kept


def event(number: int, service: str | None = "nova", **more: Any) -> Event:
    resource = {"service.name": service} if service is not None else {}
    return {"timestamp": f"2026-11-23T12:00:00.{number:09d}Z", "body": f"event {number}", "resource": resource, **more}


def chunker(**settings: Any) -> Chunker:
    return Chunker(ForwardOutput(**settings), lambda: 5.0)


def read(data: bytes) -> tuple[str, str | None, list[tuple[int, Any]]]:
    decoder = Decoder(lambda _: Kept(), 1 << 24, 1 << 24)
    decoder.feed(data)
    (message,) = decoder.whole()
    return message.tag, message.chunk, message.taken.records


@pytest.mark.parametrize("gzip", [False, True])
def test_an_event_is_a_record_with_its_time(gzip: bool) -> None:
    (message,), rejected = chunker().messages([event(7), event(8)])
    tag, chunk, records = read(message.encoded(gzip=gzip))
    assert tag == "stratoscope.nova"
    assert chunk == message.id
    assert records == [(1_795_435_200_000_000_007, event(7)), (1_795_435_200_000_000_008, event(8))]
    assert not rejected


def test_the_same_events_have_the_same_chunk_id_and_others_another() -> None:
    events = [event(number) for number in range(3)]
    first, again = (chunker().messages(events)[0][0].id for _ in range(2))
    other = chunker().messages(events[:2])[0][0].id
    tagged = chunker(tag="other").messages(events)[0][0].id
    assert first == again
    assert len({first, other, tagged}) == 3
    assert len(first) == 24


def test_each_tag_has_messages_of_its_own_and_the_order_is_kept() -> None:
    events = [event(number, ("nova", "neutron", None)[number % 3]) for number in range(9)]
    messages, _ = chunker().messages(events)
    assert [message.tag for message in messages] == ["stratoscope.nova", "stratoscope.neutron", "stratoscope.unknown"]
    assert [one["body"] for one in messages[0].events] == ["event 0", "event 3", "event 6"]


def test_messages_are_about_as_large_as_the_settings_say_and_hold_all() -> None:
    events = [event(number, x="y" * 1000) for number in range(100)]
    messages, _ = chunker(chunk=16 << 10).messages(events)
    assert all(len(message.payload) <= 16 << 10 for message in messages)
    assert remaining(messages) == events


@pytest.mark.parametrize("done", range(8))
def test_what_remains_is_cut_at_the_same_places(done: int) -> None:
    events = [event(number, x="y" * 3000) for number in range(40)]
    made = chunker(chunk=16 << 10)
    messages, _ = made.messages(events)
    again, _ = made.messages(remaining(messages[done:]))
    assert [message.id for message in again] == [message.id for message in messages[done:]]


def test_the_number_of_tags_is_bounded() -> None:
    messages, _ = chunker(tags=2).messages([event(number, f"service-{number}") for number in range(5)])
    assert [message.tag for message in messages] == ["stratoscope.service-0", "stratoscope.service-1", "stratoscope.other"]


@pytest.mark.parametrize(
    ("service", "tag"), [("nova compute", "nova_compute"), ("../*", ".._"), ("é", "_"), ("x" * 300, "x" * 200)]
)
def test_a_tag_holds_plain_characters_only(service: str, tag: str) -> None:
    assert chunker().tag(event(1, service)) == f"stratoscope.{tag}"


def test_an_event_that_is_too_large_is_rejected_and_the_others_are_sent() -> None:
    large = event(2, x="y" * 50_000)
    messages, (rejected,) = chunker(chunk=16 << 10, largest=40_000).messages([event(1), large, event(3)])
    assert rejected.event is large
    assert "more than `largest` (40000)" in rejected.reason
    assert remaining(messages) == [event(1), event(3)]


def test_what_msgpack_cannot_carry_is_sent_as_text_or_rejected() -> None:
    deep: Any = []
    for _ in range(5000):
        deep = [deep]
    odd = event(1, n=1 << 70, text="\ud800", pair=(1, 2), maps=[{"n": -(1 << 70)}])
    (message,), (rejected,) = chunker().messages([odd, event(2, deep=deep)])
    _, _, records = read(message.encoded(gzip=False))
    assert records[0][1] == event(1, n=str(1 << 70), text="\\ud800", pair=[1, 2], maps=[{"n": str(-(1 << 70))}])
    assert "msgpack cannot carry it" in rejected.reason


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ({"timestamp": "1970-01-01T00:00:01Z"}, 1_000_000_000),
        ({"timestamp": "nonsense", "observed_timestamp": "1970-01-01T01:00:01.5+01:00"}, 1_500_000_000),
        ({"timestamp": None, "observed_timestamp": None}, 5_000_000_000),
        ({"timestamp": "1969-12-31T23:59:59Z"}, 0),
    ],
)
def test_the_time_is_that_of_the_event_else_when_it_was_read_else_now(times: dict[str, Any], expected: int) -> None:
    (message,), _ = chunker().messages([event(1, **times)])
    assert read(message.encoded(gzip=False))[2][0][0] == expected


@pytest.mark.parametrize("text", [None, 5, "", "2026-11-23", "2026-13-45T00:00:00Z", "2026-11-23T12:00:00"])
def test_what_is_no_time_is_none(text: object) -> None:
    assert nanoseconds(text) is None


@given(st.lists(st.dictionaries(st.text(), st.text() | st.integers() | st.none() | st.floats(), max_size=3), max_size=5))
def test_any_event_is_sent_or_rejected(events: list[Event]) -> None:
    messages, rejected = chunker().messages(events)
    assert len(remaining(messages)) + len(rejected) == len(events)
    for message in messages:
        assert list(msgpack.unpackb(message.encoded(gzip=False)))[2]["size"] == len(message.events)
