"""Bytes of a connection become messages: entry by entry, as they come, within bounds. Pure.

A message is not unpacked as a whole: 16 senders with 2 MB each would take 195 MB as Python objects. Each record is given away
(to a `Taker`) as soon as it is there. The chunk id stands at the end of a message, so only then it is known to be a repeat.

`Decoder` is a generator inside: the steps of the protocol stand one after the other, and each waits for the bytes it needs.
"""

import zlib
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import msgpack

from collectors.forward.wire import BILLION, EventTime, event_time

PIECE = 64 << 10
"""Bytes unpacked at once."""
_HEADER = 4096
"""Bytes of a tag, of options."""
_LONGEST_LIST = 1 << 16
_NIL = b"\xc0"
_GZIP = 31  # zlib's number for "a gzip header and trailer"
_GZIP_MAGIC = b"\x1f\x8b"
_GROUP_MARKS = frozenset({0xFFFFFFFF, 0xFFFFFFFE})  # -1 and -2: Fluent Bit's begin and end of a group of OTLP records


class ProtocolError(Exception):
    """A sender broke the protocol or a bound. `reason` is one word for a metric."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class Taker(Protocol):
    """What takes the records of one message."""

    def add(self, time: int, record: dict[Any, Any]) -> None:
        """A record and its time in nanoseconds since 1970."""

    def size(self) -> int:
        """Bytes that it holds."""


Taken = TypeVar("Taken", bound=Taker)


@dataclass(frozen=True, slots=True)
class Message(Generic[Taken]):
    """A whole message: what took its records, and `chunk`, None where the sender wants no acknowledgement.

    `logs` is False for metrics and traces of Fluent Bit: nothing was taken. `first` is the time of the first record.
    """

    tag: str
    taken: Taken
    chunk: str | None
    records: int
    first: int
    logs: bool = True


class Decoder(Generic[Taken]):
    """Reads the messages of one connection. After a ProtocolError it is of no use any more."""

    def __init__(self, taker: Callable[[str], Taken], message: int, record: int) -> None:
        """`taker` makes what takes the records of a message with that tag; the other two are bounds in bytes."""
        self._taker = taker
        self._largest = message
        self._largest_record = record
        self._unpacker = _unpacker(message)
        self._fed = 0
        self._began = 0
        self._whole: list[Message[Taken]] = []
        self._machine = self._run()
        self._taking: Taken | None = None
        self._records = 0
        self.tag: str | None = None
        """Of the message that is under way; None where its tag is not known yet."""
        self.first = 0
        """Time of its first record, 0 where that is not known yet."""

    @property
    def held(self) -> int:
        """Bytes kept of a message that is not whole yet."""
        return self._fed - int(self._unpacker.tell()) + (self._taking.size() if self._taking is not None else 0)

    @property
    def under_way(self) -> bool:
        """Whether a message has begun and not ended."""
        return self._fed > self._began

    def feed(self, data: bytes) -> None:
        """Take the next bytes; `whole` gives the messages. Raises ProtocolError; what was whole before is still given."""
        view = memoryview(data)
        try:
            for start in range(0, len(view), PIECE):
                piece = view[start : start + PIECE]
                self._unpacker.feed(piece)
                self._fed += len(piece)
                next(self._machine)
        except ProtocolError:
            raise
        except msgpack.BufferFull as error:
            raise _too_large("message", self._largest) from error
        except (ValueError, TypeError, msgpack.UnpackException, zlib.error) as error:
            raise ProtocolError("malformed", f"not what the forward protocol says ({_said(error)})") from error

    def whole(self) -> list[Message[Taken]]:
        """The messages that are whole by now, each once."""
        whole, self._whole = self._whole, []
        return whole

    def _run(self) -> Iterator[None]:
        """One message after the other, for ever; yields where bytes are missing."""
        unpack = self._unpacker.unpack
        while True:
            size = yield from self._next(self._unpacker.read_array_header, _HEADER)
            if not 2 <= size <= 4:
                raise ProtocolError("malformed", f"a message is an array of 2 to 4 parts, not {size}")
            tag = yield from self._next(unpack, _HEADER)
            if not isinstance(tag, str) or len(tag) > _HEADER:
                raise ProtocolError("malformed", f"a message begins with its tag, of at most {_HEADER} characters")
            self.tag, self._taking, self._records, self.first = tag, self._taker(tag), 0, 0
            message = yield from self._rest(tag, self._taking, size - 1)
            self._whole.append(message)
            self.tag, self._taking, self.first = None, None, 0
            self._began = int(self._unpacker.tell())

    def _rest(self, tag: str, taking: Taken, parts: int) -> Generator[None, None, Message[Taken]]:
        """What comes after the tag."""
        logs = True
        try:
            entries = yield from self._next(self._unpacker.read_array_header, _HEADER)
        except ValueError:  # no array, and nothing of it was taken: packed entries, or a time
            content = yield from self._next(self._unpacker.unpack, self._largest)
        else:
            yield from self._entries(entries, taking)
            options = yield from self._options(parts - 1)
            return self._message(tag, taking, options)
        if isinstance(content, bytes | str):
            options = yield from self._options(parts - 1)
            logs = options.get("fluent_signal", 0) == 0
            if logs:
                self._unpack(content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape"), taking)
        else:
            record = yield from self._next(self._unpacker.unpack, self._largest_record)
            self._take([content, record], taking)
            options = yield from self._options(parts - 2)
        return self._message(tag, taking, options, logs=logs)

    def _entries(self, count: int, taking: Taken) -> Iterator[None]:
        unpack = self._unpacker.unpack
        for _ in range(count):
            try:
                entry = unpack()
            except msgpack.OutOfData:
                if taking.size() > self._largest:
                    raise _too_large("message", self._largest) from None
                entry = yield from self._next(unpack, self._largest_record)
            self._take(entry, taking)

    def _options(self, parts: int) -> Generator[None, None, dict[Any, Any]]:
        """Docker sends nil for none."""
        if not 0 <= parts <= 1:
            raise ProtocolError("malformed", "a message has too many or too few parts")
        options = (yield from self._next(self._unpacker.unpack, _HEADER)) if parts else None
        if options is not None and not isinstance(options, dict):
            raise ProtocolError("malformed", "the options of a message are a map")
        return options or {}

    def _next(self, read: Callable[[], Any], largest: int) -> Generator[None, None, Any]:
        """The next object, of at most about `largest` bytes."""
        start = self._fed
        while True:
            try:
                return read()
            except msgpack.OutOfData:
                if self._fed - start > largest:
                    raise _too_large("record" if largest == self._largest_record else "message", largest) from None
                yield

    def _unpack(self, content: bytes, taking: Taken) -> None:
        """The entries of a packed message. Gzip is known by its first bytes, as in Fluent Bit's server, not by options."""
        inner = _unpacker(self._largest_record)
        pieces = _unzipped(content, self._largest) if content.startswith(_GZIP_MAGIC) else _pieces(content)
        for piece in pieces:
            try:
                inner.feed(piece)
            except msgpack.BufferFull as error:
                raise _too_large("record", self._largest_record) from error
            for entry in inner:
                self._take(entry, taking)
        inner.feed(_NIL)
        if list(inner) != [None]:  # it has become a part of an entry
            raise ProtocolError("malformed", "the packed entries end in the middle of one")

    def _take(self, entry: object, taking: Taken) -> None:
        if not isinstance(entry, list) or len(entry) < 2 or not isinstance(entry[1], dict):
            raise ProtocolError("malformed", "an entry is a time and a map")
        time = _nanoseconds(entry[0][0] if isinstance(entry[0], list) and entry[0] else entry[0])
        if time is None:
            return
        if not self._records:
            self.first = time
        self._records += 1
        taking.add(time, entry[1])

    def _message(self, tag: str, taking: Taken, options: dict[Any, Any], *, logs: bool = True) -> Message[Taken]:
        chunk = options.get("chunk")
        if chunk is not None and not isinstance(chunk, str):
            raise ProtocolError("malformed", "`chunk` is not text")
        return Message(tag, taking, chunk, self._records, self.first, logs)


