"""Signals that a command asks for when it has time for them, instead of being interrupted by them."""

import contextlib
import signal
from collections.abc import Collection, Iterator


@contextlib.contextmanager
def blocked(signals: Collection[signal.Signals]) -> Iterator[None]:
    """Within, the signals wait until they are asked for (`sigwait`, `sigtimedwait`)."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
