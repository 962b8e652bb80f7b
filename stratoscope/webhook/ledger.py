"""Which Events are written, so that a rollout of a thousand pods is not a thousand of them. Pure: time is an argument.

The first complaint of its kind makes an Event. The same one again is counted, and the Event told of it once a minute. What
nobody complained of for an hour is forgotten, as the API server forgets it.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from stratoscope.webhook.complaints import Complaint

REPEAT = 60.0
"""Seconds between two writes to the same Event."""
KEPT = 500
"""Events that are remembered; of more, those that were complained of last."""
FORGOTTEN = 3600.0
"""Seconds; the API server keeps Events for an hour (`--event-ttl`)."""
BURST, PER_SECOND = 25.0, 5.0
"""New Events at once, and in the long run: the first rollout in a cloud makes a hundred."""


@dataclass(slots=True)
class Entry:
    """An Event. `times`: complaints so far; `told`: as many as it tells of."""

    name: str
    complaint: Complaint
    changed: float
    written: float
    times: int = 1
    told: int = 1


class Ledger:
    """`now` is monotonic, in seconds. `fresh_name`: from an owner's name, a name that no Event has."""

    def __init__(self, fresh_name: Callable[[str], str], now: float) -> None:
        self._fresh_name = fresh_name
        self._entries: OrderedDict[tuple[str, ...], Entry] = OrderedDict()
        self._credit, self._credited = BURST, now

    def take(self, complaint: Complaint, now: float) -> Entry | None:
        """The Event to make, or None where there is one already. Raises CrowdedError where it must wait for others."""
        entry = self._entries.get(complaint.key)
        if entry is not None and now - entry.changed < FORGOTTEN:
            entry.times += 1
            entry.complaint, entry.changed = complaint, now
            self._entries.move_to_end(complaint.key)
            return None
        self._credit = min(BURST, self._credit + (now - self._credited) * PER_SECOND)
        self._credited = now
        if self._credit < 1:
            raise CrowdedError
        self._credit -= 1
        entry = Entry(self._fresh_name(complaint.owner.name), complaint, now, now)
        self._entries[complaint.key] = entry
        self._entries.move_to_end(complaint.key)
        if len(self._entries) > KEPT:
            self._entries.popitem(last=False)
        return entry

    def due(self, now: float) -> Iterator[Entry]:
        """The Events that are to tell of more complaints now; they count as told."""
        for entry in list(self._entries.values()):
            if entry.times > entry.told and now - entry.written >= REPEAT:
                entry.told, entry.written = entry.times, now
                yield entry

    def forget(self, entry: Entry) -> None:
        """There is no such Event: the next complaint makes another."""
        self._entries.pop(entry.complaint.key, None)


class CrowdedError(Exception):
    """Too many new Events at once; this one can be made a little later."""