def _unpacker(largest: int) -> msgpack.Unpacker:
    return msgpack.Unpacker(
        strict_map_key=False,
        unicode_errors="surrogateescape",
        ext_hook=event_time,
        max_buffer_size=largest + PIECE,
        read_size=2 * PIECE,
        max_array_len=_LONGEST_LIST,
        max_map_len=_LONGEST_LIST,
    )


def _pieces(content: bytes) -> Iterator[memoryview]:
    view = memoryview(content)
    for start in range(0, len(view), PIECE):
        yield view[start : start + PIECE]


def _unzipped(content: bytes, largest: int) -> Iterator[bytes]:
    """The text of one gzip member or of several, in pieces. Raises ProtocolError where it is larger than `largest`."""
    total = 0
    while content:
        member = zlib.decompressobj(_GZIP)
        while not member.eof:
            piece = member.decompress(content, PIECE)
            content = member.unconsumed_tail
            total += len(piece)
            if total > largest:
                raise _too_large("message", largest)
            if not piece and not content and not member.eof:
                raise ProtocolError("malformed", "the gzipped entries have no end")
            yield piece
        content = member.unused_data


def _nanoseconds(time: object) -> int | None:
    """A time of an entry; None for the marks of a group, which are no records."""
    if isinstance(time, EventTime):
        return None if time.seconds in _GROUP_MARKS else time.seconds * BILLION + time.nanoseconds
    if isinstance(time, int) and not isinstance(time, bool):
        return None if time in (-1, -2) else time * BILLION
    if isinstance(time, float) and abs(time) < 1 << 40:  # false for what is no number
        return int(time * BILLION)
    raise ProtocolError("malformed", "an entry begins with its time")


def _too_large(what: str, largest: int) -> ProtocolError:
    return ProtocolError("too_large", f"a {what} of more than {largest >> 10} KB; raise `bounds.{what}`, or look what sends it")


def _said(error: Exception) -> str:
    return str(error)[:100] or type(error).__name__
