"""One target: its collector, its thread, its state. At most one fetch is under way, and who asks meanwhile shares it.

The thread belongs to the target for life. A fetch that hangs holds its own thread and nothing else: no second one is
started beside it, the scrape answers without it, and the metrics say for how long it hangs.
"""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from clients.model import Deadline
from exporters.frame.diary import Diary
from exporters.frame.exposition import render
from exporters.frame.plan import Plan, pause
from exporters.frame.state import Good, State, answered, failed
from exporters.model import Collector


@dataclass(frozen=True, slots=True)
class Clocks:
    """Where time comes from: `monotonic` for durations, `wall` for timestamps, `chance` for jitter."""

    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    chance: Callable[[], float] = random.random


CLOCKS = Clocks()


class Job:
    """A target that is asked according to its plan."""

    def __init__(self, exporter: str, collector: Collector[Any], plan: Plan, clocks: Clocks = CLOCKS) -> None:
        self.exporter = exporter
        self.target = collector.target
        self.plan = plan
        self.collector = collector
        self.state = State()
        self.clocks = clocks
        self.diary = Diary(exporter, collector.target)
        self._changed = threading.Condition()
        self._wanted: Deadline | None = None
        self._running: float | None = None
        self._finished = 0
        self._due = clocks.monotonic()
        self._closed = False
        self._thread: threading.Thread | None = None

    # -- asking ---------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin with the background lane; on the other one, the first scrape does."""
        if self.plan.lane == "background":
            with self._changed:
                self._ensure_thread()

    def request(self, deadline: Deadline) -> int:
        """Ask for a fetch, or share the one that is under way; a ticket for `wait`."""
        with self._changed:
            if self._running is None and self._wanted is None:
                self._wanted = deadline
                self._ensure_thread()
                self._changed.notify_all()
            return self._finished + 1

    def wait(self, ticket: int, seconds: float) -> bool:
        """Whether the fetch of that ticket has ended, after at most so many seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self._finished >= ticket or self._closed, max(0.0, seconds))

    def running_for(self) -> float | None:
        """Seconds for which a fetch has been running; None when none is."""
        began = self._running
        return None if began is None else max(0.0, self.clocks.monotonic() - began)

    def close(self) -> None:
        """No more fetches. The collector is closed once none is under way."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            idle = self._thread is None
        if idle:
            self.collector.close()

    def join(self, seconds: float) -> None:
        """Wait for the end of a job that was closed; a fetch that hangs ends on its own, or with the process."""
        if self._thread is not None:
            self._thread.join(max(0.0, seconds))

    # -- the thread -----------------------------------------------------------------------------------------------------

    def _ensure_thread(self) -> None:
        if self._thread is None and not self._closed:
            self._thread = threading.Thread(target=self._work, name=f"{self.exporter} {self.target}", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while (deadline := self._next()) is not None:
            self.fetch(deadline)
            with self._changed:
                began, self._running = self._running, None
                self._finished += 1
                self._due = (began or 0.0) + pause(self.plan, self.state.failures, self.clocks.chance())
                self._changed.notify_all()
        self.collector.close()

    def _next(self) -> Deadline | None:
        """Waits until there is something to do; the deadline of the fetch, or None at the end."""
        with self._changed:
            while not self._closed:
                now = self.clocks.monotonic()
                background = self.plan.lane == "background"
                if self._wanted is not None or (background and now >= self._due):
                    deadline = self._wanted or Deadline.after(self.plan.timeout, self.clocks.monotonic)
                    self._wanted, self._running = None, now
                    return deadline
                self._changed.wait(self._due - now if background else None)
            return None

    def fetch(self, deadline: Deadline) -> None:
        """Ask now, and replace the state by what came of it."""
        began, at = self.clocks.monotonic(), self.clocks.wall()
        try:
            snapshot = self.collector.fetch(deadline)
            rendering = render(self.collector.families(snapshot), self.plan.max_series)
        except Exception as error:  # noqa: BLE001  whatever a collector does, it costs its own metrics and no others
            self.state = failed(self.state, error, self.clocks.monotonic() - began)
            self.diary.failed(self.state.reason, error)
        else:
            duration = self.clocks.monotonic() - began
            self.state = answered(self.state, Good(snapshot, rendering, began, at), duration)
            self.diary.answered(rendering, self.state.reason)
