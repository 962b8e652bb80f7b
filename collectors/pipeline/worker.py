"""The worker of one sink: a thread that takes batches out of the outbox and does not give up.

It is the same for all sinks. What to send next is decided in `delivery`; here are the thread, the pauses and the file of
rejected events. A sink that fails, hangs or is wrong costs this thread and nothing else.
"""

import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from collectors.model import Rejected, RetryError, Sent, Sink, SinkError, TooLargeError
from collectors.pipeline.batches import Batch
from collectors.pipeline.dead_letters import DeadLetters
from collectors.pipeline.delivery import Delivery, pause_after
from collectors.pipeline.happenings import Happenings
from collectors.pipeline.outbox import Outbox, Taken
from collectors.pipeline.settings import RetrySettings
from parsers.model import Event

TIMEOUT = 30.0
"""Seconds that one sending may take, where the settings say nothing."""


class Keeper(Protocol):
    """A sink that keeps read positions itself, in one transaction with the events: the embedded store."""

    def keep(self, batch: Batch, timeout: float) -> Sent:
        """As `Sink.send`, of a whole batch with its positions."""


class Worker:
    """Delivers what is in `outbox` to `sink`, from `start` until `stop`."""

    def __init__(
        self,
        sink: Sink,
        outbox: Outbox,
        happenings: Happenings,
        dead_letters: DeadLetters,
        retry: RetrySettings,
        timeout: float = TIMEOUT,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.outbox = outbox
        self.error: Exception | None = None
        """What went wrong with the last attempt, None when it went well."""
        self._sink = sink
        self._happenings = happenings
        self._dead_letters = dead_letters
        self._retry = retry
        self._timeout = timeout
        self._chance = chance
        self._keep: Callable[[Batch, float], Sent] | None = getattr(sink, "keep", None)
        self._worked = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name=f"sink {sink.name}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Take no further batch and try no further time. What is being sent may still go on for `timeout` seconds."""
        self._stop.set()
        self.outbox.wake()

    def join(self, timeout: float) -> bool:
        """Wait until the worker has ended; False if it has not after so many seconds."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while not self._stop.is_set():
            taken = self._next()
            if taken is not None and self._deliver(taken.batch):
                self.outbox.done(taken)
        self._sink.close()

    def _next(self) -> Taken | None:
        try:
            return self.outbox.take(self._stop)
        except OSError as error:
            self._happenings.disk_failed(f"spool of sink {self._sink.name}", error)
            self._stop.wait(self._retry.most)
            return None

    def _deliver(self, batch: Batch) -> bool:
        """Whether all of it is accepted or rejected now; no where the worker was stopped before."""
        delivery = Delivery(batch.events)
        while (part := delivery.part) is not None:
            if self._stop.is_set():
                return False
            self._attempt(batch, part, delivery)
        return True

    def _attempt(self, batch: Batch, part: Sequence[Event], delivery: Delivery) -> None:
        started = time.monotonic()
        try:
            sent = self._send(batch, part)
        except TooLargeError as error:
            self._in_halves(part, delivery, error)
        except RetryError as error:
            if error.remaining is not None and len(error.remaining) < len(part):
                self._happenings.delivered(self._sink.name, len(part) - len(error.remaining), time.monotonic() - started)
            self._pause(part, delivery, error, error.after, error.remaining)
        except (SinkError, OSError) as error:
            self._pause(part, delivery, error)
        except Exception as error:  # noqa: BLE001  a sink that is wrong must not end its thread: nobody would deliver then
            if delivery.is_suspect() and self._worked:
                self._in_halves(part, delivery, error)
            else:
                self._pause(part, delivery, error)
        else:
            self.error = None
            self._worked = True
            delivery.done()
            self._happenings.delivered(self._sink.name, sent.accepted, time.monotonic() - started)
            if sent.unnamed or sent.remark:
                self._happenings.refused(self._sink.name, sent.unnamed, sent.remark)
            self._bury(sent.rejected)

    def _send(self, batch: Batch, part: Sequence[Event]) -> Sent:
        if self._keep is not None and part is batch.events:
            return self._keep(batch, self._timeout)
        return self._sink.send(part, self._timeout)

    def _in_halves(self, part: Sequence[Event], delivery: Delivery, error: Exception) -> None:
        if delivery.halve():
            self._happenings.split(self._sink.name, len(part))
            return
        delivery.done()
        self._bury([Rejected(part[0], str(error) or repr(error))])

    def _pause(
        self,
        part: Sequence[Event],
        delivery: Delivery,
        error: Exception,
        asked: float | None = None,
        remaining: Sequence[Event] | None = None,
    ) -> None:
        self.error = error
        pause = pause_after(delivery.failed(remaining), self._retry, self._chance(), asked)
        self._happenings.retried(self._sink.name, error, pause, len(part if remaining is None else remaining))
        self._stop.wait(pause)

    def _bury(self, rejected: Sequence[Rejected]) -> None:
        """Into the dead-letter file; where that cannot be written either, they are lost."""
        if not rejected:
            return
        try:
            self._dead_letters.write(rejected)
        except OSError as error:
            self._happenings.disk_failed(f"dead letters of sink {self._sink.name}", error)
            self._happenings.dropped(self._sink.name, len(rejected), "dead_letters_failed", intended=False)
            return
        for one in rejected:
            self._happenings.rejected(self._sink.name, one.event, one.reason)
