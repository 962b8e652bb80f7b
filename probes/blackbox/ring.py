r"""Boxes on disk: a folder with a bound, from which the oldest whole boxes go first.

A box is a folder, called by its time and service, with two files that grow as evidence comes in:

    20261127T023233.123456Z_nova-compute/
        evidence.jsonl      a JSON object a line: a head, an entry for each piece, a tail with the signature
        box.txt             the same for a person

1. It is filled under a hidden name (`.open-...`), both files synced, then renamed: what has a plain name is finished.
2. While it is filled, its evidence file is locked (flock). A lock that can be had belongs to a writer that was killed: the
   next writer gives such a box its plain name and adds `.torn`. What was taken down before the end is the evidence wanted.
3. A box that goes is renamed first (`.gone-...`), then removed; a removal that was cut short is finished by the next writer.
4. On a full disk the oldest boxes give room; with none left, what does not fit is lost, and the box says so where it can.
"""

import contextlib
import errno
import fcntl
import os
import re
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
Write = Callable[[int, memoryview], int]
"""As os.write: how much of it the operating system took."""
EVIDENCE = "evidence.jsonl"
TEXT = "box.txt"
TORN = ".torn"
_OPEN = ".open-"
_GONE = ".gone-"
_UNSAFE = re.compile(r"[^A-Za-z0-9.-]+")
_BLOCK = 4096
"""Bytes that a folder and the rounding of files take on most file systems."""
_FULL = {errno.ENOSPC, errno.EDQUOT}
_SHARE = 4
"""A box takes a quarter of the ring at most, so that the last few are always there."""
_BEGINNING = 60.0
"""Seconds that a box may be without its first file before its writer counts as killed."""


@dataclass(frozen=True, slots=True)
class Box:
    """A box that is there. `whole`: its writer came to its end. `bytes`: what it takes."""

    path: Path
    service: str
    written: datetime
    whole: bool
    bytes: int


def boxes(folder: Path) -> list[Box]:
    """All boxes in `folder`, the oldest first. Raises OSError where it cannot be read."""
    found = []
    for path in sorted(folder.iterdir()):
        stamp, _, service = path.name.removesuffix(TORN).partition("_")
        with contextlib.suppress(ValueError):  # not one of ours
            written = datetime.strptime(stamp, "%Y%m%dT%H%M%S.%fZ").replace(tzinfo=UTC)
            found.append(Box(path, service, written, not path.name.endswith(TORN), _size(path)))
    return found


class Ring:
    """The folder and its bound. From any thread; several processes may share it."""

    def __init__(self, folder: Path, limit: int, write: Write = os.write) -> None:
        self.folder = folder
        self.write = write
        self._limit = limit

    def open(self, service: str, at: datetime) -> "OpenBox":
        """A new box. Raises OSError."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._tidy()
        name = f"{at.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}_{_UNSAFE.sub('-', service)[:64]}"
        hidden = self.folder / f"{_OPEN}{name}"
        self.with_room(lambda: hidden.mkdir(mode=0o700), _BLOCK)
        try:
            return OpenBox(self, hidden, self.folder / name, self._limit // _SHARE)
        except OSError:
            shutil.rmtree(hidden, ignore_errors=True)
            raise

    def with_room(self, write: Callable[[], T], size: int) -> T:
        """What `write` returns, which writes `size` bytes; older boxes go for it. Raises OSError where none is left to go."""
        while self._used() + size > self._limit and self._drop_oldest():
            pass
        while True:
            try:
                return write()
            except OSError as error:
                if error.errno not in _FULL or not self._drop_oldest():
                    raise

    def _used(self) -> int:
        return sum(_size(path) for path in self.folder.iterdir() if path.is_dir())

    def _drop_oldest(self) -> bool:
        """Whether there was one. Somebody else may have dropped it at the same time, which is as good."""
        oldest = next(iter(boxes(self.folder)), None)
        if oldest is None:
            return False
        gone = self.folder / f"{_GONE}{oldest.path.name}"
        with contextlib.suppress(FileNotFoundError):
            oldest.path.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)
        return True

    def _tidy(self) -> None:
        """Finish what a writer that was killed has left."""
        for path in self.folder.iterdir():
            if path.name.startswith(_GONE):
                shutil.rmtree(path, ignore_errors=True)
            elif path.name.startswith(_OPEN) and not _in_use(path):
                _keep_torn(path)


class OpenBox:
    """A box that is being filled, by one thread."""

    def __init__(self, ring: Ring, hidden: Path, path: Path, limit: int) -> None:
        self.path = path
        self.bytes = 0
        self._ring = ring
        self._hidden = hidden
        self._limit = limit
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self._evidence = os.open(hidden / EVIDENCE, flags, 0o600)
        fcntl.flock(self._evidence, fcntl.LOCK_EX)
        self._text = os.open(hidden / TEXT, flags, 0o600)

    def append(self, line: bytes, text: bytes) -> None:
        """Add to both files, or to none. Raises OSError: no room on the disk or under the bound, a broken disk."""
        size = len(line) + len(text)
        if self.bytes + size > self._limit:
            raise OSError(errno.EFBIG, f"a box takes {self._limit} bytes at most")
        self._ring.with_room(lambda: self._append(line, text), size)
        self.bytes += size

    def finish(self) -> Path:
        """Give it its plain name; where it is then. Raises OSError."""
        for descriptor in (self._evidence, self._text):
            os.fsync(descriptor)
        _sync_folder(self._hidden)
        self._hidden.rename(self.path)
        self.close()
        _sync_folder(self.path.parent)
        return self.path

    def close(self) -> None:
        """Let go of the files; an unfinished box is found as torn by the next writer."""
        for descriptor in (self._evidence, self._text):
            with contextlib.suppress(OSError):
                os.close(descriptor)
        self._evidence = self._text = -1

    def _append(self, line: bytes, text: bytes) -> None:
        ends = [(descriptor, os.fstat(descriptor).st_size) for descriptor in (self._evidence, self._text)]
        try:
            self._write_all(self._evidence, line)
            self._write_all(self._text, text)
        except OSError:
            for descriptor, end in ends:
                os.ftruncate(descriptor, end)
                os.lseek(descriptor, end, os.SEEK_SET)
            raise

    def _write_all(self, descriptor: int, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[self._ring.write(descriptor, view) :]


def _in_use(path: Path) -> bool:
    """Whether its writer lives: the kernel lets go of a lock with the process."""
    try:
        descriptor = os.open(path / EVIDENCE, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:  # made a moment ago, or killed before the first file
        return time.time() - path.stat().st_mtime < _BEGINNING
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _keep_torn(path: Path) -> None:
    with contextlib.suppress(OSError):
        if (path / EVIDENCE).stat().st_size:
            path.rename(path.with_name(path.name.removeprefix(_OPEN) + TORN))
            return
    shutil.rmtree(path, ignore_errors=True)


def _size(path: Path) -> int:
    """What a box takes. It may go while we look."""
    size = _BLOCK
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        for file in path.iterdir():
            size += -(-file.stat().st_size // _BLOCK) * _BLOCK
    return size


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
