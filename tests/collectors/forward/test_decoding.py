"""The decoder, sentence by sentence of its contract."""

import gzip
import tracemalloc
from collections.abc import Iterable
from typing import Any

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.forward import wire
from collectors.forward.decoding import PIECE, Decoder, Message, ProtocolError
from collectors.forward.wire import Entry, EventTime
from tests.collectors.forward.record import FORMS, WIRE
from tests.servers.fluent_peer import encoded
from tests.servers.forward_link import Link

NAMES = sorted(path.stem for path in WIRE.glob("*.msgpack"))


class Kept:
    """A taker that keeps the records."""

    def __init__(self) -> None:
        self.records: list[tuple[int, dict[Any, Any]]] = []
        self.bytes = 0

    def add(self, time: int, record: dict[Any, Any]) -> None:
        self.records.append((time, record))
        self.bytes += len(repr(record))

    def size(self) -> int:
        return self.bytes


def decoder(message: int = 1 << 20, record: int = 1 << 20) -> Decoder[Kept]:
    return Decoder(lambda _: Kept(), message, record)


def decoded(data: bytes, sizes: list[int] | None = None) -> list[Message[Kept]]:
    """The messages of `data`, fed in pieces of these sizes, again and again."""
    reading, messages = decoder(), []
    at, number = 0, 0
    while at < len(data):
        size = sizes[number % len(sizes)] if sizes else len(data)
        reading.feed(data[at : at + size])
        messages += reading.whole()
        at, number = at + size, number + 1
    return messages


def shown(messages: list[Message[Kept]]) -> list[tuple[str, str | None, list[tuple[int, dict[Any, Any]]]]]:
    return [(message.tag, message.chunk, message.taken.records) for message in messages]


# -- what Fluent Bit 5.1.1 was seen to send -----------------------------------------------------------------------------


def test_there_is_a_recording_of_every_form() -> None:
    assert NAMES == ["forward", "forward-ack", "gzip", "integer-times", "message", "no-metadata", "send-options"]


@pytest.mark.parametrize("name", NAMES)
def test_every_recorded_form_gives_the_same_records(name: str) -> None:
    records = [record for message in decoded((WIRE / f"{name}.msgpack").read_bytes()) for record in message.taken.records]
    second = 0 if name == "integer-times" else 100_000_001, 0 if name == "integer-times" else 200_000_002
    assert [time for time, _ in records] == [1795404781_000000000 + fraction for fraction in second]
    assert [record["log"] for _, record in records] == [
        "2026-11-23 03:33:01.100 7 INFO nova.compute.manager [-] a whole line",
        "é joined, and \udcff no UTF-8",
    ]


@pytest.mark.parametrize("name", [name for name in NAMES if name != "gzip"])
def test_the_peer_of_the_tests_writes_the_same_bytes(name: str) -> None:
    recorded = (WIRE / f"{name}.msgpack").read_bytes()
    (entries,) = [message.taken.records for message in decoded((WIRE / "forward-ack.msgpack").read_bytes())]
    data, _ = encoded("raw", entries, FORMS[name])
    assert data == recorded


def test_the_peer_of_the_tests_packs_the_same_bytes_and_makes_the_same_chunk_id() -> None:
    (message,) = decoded((WIRE / "gzip.msgpack").read_bytes())
    data, chunks = encoded("raw", message.taken.records, Link(gzip=True))
    assert chunks == [message.chunk]
    assert shown(decoded(data)) == shown([message])


# -- any chunking -------------------------------------------------------------------------------------------------------

