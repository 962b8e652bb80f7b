"""Runs what may hang in a thread of its own, and waits for it no longer than its time.

Reading /proc of a process in state D, an fsync on a dead disk, a server that stopped: none of them can be interrupted. So
whoever must not hang lets go: the thread stays behind, and until it ends nothing is begun again under the same name.
It knows nothing of checks, boxes and drains.
"""

import queue
import threading
import time
from collections.abc import Callable, Generator, Iterable
from typing import Any, Generic, TypeVar

T = TypeVar("T")
_AHEAD = 16
"""Items that a producer may be ahead of who takes them."""
_PAUSE = 0.2
"""Seconds after which a producer that finds no room looks whether anybody still waits."""


class OverdueError(Exception):
    """It did not end in its time. `str()` says what, in one line."""


class Apart:
    """Calls by name, each name once at a time. From any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._held: dict[str, _Run[Any]] = {}

    def call(self, name: str, call: Callable[[], T], seconds: float) -> T:
        """What `call` returns, or raises. Raises OverdueError after `seconds`, or at once while the last one still hangs."""
        (result,) = self.stream(name, lambda: (call(),), seconds)
        return result

    def stream(self, name: str, produce: Callable[[], Iterable[T]], seconds: float) -> Generator[T, None, None]:
        """What `produce` yields, each as soon as it is there; then raises what it raised. OverdueError as for `call`."""
        run = self._begin(name, produce)
        end = self._clock() + seconds
        try:
            while True:
                try:
                    item = run.items.get(timeout=max(0.0, end - self._clock()))
                except queue.Empty:
                    raise OverdueError(f"{name}: not done after {seconds:.1f} s; left behind") from None
                if isinstance(item, _End):
                    break
                yield item
        finally:
            run.left = True
        if item.error is not None:
            raise item.error

    def hanging(self) -> list[str]:
        """The names of those that run now or were left behind."""
        with self._lock:
            return sorted(name for name, run in self._held.items() if run.thread.is_alive())

    def _begin(self, name: str, produce: Callable[[], Iterable[T]]) -> "_Run[T]":
        with self._lock:
            before = self._held.get(name)
            if before is not None and not before.done:
                raise OverdueError(f"{name}: the last one still hangs; not begun again")
            run = _Run(name, produce)
            self._held[name] = run
        return run


class _End:
    def __init__(self, error: BaseException | None) -> None:
        self.error = error


class _Run(Generic[T]):
    def __init__(self, name: str, produce: Callable[[], Iterable[T]]) -> None:
        self.items: queue.Queue[T | _End] = queue.Queue(_AHEAD)
        self.left = False
        """Nobody waits any more."""
        self.done = False
        self._produce = produce
        self.thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            for item in self._produce():
                if not self._put(item):
                    return
        except BaseException as caught:  # noqa: BLE001  whoever waits gets it
            error = caught
        finally:
            self.done = True  # before the end is told: who has got it may begin the next one
        self._put(_End(error))

    def _put(self, item: T | _End) -> bool:
        while not self.left:
            try:
                self.items.put(item, timeout=_PAUSE)
            except queue.Full:
                continue
            return True
        return False
