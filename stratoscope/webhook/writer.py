"""Writes Events from a thread of its own: a queue with a bound before it, so that no review ever waits for the API server."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol, Self

from clients.kubernetes import ApiError
from stratoscope.webhook.complaints import Complaint
from stratoscope.webhook.events import event_name, made, path_of, repeated
from stratoscope.webhook.happenings import Happenings
from stratoscope.webhook.ledger import CrowdedError, Entry, Ledger

WAITING = 1000
"""Complaints that wait; more are dropped, and counted."""
_TICK = 1.0
_TURN = 0.2
"""Seconds between two tries to have one's turn."""
_LAST = 3.0
"""Seconds that it has for what waits when it ends."""
_log = logging.getLogger("stratoscope.webhook")


class Objects(Protocol):
    """What is needed of the API server. Both raise ApiError."""

    def create(self, path: str, thing: Mapping[str, Any]) -> Any:
        """POST."""

    def patch(self, path: str, change: Any) -> Any:
        """PATCH."""


class EventWriter:
    """A context in which complaints become Events. Leaving it writes what waits, for some seconds."""

    def __init__(
        self, api: Objects, instance: str, happenings: Happenings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._api = api
        self._instance = instance
        self._happenings = happenings
        self._clock = clock
        self._ledger = Ledger(event_name, clock())
        self._queue: queue.Queue[Complaint | None] = queue.Queue(WAITING)
        self._thread = threading.Thread(target=self._run, name="events", daemon=True)
        self._ends = float("inf")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends = self._clock() + _LAST
        try:
            self._queue.put_nowait(None)
        except queue.Full:
            _log.warning("Events are given up: more wait than can be written at the end")
            return
        self._thread.join(_LAST)

    def offer(self, complaint: Complaint) -> None:
        """Take a complaint; returns at once."""
        try:
            self._queue.put_nowait(complaint)
        except queue.Full:
            self._happenings.event("dropped", f"{WAITING} wait already; does the API server answer?")

    def _run(self) -> None:
        while self._clock() < self._ends:
            try:
                complaint = self._queue.get(timeout=_TICK)
            except queue.Empty:
                self._step(None)
                continue
            if complaint is None:
                return
            self._step(complaint)

    def _step(self, complaint: Complaint | None) -> None:
        try:
            if complaint is not None:
                self._take(complaint)
            for entry in self._ledger.due(self._clock()):
                self._repeat(entry)
        except Exception:  # noqa: BLE001  the thread goes on, or there would never be an Event again
            self._happenings.event("failed")
            _log.exception("a fault while an Event was written; it goes on")

    def _take(self, complaint: Complaint) -> None:
        entry = self._entry(complaint)
        if entry is None:
            return
        try:
            self._api.create(path_of(complaint), made(entry, self._instance))
        except ApiError as error:
            self._ledger.forget(entry)
            self._happenings.event("failed", _advised(error))
            return
        self._happenings.event("created")

    def _entry(self, complaint: Complaint) -> Entry | None:
        """The Event to make, when its turn has come; None if there is one already."""
        while True:
            try:
                return self._ledger.take(complaint, self._clock())
            except CrowdedError:
                if self._clock() >= self._ends:
                    self._happenings.event("dropped", "too many new ones at the end")
                    return None
                time.sleep(_TURN)

    def _repeat(self, entry: Entry) -> None:
        try:
            self._api.patch(path_of(entry.complaint, entry.name), repeated(entry))
        except ApiError as error:
            self._ledger.forget(entry)  # the API server has forgotten it, or will take the next one no better
            if error.status != 404:
                self._happenings.event("failed", _advised(error))
            return
        self._happenings.event("repeated")


def _advised(error: ApiError) -> str:
    if error.status in (401, 403):
        return f"{error}; allow our service account to create and patch events of events.k8s.io, or set events: false"
    return str(error)
