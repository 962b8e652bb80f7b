"""Follows the end of a log, across rotation, by reading only what is new. Keeps the file open between two readings.

Logs of the kubelet and of most services are renamed and made anew; logrotate's `copytruncate` cuts the same file down.
"""

import glob
import os
from pathlib import Path

from probes.proc.reading import ProcError, failed

_TAIL = 256 << 10
"""Bytes at the end of a log with which the first reading begins."""
_REST_LIMIT = 64 << 10
"""Bytes of a line without an end that are kept until the next reading."""


class Follower:
    """`path`: of the log; with `*`, `?` or `[` in it the one of all that fit that was written last. `limit`: bytes at once."""

    def __init__(self, path: str, limit: int) -> None:
        self.path = path
        self._limit = limit
        self._held: int | None = None
        self._identity = (0, 0)
        self._offset = 0
        self._rest = b""

    def lines(self) -> tuple[list[bytes], bool]:
        """Whole lines since the last reading, and whether some were passed over. Raises ProcError where there is no log."""
        newest = _newest(self.path)
        passed_over = False
        data = b""
        try:
            if self._held is not None:
                data, passed_over = self._more(self._held)
            now = os.stat(newest)  # noqa: PTH116  beside os.open and os.fstat, whose results it is compared with
            if self._held is None or (now.st_dev, now.st_ino) != self._identity:
                self._open(newest, first=self._held is None)
                if self._held is not None:
                    more, also = self._more(self._held)
                    data, passed_over = data + b"\n" + more, passed_over or also
        except OSError as error:
            if self._held is None or not isinstance(error, FileNotFoundError):
                raise failed(newest, error) from error
            # Renamed just now, and not made anew yet: what was read of the old one counts.
        return self._cut(data), passed_over

    def close(self) -> None:
        """Let go of the file."""
        if self._held is not None:
            os.close(self._held)
            self._held = None

    def _open(self, path: str, *, first: bool) -> None:
        held = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        self.close()
        status = os.fstat(held)
        self._held, self._identity = held, (status.st_dev, status.st_ino)
        self._offset = max(0, status.st_size - _TAIL) if first else 0
        if self._offset:
            self._offset += len(os.pread(held, 1 << 16, self._offset).split(b"\n", 1)[0]) + 1

    def _more(self, held: int) -> tuple[bytes, bool]:
        """What stands in the file beyond what was read, `limit` bytes of it at most: then its end."""
        size = os.fstat(held).st_size
        if size < self._offset:
            self._offset, self._rest = 0, b""  # cut down and written anew
        passed_over = size - self._offset > self._limit
        if passed_over:
            self._offset, self._rest = size - self._limit, b""
        data = os.pread(held, self._limit, self._offset)
        self._offset += len(data)
        return data, passed_over

    def _cut(self, data: bytes) -> list[bytes]:
        *whole, rest = (self._rest + data).split(b"\n")
        self._rest = rest[-_REST_LIMIT:]
        return whole


def _newest(path: str) -> str:
    """The file that a pattern stands for now. Raises ProcError."""
    if not glob.has_magic(path):
        return path
    found = []
    for one in glob.iglob(path):  # noqa: PTH207  Path.glob wants the pattern apart from its root
        try:
            found.append((Path(one).stat().st_mtime, one))
        except OSError:
            continue  # rotated away just now
    if not found:
        raise ProcError(f"{path}: no file fits; mount the log where the probe runs, or correct the path")
    return max(found)[1]
