"""What several sinks read off an event: its time in nanoseconds, its id, text that every protocol can carry."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache

from collectors.model import Rejected, Sent, TooLargeError
from parsers.json_lines import dumped
from parsers.model import Event

UID = "log.record.uid"
"""The attribute with an event's id, which is the same each time the event is read."""

_SECOND = len("2026-11-23T03:33:01")


def time_of(event: Event) -> int | None:
    """When it was logged, in nanoseconds since 1970; None where the event tells no time."""
    return nanoseconds(event.get("timestamp"))


def observed_of(event: Event) -> int | None:
    """When it was read, in nanoseconds since 1970; None where the event does not tell."""
    return nanoseconds(event.get("observed_timestamp"))


def uid_of(event: Event) -> str | None:
    """Its id, None where it has none."""
    uid = event.get("attributes", {}).get(UID)
    return uid if isinstance(uid, str) and uid else None


def nanoseconds(text: object) -> int | None:
    """Nanoseconds since 1970 of an RFC 3339 time, exact to the last digit that it has; None where it is none.

    Times before 1970 and after 2554 are none: protocols carry unsigned 64 bits.
    """
    if not isinstance(text, str):
        return None
    digits = text[_SECOND + 1 : -1]
    if text[_SECOND : _SECOND + 1] == "." and text[-1] == "Z" and digits.isdecimal() and digits.isascii():
        fraction, rest = int(digits[:9].ljust(9, "0")), "Z"
    else:
        fraction, rest = 0, text[_SECOND:]
    seconds = _seconds(text[:_SECOND], rest)
    return None if seconds is None else seconds + fraction


@lru_cache(maxsize=4096)
def _seconds(second: str, rest: str) -> int | None:
    """Lines come in crowds of the same second, so nearly all are found in the cache."""
    try:
        moment = datetime.fromisoformat(second + rest)
        since = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - datetime(1970, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    total = ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 1_000
    return total if 0 < total < 1 << 64 else None


def clean(text: str) -> str:
    r"""Text as UTF-8 can carry it: halves of surrogate pairs, which JSON logs may hold, become `\udc00`."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode()
    return text


def json_of(value: object) -> str:
    """JSON text of a value that is not text; NaN and the infinities, which JSON does not have, as Python writes them."""
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    try:
        return dumped({"": value}).decode()[4:-1]
    except RecursionError:
        return "(nested too deeply)"


def cut(text: str, limit: int) -> str:
    """The beginning of `text` that takes at most `limit` bytes of UTF-8, whole characters."""
    data = text.encode()
    return text if len(data) <= limit else data[:limit].decode("utf-8", "ignore")


def too_large(events: Sequence[Event], what: str) -> Sent:
    """What becomes of a batch that is too large: TooLargeError, so that its halves are tried; a single event is rejected."""
    if len(events) == 1:
        return Sent(0, (Rejected(events[0], what),))
    raise TooLargeError(what)


def all_rejected(events: Sequence[Event], reason: str) -> Sent:
    """What becomes of a batch that is refused as a whole and for good."""
    return Sent(0, tuple(Rejected(event, reason) for event in events))
