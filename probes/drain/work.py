"""Waits until nothing is in flight by the service's own log: builds, migrations and snapshots of nova-compute, backups.

It looks back once, then follows the files' ends, so that a look costs what was written since. What is in flight is told by
name. It does not keep new work from coming: a compute that shall get none is disabled in the API, before its node is drained.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from clients.model import Deadline, RefusedError
from probes.drain.model import Plain, Progress
from probes.drain.settings import WorkSettings as Settings
from probes.drain.work_lines import KINDS, InFlight
from probes.model import Context

_CHUNK = 1 << 18
_LINE = 1 << 16
"""Bytes of a line that has not ended yet that are kept."""
_NAMED = 5


class Work(Plain):
    """What is in flight."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._in_flight = InFlight(KINDS[settings.lines], settings.longest)
        self._followed = [_Followed(path, settings.look_back) for path in settings.log_files]

    def look(self, deadline: Deadline) -> Progress:
        """What has begun and not ended. Raises RefusedError where no file can be read."""
        errors = []
        for followed in self._followed:
            try:
                for line in followed.lines():
                    self._in_flight.feed(line)
                    deadline.left(f"{followed.path}")
            except OSError as error:
                errors.append(f"{followed.path}: {(error.strerror or str(error)).lower()}")
        if len(errors) == len(self._followed):
            raise RefusedError(f"{'; '.join(errors) or 'no log file'}: what is in flight is not known; mount the log, readable")
        left = self._in_flight.open()
        named = ", ".join(f"{kind} {key}" for kind, key in left[:_NAMED])
        more = f" and {len(left) - _NAMED} more" if len(left) > _NAMED else ""
        return Progress(not left, f"in flight: {named}{more}" if left else "nothing in flight", len(left))


class _Followed:
    """A log file from some way before its end on; a new one in its place is read from its beginning."""

    def __init__(self, path: Path, look_back: int) -> None:
        self.path = path
        self._look_back = look_back
        self._identity: tuple[int, int] | None = None
        self._offset = 0
        self._rest = b""

    def lines(self) -> Iterator[str]:
        """Whole lines that came since the last call. Raises OSError."""
        descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:  # noqa: PTH123  it is open already
            self._find(os.fstat(descriptor))
            file.seek(self._offset)
            while chunk := file.read(_CHUNK):
                self._offset += len(chunk)
                *whole, self._rest = (self._rest + chunk).split(b"\n")
                self._rest = self._rest[-_LINE:]
                for line in whole:
                    yield line.decode("utf-8", "replace")

    def _find(self, about: os.stat_result) -> None:
        identity = (about.st_dev, about.st_ino)
        if self._identity is None:
            self._offset = max(0, about.st_size - self._look_back)
        elif identity != self._identity or about.st_size < self._offset:
            self._offset = 0
            self._rest = b""
        self._identity = identity


def make(settings: Settings, _: Context) -> Work:
    """The action."""
    return Work(settings)
