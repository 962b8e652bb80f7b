"""The zone of a container, from the difference between what it logged and what the container runtime noted.

oslo.log prints local time without a zone. The runtime notes its own, absolute time a moment later: the difference, rounded to
a quarter of an hour, is the container's offset from UTC. A line that was held back for more than seven minutes would fool
this; then, and where there is no runtime, a setting has to tell.
"""

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache

from parsers.timestamps import TimeReader

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


class Clock:
    """Reads the times of one source. `zone` and `year` are the settings, None where there are none."""

    def __init__(self, zone: tzinfo | None, year: int | None) -> None:
        self._zone = zone
        self._year = year
        self._readers: dict[tzinfo, TimeReader] = {}

    def __call__(self, logged: str | None, noted: str | None) -> str | None:
        """RFC 3339 of the time that was logged, else of the one that the wrapper noted; None where neither is one."""
        if logged is None:
            return self._reader(self._zone or UTC)(noted) if noted else None
        if noted is None or self._zone is not None:
            return self._reader(self._zone or UTC)(logged)
        return self._reader(zone_between(logged, noted))(logged)

    def _reader(self, zone: tzinfo) -> TimeReader:
        reader = self._readers.get(zone)
        if reader is None:
            reader = self._readers[zone] = TimeReader(zone, self._year)
        return reader
