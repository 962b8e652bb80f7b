"""Reads files under /proc. What a process that has just ended, or that we may not look into, answers becomes one of ours here.

Nothing is cached and no library is used: a file of /proc takes some 3 microseconds.
"""

import os
from collections.abc import Iterator
from pathlib import Path

LIMIT = 1 << 20
"""Bytes of one file, where the caller sets no other bound. Files of one process are a few kilobytes."""
TABLE_LIMIT = 64 << 20
"""Bytes of a table of sockets: 400,000 rows."""
_CHUNK = 1 << 16


class ProcError(Exception):
    """Something under /proc could not be read. `str()` says what and why, in one line."""


class GoneError(ProcError):
    """The process or thread has ended, maybe while it was read; or this kernel has no such file."""


class DeniedError(ProcError):
    """We may not: the process is of another user, and we lack CAP_SYS_PTRACE."""


def failed(path: Path | str, error: OSError) -> ProcError:
    """What the operating system said about `path`, as one of ours."""
    if isinstance(error, FileNotFoundError | ProcessLookupError | NotADirectoryError):
        return GoneError(f"{path}: not there (any more)")
    if isinstance(error, PermissionError):
        return DeniedError(f"{path}: permission denied; run with the same user id, or add the capability SYS_PTRACE")
    return ProcError(f"{path}: {(error.strerror or str(error)).lower()}")


def read(path: Path | str, limit: int = LIMIT) -> bytes:
    """The first `limit` bytes of a file. Raises ProcError.

    A file of /proc is made piece by piece while it is read, so it is read until there is no more.
    """
    try:
        held = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return _all(held, limit)
        finally:
            os.close(held)
    except OSError as error:
        raise failed(path, error) from error


def _all(held: int, limit: int) -> bytes:
    parts = []
    left = limit
    while left > 0 and (part := os.read(held, min(left, _CHUNK))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def numbers(folder: Path | str) -> Iterator[int]:
    """The entries of a folder whose names are numbers: processes, threads, descriptors. Raises ProcError."""
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries]
    except OSError as error:
        raise failed(folder, error) from error
    return (int(name) for name in names if name.isascii() and name.isdigit())
