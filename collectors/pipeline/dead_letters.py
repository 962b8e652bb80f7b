"""What a sink will never take, kept for a person: JSON lines with the reason, the sink and the event."""

import os
import time
from collections.abc import Callable, Sequence

import orjson

from collectors.atomic import write_all
from collectors.model import Rejected
from parsers.json_lines import dumped


class DeadLetters:
    """The dead-letter file of one sink at `path`, and an older one beside it (`path`.1); together at most `bound` bytes.

    The older one is given up when the newer one is full. What is written is on disk when `write` returns.
    """

    def __init__(self, path: str, bound: int, sink: str, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._half = bound // 2
        self._sink = sink
        self._clock = clock

    def write(self, rejected: Sequence[Rejected]) -> None:
        """Add events. Raises OSError; then they may be in it or not."""
        lines = b"".join(self._line(one) for one in rejected)
        os.makedirs(os.path.dirname(self._path) or ".", mode=0o700, exist_ok=True)
        descriptor = self._opened()
        try:
            size = os.fstat(descriptor).st_size
            if size and size + len(lines) > self._half:
                os.rename(self._path, f"{self._path}.1")
                os.close(descriptor)
                descriptor = self._opened()
                size = 0
            try:
                write_all(descriptor, lines)
                os.fdatasync(descriptor)
            except OSError:
                os.ftruncate(descriptor, size)  # no half a line
                raise
        finally:
            os.close(descriptor)

    def _opened(self) -> int:
        return os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def _line(self, one: Rejected) -> bytes:
        told = orjson.dumps({"time": self._clock(), "sink": self._sink, "reason": one.reason})
        return told[:-1] + b',"event":' + dumped(one.event) + b"}\n"
