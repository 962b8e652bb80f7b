"""Durations and sizes as people write them: `30s`, `1h30m`, `16M`. Pure."""

import re

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(?:[0-9]{1,9}(?:\.[0-9]{1,9})?(?:ms|[smhd]))+")
_PART = re.compile(r"([0-9.]+)(ms|[smhd])")
_BYTES = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_SIZE = re.compile(r"([0-9]{1,15})([KMGT]?)(?:i?B|i)?")


def seconds(text: str) -> float:
    """Seconds of `250ms`, `30s`, `1h30m`; of `0` as well. Raises ValueError, which says what can be written."""
    if text == "0":
        return 0.0
    if not _DURATION.fullmatch(text):
        raise ValueError(f"{text!r} is no duration; write a number and its unit: 250ms, 30s, 5m, 1h30m")
    return sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text))


def size(text: str) -> int:
    """Bytes of `512`, `64K`, `16M`, `1G`; K is 1024, as are Ki and KiB. Raises ValueError, which says what can be written."""
    found = _SIZE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no size; write bytes, or a number and its unit: 512K, 16M, 1G")
    return int(found[1]) * _BYTES[found[2]]


def written_seconds(value: float) -> str:
    """What `seconds` would read as `value`, in the largest unit that fits."""
    for unit, worth in reversed(_SECONDS.items()):
        if value >= worth and (value / worth).is_integer():
            return f"{int(value / worth)}{unit}"
    return f"{value:g}s"


def written_size(value: int) -> str:
    """What `size` would read as `value`, in the largest unit that fits."""
    unit, worth = next((unit, worth) for unit, worth in reversed(_BYTES.items()) if value % worth == 0)
    return f"{value // worth}{unit}" if value else "0"
