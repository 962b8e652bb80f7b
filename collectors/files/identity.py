"""Who a file is, whatever it is called: rotation renames it, copies it, packs it.

An identity is `<inode>-<length>-<hash>`, all hexadecimal: the inode, and a hash of the first `length` bytes of the text,
at most `FINGERPRINT_BYTES`. It is made when the file is first seen and then stays. A file that was shorter than that has a
shorter `length`; when it has grown, its first `length` bytes are still the same, so it is still found. An empty file has no
identity, as it has nothing to tell.

Known limitations: two files with equal inode number (one after the other) and the same first 1,024 bytes count as one. Of a
file first seen with a few bytes, of which no position was kept, a second start makes another identity than the first.
"""

import os
import re
from collections.abc import Mapping
from typing import TypeVar
from zlib import crc32

from collectors.files.rotation import rotation_set
from collectors.model import Position

FINGERPRINT_BYTES = 1024
"""How many first bytes tell files apart: several records, with their times, and far less than a page."""

COPY_BYTES = 64
"""From this length on, equal first bytes in one rotation set mean a copy (copytruncate, gzip), though the inode differs:
a time with milliseconds, a pid and a logger."""

LEFT_ALONE = 1 << 62
"""The offset of a file that is older than our first look at its log, and was not named: it is not read."""

_SHAPE = re.compile(r"[0-9a-f]+-[0-9a-f]+-[0-9a-f]{8}")


def identity_of(inode: int, head: bytes) -> str:
    """The identity of a file with this inode whose text begins with `head` (at most `FINGERPRINT_BYTES`, not empty)."""
    return f"{inode:x}-{len(head):x}-{_hash(head)}"


def is_identity(text: str) -> bool:
    """Whether `text` is the identity of a file."""
    return _SHAPE.fullmatch(text) is not None


def same_text(identity: str, head: bytes) -> bool:
    """Whether a file whose text begins with `head` can be the one that `identity` was made of."""
    _, length, digest = identity.split("-")
    size = int(length, 16)
    return len(head) >= size and _hash(head[:size]) == digest


def inode_of(identity: str) -> int:
    """The inode number in an identity."""
    return int(identity.partition("-")[0], 16)


def _hash(head: bytes) -> str:
    return f"{crc32(head):08x}"  # nobody forges here, and hashlib would load OpenSSL: 3.7 MB in every process


_Key = TypeVar("_Key")


class Memory:
    """The positions of files seen before. Bounded: the oldest of `limit` are forgotten."""

    def __init__(self, positions: Mapping[str, Position], *, limit: int = 10_000) -> None:
        self._limit = limit
        self._positions: dict[str, Position] = {}
        self._by_inode: dict[int, list[str]] = {}
        self._by_set: dict[tuple[str, str], list[str]] = {}
        for identity, position in positions.items():
            if is_identity(identity):  # streams have none, and are not gone on with
                self.keep(identity, position)

    def keep(self, identity: str, position: Position) -> None:
        """Remember how far a file was read."""
        if self._positions.pop(identity, None) is None:
            self._by_inode.setdefault(inode_of(identity), []).append(identity)
            self._by_set.setdefault(rotation_set(position.path), []).append(identity)
        self._positions[identity] = position
        if len(self._positions) > self._limit:
            self._forget(next(iter(self._positions)))

    def at(self, identity: str) -> Position | None:
        """The position of an identity."""
        return self._positions.get(identity)

    def same_file(self, inode: int, head: bytes, size: int | None) -> str | None:
        """The identity of a file seen before: same inode, same first bytes, not shorter than what was read of it."""
        for identity in reversed(self._by_inode.get(inode, [])):
            if same_text(identity, head) and (size is None or self._positions[identity].offset <= size):
                return identity
        return None

    def copied_file(self, path: str, inode: int, head: bytes) -> str | None:
        """The identity of the file that the one at `path` is a rotated copy of, packed or not. Its inode is another one."""
        for identity in reversed(self._by_set.get(rotation_set(path), [])):
            length = int(identity.split("-")[1], 16)
            if length >= COPY_BYTES and inode_of(identity) != inode and same_text(identity, head):
                return identity
        return None

    def knows(self, rotation: tuple[str, str]) -> bool:
        """Whether any file of a rotation set was read."""
        return bool(self._by_set.get(rotation))

    def _forget(self, identity: str) -> None:
        position = self._positions.pop(identity)
        _remove(self._by_inode, inode_of(identity), identity)
        _remove(self._by_set, rotation_set(position.path), identity)


def _remove(index: dict[_Key, list[str]], key: _Key, identity: str) -> None:
    index[key].remove(identity)
    if not index[key]:
        del index[key]


def file_key(status: os.stat_result) -> tuple[int, int]:
    """What tells two files apart at one moment: device and inode."""
    return status.st_dev, status.st_ino
