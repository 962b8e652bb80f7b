"""One batch on its way into one sink: what to send next, and what each answer means. Pure; the `worker` does the sending.

1. Accepted: on to the next part.
2. Not now: the same part again after a pause, the very same list, so that a sink can give it the same name each time. Where
   the far side took some of it, only the others.
3. Too large: its halves. One event that is too large is rejected.
4. An error that no sink should raise: tried again like 2. If that does not help and the sink has worked before, an event
   must be to blame: the part is halved until that one stands alone, and it is rejected.
"""

from collections.abc import Sequence

from collectors.pipeline.settings import RetrySettings
from parsers.model import Event

STRANGE = 3
"""So often a part is tried before its events are suspected."""
_LONGER = 10
"""A far side may ask for so many times the longest pause."""


class Delivery:
    """`part` is what is to be sent now, None when all of the batch is done with."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._parts = [events] if events else []
        self._failed = 0
        self._strange = 0

    @property
    def part(self) -> Sequence[Event] | None:
        """The next part."""
        return self._parts[-1] if self._parts else None

    def done(self) -> None:
        """The part was accepted, or rejected, or both."""
        self._parts.pop()
        self._failed = self._strange = 0

    def failed(self, remaining: Sequence[Event] | None) -> int:
        """The part was not taken, or only to what remains; how often in a row that happened."""
        if remaining is not None and len(remaining) < len(self._parts[-1]):
            self._failed = 0
            self._parts[-1] = remaining
            if not remaining:
                self._parts.pop()
        self._failed += 1
        return self._failed

    def is_suspect(self) -> bool:
        """The part failed in a way that it should not. Whether its events are to be suspected now."""
        self._strange += 1
        return self._strange >= STRANGE

    def halve(self) -> bool:
        """Send the part in halves, the first one first. False if it is a single event."""
        part = self._parts[-1]
        if len(part) == 1:
            return False
        middle = len(part) // 2
        self._parts[-1:] = [part[middle:], part[:middle]]
        self._failed = self._strange = 0
        return True


def pause_after(failures: int, settings: RetrySettings, chance: float, asked: float | None) -> float:
    """Seconds to wait after so many failures in a row. `chance` is in [0, 1); `asked` is what the far side wants."""
    longest = min(settings.most, settings.first * 2.0 ** min(failures - 1, 40))
    pause = longest * (0.5 + chance / 2)
    return pause if asked is None else max(pause, min(asked, settings.most * _LONGER))
