"""Follow files through rotation, in sweeps that somebody else times.

One sweep:
1. Look what stands at each path (directories and globs are listed again every `rescan` sweeps).
2. Each known file is read to its present end, whatever it is called by now. A file whose name is gone (renamed, deleted) is
   read on for `linger` quiet sweeps, as its writers may not have noticed, and then ends.
3. A file that became shorter, or whose first bytes changed, was truncated (logrotate's copytruncate). If a copy stands
   beside it, what was written between our last read and the truncation is read from there. Then it starts at 0.
4. Rotated files that are not named are looked for where they must exist. When a path is new to us: those that an earlier life
   has not read to their end, and those it has not seen; if there was none, they are older than our first look and are left
   alone. Later, when another file stands under a path than in the sweep before: all that were not read yet, as several may
   have come and gone in between. They are opened before the first is read, as names move on and open files do not.
5. Files not known yet are begun: those seen in an earlier life where their reading stopped, all others at 0. A rotated copy
   of a known file, packed or not, is not read a second time.

What is known of a file are inode, first bytes and what was read; no step looks at the time of day or compares two times of
files, so a clock may jump.

Known limitations: bytes are lost when a file is truncated twice between two sweeps, when it is truncated without a copy, when
a file is deleted before a sweep saw it, and when one is put aside (more than `max_open`) and deleted before it was read to its
end.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from collectors.files.compression import UnpackError
from collectors.files.discovery import STDIN, Wanted, discover
from collectors.files.identity import FINGERPRINT_BYTES, Memory, file_key, inode_of, same_text
from collectors.files.reader import Reader
from collectors.files.rotation import rotation_set
from collectors.files.siblings import FileKey, Siblings
from collectors.files.survey import Survey
from collectors.files.telling import Telling
from collectors.model import Chunk
from collectors.problems import Report, broken, problem_of


@dataclass(frozen=True, slots=True)
class Limits:
    """What bounds the following of files.

    `rescan`: directories and globs are listed every so many sweeps. `linger`: a file without a name ends after so many
    sweeps without news (25 at 0.2 s are 5 s, Fluent Bit's rotate_wait). `max_open`: descriptors kept open; the files that
    were quiet the longest are closed, and opened again when they grow.
    """

    rescan: int = 5
    linger: int = 25
    max_open: int = 256


@dataclass(frozen=True, slots=True)
class _Place:
    """A file that stands somewhere, and what changes when it is written to; a whole status would take 1 KB for each file."""

    path: str
    key: FileKey
    state: tuple[int, int]

    @property
    def size(self) -> int:
        return self.state[0]


class Follower:
    """Follows what `patterns` name and `wanted` wants. See the module."""

    def __init__(
        self, patterns: Sequence[str], memory: Memory, report: Report, chunk: int, limits: Limits, wanted: Wanted
    ) -> None:
        self._patterns = list(patterns)
        self._wanted = wanted
        self._memory = memory
        self._telling = Telling(report, patterns, limits.rescan)
        self._chunk = chunk
        self._limits = limits
        self._siblings = Siblings()
        self._survey = Survey(memory, self._siblings, self._failed)
        self._paths: list[str] = []
        self._named: set[str] = set()
        self._readers: dict[FileKey, Reader] = {}
        self._identities: dict[str, FileKey] = {}
        self._open: dict[FileKey, Reader] = {}  # the quiet ones first
        self._streams: dict[str, Reader] = {}
        self._ended_streams: set[str] = set()
        self._settled: dict[FileKey, tuple[int, int]] = {}
        self._refused: set[FileKey] = set()
        self._stood: dict[str, FileKey | None] = {}  # None: nothing
        self._sweeps = 0

    def poll(self) -> Iterator[Chunk]:
        """One sweep."""
        self._siblings.forget()
        places = self._look()
        self._sweeps += 1
        for reader in list(self._readers.values()):
            yield from self._advance(reader, places.get(reader.key))
        for reader in self._rotated(places):
            yield from self._begin(reader, places)
        for key, place in places.items():
            if key not in self._readers and self._settled.get(key) != place.state and place.size:
                yield from self._begin_at(place, places)
        self._settled = {key: state for key, state in self._settled.items() if key in places}
        for stream in list(self._streams.values()):
            yield from self._advance_stream(stream)

    def done(self) -> bool:
        """Whether only streams were named, and all have ended."""
        return self._sweeps > 0 and all(pattern in self._ended_streams for pattern in self._patterns)

    def streams(self) -> list[int]:
        """The descriptors of open streams."""
        return [reader.descriptor for reader in self._streams.values() if reader.descriptor is not None]

    def unread(self) -> int:
        """Bytes that stand in the files now and were not read yet; packed files are not counted."""
        left = 0
        seen = set()
        for path in self._paths:
            status = _status(path) if path != STDIN else None
            if status is not None and stat.S_ISREG(status.st_mode):
                reader = self._readers.get(file_key(status))
                seen.add(file_key(status))
                settled = file_key(status) in self._settled
                left += max(0, status.st_size - reader.offset) if reader else 0 if settled else status.st_size
        renamed = [reader for key, reader in self._open.items() if key not in seen and reader.descriptor is not None]
        return left + sum(max(0, reader.status().st_size - reader.offset) for reader in renamed)

    def identities(self) -> list[str]:
        """Who is being read, quiet ones too."""
        return list(self._identities)

    def close(self) -> None:
        """Close all files."""
        for reader in (*self._open.values(), *self._streams.values()):
            reader.put_aside()

    # -- what stands where (steps 1 and 4) --------------------------------------------------------------------------------

    def _look(self) -> dict[FileKey, _Place]:
        if self._sweeps % self._limits.rescan == 0:
            found = discover(self._patterns, lambda problem: self._telling.tell(problem, self._sweeps), self._wanted)
            self._paths, self._named = found, set(found)
            self._stood = {path: key for path, key in self._stood.items() if path in self._named}
            self._refused.clear()
        places: dict[FileKey, _Place] = {}
        for path in self._paths:
            if path in self._streams or path in self._ended_streams:
                continue
            try:
                status = os.fstat(0) if path == STDIN else os.stat(path)
            except OSError as error:
                self._failed(path, error)
                continue
            if path == STDIN or stat.S_ISFIFO(status.st_mode) or stat.S_ISCHR(status.st_mode):
                self._begin_stream(path)
            else:
                key = file_key(status)
                places.setdefault(key, _Place(path, key, _state(status)))
        return places

    def _rotated(self, places: dict[FileKey, _Place]) -> Iterator[Reader]:
        """Step 4: the rotated files, not named, that must be read too, open; of each set the oldest first."""
        stands = {place.path: key for key, place in places.items()}
        streams = self._streams.keys() | self._ended_streams
        new = [path for path in self._paths if path not in self._stood and path not in streams]
        for path in {rotation_set(path): path for path in new}.values():
            if self._memory.knows(rotation_set(path)):
                yield from self._survey.unread(path) or ()
            elif not self._named.issuperset(self._siblings.of(path)):
                self._survey.leave_alone(path, stands.get(path), places)
        changed = {path for path, key in self._stood.items() if stands.get(path) != key}
        for name, path in {rotation_set(path): path for path in changed}.items():
            unseen = self._survey.unseen(path, self._readers)
            yield from unseen or ()
            if unseen is None:  # the next sweep looks again
                changed -= {path for path in changed if rotation_set(path) == name}
        self._stood |= {path: stands.get(path) for path in (*new, *changed)}

    # -- reading (steps 2, 3 and 5) ---------------------------------------------------------------------------------------

    def _advance(self, reader: Reader, place: _Place | None) -> Iterator[Chunk]:
        """Steps 2 and 3 for one known file; `place` is where it stands now, if anywhere."""
        before = reader.offset
        try:
            yield from self._news(reader, place)
        except (OSError, UnpackError) as error:
            self._failed(reader.path, error)
            yield from self._end(reader)
        reader.quiet = 0 if reader.offset != before else reader.quiet + 1
        if place is None and reader.quiet > self._limits.linger:
            yield from self._end(reader)

    def _news(self, reader: Reader, place: _Place | None) -> Iterator[Chunk]:
        if reader.descriptor is None:
            if place is not None and place.size == reader.offset:
                return
            if not self._take_up(reader, place):
                yield from self._end(reader)
                return
            self._touch(reader)
        size = place.size if place else reader.status().st_size
        if size == reader.offset:
            return
        self._touch(reader)
        if size < reader.offset or not reader.is_same():
            yield from self._rest_from_copy(reader)
            yield from self._end(reader)
        else:
            yield from reader.chunks(self._chunk, size)

    def _take_up(self, reader: Reader, place: _Place | None) -> bool:
        paths = [place.path] if place else self._siblings.of(reader.path)
        return any((status := _status(path)) and file_key(status) == reader.key and reader.take_up(path) for path in paths)

    def _touch(self, reader: Reader) -> None:
        self._open.pop(reader.key, None)
        self._open[reader.key] = reader
        while len(self._open) > self._limits.max_open:
            self._open.pop(next(iter(self._open))).put_aside()

    def _end(self, reader: Reader) -> Iterator[Chunk]:
        """Close a file for good, once."""
        if self._readers.pop(reader.key, None) is not None:
            self._open.pop(reader.key, None)
            self._identities.pop(reader.identity, None)
            self._memory.keep(reader.identity, reader.position())
            reader.put_aside()
            yield reader.chunk(b"", ended=True)

    def _rest_from_copy(self, reader: Reader) -> Iterator[Chunk]:
        """Of a truncated file: what its copy has more than we read."""
        self._memory.keep(reader.identity, reader.position())
        for path in self._siblings.of(reader.path, fresh=True):
            copy = self._recognised(path, reader.path)
            if copy is None:
                continue
            if copy.identity == reader.identity and copy.key != reader.key:
                yield from copy.chunks(self._chunk)
                reader.offset, reader.line = copy.offset, copy.line
                copy.put_aside()
                return
            copy.put_aside()

    def _begin_at(self, place: _Place, places: dict[FileKey, _Place]) -> Iterator[Chunk]:
        """Step 5 for the file that stands at a place."""
        if place.key in self._refused:
            return
        reader = self._recognised(place.path)
        if reader is None or not reader.identity:
            if place.key not in self._refused:
                self._settled[place.key] = place.state
        elif reader.key != place.key:
            reader.put_aside()  # it was renamed just now: the next sweep takes both, the older one first
        else:
            yield from self._begin(reader, places)

    def _begin(self, reader: Reader, places: dict[FileKey, _Place]) -> Iterator[Chunk]:
        """Step 5 for one file, which is open."""
        if reader.key in self._readers or not self._recognise(reader):  # renamed to this name just now; or a copy of one begun
            reader.put_aside()
            return
        state = reader.status()
        self._telling.fine(reader.path)
        if self._is_covered(reader, places):
            self._settled[reader.key] = _state(state)
            reader.put_aside()
            return
        self._readers[reader.key] = reader
        self._identities[reader.identity] = reader.key
        self._memory.keep(reader.identity, reader.position())  # so that copies of it are known
        self._touch(reader)
        try:
            yield from reader.chunks(self._chunk, None if reader.packed else state.st_size)
        except (OSError, UnpackError) as error:
            self._failed(reader.path, error)
            yield from self._end(reader)
        if reader.packed:
            self._settled[reader.key] = _state(state)
            yield from self._end(reader)

    def _is_covered(self, reader: Reader, places: dict[FileKey, _Place]) -> bool:
        """Whether this is a copy of a file that is itself still there and read."""
        if reader.identity in self._identities:
            return True
        inode = inode_of(reader.identity)
        if inode == reader.key[1]:
            return False
        originals = [place.path for key, place in places.items() if key[1] == inode]
        return any(same_text(reader.identity, _head(path)) for path in originals)

    def _recognised(self, path: str, name: str | None = None) -> Reader | None:
        """The file at `path`, open; None if it cannot be read."""
        try:
            reader = Reader(path, name)
        except OSError as error:
            self._failed(path, error)
            if (status := _status(path)) is not None:
                self._refused.add(file_key(status))  # tried again when the folders are listed: rights may change
            return None
        if self._recognise(reader):
            return reader
        reader.put_aside()
        return None

    def _recognise(self, reader: Reader) -> bool:
        try:
            reader.recognise(self._memory)
        except (OSError, UnpackError) as error:
            self._failed(reader.path, error)
            return False
        return True

    def _failed(self, path: str, error: Exception) -> None:
        problem = problem_of(path, error) if isinstance(error, OSError) else broken(path, error)
        self._telling.tell(problem, self._sweeps)

    # -- streams --------------------------------------------------------------------------------------------------------

    def _begin_stream(self, path: str) -> None:
        reader = self._recognised(path)
        if reader is None:
            self._ended_streams.add(path)
        else:
            self._streams[path] = reader

    def _advance_stream(self, reader: Reader) -> Iterator[Chunk]:
        if not reader.is_ready():
            return
        try:
            data = reader.read(self._chunk)
        except BlockingIOError:
            return
        except (OSError, UnpackError) as error:
            self._failed(reader.path, error)
            data = b""
        if not data:
            del self._streams[reader.path]
            self._ended_streams.add(reader.path)
            reader.put_aside()
        yield reader.chunk(data, ended=not data)


def _state(status: os.stat_result) -> tuple[int, int]:
    """What changes when a file is written to."""
    return status.st_size, status.st_mtime_ns


def _status(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except OSError:
        return None  # renamed or deleted just now: not here


def _head(path: str) -> bytes:
    try:
        with open(path, "rb", buffering=0) as file:
            return file.read(FINGERPRINT_BYTES)
    except OSError:
        return b""  # it went away, so it is not what we look for
