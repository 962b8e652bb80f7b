"""The zone of a container, from the difference between what it logged and what the container runtime noted.

oslo.log prints local time without a zone. The runtime notes its own, absolute time a moment later: the difference, rounded to
a quarter of an hour, is the container's offset from UTC. A line that was held back for more than seven minutes would fool
this; then, and where there is no runtime, a setting has to tell.
"""

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache

_QUARTER = 15 * 60
_FARTHEST = 14 * 3600
_MINUTE = len("2026-11-23T03:33")


def zone_between(logged: str, noted: str) -> tzinfo:
    """Zone of the naive ISO-like time `logged`, which was `noted` (RFC 3339) by the runtime.

    UTC where they tell nothing, as when `noted` has no zone itself.
    """
    return _zone(logged[:_MINUTE], noted[:_MINUTE], noted[_MINUTE + 3 :].lstrip(".0123456789"))


@lru_cache(maxsize=512)
def _zone(logged: str, noted: str, offset: str) -> tzinfo:
    try:
        there = datetime.fromisoformat(noted + offset.replace("Z", "+00:00"))
        here = datetime.fromisoformat(logged).replace(tzinfo=UTC)
    except ValueError:
        return UTC
    if there.tzinfo is None:
        return UTC
    seconds = round((here - there).total_seconds() / _QUARTER) * _QUARTER
    return timezone(timedelta(seconds=seconds)) if seconds and abs(seconds) <= _FARTHEST else UTC
