"""Times as logs write them -> RFC 3339 in UTC, as exact as the log was.

Two steps, so that formats need no clock and no zone: a format turns its own shape (`from_clf`, `from_ctime` ...) into ISO-like
text, the event builder turns that text into UTC with the zone and year of the source.

A naive time is taken in the source's zone. Where clocks are put back, the hour that comes twice is read as its first pass
(`fold=0`); a time inside the gap of clocks put forward is read with the offset that was valid before the gap, and so comes out
as the later one. A second of 60 is no time here: `datetime` cannot hold it.
"""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from math import isfinite

_SECOND = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})[T ]([0-9 ][0-9]):([0-9]{2}):([0-9]{2})")
# `03:33:34,767.767`: `%(asctime)s` of the standard library without a date format, followed by `.%(msecs)03d`
_REST = re.compile(r"(?:[.,]([0-9]{1,9})(?:\.[0-9]{3})?)? ?(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?")
_SECOND_LENGTH = len("2026-11-23T03:33:01")
_MOST_SECONDS = 4096
_MOST_RESTS = 8192
_MOST_ZONES = 16

_MONTHS = {name: f"{at:02}" for at, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), start=1)}
_MONTH = "(?P<month>" + "|".join(_MONTHS) + ")"
_CLOCK = r"[0-9]{2}:[0-9]{2}:[0-9]{2}"
_DAY = r"(?P<day>[0-9 ][0-9])"
_CLF = re.compile(
    rf"(?P<day>[0-9]{{2}})/{_MONTH}/(?P<year>[0-9]{{4}})[: ]"
    rf"(?P<clock>{_CLOCK}(?:[.,][0-9]{{1,9}})?)(?: (?P<zone>[+-][0-9]{{4}}))?"
)
_CTIME = re.compile(rf"[A-Z][a-z]{{2}} {_MONTH} {_DAY} (?P<clock>{_CLOCK}(?:\.[0-9]{{1,9}})?) (?P<year>[0-9]{{4}})")
_SYSLOG = re.compile(rf"{_MONTH} {_DAY} (?P<clock>{_CLOCK}(?:[.,][0-9]{{1,9}})?)")
_COMPACT = re.compile(r"(?P<date>[0-9]{8})[T ] ?(?P<hour>[0-9]{1,2})(?P<below>:[0-9]{2}:[0-9]{2}(?:[.,][0-9]{1,9})?)")
_EPOCH = re.compile(r"([0-9]{1,20})(?:\.([0-9]{1,9})[0-9]*)?")
_UNITS = ((10**11, 0), (10**14, 3), (10**17, 6), (10**20, 9))
"""Numbers below the first are counted in 10 to the minus second of a second: 10**11 s is the year 5138, 10**11 ms is 1973."""


class TimeReader:
    """Reads the times of one source: `zone` is that of times without one, `year` that of times without one (None: unknown).

    What a second is in UTC is worked out once and kept, as are the endings of times, so that a repeated second costs two looks
    into dictionaries. They are bounded, and emptied when full.
    """

    __slots__ = ("_by_zone", "_rests", "_year", "_zone")

    def __init__(self, zone: tzinfo, year: int | None) -> None:
        self._zone = zone
        self._year = None if year is None else f"{year:04}"
        self._by_zone: dict[str | None, dict[str, str]] = {}
        self._rests: dict[str, tuple[str, dict[str, str]]] = {}

    def __call__(self, text: str) -> str | None:
        """RFC 3339 in UTC, with `Z`, of ISO-like `text` (see `Fields.time`); None where it is none, or names no real second."""
        rest = self._rests.get(text[_SECOND_LENGTH:])
        if rest is not None:
            second = rest[1].get(text[:_SECOND_LENGTH])
            if second is not None:
                return second + rest[0]
        return self._read(text)

    def _read(self, text: str) -> str | None:
        if text.startswith("--"):
            return None if self._year is None else self(self._year + text[1:])
        rest = _REST.fullmatch(text, _SECOND_LENGTH)
        if rest is None:
            return None
        fraction, zone = rest.groups()
        head = text[:_SECOND_LENGTH]
        known = self._by_zone.get(zone, {})
        second = known.get(head) or _utc_second(head, self._zone if zone is None else _offset(zone))
        if second is None:
            return None
        if len(known) >= _MOST_SECONDS or len(self._rests) >= _MOST_RESTS or len(self._by_zone) > _MOST_ZONES:
            self._by_zone.clear()
            self._rests.clear()
            known = {}
        known[head] = second
        self._by_zone[zone] = known
        end = f".{fraction}Z" if fraction else "Z"
        self._rests[text[_SECOND_LENGTH:]] = (end, known)
        return second + end


