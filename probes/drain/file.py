"""Makes the file for which oslo.middleware's healthcheck answers 503 (`[healthcheck] disable_by_file_path`).

Load balancers that ask the service itself, and not the kubelet, then send nobody any more. The folder must be shared with the
service's container.
"""

import os
from pathlib import Path

from clients.model import Deadline, RefusedError
from probes.drain.model import Plain, Progress
from probes.drain.settings import FileSettings as Settings
from probes.model import Context


class File(Plain):
    """The file. One that was there already is somebody else's, and stays."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ours = False

    def begin(self, _: Deadline) -> str:
        """Make it. Raises RefusedError."""
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        except FileExistsError:
            return f"{self._path} was there already"
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise RefusedError(f"{self._path}: {reason}; share its folder with the service, writable for us") from error
        os.close(descriptor)
        self._ours = True
        return f"{self._path} made"

    def look(self, _: Deadline) -> Progress:
        """Nothing to wait for: what it is good for, the next action waits for."""
        return Progress(done=True, text=f"{self._path} is there")

    def undo(self, _: Deadline) -> str:
        """Remove it, if we made it. Raises RefusedError."""
        if not self._ours:
            return f"{self._path} is not ours, and stays"
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            raise RefusedError(f"{self._path}: {(error.strerror or str(error)).lower()}; remove it by hand") from error
        self._ours = False
        return f"{self._path} removed"


def make(settings: Settings, _: Context) -> File:
    """The action."""
    return File(settings.path)
