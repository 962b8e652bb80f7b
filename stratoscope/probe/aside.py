"""Runs what may hang (a disk, /proc of a process in state D) beside the loop, which must never wait."""

import logging
import threading
from collections.abc import Callable

_log = logging.getLogger("stratoscope.probe")


class Aside:
    """One thing at a time, in a daemon thread: what hangs holds up neither the loop nor the end."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._thread: threading.Thread | None = None

    @property
    def busy(self) -> bool:
        """Whether the last one has not ended."""
        return self._thread is not None and self._thread.is_alive()

    def begin(self, call: Callable[[], object]) -> bool:
        """Run it; False where the last one has not ended yet, and nothing is done."""
        if self.busy:
            return False
        self._thread = threading.Thread(target=self._run, args=(call,), name=self._name, daemon=True)
        self._thread.start()
        return True

    def wait(self, seconds: float) -> None:
        """Until the last one has ended, or so long."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _run(self, call: Callable[[], object]) -> None:
        try:
            call()
        except Exception:  # noqa: BLE001  there is nobody else to tell
            _log.exception("%s failed", self._name)
