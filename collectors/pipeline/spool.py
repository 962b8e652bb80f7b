"""Batches on disk, oldest first out: what a sink has not taken yet survives a crash, and memory stays small.

    folder/00000001.spool ...   segments: a first line with the version, then frames, each a batch with length and checksum
    folder/cursor.json          up to where the sink has taken them

1. `append` writes frames and returns after fsync: from then on their batches are safe.
2. `head` gives the oldest batch, again and again until `advance` says that it is done with. The cursor is written then,
   without fsync: what a crash of the machine takes back is sent again, and known by its ids.
3. A segment that was taken to its end is deleted. Beyond the bound `drop_oldest` deletes the oldest one unread.
4. At start the lengths of the frames are read. One that was not written to its end was never told to be safe, and is left
   out; so is what stands behind it, which is nothing, as each start begins a new segment.

Known limitations: the far side may get the last batch before a crash twice, with equal ids. A frame that a bad disk has
changed is left out and counted as lost; if its length was changed too, the rest of its segment goes with it.
"""

import os
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zlib import crc32

import orjson

from collectors.atomic import sync_folder, write_all, write_atomically
from collectors.model import Position
from collectors.pipeline.batches import Batch, Moved
from parsers.json_lines import dumped

HEADER = b"stratoscope spool 1\n"
"""The first line of a segment; the number is the version of what follows."""
SEGMENT = 2 << 20
"""Bytes from which on a new segment is begun. Dropping goes by segments, so it is small against any bound."""
_FRAME = struct.Struct(">IIII")
"""Length and CRC-32 of what follows, number of events, number of the batch."""
_SUFFIX = ".spool"
_CURSOR = "cursor.json"


class SpoolVersionError(Exception):
    """The folder was written by another version; the text says what to do."""


@dataclass(slots=True)
class _Segment:
    """`read` is where the next frame to be taken begins; `events` counts those from there on."""

    number: int
    path: str
    size: int = len(HEADER)
    read: int = len(HEADER)
    events: int = 0


class Spool:
    """The spool of one sink in `folder`. Not to be used by two threads at once; its outbox sees to that.

    `lost` gets the number of events that a bad disk has cost. Methods raise OSError, the constructor SpoolVersionError too.
    """

    def __init__(self, folder: str, lost: Callable[[int], None], segment: int = SEGMENT) -> None:
        self._folder = folder
        self._lost = lost
        self._segment_bytes = segment
        self._writing: int | None = None
        os.makedirs(folder, mode=0o700, exist_ok=True)
        number, offset = self._cursor()
        self._segments = self._recovered(number, offset)
        self._next = max(number, *(segment.number for segment in self._segments), 0) + 1

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(segment.size for segment in self._segments)

    @property
    def events(self) -> int:
        """Events that wait."""
        return sum(segment.events for segment in self._segments)

    def __bool__(self) -> bool:
        return any(segment.read < segment.size for segment in self._segments)

    def append(self, batches: Sequence[Batch]) -> None:
        """Add batches at the end; they are safe when this returns. Raises OSError, and then none of them is in it."""
        frames = b"".join(map(_frame, batches))
        if self._writing is None or self._segments[-1].size >= self._segment_bytes:
            self._begin()
        segment, writing = self._segments[-1], self._writing or 0
        try:
            write_all(writing, frames)
            os.fdatasync(writing)
        except OSError:
            self._take_back(segment, writing)
            raise
        segment.size += len(frames)
        segment.events += sum(len(batch.events) for batch in batches)

    def head(self) -> Batch | None:
        """The oldest batch, None if there is none."""
        while self:
            segment = self._segments[0]
            try:
                length, checksum, events, number = _header(segment)
            except FileNotFoundError:
                self._give_up(segment)
                continue
            with open(segment.path, "rb", buffering=0) as file:
                body = os.pread(file.fileno(), length, segment.read + _FRAME.size)
            if crc32(body) == checksum:
                return _batch(body, number)
            self._lost(events)
            self.advance()
        return None

    def advance(self) -> None:
        """The head is done with."""
        segment = self._segments[0]
        length, _, events, _ = _header(segment)
        segment.read += _FRAME.size + length
        segment.events -= events
        if segment.read >= segment.size:
            self._remove(segment)
        self._keep_cursor(segment)

    def drop_oldest(self, *, keep_head: bool) -> int:
        """Delete the oldest segment, or with `keep_head` the next one; the number of events that went with it, 0 for none."""
        if len(self._segments) < 2:
            return 0
        segment = self._segments[1 if keep_head else 0]
        self._remove(segment)
        if not keep_head:
            self._keep_cursor(segment)
        return segment.events

    def close(self) -> None:
        """Close the file that is written."""
        if self._writing is not None:
            os.close(self._writing)
            self._writing = None

    def _begin(self) -> None:
        self.close()
        path = os.path.join(self._folder, f"{self._next:08}{_SUFFIX}")
        writing = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            write_all(writing, HEADER)
            sync_folder(self._folder)
        except OSError:
            os.close(writing)
            os.unlink(path)
            raise
        self._writing = writing
        self._segments.append(_Segment(self._next, path))
        self._next += 1

    def _take_back(self, segment: _Segment, writing: int) -> None:
        """Cut off frames that could not be written. Where not even that works, go on in another segment."""
        try:
            os.ftruncate(writing, segment.size)
            os.lseek(writing, segment.size, os.SEEK_SET)
        except OSError:
            self.close()
        if segment.size == len(HEADER):
            self._remove(segment)

    def _remove(self, segment: _Segment) -> None:
        if segment is self._segments[-1]:
            self.close()
        self._segments.remove(segment)
        os.unlink(segment.path)

    def _give_up(self, segment: _Segment) -> None:
        """Somebody has deleted the segment."""
        self._lost(segment.events)
        self._segments.remove(segment)

    def _keep_cursor(self, segment: _Segment) -> None:
        cursor = {"version": 1, "segment": segment.number, "offset": segment.read}
        write_atomically(os.path.join(self._folder, _CURSOR), orjson.dumps(cursor), sync=False)

    def _cursor(self) -> tuple[int, int]:
        try:
            with open(os.path.join(self._folder, _CURSOR), "rb") as file:
                cursor = orjson.loads(file.read())
            return int(cursor["segment"]), int(cursor["offset"])
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return 0, 0  # none yet, or unreadable after a crash: all is sent again, and known by its ids

    def _recovered(self, number: int, offset: int) -> list[_Segment]:
        """The segments on disk, from the cursor on; what was taken is deleted."""
        found = []
        for name in sorted(os.listdir(self._folder)):
            stem, suffix = os.path.splitext(name)
            if suffix != _SUFFIX or not stem.isdigit():
                continue
            segment = _Segment(int(stem), os.path.join(self._folder, name))
            _scan(segment, offset if segment.number == number else 0)
            if segment.number < number or segment.read >= segment.size:
                os.unlink(segment.path)
            else:
                found.append(segment)
        return found


