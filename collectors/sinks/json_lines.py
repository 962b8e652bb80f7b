"""Events as JSON lines: into a file that others rotate, or that we rotate, and to standard output.

No line is ever glued to the torn end of another one, whatever happened before.
"""

import contextlib
import errno
import fcntl
import os
import select
import stat
import time
from collections.abc import Sequence

from collectors.model import RetryError, Sent
from collectors.sinks.settings import FileSettings
from parsers.json_lines import dumped
from parsers.model import Event

STDOUT = 1
_ATOMIC = select.PIPE_BUF
"""Bytes that a pipe takes without blocking when `poll` calls it writable."""


class FileSink:
    """Appends to a file. The file is opened when it is first written, and again when its name means another one."""

    def __init__(self, name: str, settings: FileSettings) -> None:
        self.name = name
        self._settings = settings
        self._path = str(settings.path)
        self._file: int | None = None

    def send(self, events: Sequence[Event], timeout: float) -> Sent:  # noqa: ARG002  a disk has no deadline
        """See Sink. Raises RetryError; nothing of the batch is in the file then."""
        try:
            file = self._opened()
            if 0 < self._settings.rotate_bytes <= os.fstat(file).st_size:
                self._rotate()
                file = self._opened()
            self._append(file, _lines(events))
        except OSError as error:
            self.close()
            raise RetryError(f"{self._path}: {_what(error)}") from error
        return Sent(len(events))

    def close(self) -> None:
        """See Sink."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _opened(self) -> int:
        """The file that has the name now, ending in a whole line."""
        if self._file is not None and _same(self._file, self._path):
            return self._file
        self.close()
        self._file = file = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        size = os.fstat(file).st_size
        # Not cut off: whoever follows the file has read the torn line, and would take a shorter file for a new one.
        if size and os.pread(file, 1, size - 1) != b"\n":
            os.write(file, b"\n")
        return file

    def _append(self, file: int, data: bytes) -> None:
        """Write all or nothing."""
        start = os.fstat(file).st_size
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(file, rest) :]
            if self._settings.fsync:
                os.fsync(file)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(file, start)
            raise

    def _rotate(self) -> None:
        names = [self._path, *(f"{self._path}.{number}" for number in range(1, self._settings.keep + 1))]
        for older, newer in zip(reversed(names), reversed(names[:-1]), strict=False):
            with contextlib.suppress(FileNotFoundError):
                os.replace(newer, older)
        self.close()


class StdoutSink:
    """Writes to standard output, which may be a pipe that nobody empties. `file`: its descriptor."""

    def __init__(self, name: str, file: int = STDOUT) -> None:
        self.name = name
        self._file = file
        self._torn = b""
        """What is left of a line that was begun."""

    def send(self, events: Sequence[Event], timeout: float) -> Sent:
        """See Sink. Raises RetryError with the events whose lines are not whole there."""
        end = time.monotonic() + timeout
        data = self._torn + _lines(events)
        written, error = self._write(data, end)
        if written == len(data):
            self._torn = b""
            return Sent(len(events))
        whole = data.count(b"\n", 0, written)
        begun = written > 0 and data[written - 1 : written] != b"\n"
        left = events[max(0, whole - bool(self._torn)) :]
        if begun:
            self._torn = data[written : data.index(b"\n", written) + 1]
        elif written:
            self._torn = b""
        what = _what(error) if error else f"whoever reads it took nothing more for {timeout:g} s; look at what it does"
        raise RetryError(f"standard output: {what}", remaining=left)

    def close(self) -> None:
        """See Sink. Standard output belongs to the process."""

    def _write(self, data: bytes, end: float) -> tuple[int, OSError | None]:
        """How many bytes are written, and what prevented the others; None where the time was over."""
        written, poll = 0, select.poll()
        poll.register(self._file, select.POLLOUT)
        try:
            size = len(data) if stat.S_ISREG(os.fstat(self._file).st_mode) else _ATOMIC
            while written < len(data):
                if not poll.poll(max(0.0, end - time.monotonic()) * 1000):
                    return written, None
                written += os.write(self._file, data[written : written + size])
        except OSError as error:
            return written, error
        return written, None


def _lines(events: Sequence[Event]) -> bytes:
    return b"".join([dumped(event) + b"\n" for event in events])


def _same(file: int, path: str) -> bool:
    """Whether the open file still has its name."""
    try:
        return os.path.samestat(os.fstat(file), os.stat(path))
    except FileNotFoundError:
        return False


_TEXTS = {
    errno.ENOSPC: "no space left on its disk; make room",
    errno.EDQUOT: "the quota of its disk is used up; make room",
    errno.EACCES: "may not be written; run as a user who may, or change its permissions",
    errno.ENOENT: "its folder does not exist; make it",
    errno.EISDIR: "is a directory; name a file in it",
    errno.EROFS: "stands on a file system that is read-only; choose another place",
    errno.EAGAIN: "another process writes it; give each its own file",
    errno.EPIPE: "nobody reads it any more; start what should",
}


def _what(error: OSError) -> str:
    return _TEXTS.get(error.errno or 0) or f"{(error.strerror or str(error)).lower()}; look at the disk"
