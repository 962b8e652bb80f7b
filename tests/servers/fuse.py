"""A file system in user space that answers, or does not: what a hung CephFS or NFS mount looks like to whoever uses it.

    with Fuse(tmp_path / "mount") as fuse:
        fuse.hang()

The kernel's side is the real one: /dev/fuse and mount(2), for which one has to be root. A request that has been taken and is
not answered holds the process that asks in an uninterruptible sleep, where SIGKILL does not reach it either.
"""

import contextlib
import ctypes
import os
import struct
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

DEVICE = Path("/dev/fuse")
_MNT_FORCE, _MNT_DETACH = 1, 2
_INIT, _GETATTR, _STATFS, _FORGET = 26, 3, 17, 2
_IN = struct.Struct("=IIQQIIII")
_OUT = struct.Struct("=IiQ")
_ENOSYS = 38
_FOLDER = 0o40755


def left_out() -> str:
    """Why there can be none here; "" where there can."""
    if os.geteuid() != 0:
        return "a hung mount was not tried: only root may mount one"
    if not DEVICE.exists():
        return f"a hung mount was not tried: no {DEVICE}"
    return ""


class Fuse:
    """A mounted one with an empty folder in it. Leaving the context unmounts it, which frees whoever hangs in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.asked: list[int] = []
        """Operations that were asked for, by their numbers."""
        self._answering = threading.Event()
        self._answering.set()
        self._device = os.open(DEVICE, os.O_RDWR | os.O_CLOEXEC)
        self._libc = ctypes.CDLL(None, use_errno=True)
        options = f"fd={self._device},rootmode=40000,user_id=0,group_id=0,allow_other"
        if self._libc.mount(b"hanging:/export", os.fsencode(folder), b"fuse.hanging", 6, options.encode()):
            os.close(self._device)
            raise OSError(ctypes.get_errno(), f"mount {folder}")
        self._closing = False
        self._serving = threading.Thread(target=self._serve, daemon=True)
        self._serving.start()

    def hang(self) -> None:
        """Requests are taken from now on, and not answered."""
        self._answering.clear()

    def go_on(self) -> None:
        """Answer again, those first that wait."""
        self._answering.set()

    def die(self) -> None:
        """What it looks like when the daemon of the file system has died: still mounted, and no transport any more."""
        held = os.open(self.folder, os.O_PATH | os.O_CLOEXEC)  # keeps it busy, so that it is not unmounted
        self._libc.umount2(os.fsencode(self.folder), _MNT_FORCE)
        self._serving.join(10)
        os.close(held)

    def close(self) -> None:
        """Unmount; whoever waits for an answer gets an error."""
        self._closing = True
        self._answering.set()
        self._libc.umount2(os.fsencode(self.folder), _MNT_FORCE | _MNT_DETACH)
        self._serving.join(10)
        os.close(self._device)

    def _serve(self) -> None:
        """One request after the other, until the file system is unmounted."""
        while not self._closing:
            try:
                request = os.read(self._device, 1 << 17)
            except OSError:
                return
            _, operation, unique, node, *_ = _IN.unpack_from(request)
            self.asked.append(operation)
            self._answering.wait()
            if operation != _FORGET:
                with contextlib.suppress(OSError):  # whoever asked may be gone
                    os.write(self._device, _answer(operation, unique, node))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.close()


def _answer(operation: int, unique: int, node: int) -> bytes:
    if operation == _INIT:
        body = struct.pack("=IIIIHHIIHHI7I", 7, 31, 0, 0, 8, 8, 1 << 16, 1, 0, 0, 0, *[0] * 7)
    elif operation == _STATFS:
        body = struct.pack("=5Q4I6I", 1000, 250, 250, 10, 5, 4096, 255, 4096, 0, *[0] * 6)
    elif operation == _GETATTR:
        now = int(time.time())
        body = struct.pack("=QII6Q10I", 0, 0, 0, node, 0, 0, now, now, now, 0, 0, 0, _FOLDER, 2, 0, 0, 0, 4096, 0)
    else:
        return _OUT.pack(_OUT.size, -_ENOSYS, unique)
    return _OUT.pack(_OUT.size + len(body), 0, unique) + body
