"""What reader threads have for the pipeline's thread: bounded in bytes, and a descriptor that tells when there is something."""

import contextlib
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from collectors.kubernetes.cursor import Piece


@dataclass(frozen=True, slots=True)
class Given:
    """A piece of a container's log; `ended`: nothing more comes of this instance."""

    path: str
    identity: str
    piece: Piece
    resource: Mapping[str, str]
    ended: bool = False


class Inbox:
    """Takes `bound` bytes, and one piece more."""

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._held = 0
        self._given: list[Given] = []
        self._changed = threading.Condition()
        self._closed = False
        self._event = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)

    def fileno(self) -> int:
        """Can be read from when there is something to take."""
        return self._event

    def put(self, given: Given) -> bool:
        """Waits until there is room; False after `close`."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._held < self._bound)
            if self._closed:
                return False
            self._held += len(given.piece.data)
            self._given.append(given)
            os.eventfd_write(self._event, 1)
            return True

    def take(self) -> list[Given]:
        """All that is there."""
        with self._changed:
            given, self._given, self._held = self._given, [], 0
            with contextlib.suppress(BlockingIOError):
                os.eventfd_read(self._event)
            self._changed.notify_all()
            return given

    def close(self) -> None:
        """Let go of the descriptor; whoever waits for room gives up."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            os.close(self._event)
