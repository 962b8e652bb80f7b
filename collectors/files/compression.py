"""Unpack gzip, xz and bzip2 as a stream, bounded in memory, and give what stands before a break.

Known by the first bytes, never by the name: rotated logs are often packed under any name.
"""

import bz2
import lzma
import re
import zlib
from collections.abc import Callable
from typing import Protocol

MAGIC_BYTES = 10
"""How many first bytes `packing_of` wants to see."""

# bzip2's own mark are three letters that a text may begin with; what tells is the mark of its first block, after a digit
_MAGICS = {
    re.compile(rb"\x1f\x8b\x08"): "gzip",
    re.compile(rb"\xfd7zXZ\x00"): "xz",
    re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)", re.DOTALL): "bzip2",
}
_INPUT = 16 * 1024  # small, as zlib hands the unread rest back as a copy at each step
_STEP = 1024  # a step that fails gives nothing: this much of the text before a break can be lost


class UnpackError(Exception):
    """The packed data cannot be read further; the text says why."""


class _Machine(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class _Gzip:
    """zlib's decompressor with the interface of the two others."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


_MACHINES: dict[str, Callable[[], _Machine]] = {"gzip": _Gzip, "xz": lzma.LZMADecompressor, "bzip2": bz2.BZ2Decompressor}


def packing_of(head: bytes) -> str | None:
    """How data that begins with `head` (`MAGIC_BYTES` or all there is) is packed: `gzip`, `xz`, `bzip2`, or None."""
    return next((name for magic, name in _MAGICS.items() if magic.match(head)), None)


class Unpacker:
    """The text of a packed stream, which may have several members.

    `read_input(n)` gives its bytes, b"" at the end; it raises BlockingIOError where a pipe has none now.
    """

    def __init__(self, packing: str, read_input: Callable[[int], bytes]) -> None:
        self._packing = packing
        self._read_input = read_input
        self._machine = _MACHINES[packing]()
        self._broken: UnpackError | None = None
        self._member_start = b""

    def read(self, size: int) -> bytes:
        """About `size` bytes, b"" at the end. Raises UnpackError and BlockingIOError, once what stands before was given."""
        pieces: list[bytes] = []
        left = size
        while left > 0 and self._broken is None:
            try:
                piece = self._step()
            except UnpackError as error:
                self._broken = error
                break
            except BlockingIOError:
                if pieces:
                    break
                raise
            if not piece:
                break
            pieces.append(piece)
            left -= len(piece)
        if self._broken is not None and not pieces:
            raise self._broken
        return b"".join(pieces)

    def _step(self) -> bytes:
        while True:
            if self._machine.eof:
                data = self._next_member()
                if not data:
                    return b""
            else:
                data = self._read_input(_INPUT) if self._machine.needs_input else b""
            ended = not data and self._machine.needs_input
            try:
                piece = self._machine.decompress(data, _STEP)
            except (zlib.error, lzma.LZMAError, OSError, ValueError) as error:
                raise UnpackError(f"is damaged ({self._packing}: {error})") from error
            if piece:
                return piece
            if ended and not self._machine.eof:
                raise UnpackError(f"ends in the middle of its {self._packing} data")

    def _next_member(self) -> bytes:
        """The first bytes of the next member, its machine set up; b"" where there is none. Zeros may pad the end (tapes)."""
        data = self._member_start = (self._member_start or self._machine.unused_data).lstrip(b"\0")
        while len(data) < MAGIC_BYTES and (more := self._read_input(_INPUT)):
            data = self._member_start = (data + more).lstrip(b"\0")
        self._member_start = b""
        if data and packing_of(data) != self._packing:
            raise UnpackError(f"has {self._packing} data followed by something else")
        if data:
            self._machine = _MACHINES[self._packing]()
        return data
