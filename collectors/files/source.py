"""Logs from files and standard input, as chunks of bytes with their positions.

Nothing here knows what the bytes mean, sleeps, or looks at a clock: the owner calls `poll` again and again.

How following works, sweep by sweep, stands in `collectors.files.following`; who a file is, in `collectors.files.identity`.
"""

import os
import resource
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from collectors.files.compression import UnpackError
from collectors.files.discovery import Wanted, discover, wanted_unless
from collectors.files.following import Follower, Limits
from collectors.files.identity import Memory
from collectors.files.reader import Reader
from collectors.model import Chunk, Position
from collectors.problems import Report, broken, problem_of

CHUNK = 256 * 1024
"""Bytes of a chunk: large enough that the work per chunk does not show, small enough that its events fit the memory budget."""

REFRESH = 1_000
"""Identities first seen after which the positions of all files that are there are given to be remembered again."""

_OWN_SHARE = 4  # of the descriptors that the system allows us, one in so many is for files; sinks and sources need some too


class _Sweeper(Protocol):
    def poll(self) -> Iterator[Chunk]: ...
    def done(self) -> bool: ...
    def streams(self) -> list[int]: ...
    def unread(self) -> int: ...
    def identities(self) -> list[str]: ...
    def close(self) -> None: ...


Remember = Callable[[Mapping[str, Position]], None]
"""Keeps positions for the next life."""


ResourceOf = Callable[[str], Mapping[str, str]]
"""What a path tells of who writes there, as `Chunk.resource`."""


def _keep_nothing(_: Mapping[str, Position]) -> None:
    """For who reads all anew in each life, or keeps positions elsewhere."""


class FileSource:
    """Files, directories, globs and `-` (standard input); gzip, xz and bzip2 are unpacked.

    `follow`: go on after the end, through rotation; else each input is read once, oldest of a rotation set first.
    `positions`: identity -> how far it was read in an earlier life; those files go on from there. What is wrong with an
    input goes to `report`, and the other inputs are read all the same. `remember` gets the positions that are safe.
    `exclude`: globs of paths that are not read. `wanted` says the same in another way, and is asked of the others.
    `resource_of`: what a path tells of the writer.
    """

    def __init__(  # noqa: PLR0913  all but one by keyword
        self,
        paths: Sequence[str],
        *,
        follow: bool,
        report: Report,
        positions: Mapping[str, Position] | None = None,
        remember: Remember = _keep_nothing,
        exclude: Sequence[str] = (),
        wanted: Wanted = lambda _: True,
        resource_of: ResourceOf | None = None,
        chunk: int = CHUNK,
        limits: Limits = Limits(),  # noqa: B008  frozen
    ) -> None:
        memory = Memory(positions or {})
        unless = wanted_unless(exclude)

        def chosen(path: str) -> bool:
            return unless(path) and wanted(path)

        self._resource_of = resource_of
        self._remember = remember
        self._safe = dict(positions or {})
        self._new = 0
        self._sweeper: _Sweeper
        if follow:
            self._sweeper = Follower(paths, memory, report, chunk, _affordable(limits), chosen)
        else:
            self._once = _Once(discover(paths, report, chosen), memory, report, chunk)
            self._sweeper = self._once

    def poll(self) -> Iterator[Chunk]:
        """One sweep over all inputs: what is new in them. Take all of it before the next sweep."""
        resource_of = self._resource_of
        if resource_of is None:
            return self._sweeper.poll()
        return (replace(chunk, resource=resource_of(chunk.path)) for chunk in self._sweeper.poll())

    def done(self) -> bool:
        """Whether nothing will come any more."""
        return self._sweeper.done()

    def streams(self) -> list[int]:
        """The descriptors of open streams, to be waited for with `select` between two sweeps."""
        return self._sweeper.streams()

    def commit(self, positions: Mapping[str, Position]) -> None:
        """All before these positions is safe.

        Who keeps positions forgets the oldest. So now and then the positions of all files that are still there are given
        again: one that was quiet for a year would be read from its beginning otherwise.
        """
        self._new += sum(identity not in self._safe for identity in positions)
        self._safe.update(positions)
        if self._new >= REFRESH:
            self._safe = {identity: self._safe[identity] for identity in self._sweeper.identities() if identity in self._safe}
            self._new = 0
            positions = self._safe
        self._remember(positions)

    def unread(self) -> int:
        """Bytes on disk that were not read yet; looks at every file."""
        return self._sweeper.unread()

    def close(self) -> None:
        """Close the files."""
        self._sweeper.close()

    def progress(self) -> tuple[int, int]:
        """Bytes on disk read so far, and all of them; of streams nothing is known. Only where files are read once."""
        return self._once.progress()


class _Once:
    """Reads each input to its end, one after the other."""

    def __init__(self, paths: list[str], memory: Memory, report: Report, chunk: int) -> None:
        self._paths = paths[::-1]
        self._memory = memory
        self._report = report
        self._chunk = chunk
        self._reader: Reader | None = None
        self._finished = 0
        self._total = sum(map(_size, paths))

    def poll(self) -> Iterator[Chunk]:
        """All that is there; stops early at a stream that has nothing yet, so that the order of the inputs is kept."""
        while self._reader is not None or self._paths:
            reader = self._reader
            if reader is None:
                self._reader = self._open(self._paths.pop())
            elif reader.stream and not reader.is_ready():
                return
            else:
                yield from self._next(reader)

    def done(self) -> bool:
        return self._reader is None and not self._paths

    def streams(self) -> list[int]:
        reader = self._reader
        return [reader.descriptor] if reader and reader.stream and reader.descriptor is not None else []

    def progress(self) -> tuple[int, int]:
        return self._finished + (self._reader.consumed() if self._reader else 0), self._total

    def unread(self) -> int:
        read, total = self.progress()
        return max(0, total - read)

    def identities(self) -> list[str]:
        return [self._reader.identity] if self._reader is not None else []

    def close(self) -> None:
        if self._reader is not None:
            self._reader.put_aside()

    def _open(self, path: str) -> Reader | None:
        try:
            reader = Reader(path)
            reader.recognise(self._memory)
        except UnpackError as error:
            self._report(broken(path, error))
        except OSError as error:
            self._report(problem_of(path, error))
        else:
            return reader
        return None

    def _next(self, reader: Reader) -> Iterator[Chunk]:
        data = b""
        try:
            data = reader.read(self._chunk)
        except BlockingIOError:
            return
        except UnpackError as error:
            self._report(broken(reader.path, error))
        except OSError as error:
            self._report(problem_of(reader.path, error))
        if data:
            yield reader.chunk(data)
            return
        self._finished += reader.consumed()
        self._reader = None
        reader.put_aside()
        if reader.identity:
            yield reader.chunk(b"", ended=True)


def _affordable(limits: Limits) -> Limits:
    """The limits, with no more open files than the system allows us."""
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return replace(limits, max_open=max(1, min(limits.max_open, allowed // _OWN_SHARE)))


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0  # standard input, or it is reported when it is opened