def _header(segment: _Segment) -> tuple[int, int, int, int]:
    """Length, checksum, events and batch number of the next frame. Raises OSError."""
    with open(segment.path, "rb", buffering=0) as file:
        header = os.pread(file.fileno(), _FRAME.size, segment.read)
    if len(header) < _FRAME.size:
        raise FileNotFoundError(f"{segment.path} became shorter while it was used; leave the folder of the spool alone")
    length, checksum, events, number = _FRAME.unpack(header)
    return length, checksum, events, number


def _scan(segment: _Segment, taken: int) -> None:
    """Find where the frames of a segment end, and the events behind byte `taken`. Raises SpoolVersionError."""
    segment.read = max(taken, len(HEADER))
    with open(segment.path, "rb") as file:
        header = file.readline(64)
        if header != HEADER and not HEADER.startswith(header):  # a crash may have come before the first line was whole
            text = f"{segment.path} was written by another version of stratoscope; let that one send it, or remove it"
            raise SpoolVersionError(text)
        whole = os.fstat(file.fileno()).st_size
        while len(frame := os.pread(file.fileno(), _FRAME.size, segment.size)) == _FRAME.size:
            length, _, events, _ = _FRAME.unpack(frame)
            if segment.size + _FRAME.size + length > whole:
                return
            if segment.size >= segment.read:
                segment.events += events
            segment.size += _FRAME.size + length


def _frame(batch: Batch) -> bytes:
    moved = [(one.source, one.identity, one.stream, *_at(one.position)) for one in batch.moved]
    lines = [orjson.dumps({"moved": moved, "weight": batch.weight}), *map(dumped, batch.events)]
    body = b"\n".join(lines)
    return _FRAME.pack(len(body), crc32(body), len(batch.events), batch.number & 0xFFFFFFFF) + body


def _batch(body: bytes, number: int) -> Batch:
    head, *lines = body.split(b"\n")
    told = orjson.loads(head)
    moved = tuple(Moved(source, identity, stream, Position(*at)) for source, identity, stream, *at in told["moved"])
    return Batch(number, list(map(orjson.loads, lines)), moved, told["weight"], 0.0)


def _at(position: Position) -> tuple[int, int, str]:
    return position.offset, position.line, position.path