def _offset(zone: str) -> tzinfo | None:
    """The zone that `Z`, `+00`, `+0000` or `+00:00` names, None where no place on earth has it."""
    if zone == "Z":
        return UTC
    hours, minutes = int(zone[1:3]), int(zone[-2:]) if len(zone) > 3 else 0
    if hours > 23 or minutes > 59:
        return None
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if zone[0] == "-" else offset)


def _utc_second(text: str, zone: tzinfo | None) -> str | None:
    """`2026-11-23T03:33:01` in UTC, None where there is no such second."""
    found = _SECOND.fullmatch(text)
    if found is None or zone is None:
        return None
    try:
        year, month, day, hour, minute, second = map(int, found.groups())
        local = datetime(year, month, day, hour, minute, second, tzinfo=zone)
        return local.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
    except (ValueError, OverflowError):
        return None


def from_clf(text: str) -> str | None:
    """`10/Oct/2000:13:55:36 -0700` (httpd), `23/Nov/2026 03:48:52` (eventlet) -> ISO-like; None for any other shape."""
    found = _CLF.fullmatch(text)
    return found and f"{_date(found)}T{found['clock']}{found['zone'] or ''}"


def from_ctime(text: str) -> str | None:
    """`Mon Nov 23 03:48:42 2026`, also with httpd's microseconds after the seconds -> ISO-like; None for any other shape."""
    found = _CTIME.fullmatch(text)
    return found and f"{_date(found)}T{found['clock']}"


def from_syslog(text: str) -> str | None:
    """`Nov 23 03:33:01`, `Nov  3 03:33:01` -> `--11-23T03:33:01`; None for any other shape."""
    found = _SYSLOG.fullmatch(text)
    return found and f"--{_MONTHS[found['month']]}-{int(found['day']):02}T{found['clock']}"


def from_compact(text: str) -> str | None:
    """`20170505 19:28:47.379` -> ISO-like; None for any other shape."""
    found = _COMPACT.fullmatch(text)
    if found is None:
        return None
    date = found["date"]
    return f"{date[:4]}-{date[4:6]}-{date[6:]}T{found['hour']:0>2}{found['below']}"


def from_epoch(value: float | str) -> str | None:
    """Time since 1970 -> ISO-like in UTC: a float to the microsecond, text with the digits it has (9 at most).

    Seconds, or milliseconds, microseconds or nanoseconds where the number is so large that seconds would lie beyond the year
    5000. None for what is no number, or negative.
    """
    if isinstance(value, float):
        if not isfinite(value):
            return None
        # Cut, not rounded: `%(msecs)03d` of the same record is cut, too. The shortest digits, so that .767 is not .766999.
        whole, _, fraction = (repr(value) if value < 1e16 else f"{value:.0f}").partition(".")
        value = f"{whole}.{fraction[:6]}" if fraction.strip("0") else whole
    found = _EPOCH.fullmatch(str(value))
    if found is None:
        return None
    number, fraction = int(found[1]), found[2] or ""
    shift = next(shift for limit, shift in _UNITS if number < limit)
    if shift:
        number, below = divmod(number, 10**shift)
        fraction = f"{below:0{shift}}{fraction}"[:9]
    return f"{_since_1970(number)}.{fraction}Z" if fraction else f"{_since_1970(number)}Z"


@lru_cache(maxsize=1024)
def _since_1970(seconds: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).replace(tzinfo=None).isoformat(timespec="seconds")


def _date(found: re.Match[str]) -> str:
    return f"{found['year']}-{_MONTHS[found['month']]}-{int(found['day']):02}"
