"""Calls the pipeline's turns, and waits in between: the one place with a clock."""

import contextlib
import os
import select
import time
from collections.abc import Callable
from typing import Self

from collectors.pipeline.pipeline import Pipeline

_REST = 3
"""After a turn that found nothing, rest so many times as long as it took: looking at thousands of quiet files then costs a
quarter of a core at most."""


class Loop:
    """`wake` ends a wait of its other methods, from any thread or signal handler."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._ready: list[int] = []
        self._event = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the descriptor; `wake` does nothing any more."""
        event, self._event = self._event, -1
        os.close(event)

    def wake(self) -> None:
        """End the wait that is under way, or the next one."""
        with contextlib.suppress(ValueError, OSError):  # a worker that hung may give its receipt after the end
            os.eventfd_write(self._event, 1)

    def step(self) -> bool:
        """One turn, and a wait if there is nothing more to do at once; whether there is."""
        begun = time.monotonic()
        busy = self._pipeline.turn(begun, time.time(), self._ready)
        self._ready = []
        if not busy:
            now = time.monotonic()
            rest = (now - begun) * _REST if self._pipeline.idle else 0.0
            self._wait(max(self._pipeline.due(now) - now, rest))
        return busy

    def until(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Wait, without reading, until something holds; False if it does not after so many seconds."""
        end = time.monotonic() + seconds
        while not holds():
            left = end - time.monotonic()
            if left <= 0:
                return False
            self._wait(min(left, 0.2))
        return True

    def _wait(self, seconds: float) -> None:
        poll = select.poll()
        for descriptor in (self._event, *self._pipeline.descriptors()):
            poll.register(descriptor, select.POLLIN)
        ready = [descriptor for descriptor, _ in poll.poll(max(0.0, seconds) * 1000)]
        if self._event in ready:
            os.eventfd_read(self._event)
            ready.remove(self._event)
        self._ready = ready