TEXT = st.text(max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | TEXT | st.binary(max_size=20) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
TIMES = st.builds(EventTime, st.integers(0, 2**32 - 3), st.integers(0, 999_999_999))
ENTRIES = st.lists(st.builds(Entry, TIMES, st.dictionaries(TEXT, VALUES, max_size=4)), max_size=4)
CHUNKS = st.none() | st.text(max_size=30)


@st.composite
def written(draw: st.DrawFn) -> tuple[bytes, tuple[str, str | None, list[tuple[int, dict[Any, Any]]]]]:
    """A message in any of the forms, and what is in it."""
    tag, entries, chunk = draw(TEXT), draw(ENTRIES), draw(CHUNKS)
    options: dict[str, Any] | None = {"chunk": chunk} if chunk is not None else draw(st.sampled_from([None, {}, {"size": 1}]))
    form = draw(st.sampled_from(["message", "forward", "metadata", "packed", "gzip"]))
    if form == "message":
        entries = entries[:1] or [Entry(EventTime(1, 2), {})]
        data = wire.message(tag, entries[0], options)
    elif form in ("forward", "metadata"):
        data = wire.forward(tag, entries, options, metadata=form == "metadata")
    else:
        packed = wire.payload(entries)
        data = wire.packed_forward(tag, gzip.compress(packed) if form == "gzip" else packed, options)
    expected = [(time.seconds * 10**9 + time.nanoseconds, dict(record)) for time, record in entries]
    return data, (tag, chunk, expected)


@given(st.lists(written(), min_size=1, max_size=4), st.lists(st.integers(1, 50), min_size=1, max_size=5))
@settings(max_examples=150, deadline=None)
def test_what_was_written_is_read_however_it_is_cut(messages: list[Any], sizes: list[int]) -> None:
    data = b"".join(one for one, _ in messages)
    expected = [content for _, content in messages]
    assert shown(decoded(data)) == expected
    assert shown(decoded(data, sizes)) == expected


@given(st.lists(written(), min_size=1, max_size=3), st.data())
@settings(max_examples=60, deadline=None)
def test_between_two_messages_nothing_is_held(messages: list[Any], data: st.DataObject) -> None:
    reading = decoder()
    for one, _ in messages:
        cut = data.draw(st.integers(1, len(one)))
        reading.feed(one[:cut])
        assert reading.under_way == (cut < len(one))
        reading.feed(one[cut:])
        assert not reading.under_way
        assert reading.held == 0


# -- rubbish and bounds -------------------------------------------------------------------------------------------------


def refused(reading: Decoder[Any], pieces: Iterable[bytes]) -> ProtocolError | None:
    """Feed these; why that was refused."""
    try:
        for piece in pieces:
            reading.feed(piece)
    except ProtocolError as error:
        return error
    return None


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


def read_or_refused(data: bytes) -> bool:
    error = refused(decoder(), cut(data, 97))
    return error is None or (error.reason in ("malformed", "too_large") and str(error).isprintable())


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_any_rubbish_is_refused_and_nothing_else_is_raised(data: bytes) -> None:
    assert read_or_refused(data)


@given(written(), st.integers(0, 300), st.binary(min_size=1, max_size=8))
@settings(max_examples=300, deadline=None)
def test_a_message_with_rubbish_in_it_is_read_or_refused(message: Any, place: int, rubbish: bytes) -> None:
    data = message[0]
    at = place % len(data)
    assert read_or_refused(data[:at] + rubbish + data[at + len(rubbish) :])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "malformed"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "malformed"),
        (msgpack.packb(["tag", 1]) + b"\xc0", "malformed"),
        (msgpack.packb([1, [], {}]), "malformed"),
        (msgpack.packb(["tag", [[1, {}]], "options"]), "malformed"),
        (msgpack.packb(["tag", [[1, {}]], {"chunk": 5}]), "malformed"),
        (msgpack.packb(["tag", [["no time", {}]]]), "malformed"),
        (msgpack.packb(["tag", [[True, {}]]]), "malformed"),
        (msgpack.packb(["tag", [[1]]]), "malformed"),
        (msgpack.packb(["tag", b"\x1f\x8b nonsense", {"compressed": "gzip"}]), "malformed"),
        (msgpack.packb(["tag", gzip.compress(b"\x92\x01\x80", mtime=0)[:-9], {"compressed": "gzip"}]), "malformed"),
        (msgpack.packb(["tag", msgpack.packb([1, {"a": 1}])[:-1], {}]), "malformed"),
        (msgpack.packb(["tag", 1, {}, {}, {}]), "malformed"),
        (b"\x92\xa1t\x91\x92\x01" + b"\x91" * 2000, "malformed"),
        (b"\x92\xa1t\x91\x92\x01\x81\x80\x01", "malformed"),
        (msgpack.packb(["t" * 4097, []]), "malformed"),
        (msgpack.packb(["t" * 9000, []]), "too_large"),
        (msgpack.packb(["tag", [[1, {"log": "x" * 200_000}]]]), "too_large"),
        (msgpack.packb(["tag", [[1, {"log": "x" * 1000}]] * 400]), "too_large"),
        (msgpack.packb(["tag", b"x" * 400_000]), "too_large"),
        (msgpack.packb(["tag", gzip.compress(msgpack.packb([1, {"log": "x" * 99}]) * 10_000, mtime=0)]), "too_large"),
        (msgpack.packb(["tag", msgpack.packb([1, {"log": "x" * 200_000}])]), "too_large"),
    ],
)
def test_what_breaks_the_protocol_or_a_bound_is_told(data: bytes, reason: str) -> None:
    error = refused(decoder(message=300_000, record=100_000), cut(data, 1000))
    assert error is not None
    assert error.reason == reason


