"""What stands beside a log file: the members of its rotation set, looked at while rotation may go on.

A name may stand for another file from one call to the next, or for none. So a look is taken anew until each name that was
listed was found, no file twice, and no name came up meanwhile: then nothing was renamed in between.
"""

import contextlib
import os

from collectors.files.identity import file_key
from collectors.files.rotation import age, rotation_set

FileKey = tuple[int, int]
"""Device and inode."""

_LARGE = 200
"""A folder of more files is not listed again for each of its sets, as long as its own time of change stays."""


class MovedError(Exception):
    """A file was renamed or removed while its set was looked at."""


class Siblings:
    """Rotation sets by path. A folder is listed once until `forget`, as thousands of logs may stand in one."""

    def __init__(self) -> None:
        self._folders: dict[str, dict[str, list[str]]] = {}
        self._times: dict[str, int] = {}

    def forget(self) -> None:
        """List anew from now on."""
        self._folders.clear()

    def of(self, path: str, *, fresh: bool = False) -> list[str]:
        """The other members of a path's set, youngest first. Beside a symbolic link they stand where it leads to."""
        real = real_path(path)
        folder, name = rotation_set(real)
        if fresh:
            self._folders.pop(folder, None)
        if folder not in self._folders:
            self._times[folder] = _changed(folder)
            self._folders[folder] = _listed(folder)
        members = [other for other in self._folders[folder].get(name, ()) if other != real]
        return sorted(members, key=age, reverse=True)

    def unmoved(self, path: str) -> bool:
        """Whether a path's set still has the names that it had when it was listed."""
        before = self.of(path)
        folder = rotation_set(real_path(path))[0]
        small = sum(map(len, self._folders[folder].values())) <= _LARGE
        return before == self.of(path, fresh=True) if small or self._times[folder] != _changed(folder) else True

    def members(self, path: str, *, fresh: bool = False) -> list[tuple[str, FileKey]]:
        """All files of a path's set, its own among them, youngest first, each once. Raises MovedError."""
        found: dict[FileKey, str] = {}
        for member in (real_path(path), *self.of(path, fresh=fresh)):
            try:
                key = file_key(os.stat(member))
            except OSError:
                if member != path and not os.path.islink(member):
                    raise MovedError from None
                continue  # a link to nothing, or the live file was not made yet
            if key in found and not os.path.islink(member):
                raise MovedError
            found.setdefault(key, member)
        return [(member, key) for key, member in found.items()]


def real_path(path: str) -> str:
    """Where a symbolic link leads to; any other path as it is."""
    return os.path.realpath(path) if os.path.islink(path) else path


def _changed(folder: str) -> int:
    try:
        return os.stat(folder or ".").st_mtime_ns
    except OSError:
        return 0


def _listed(folder: str) -> dict[str, list[str]]:
    sets: dict[str, list[str]] = {}
    with contextlib.suppress(OSError):  # the folder went away with the file; nothing is beside it
        for name in os.listdir(folder or "."):
            path = os.path.join(folder, name)
            sets.setdefault(rotation_set(path)[1], []).append(path)
    return sets
