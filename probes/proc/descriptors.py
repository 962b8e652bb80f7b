"""`/proc/PID/fd`: which sockets a process holds, and how many files it has open.

Whose sockets they are needs the process to be ours: same user id, or CAP_SYS_PTRACE; how many it has open needs neither.
"""

import os
import re
from pathlib import Path

from probes.proc.processes import open_files
from probes.proc.reading import GoneError, ProcError, failed, numbers, read

_SOCKET = re.compile(r"socket:\[(\d{1,20})\]")


def sockets_of(proc: Path, pid: int | str) -> frozenset[int]:
    """Inodes of the sockets that a process (or `self`) has open; maybe none. Raises DeniedError where we may not look."""
    folder = f"{proc}/{pid}/fd"
    found = set()
    for number in numbers(folder):
        try:
            target = os.readlink(f"{folder}/{number}")  # noqa: PTH115  a service has hundreds; a Path each costs thrice as much
        except OSError as error:
            told = failed(folder, error)
            if isinstance(told, GoneError):
                continue  # closed since the folder was listed
            raise told from error
        if socket := _SOCKET.fullmatch(target):
            found.add(int(socket[1]))
    return frozenset(found)


def files_of(proc: Path, pid: int) -> int:
    """How many files it has open. Raises ProcError.

    Since Linux 6.2 the size of the folder tells, to anybody; before, it has to be listed.
    """
    folder = Path(f"{proc}/{pid}/fd")
    try:
        size = folder.stat().st_size
    except OSError as error:
        raise failed(folder, error) from error
    return size or sum(1 for _ in numbers(folder))


def files_limit(proc: Path, pid: int) -> int | None:
    """How many it may have open (the soft limit); None where that cannot be told."""
    try:
        return open_files(read(f"{proc}/{pid}/limits"))
    except ProcError:
        return None
