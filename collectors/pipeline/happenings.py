"""What the pipeline tells about itself: one function per happening, which writes the log line and counts.

Here stands what can happen; `stratoscope.collect.telemetry` says how it is shown.
"""

from collections.abc import Sequence
from typing import Protocol

from parsers.model import Event


class Happenings(Protocol):
    """Called from the pipeline's thread and from the workers'."""

    def read(self, source: str, size: int, lines: int) -> None:
        """A source gave so many bytes."""

    def parsed(self, events: Sequence[Event]) -> None:
        """Events came out of what was read."""

    def observer_failed(self, observer: str, error: Exception) -> None:
        """An observer of events raised; delivery goes on."""

    def settled(self, events: int, seconds: float) -> None:
        """Every sink has these, so many seconds after the first of them was read."""

    def delivered(self, sink: str, events: int, seconds: float) -> None:
        """A sink has accepted so many events; the sending took so long."""

    def retried(self, sink: str, error: Exception, pause: float, events: int) -> None:
        """A sink did not take a part of a batch; it is asked again after `pause` seconds."""

    def split(self, sink: str, events: int) -> None:
        """A part of so many events is sent in halves."""

    def rejected(self, sink: str, event: Event, reason: str) -> None:
        """A sink will never take this event; it stands in the dead-letter file."""

    def refused(self, sink: str, events: int, remark: str) -> None:
        """A far side will never take so many events, and does not tell which; `remark` is what it said, also of none."""

    def dropped(self, sink: str, events: int, reason: str, *, intended: bool) -> None:
        """Events are lost for this sink. `intended`: the settings say so."""

    def spooling(self, sink: str, *, started: bool) -> None:
        """A sink's batches now go to disk first; or no more, as it has caught up."""

    def disk_failed(self, what: str, error: OSError) -> None:
        """Something of our own (spool, positions, dead letters) could not be written; it is tried again."""