def test_messages_before_the_rubbish_are_given() -> None:
    reading = decoder()
    with pytest.raises(ProtocolError):
        reading.feed(wire.message("t", Entry(EventTime(1, 0), {"log": "x"})) + b"\xc1")
    assert len(reading.whole()) == 1


def test_a_message_that_never_ends_holds_no_more_than_its_bound() -> None:
    reading = Decoder(lambda _: Sized(), 1 << 20, 1 << 20)
    record = msgpack.packb([1, {"log": "x" * 500}]) * 100
    tracemalloc.start()
    assert refused(reading, [b"\x92\xa1t\xdd\xff\xff\xff\xff", *([record] * 10_000)])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20


def test_a_gzip_bomb_holds_no_more_than_its_bound() -> None:
    bomb = msgpack.packb(["t", gzip.compress(bytes(200 << 20), 9)])
    reading = Decoder(lambda _: Sized(), 1 << 20, 1 << 20)
    tracemalloc.start()
    assert refused(reading, [bomb])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20


class Sized:
    """A taker that counts as lines do."""

    def __init__(self) -> None:
        self.bytes = 0

    def add(self, time: int, record: dict[Any, Any]) -> None:
        self.bytes += len(record["log"])

    def size(self) -> int:
        return self.bytes


# -- what else senders send ---------------------------------------------------------------------------------------------


def test_metrics_of_fluent_bit_are_no_logs() -> None:
    (message,) = decoded(msgpack.packb(["t", b"\x01\x02 metrics", {"chunk": "c", "fluent_signal": 1}]))
    assert not message.logs
    assert message.chunk == "c"
    assert not message.taken.records


def test_the_marks_of_a_group_are_no_records() -> None:
    mark = msgpack.ExtType(0, b"\xff\xff\xff\xff\0\0\0\0")
    (message,) = decoded(msgpack.packb(["t", [[[mark, {"schema": "otlp"}], {}], [[1, {}], {"log": "x"}], [-2, {}]]]))
    assert [record for _, record in message.taken.records] == [{"log": "x"}]
    assert message.records == 1


def test_options_may_be_nil() -> None:
    assert decoded(msgpack.packb(["t", 1, {"log": "x"}, None]))[0].chunk is None


def test_packed_entries_may_be_text_and_gzip_may_have_several_members() -> None:
    one, two = msgpack.packb([1, {"a": 1}]), msgpack.packb([2, {"a": 2}])
    assert len(decoded(b"\x92\xa1t\xd9" + bytes([len(one)]) + one)[0].taken.records) == 1
    packed = gzip.compress(one + two[:2]) + gzip.compress(two[2:])
    assert len(decoded(msgpack.packb(["t", packed]))[0].taken.records) == 2


def test_a_time_may_be_a_fraction() -> None:
    assert decoded(msgpack.packb(["t", 1.5, {}]))[0].first == 1_500_000_000


def test_what_is_fed_at_once_may_be_larger_than_a_piece() -> None:
    entries = [Entry(EventTime(1, 0), {"log": "x" * 100})] * (5 * PIECE // 100)
    (message,) = decoded(wire.forward("t", entries))
    assert message.records == len(entries)
