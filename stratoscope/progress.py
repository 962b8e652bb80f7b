"""A line on standard error that tells how far a long reading came, for a person who waits."""

import sys
from collections.abc import Callable
from typing import TextIO

from collectors.files.source import FileSource

_AFTER = 1.0
_EVERY = 0.2
"""Seconds until the line is shown first, and between two changes of it."""
_MEGABYTE = 1_000_000


def progress_of(source: FileSource, *, follow: bool) -> "Bar | None":
    """The line for a reading that has an end, if a person watches standard error and does not see the events go by."""
    if follow or not sys.stderr.isatty() or sys.stdout.isatty():
        return None
    return Bar(source.progress, sys.stderr)


class Bar:
    """`12.3 of 45.6 MB (27 %)`, rewritten in place."""

    def __init__(self, progress: Callable[[], tuple[int, int]], file: TextIO) -> None:
        self._progress = progress
        self._file = file
        self._next: float | None = None
        self._shown = False

    def tell(self, now: float) -> None:
        """It is `now`, in seconds."""
        if self._next is None:
            self._next = now + _AFTER
        elif now >= self._next:
            self._next = now + _EVERY
            self._show()

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            self._file.write("\r\x1b[K")
            self._file.flush()

    def _show(self) -> None:
        done, total = self._progress()
        if total:
            self._shown = True
            self._file.write(f"\r\x1b[K{done / _MEGABYTE:.1f} of {total / _MEGABYTE:.1f} MB ({100 * done // total} %)")
            self._file.flush()
