"""What goes into the store and what comes out of it, as values; and how one event is packed into a row."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from collectors.model import Position
from parsers.model import Event

MAX_SIZE = 2 << 30
"""Bytes the store may grow to, unless told otherwise: some 1.5 million events."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DEFLATE_FROM = 2048
"""Bytes from which an event is deflated. For shorter ones it takes four times as long as their insertion, and gains half."""

_DEEPEST = 50
"""Objects inside each other that are kept where an event cannot be written as it is."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What was read of one stream since the last time: the events, and where to read on once these are stored.

    `position` is None where that is not known yet. An event is known again by its offset among those of its stream:
    `offsets` tells them where they are not those of the first lines.
    """

    identity: str
    position: Position | None
    events: Sequence[Event]
    offsets: Sequence[int] | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """What `Writer.store` did: events added, repeats left out, and the oldest events dropped to stay below the bound."""

    added: int
    repeated: int
    dropped: int


@dataclass(frozen=True, slots=True)
class Hit:
    """One event found. `row` is its id in the store, and higher for newer ones; `time` is epoch seconds, set for each."""

    row: int
    time: float
    event: Event


@dataclass(frozen=True, slots=True)
class ServiceTally:
    """How much one service logged, since the store was made."""

    service: str
    events: int
    warnings: int
    errors: int
    oldest: float
    newest: float


@dataclass(frozen=True, slots=True)
class Problem:
    """Warnings and errors of one service that have one fingerprint, since the store was made. `severity` is the worst."""

    fingerprint: str
    service: str
    severity: int
    template: str
    exception: str
    dependency: str
    count: int
    oldest: float
    newest: float


@dataclass(frozen=True, slots=True)
class Totals:
    """The store as a whole. Times are None while it is empty; `dropped` counts what retention took out."""

    events: int
    files: int
    oldest: float | None
    newest: float | None
    dropped: int


def pack(event: Event) -> tuple[Event, bytes]:
    """One event as the bytes of its row, and as it will come back: a service that logs JSON can log what JSON cannot carry."""
    try:
        data = orjson.dumps(event)
    except TypeError:  # {"user": "\\ud83d", "count": 99999999999999999999} is a line that Python's json reads
        event = _plain(event, 0)
        data = orjson.dumps(event)
    return event, data if len(data) < _DEFLATE_FROM else zlib.compress(data, 1)


def _plain(value: Any, depth: int) -> Any:
    """`value` without lone halves of surrogate pairs, numbers over 64 bits and endless nesting: these become text."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if depth < _DEEPEST and isinstance(value, dict):
        return {_plain(str(key), 0): _plain(inner, depth + 1) for key, inner in value.items()}
    if depth < _DEEPEST and isinstance(value, list | tuple):
        return [_plain(inner, depth + 1) for inner in value]
    if value is None or isinstance(value, bool | float) or (isinstance(value, int) and abs(value) < 1 << 63):
        return value
    return "..." if isinstance(value, dict | list | tuple) else _plain(str(value), 0)


def unpack(data: bytes) -> Event:
    """The event of a row."""
    event: Event = orjson.loads(data if data[:1] == b"{" else zlib.decompress(data))
    return event


def checksum(event: Event) -> int:
    """16 bits that tell two events apart that begin in one torn line."""
    return zlib.crc32(str(event.get("body", "")).encode("utf-8", "backslashreplace")) & 0xFFFF


def microseconds_of(timestamp: str | None) -> int | None:
    """Epoch microseconds of an RFC 3339 text, None if there is none or it is no time. Without a zone it is UTC."""
    if not timestamp:
        return None
    try:
        time = datetime.fromisoformat(timestamp)
    except ValueError:
        return None
    return ((time if time.tzinfo else time.replace(tzinfo=UTC)) - _EPOCH) // _MICROSECOND
