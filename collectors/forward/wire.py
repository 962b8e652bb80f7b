"""The values of the forward protocol, and how they are written. Pure.

    Message                  [tag, time, record, options]
    Forward                  [tag, [[time, record], ...], options]
    Fluent Bit's Forward     [tag, [[[time, metadata], record], ...], options]
    PackedForward            [tag, <bytes of [time, record][time, record]...>, options]
    CompressedPackedForward  the same, gzipped; options have compressed: "gzip"

A receiver answers {"ack": chunk} where options have `chunk`.
"""

import struct
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple

import msgpack

BILLION = 1_000_000_000
_EVENT_TIME = struct.Struct(">II")
_EVENT_TIME_CODE = 0

Record = Mapping[Any, Any]


class EventTime(NamedTuple):
    """Extension type 0: seconds since 1970 and nanoseconds."""

    seconds: int
    nanoseconds: int

    @classmethod
    def of(cls, nanoseconds: int) -> "EventTime":
        """The time that is so many nanoseconds after 1970; what does not fit (before 1970, after 2106) is 0."""
        seconds, rest = divmod(nanoseconds, BILLION)
        return cls(seconds, rest) if 0 <= seconds < 1 << 32 else cls(0, 0)


class Entry(NamedTuple):
    """A record and its time."""

    time: EventTime
    record: Record


def _extension(value: object) -> object:
    if isinstance(value, EventTime):
        return msgpack.ExtType(_EVENT_TIME_CODE, _EVENT_TIME.pack(*value))
    raise TypeError(f"a record has a {type(value).__name__}, which the forward protocol cannot carry")


# `strict_types` lets the hook see EventTime, which is a tuple too.
packer = partial(msgpack.Packer, default=_extension, strict_types=True, unicode_errors="surrogateescape")
"""Makes what packs values of this protocol."""

_pack = packer().pack


def event_time(code: int, data: bytes) -> object:
    """The hook for extension types while unpacking."""
    if code == _EVENT_TIME_CODE and len(data) == _EVENT_TIME.size:
        return EventTime._make(_EVENT_TIME.unpack(data))
    return msgpack.ExtType(code, data)


def message(tag: str, entry: Entry, options: Record | None = None) -> bytes:
    """Message mode: a single record."""
    return _packed([tag, entry.time, entry.record], options)


def forward(tag: str, entries: Iterable[Entry], options: Record | None = None, *, metadata: bool = False) -> bytes:
    """Forward mode. `metadata`: each time stands in a list with an empty map, as Fluent Bit writes it since 5.0.4."""
    listed = [[[entry.time, {}] if metadata else entry.time, entry.record] for entry in entries]
    return _packed([tag, listed], options)


def packed_forward(tag: str, payload: bytes, options: Record | None = None) -> bytes:
    """PackedForward mode, and the compressed one where `payload` is gzipped and `options` say so."""
    return _packed([tag, payload], options)


def payload(entries: Iterable[Entry]) -> bytes:
    """The entries of a PackedForward message."""
    return b"".join(_pack([entry.time, entry.record]) for entry in entries)


def acknowledgement(chunk: str) -> bytes:
    """The answer to a message whose options have `chunk`."""
    return bytes(_pack({"ack": chunk}))


def acknowledged(data: bytes) -> object:
    """The chunk that an answer names. Raises msgpack.OutOfData where it is not whole, ValueError where it is no such answer."""
    unpacker = msgpack.Unpacker(max_buffer_size=4096, unicode_errors="surrogateescape")
    unpacker.feed(data)
    answer = unpacker.unpack()
    if not isinstance(answer, dict) or "ack" not in answer:
        raise ValueError("this is no acknowledgement")
    return answer["ack"]


def _packed(parts: list[Any], options: Record | None) -> bytes:
    return bytes(_pack(parts if options is None else [*parts, options]))
