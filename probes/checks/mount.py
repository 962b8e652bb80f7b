"""A shared file system that answers, or does not: CephFS or NFS below /var/lib/nova. One that hangs hangs only a child.

Whoever asks a hung mount may be stuck in the kernel until the mount comes back, where no signal reaches it. So a forked child
asks. It is left alone when it does not come back: at most one at a time, which holds nothing of ours open.
"""

import contextlib
import errno
import os
import select
import signal
import struct
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NoReturn

from clients.model import Deadline
from probes.model import Context, Evidence, Finding
from probes.proc.mounts import Mount, mount_of, mounts
from probes.proc.reading import ProcError, failed, read

NAME = "mount"
_ANSWER = struct.Struct("=iQQ")
"""What the child writes: errno or 0, bytes free for users, bytes in all."""
_NOT_THE_MOUNT = frozenset({errno.ENOENT, errno.EACCES, errno.ENOTDIR, errno.EPERM})
"""The mount has answered: the path or a permission is wrong."""
_SHARE = 0.8
"""Of the time left: the rest is for ending the child."""
_REAP = 0.2
"""Seconds that a killed child gets to end; one in an uninterruptible sleep does not."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Which path, and how long it may take."""

    path: Path = Path("/var/lib/nova/instances")
    """A path on the shared file system, as it is mounted where the probe runs (mountPropagation: HostToContainer)."""
    timeout: Annotated[float, "seconds"] = 5.0
    """A healthy one answers in milliseconds, a failover of its servers takes some seconds."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What cannot be right, as (key, what is wrong)."""
        if not self.path.is_absolute():
            yield "path", "must be an absolute path"
        if self.timeout <= 0:
            yield "timeout", "must be more than 0 seconds"


def make(settings: Settings, context: Context) -> "MountCheck":
    """The check."""
    return MountCheck(settings, context)


@dataclass(slots=True)
class _Asking:
    """A child that asks. `pipe`: where its answer comes; `since`: monotonic seconds."""

    pid: int
    pipe: int
    since: float


class MountCheck:
    """Not for several threads at once. Never touches the path itself."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self._settings = settings
        self._context = context
        self._asking: _Asking | None = None
        self._silent_since: float | None = None

    def look(self, deadline: Deadline) -> Iterable[Evidence]:
        """Ask by a child, or go on waiting for the one that is still out."""
        now = deadline.clock()
        try:
            if self._asking is None:
                self._asking = _Asking(*_ask(str(self._settings.path)), now)
            asking = self._asking
            answer = _answer(asking.pipe, min(self._settings.timeout, _SHARE * deadline.left(f"mount {self._settings.path}")))
        except ProcError as error:
            return [Evidence(NAME, Finding.UNKNOWN, now, str(error))]
        finally:
            self._let_go()
        seconds = deadline.clock() - asking.since
        if answer is not None:
            self._silent_since = None
            return [self._evidence(answer, now, seconds)]
        if self._silent_since is None:
            self._silent_since = asking.since
        return [self._silence(deadline.clock() - self._silent_since, now)]

    def close(self) -> None:
        """Kill the child that may be out. One that no signal reaches is left to the kernel."""
        if self._asking is not None:
            self._let_go()

    def _let_go(self) -> None:
        """End the child; keep it in mind where it cannot be ended, so that no second one joins it."""
        if self._asking is not None and _ended(self._asking.pid):
            os.close(self._asking.pipe)
            self._asking = None

    def _silence(self, seconds: float, now: float) -> Evidence:
        path = str(self._settings.path)
        text = f"{self._where()} does not answer for {seconds:.1f} s; look at its servers and at the client's kernel log"
        return Evidence(NAME, Finding.DEPENDENCY, now, text, about=path, figures={"mount_silent_seconds": seconds})

    def _evidence(self, answer: tuple[int, int, int], now: float, seconds: float) -> Evidence:
        path = str(self._settings.path)
        error, free, total = answer
        if error in _NOT_THE_MOUNT:
            text = f"{path}: {os.strerror(error).lower()}; mount it where the probe runs, or correct `path`"
            return Evidence(NAME, Finding.UNKNOWN, now, text)
        if error:
            text = f"{self._where()} answers with an error: {os.strerror(error).lower()}"
            return Evidence(NAME, Finding.DEPENDENCY, now, text, about=path)
        figures = {"mount_seconds": seconds, "mount_free_bytes": float(free), "mount_bytes": float(total)}
        share = f", {free / total:.0%} free" if total else ""
        return Evidence(NAME, Finding.FINE, now, f"{self._where()} answers in {seconds * 1e3:.0f} ms{share}", figures=figures)

    def _where(self) -> str:
        """The path with its file system, out of the kernel's list, which is read without touching the mount."""
        mount = self._mount()
        path = str(self._settings.path)
        return path if mount is None else f"{path} ({mount.kind} {mount.source} on {mount.point})"

    def _mount(self) -> Mount | None:
        try:
            return mount_of(str(self._settings.path), mounts(read(self._context.proc / "self" / "mountinfo")))
        except ProcError:
            return None


def _ask(path: str) -> tuple[int, int]:
    """Pid of a child that asks, and the pipe that its answer comes through. Raises ProcError."""
    ours, its = os.pipe()
    try:
        pid = os.fork()
        if pid == 0:
            _child(path, its)
    except OSError as error:
        os.close(ours)
        raise failed("fork", error) from error
    finally:
        os.close(its)
    return pid, ours


def _child(path: str, pipe: int) -> NoReturn:  # pragma: no cover  in a child that never comes back from here
    """System calls only: other threads' locks may be held in this copy of the process.

    Nothing of ours stays open in it, so that a sidecar that starts anew finds its port free, and whoever reads our output
    sees its end.
    """
    try:
        os.closerange(0, pipe)
        os.closerange(pipe + 1, 1 << 20)
        try:
            told = os.statvfs(path)
            os.stat(path)  # noqa: PTH116  system calls only
            answer = _ANSWER.pack(0, told.f_bavail * told.f_frsize, told.f_blocks * told.f_frsize)
        except OSError as error:
            answer = _ANSWER.pack(error.errno or errno.EIO, 0, 0)
        os.write(pipe, answer)
    finally:
        os._exit(0)


def _answer(pipe: int, seconds: float) -> tuple[int, int, int] | None:
    """What a child wrote; None when nothing came in time. Raises ProcError when it ended without a word."""
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    if not poll.poll(max(0.0, seconds) * 1e3):
        return None
    data = os.read(pipe, _ANSWER.size)
    if len(data) < _ANSWER.size:
        raise ProcError("the child that asks the mount was ended before it could tell; the next look asks anew")
    error, free, total = _ANSWER.unpack(data)
    return int(error), int(free), int(total)


def _ended(pid: int) -> bool:
    """Kill and collect a child; False where it is in a sleep that no signal ends."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    end = time.monotonic() + _REAP
    while True:
        try:
            if os.waitpid(pid, os.WNOHANG)[0]:
                return True
        except ChildProcessError:
            return True  # collected by somebody who waits for all children
        if time.monotonic() > end:
            return False
        time.sleep(0.002)
