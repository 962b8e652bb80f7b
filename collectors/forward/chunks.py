"""Events become messages of the forward protocol. Pure.

A message is PackedForward: Fluent Bit appends its bytes to its own chunk as they are, without unpacking them. Its chunk id is
made of its content, so the same events, sent again, have the same id.
"""

import re
import zlib
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from collectors.forward.settings import ForwardOutput
from collectors.forward.wire import BILLION, EventTime, packed_forward, packer
from collectors.model import Rejected
from parsers.model import Event

_NOT_OF_TAGS = re.compile(r"[^-\w.]+", re.ASCII)
_LONGEST_TAG = 200
_GZIP = 31
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:\d\d)")


@dataclass(slots=True)
class Outgoing:
    """A message and the events in it. `id` is its chunk id."""

    tag: str
    events: list[Event] = field(default_factory=list)
    payload: bytearray = field(default_factory=bytearray)

    @property
    def id(self) -> str:
        """Its chunk id: 128 bits of a hash of what is in it, as Fluent Bit makes it."""
        return b64encode(blake2b(self.payload, digest_size=16, key=self.tag.encode()[:64]).digest()).decode()

    def encoded(self, *, gzip: bool) -> bytes:
        """The message as bytes."""
        options: dict[str, Any] = {"chunk": self.id, "size": len(self.events)}
        if not gzip:
            return packed_forward(self.tag, bytes(self.payload), options)
        packed = zlib.compressobj(1, wbits=_GZIP)
        return packed_forward(self.tag, packed.compress(self.payload) + packed.flush(), {**options, "compressed": "gzip"})


class Chunker:
    """Makes messages of batches; remembers which tags there are, as their number is bounded."""

    def __init__(self, settings: ForwardOutput, now: Callable[[], float]) -> None:
        """`now`: epoch seconds, for events that tell no time."""
        self._settings = settings
        self._now = now
        self._tags: dict[str, str] = {}
        self._pack = packer().pack

    def messages(self, events: Sequence[Event]) -> tuple[list[Outgoing], list[Rejected]]:
        """The messages for these events, and those that can be in none. Events of a tag stay in their order."""
        filling: dict[str, Outgoing] = {}
        messages: list[Outgoing] = []
        rejected: list[Rejected] = []
        for event in events:
            packed, reason = self._packed(event)
            if packed is None:
                rejected.append(Rejected(event, reason))
                continue
            tag = self.tag(event)
            message = filling.get(tag)
            if message is None or len(message.payload) + len(packed) > self._settings.chunk:
                message = filling[tag] = Outgoing(tag)
                messages.append(message)
            message.events.append(event)
            message.payload += packed
        return messages, rejected

    def tag(self, event: Event) -> str:
        """The tag of an event."""
        service = str((event.get("resource") or {}).get("service.name") or "unknown")
        tag = self._tags.get(service)
        if tag is None:
            if len(self._tags) >= self._settings.tags:
                return self._settings.tag.replace("{service}", "other")
            name = _NOT_OF_TAGS.sub("_", service)[:_LONGEST_TAG]
            tag = self._tags[service] = self._settings.tag.replace("{service}", name)
        return tag

    def _packed(self, event: Event) -> tuple[bytes | None, str]:
        time = EventTime.of(self._time(event))
        try:
            packed = self._pack([time, event])
        except (OverflowError, TypeError, ValueError):
            try:
                packed = self._pack([time, _carried(event)])
            except (OverflowError, TypeError, ValueError, RecursionError) as error:
                return None, f"msgpack cannot carry it ({error})"
        if len(packed) > self._settings.largest:
            return None, f"it has {len(packed)} bytes as msgpack, more than `largest` ({self._settings.largest})"
        return packed, ""

    def _time(self, event: Event) -> int:
        for name in ("timestamp", "observed_timestamp"):
            time = nanoseconds(event.get(name))
            if time is not None:
                return time
        return int(self._now() * BILLION)


def nanoseconds(text: object) -> int | None:
    """Nanoseconds since 1970 of an RFC 3339 time; None where it is none."""
    found = _TIME.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    whole, fraction, zone = found.groups("")
    second = _second(whole, zone)
    return None if second is None else second * BILLION + int(fraction.ljust(9, "0"))


@lru_cache(maxsize=256)  # many events have the same second
def _second(text: str, zone: str) -> int | None:
    try:
        since = datetime.fromisoformat(text + zone.replace("Z", "+00:00")) - _EPOCH
    except ValueError:
        return None
    return since.days * 86400 + since.seconds


def _carried(value: object) -> object:
    """The same, numbers of more than 64 bits and lone surrogates as text."""
    if isinstance(value, dict):
        return {_carried(key): _carried(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_carried(inner) for inner in value]
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, int) and not -(1 << 63) <= value < 1 << 64:
        return str(value)
    return value


def remaining(messages: Sequence[Outgoing]) -> list[Event]:
    """The events of messages that were not acknowledged."""
    return [event for message in messages for event in message.events]
