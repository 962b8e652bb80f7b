"""Rotated files that nobody named but that must be read: what was written to a live file and renamed before it was seen.

They are given as open readers, oldest first: while rotation goes on, a name means one file now and another one in a moment.
"""

import os
import time
from collections.abc import Callable, Container, Iterator, Mapping, Sequence

from collectors.files.identity import Memory
from collectors.files.reader import Reader
from collectors.files.rotation import age, rotation_set

FileKey = tuple[int, int]
Open = Callable[[str], Reader | None]
"""Opens a file and finds out who it is; None where it cannot be read, which was reported."""

_SETTLED = 0.05
"""Seconds after which a folder's time of change tells of every change: the kernel's clock goes in steps of 4 ms and more."""


class Rotated:
    """Finds them, sweep by sweep."""

    def __init__(self, memory: Memory, open_file: Open) -> None:
        self._memory = memory
        self._open = open_file
        self._listings: dict[str, tuple[int, dict[tuple[str, str], list[str]]]] = {}
        self._caught_up: set[str] = set()
        self._stood: dict[str, FileKey] = {}

    def found(self, paths: Sequence[str], standing: Mapping[str, FileKey], read: Container[FileKey]) -> list[Reader]:
        """The ones to begin in this sweep.

        `paths` are all that are named; `standing` which file stands at each now; `read` those that are being read.
        """
        self._listings.clear()
        found: list[Reader] = []
        begun = [path for path in paths if path not in self._caught_up]
        for live in {rotation_set(path): path for path in begun if self._memory.knows(rotation_set(path))}.values():
            found += self._unread(live)
        for path, key in standing.items():
            if self._stood.get(path, key) != key:
                found += self._missed(path, self._stood[path], read)
        self._caught_up.update(begun)
        self._stood |= standing
        if len(self._caught_up) > len(paths):
            self._caught_up.intersection_update(paths)
            self._stood = {path: key for path, key in self._stood.items() if path in self._caught_up}
        return found

    def siblings(self, path: str) -> list[str]:
        """The other members of a path's rotation set, youngest first."""
        directory = os.path.dirname(path) or "."
        try:
            changed = os.stat(directory).st_mtime_ns
            known = self._listings.get(directory)
            if known is None or known[0] != changed or time.time_ns() - changed < _SETTLED * 1e9:
                known = self._listings[directory] = changed, _sets_in(directory)
        except OSError:
            return []  # the directory went away with the file; nothing is beside it
        set_directory, name = rotation_set(path)
        members = known[1].get((directory, name), ())
        return [own for other in members if (own := os.path.join(set_directory, os.path.basename(other))) != path]

    def _unread(self, live: str) -> list[Reader]:
        """Of a rotation set: the files that are known and have more, and those younger than the youngest known one.

        A last record stays open for a while, so several may have more. Of packed ones, which cost a lot to look into, those
        older than one that has no more are left alone.
        """
        unread: dict[FileKey, Reader] = {}
        known = False
        for reader in self._members(live, [live]):
            seen, more = self._memory.at(reader.identity) is not None, reader.has_more()
            if reader.key not in unread and ((seen and more) or not (seen or known)):
                unread[reader.key] = reader
            else:
                reader.put_aside()
            known = known or seen
            if seen and reader.packed and not more:
                break
        return _chosen(unread, wanted=known)

    def _missed(self, live: str, last: FileKey, read: Container[FileKey]) -> list[Reader]:
        """Of a name under which another file stands now: those that had it since `last` did, never seen by a sweep."""
        missed: dict[FileKey, Reader] = {}
        for reader in self._members(live, []):
            if reader.key in read or reader.key in missed or self._memory.at(reader.identity) is not None:
                reader.put_aside()
            else:
                missed[reader.key] = reader
            if reader.key == last:
                return _chosen(missed, wanted=True)
        return _chosen(missed, wanted=False)  # it was deleted: what is older cannot be told from what is younger

    def _members(self, live: str, first: list[str]) -> Iterator[Reader]:
        """The files of a rotation set, open, youngest first. Rotation may go on meanwhile: names that come up are taken too."""
        paths, seen = [*first, *self.siblings(live)], {live}
        while paths:
            for path in paths:
                seen.add(path)
                if os.path.exists(path) and (reader := self._open(path)) is not None:
                    if reader.identity:
                        yield reader
                    else:
                        reader.put_aside()
            paths = [path for path in self.siblings(live) if path not in seen]


def _sets_in(directory: str) -> dict[tuple[str, str], list[str]]:
    """The rotation sets in a directory, each youngest first."""
    sets: dict[tuple[str, str], list[str]] = {}
    for name in os.listdir(directory):
        path = os.path.join(directory, name)
        sets.setdefault(rotation_set(path), []).append(path)
    return {key: sorted(paths, key=age, reverse=True) for key, paths in sets.items()}


def _chosen(found: dict[FileKey, Reader], *, wanted: bool) -> list[Reader]:
    """Readers found youngest first as oldest first, or none of them."""
    if wanted:
        return list(found.values())[::-1]
    for reader in found.values():
        reader.put_aside()
    return []
