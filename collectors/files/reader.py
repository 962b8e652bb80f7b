"""One input that is being read: an ordinary file, a packed one, or a stream (standard input, a named pipe).

A reader knows how far it came and who its file is. When to read, and what a rename means, is its owner's business.
"""

import errno
import os
import select
import stat
from collections.abc import Iterator

from collectors.files.compression import MAGIC_BYTES, Unpacker, packing_of
from collectors.files.discovery import STDIN
from collectors.files.identity import FINGERPRINT_BYTES, Memory, file_key, identity_of, same_text
from collectors.model import Chunk, Position

_SKIP = 256 * 1024


class Reader:
    """An open input. `identity` is "" while a file is empty."""

    __slots__ = (
        "_descriptor",
        "_packing",
        "_pending",
        "_skip",
        "_unpacker",
        "identity",
        "key",
        "line",
        "offset",
        "path",
        "quiet",
        "stream",
    )

    def __init__(self, path: str, name: str | None = None) -> None:
        """Opens `path`; it is called `name` if that is another one. Raises OSError."""
        self.path = name or path
        self.identity = ""
        self.offset = 0
        self.line = 1
        self.quiet = 0
        self._pending = b""
        self._skip = 0
        self._packing: str | None = None
        self._unpacker: Unpacker | None = None
        self._descriptor: int | None = _open(path)
        status = os.fstat(self._descriptor)
        self.key = file_key(status)
        self.stream = path == STDIN or not stat.S_ISREG(status.st_mode)

    @property
    def packed(self) -> bool:
        """Whether the file is a packed one."""
        return self._unpacker is not None

    @property
    def descriptor(self) -> int | None:
        """The open descriptor, None when the file was put aside."""
        return self._descriptor

    def recognise(self, memory: Memory) -> None:
        """Find out how the file is packed, who it is, and go to where its reading stopped. Raises UnpackError, OSError."""
        if self.stream:
            self.identity = self.path
            return
        self.offset, self.line, self._skip = 0, 1, 0
        os.lseek(self._opened(), 0, os.SEEK_SET)
        head = os.pread(self._opened(), FINGERPRINT_BYTES, 0)
        packing = packing_of(head)
        if packing is not None:
            self._packing = packing
            self._unpacker = Unpacker(packing, self._input)
            self._pending = head = self._unpacker.read(FINGERPRINT_BYTES)
            head = head[:FINGERPRINT_BYTES]
        if head:
            self._settle(memory, head)

    def _settle(self, memory: Memory, head: bytes) -> None:
        size = None if self.packed else os.fstat(self._opened()).st_size
        known = memory.same_file(self.key[1], head, size) or memory.copied_file(self.path, self.key[1], head)
        self.identity = known or identity_of(self.key[1], head)
        position = memory.at(known) if known else None
        if position is not None:
            self._go_to(position)

    def _go_to(self, position: Position) -> None:
        if self.packed:
            self._skip = position.offset  # done when something is read: it may never be
        else:
            os.lseek(self._opened(), position.offset, os.SEEK_SET)
        self.offset, self.line = position.offset, position.line

    def read(self, size: int) -> bytes:
        """The next bytes, at most `size`; b"" at the end. Raises UnpackError, OSError.

        A stream that has nothing now raises BlockingIOError, if it is packed; else this waits, so ask `is_ready` first.
        """
        data = self._take(size)
        if self.stream and self.offset == 0 and not self.packed and packing_of(data := self._magic(data)):
            self._unpack_stream(data)
            data = self._take(size)
        return data

    def _take(self, size: int) -> bytes:
        while self._skip and (data := self._piece(min(self._skip, _SKIP))):
            self._skip -= len(data)
        return self._piece(size)

    def _piece(self, size: int) -> bytes:
        if self._pending:
            data, self._pending = self._pending[:size], self._pending[size:]
            return data
        if self._unpacker is None:
            return os.read(self._opened(), size)
        data = self._unpacker.read(size)
        self._pending = data[size:]
        return data[:size]

    def _magic(self, data: bytes) -> bytes:
        """`data`, read on as long as it could become a packed stream: a pipe may give its first bytes one by one."""
        while data and data[:1] in b"\x1f\xfdB" and len(data) < MAGIC_BYTES and (more := os.read(self._opened(), MAGIC_BYTES)):
            data += more
        return data

    def _unpack_stream(self, first: bytes) -> None:
        waiting = [first]
        packing = packing_of(first)
        assert packing is not None  # noqa: S101  the caller has looked
        self._unpacker = Unpacker(packing, lambda size: waiting.pop() if waiting else self._input(size))

    def _input(self, size: int) -> bytes:
        if self.stream and not self.is_ready():
            raise BlockingIOError
        return os.read(self._opened(), size)

    def chunk(self, data: bytes, *, ended: bool = False) -> Chunk:
        """`data`, which `read` gave, as a Chunk; the position moves on."""
        chunk = Chunk(self.path, self.identity, self.offset, self.line, data, ended)
        self.offset += len(data)
        self.line += data.count(b"\n")
        return chunk

    def chunks(self, size: int, end: int | None = None) -> Iterator[Chunk]:
        """All that is there now, in chunks of about `size` bytes; not beyond byte `end`. Raises UnpackError, OSError."""
        while end is None or self.offset < end:
            data = self.read(size if end is None else min(size, end - self.offset))
            if not data:
                return
            yield self.chunk(data)

    def is_ready(self) -> bool:
        """Whether a stream has bytes, or its end, to give at once."""
        return bool(select.select([self._opened()], [], [], 0)[0])

    def has_more(self) -> bool:
        """Whether there is more behind the position. Of a gzip file its last bytes tell; other packed files may have."""
        size = self.status().st_size
        if not self.packed:
            return self.offset < size
        length = os.pread(self._opened(), 4, max(0, size - 4))
        return self._packing != "gzip" or int.from_bytes(length, "little") != self.offset & 0xFFFFFFFF

    def is_same(self) -> bool:
        """Whether the file still begins as it did: no after it was truncated and written anew."""
        return same_text(self.identity, os.pread(self._opened(), FINGERPRINT_BYTES, 0))

    def position(self) -> Position:
        """How far it came."""
        return Position(self.offset, self.line, self.path)

    def status(self) -> os.stat_result:
        """The open file's status."""
        return os.fstat(self._opened())

    def consumed(self) -> int:
        """How many bytes of the file on disk (packed ones for a packed file) were read; 0 for a stream."""
        return 0 if self.stream else os.lseek(self._opened(), 0, os.SEEK_CUR)

    def put_aside(self) -> None:
        """Close the descriptor but keep the position; `take_up` goes on."""
        if self._descriptor is not None and self._descriptor != 0:
            os.close(self._descriptor)
        self._descriptor = None

    def take_up(self, path: str) -> bool:
        """Open the same plain file again, now at `path`. False if another file stands there."""
        descriptor = _open(path)
        if file_key(os.fstat(descriptor)) != self.key:
            os.close(descriptor)
            return False
        os.lseek(descriptor, self.offset, os.SEEK_SET)
        self._descriptor = descriptor
        return True

    def _opened(self) -> int:
        if self._descriptor is None:
            raise RuntimeError(f"{self.path} was put aside")
        return self._descriptor


def _open(path: str) -> int:
    """A descriptor for reading. A directory is refused here: opening one works, reading it fails later and less clearly."""
    if path == STDIN:
        return 0
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY)
    if stat.S_ISDIR(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    return descriptor
