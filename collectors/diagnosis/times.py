"""Rules about clocks and zones. What has just been read was written just now, if clocks agree."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from collectors.diagnosis.model import Remembered, Sighting, View

_FUTURE = 120.0
"""Seconds by which a record may be younger than the moment it was read: clocks of one cloud differ by less."""
_BACK = 60.0
"""Seconds by which a record may be older than the one before it in a stream: workers share a pipe."""


class FutureTime:
    """A record is younger than the moment at which it was read."""

    name = "time_in_future"
    serious = False

    def see(self, view: View) -> Iterator[Sighting]:
        """See Rule."""
        logged, read = view.logged, view.read
        if logged is not None and read is not None and logged - read > _FUTURE:
            text = (
                f"the record's time is {logged - read:,.0f} s later than the moment it was read: the clock there is fast, or"
                " its zone is not UTC; synchronise the clocks, or set the zone (tz) of the source"
            )
            yield Sighting(view.component, text, f"{view.event['timestamp']} {view.body}")


class BackwardsTime:
    """Time jumps back within a stream: the clock was set, or two writers of different zones share a file."""

    name = "time_backwards"
    serious = False

    def __init__(self) -> None:
        self._last: Remembered[tuple[str, ...], float] = Remembered()

    def see(self, view: View) -> Iterator[Sighting]:
        """See Rule."""
        logged = view.logged
        if logged is None:
            return
        key = (view.stream, view.form)
        last = self._last.get(key)
        self._last[key] = logged
        if last is not None and last - logged > _BACK:
            text = (
                f"the record is {last - logged:,.0f} s older than the one before it in the same stream: the clock was set"
                " back, or writers of different time zones share the stream"
            )
            yield Sighting(view.component, text, f"{view.event['timestamp']} {view.body}")


class MissingTime:
    """A record of a known format without any time: neither the line nor the container runtime tells one."""

    name = "time_missing"
    serious = False

    def see(self, view: View) -> Iterator[Sighting]:
        """See Rule."""
        if "timestamp" not in view.event and view.form not in {"", "unparsed"}:
            text = (
                "the record bears no time, so it is found by the moment at which it was read; read the container runtime's file"
            )
            yield Sighting(view.component, text, view.body)


_QUARTER = 900.0
_WINDOW = 50
"""Records by whose smallest delay a zone is judged."""
_SPAN = 30.0
"""Seconds that a window must last: a backlog is read quicker, and its delay says nothing of a zone."""
_SLACK = 30.0
"""Seconds that a record may take from writer to reader."""
_WINDOWS = 3
_FARTHEST = 14 * 4
"""Quarters of an hour: no zone is farther from UTC."""


@dataclass(slots=True)
class _Delays:
    began: float
    smallest: float = math.inf
    count: int = 0
    quarters: int = 0
    windows: int = 0


class WrongZone:
    """All records of a stream come whole quarters of an hour too late or too early: local time taken for UTC."""

    name = "time_zone"
    serious = False

    def __init__(self) -> None:
        self._seen: Remembered[tuple[str, ...], _Delays] = Remembered()

    def see(self, view: View) -> Iterator[Sighting]:
        """See Rule."""
        logged, read = view.logged, view.read
        if logged is None or read is None:
            return
        key = (view.stream, view.form)
        delays = self._seen.get(key)
        if delays is None:
            delays = self._seen[key] = _Delays(read)
        delays.smallest = min(delays.smallest, read - logged)
        delays.count += 1
        if delays.count < _WINDOW or read - delays.began < _SPAN:
            return
        quarters = _quarters(delays.smallest)
        delays.windows = delays.windows + 1 if quarters and quarters == delays.quarters else int(quarters != 0)
        delays.quarters, delays.began, delays.smallest, delays.count = quarters, read, math.inf, 0
        if delays.windows == _WINDOWS:
            text = (
                f"the records of this stream come {abs(quarters) / 4:g} hours too {'late' if quarters > 0 else 'early'}: their"
                f" local time is taken for UTC; set the zone (tz) of the source, which is UTC{-quarters / 4:+g}"
            )
            yield Sighting(view.component, text, f"{view.event['timestamp']} {view.body}")


def _quarters(delay: float) -> int:
    """The quarters of an hour that a delay is, 0 where it is none."""
    quarters = round(delay / _QUARTER)
    fits = -_SLACK / 10 <= delay - quarters * _QUARTER <= _SLACK
    return quarters if fits and abs(quarters) <= _FARTHEST else 0
