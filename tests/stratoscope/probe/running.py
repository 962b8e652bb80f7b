"""A sidecar without its process: real checks in real threads, its loop turned by the test."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from probes.model import State
from stratoscope.probe.happenings import Happenings
from stratoscope.probe.settings import Loaded
from stratoscope.probe.sidecar import Sidecar
from stratoscope.probe.snapshot import View
from tests.servers.process import wait_until

TICK = 0.05
END = 0.3
"""Nobody waits here for checks that hang."""


class Running:
    """The sidecar, and what it has told."""

    def __init__(self, loaded: Loaded | None, proc: Path = Path("/proc")) -> None:
        self.happenings = Happenings(logging.getLogger("stratoscope.probe"))
        self.sidecar = Sidecar(loaded, self.happenings, tick=TICK, end=END, seek_every=0.1, proc=proc)

    def view(self, name: str = "nova") -> View:
        return self.sidecar.snapshot.views[name]

    def until(self, holds: Callable[[], bool], what: str) -> None:
        """Turn the loop until then."""

        def turned() -> bool:
            self.sidecar.step(time.monotonic())
            return holds()

        wait_until(turned, what, pause=TICK)

    def until_state(self, state: State, name: str = "nova") -> View:
        self.until(lambda: self.view(name).verdict.state is state, f"{name} is {state}")
        return self.view(name)


@contextmanager
def running(loaded: Loaded | None, proc: Path = Path("/proc")) -> Iterator[Running]:
    made = Running(loaded, proc)
    try:
        yield made
    finally:
        made.sidecar.close()
