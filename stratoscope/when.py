"""Times as people write them on a command line: `15m`, `2h`, `2026-11-23`, `2026-11-23T03:33:01Z`, `03:33`.

Pure: `now` is an argument. A time without a zone is UTC, as the times that stratoscope shows are.
"""

import re
from datetime import UTC, datetime, timedelta

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_AGO = re.compile(r"([0-9]{1,9})([smhdw])")
_CLOCK = re.compile(r"([0-2]?[0-9]):([0-5][0-9])(?::([0-5][0-9]))?")


def moment(text: str, now: float) -> float:
    """Epoch seconds of `text`: so long before `now` (`15m`), a time of today (`03:33`), or an ISO 8601 date or time.

    Raises ValueError with a text that says what can be written.
    """
    ago = _AGO.fullmatch(text)
    if ago:
        return now - int(ago[1]) * _UNITS[ago[2]]
    try:
        clock = _CLOCK.fullmatch(text)
        if clock:
            return _today(now, int(clock[1]), int(clock[2]), int(clock[3] or 0))
        time = datetime.fromisoformat(text)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is no time; write 15m, 2h, 3d, 03:33, 2026-11-23 or 2026-11-23T03:33:01Z") from None


def _today(now: float, hour: int, minute: int, second: int) -> float:
    """The latest moment not after `now` at which a UTC clock showed this time."""
    time = datetime.fromtimestamp(now, UTC).replace(hour=hour, minute=minute, second=second, microsecond=0)
    return (time if time.timestamp() <= now else time - timedelta(days=1)).timestamp()
