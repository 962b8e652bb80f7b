"""Follow files through rotation, in sweeps that somebody else times.

One sweep:
1. Look what stands at each path (directories and globs are listed again every `rescan` sweeps).
2. Each known file is read to its present end, whatever it is called by now. A file whose name is gone (renamed, deleted) is
   read on for `linger` quiet sweeps, as its writers may not have noticed, and then ends.
3. A file that became shorter, or whose first bytes changed, was truncated (logrotate's copytruncate). If a copy stands
   beside it, what was written between our last read and the truncation is read from there. Then it starts at 0.
4. Files not known yet are begun: those seen in an earlier life where their reading stopped, all others at 0. A rotated copy
   of a known file, packed or not, is not read a second time.

Step 4 also takes rotated files that are not named. When a name is new to us: those that an earlier life has not read to their
end, and those younger than the youngest it knew. Later, when another file stands under a name than in the sweep before: those
younger than the one that stood there, as several may have come and gone in between.

Known limitations: bytes are lost when a file is truncated twice between two sweeps, when it is truncated without a copy, and
when a file is put aside (more than `max_open`) and deleted before it was read to its end.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from collectors.files.compression import UnpackError
from collectors.files.discovery import STDIN, discover
from collectors.files.identity import FINGERPRINT_BYTES, Memory, file_key, inode_of, same_text
from collectors.files.reader import Reader
from collectors.files.rotated import FileKey, Rotated
from collectors.model import Chunk
from collectors.problems import Problem, Report, broken, problem_of


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
    path: str
    status: os.stat_result


class Follower:
    """Follows what `patterns` name. See the module."""

    def __init__(
        self,
        patterns: Sequence[str],
        memory: Memory,
        report: Report,
        chunk: int,
        limits: Limits,
        exclude: Sequence[str] = (),
    ) -> None:
        self._patterns = list(patterns)
        self._exclude = exclude
        self._memory = memory
        self._report = report
        self._chunk = chunk
        self._limits = limits
        self._paths: list[str] = []
        self._readers: dict[FileKey, Reader] = {}
        self._open: dict[FileKey, Reader] = {}  # the quiet ones first
        self._streams: dict[str, Reader] = {}
        self._ended_streams: set[str] = set()
        self._settled: dict[FileKey, tuple[int, int]] = {}
        self._told: dict[str, str] = {}
        self._rotated = Rotated(memory, self._recognised)
        self._sweeps = 0

    def poll(self) -> Iterator[Chunk]:
        """One sweep."""
        places = self._look()
        for reader in list(self._readers.values()):
            yield from self._advance(reader, places.get(reader.key))
        standing = {place.path: key for key, place in places.items()}
        rotated = self._rotated.found(self._paths, standing, self._readers)
        self._sweeps += 1
        for reader in rotated:
            yield from self._begin(reader, places)
        for key, place in places.items():
            if key not in self._readers and self._settled.get(key) != _state(place.status) and place.status.st_size:
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

    def close(self) -> None:
        """Close all files."""
        for reader in (*self._open.values(), *self._streams.values()):
            reader.put_aside()

    def _look(self) -> dict[FileKey, _Place]:
        if self._sweeps % self._limits.rescan == 0:
            self._paths = discover(self._patterns, self._tell, self._exclude)
        places: dict[FileKey, _Place] = {}
        for path in self._paths:
            if path in self._streams or path in self._ended_streams:
                continue
            try:
                status = os.fstat(0) if path == STDIN else os.stat(path)
            except OSError as error:
                self._tell(problem_of(path, error))
                continue
            if path == STDIN or stat.S_ISFIFO(status.st_mode) or stat.S_ISCHR(status.st_mode):
                self._begin_stream(path)
            else:
                places.setdefault(file_key(status), _Place(path, status))
        return places

    def _begin_stream(self, path: str) -> None:
        reader = self._recognised(path)
        if reader is None:
            self._ended_streams.add(path)
        else:
            self._streams[path] = reader

    def _tell(self, problem: Problem) -> None:
        """Report a problem once, not in every sweep. What does not exist may yet come."""
        if self._told.get(problem.path) == problem.what:
            return
        self._told[problem.path] = problem.what
        missing = problem.what in {"does not exist", "no file matches"} or problem.what.startswith("holds no log file")
        self._report(replace(problem, advice="waiting for it", lasting=False) if missing else problem)

    def _failed(self, path: str, error: Exception) -> None:
        self._tell(problem_of(path, error) if isinstance(error, OSError) else broken(path, error))

    def _advance(self, reader: Reader, place: _Place | None) -> Iterator[Chunk]:
        """Steps 2 and 3 for one known file; `place` is where it stands now, if anywhere."""
        before = reader.offset
        try:
            yield from self._news(reader, place)
        except OSError as error:
            self._failed(reader.path, error)
            yield from self._end(reader)
        reader.quiet = 0 if reader.offset != before else reader.quiet + 1
        if place is None and reader.quiet > self._limits.linger:
            yield from self._end(reader)

    def _news(self, reader: Reader, place: _Place | None) -> Iterator[Chunk]:
        if reader.descriptor is None:
            if place is not None and place.status.st_size == reader.offset:
                return
            if not self._take_up(reader, place):
                yield from self._end(reader)
                return
        size = (place.status if place else reader.status()).st_size
        if size == reader.offset:
            return
        self._touch(reader)
        if size < reader.offset or not reader.is_same():
            yield from self._rest_from_copy(reader)
            yield from self._end(reader)
        else:
            yield from reader.chunks(self._chunk, size)

    def _take_up(self, reader: Reader, place: _Place | None) -> bool:
        paths = [place.path] if place else self._rotated.siblings(reader.path)
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
            self._memory.keep(reader.identity, reader.position())
            reader.put_aside()
            yield reader.chunk(b"", ended=True)

    def _rest_from_copy(self, reader: Reader) -> Iterator[Chunk]:
        """Of a truncated file: what its copy has more than we read."""
        self._memory.keep(reader.identity, reader.position())
        for path in self._rotated.siblings(reader.path):
            copy = self._recognised(path)
            if copy is None:
                continue
            if copy.identity == reader.identity and copy.key != reader.key:
                copy.path = reader.path
                yield from copy.chunks(self._chunk)
                reader.offset, reader.line = copy.offset, copy.line
                copy.put_aside()
                return
            copy.put_aside()

    def _recognised(self, path: str) -> Reader | None:
        reader = None
        try:
            reader = Reader(path)
            reader.recognise(self._memory)
        except (OSError, UnpackError) as error:
            self._failed(path, error)
            if reader is not None:
                reader.put_aside()
            return None
        return reader

    def _begin_at(self, place: _Place, places: dict[FileKey, _Place]) -> Iterator[Chunk]:
        """Step 4 for the file that stands at a place."""
        reader = self._recognised(place.path)
        if reader is None or not reader.identity:
            self._settled[file_key(place.status)] = _state(place.status)
        elif reader.key != file_key(place.status):
            reader.put_aside()  # it was renamed just now: the next sweep takes both, the older one first
        else:
            yield from self._begin(reader, places)

    def _begin(self, reader: Reader, places: dict[FileKey, _Place]) -> Iterator[Chunk]:
        """Step 4 for one file, which is open."""
        if reader.key in self._readers:  # it was renamed to this name just now
            reader.put_aside()
            return
        state = reader.status()
        self._told.pop(reader.path, None)
        if self._is_covered(reader, places):
            self._settled[reader.key] = _state(state)
            reader.put_aside()
            return
        self._readers[reader.key] = reader
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
        if any(other.identity == reader.identity for other in self._readers.values()):
            return True
        inode = inode_of(reader.identity)
        originals = [place.path for key, place in places.items() if key[1] == inode and key != reader.key]
        return any(same_text(reader.identity, _head(path)) for path in originals)

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
