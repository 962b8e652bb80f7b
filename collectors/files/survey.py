"""Which files of a rotation set must be read beside those that are named.

They are opened before the first is read: names move on, open files do not.
"""

import os
from collections.abc import Callable, Collection, Iterator

from collectors.files.compression import UnpackError
from collectors.files.identity import LEFT_ALONE, Memory
from collectors.files.reader import Reader
from collectors.files.siblings import FileKey, MovedError, Siblings
from collectors.model import Position

TRIES = 20
"""Looks at a set at most. One takes a millisecond; a set that moves faster than that has to wait for the next sweep."""

Choice = Callable[[Iterator[Reader]], Iterator[Reader]]
"""Of the members of a set, youngest first, those that are wanted; the others it puts aside."""


class Survey:
    """`failed` takes the path of a file that cannot be read, and why."""

    def __init__(self, memory: Memory, siblings: Siblings, failed: Callable[[str, Exception], None]) -> None:
        self._memory = memory
        self._siblings = siblings
        self._failed = failed

    def unread(self, path: str) -> list[Reader] | None:
        """Those that an earlier life has not read to their end, and those younger than the youngest that it knew.

        Oldest first; None if they would not stand still. A last record stays open for a while, so several may have more. Of
        packed ones, which cost a lot to look into, those older than one that has no more are left alone. If none is known,
        those that were known have been rotated away, and all that are there are younger.
        """

        def choose(members: Iterator[Reader]) -> Iterator[Reader]:
            known = False
            for reader in members:
                seen, more = self._memory.at(reader.identity) is not None, reader.has_more()
                wanted = more if seen else not known
                known = known or seen
                if wanted:
                    yield reader
                    continue
                done = seen and reader.packed
                reader.put_aside()
                if done:
                    return

        return self._chosen(path, choose)

    def unseen(self, path: str, readers: Collection[FileKey]) -> list[Reader] | None:
        """Those that were not read, or not to their end, and have no reader. Oldest first; None as above."""

        def choose(members: Iterator[Reader]) -> Iterator[Reader]:
            for reader in members:
                position = self._memory.at(reader.identity)
                done = position is not None and (position.offset >= LEFT_ALONE or not reader.has_more())
                if done or reader.key in readers:
                    reader.put_aside()
                else:
                    yield reader

        return self._chosen(path, choose)

    def leave_alone(self, path: str, live: FileKey | None, named: Collection[FileKey]) -> None:
        """Remember those that are older than the live file (if there is one) and not named: they are not read."""

        def choose(members: Iterator[Reader]) -> Iterator[Reader]:
            older = live is None
            for reader in members:
                if older and reader.key not in named:
                    yield reader
                else:
                    reader.put_aside()
                older = older or reader.key == live

        chosen = self._chosen(path, choose) or ()
        came_meanwhile = live is None and os.path.exists(path)
        for reader in chosen:
            reader.put_aside()
            if not came_meanwhile:
                self._memory.keep(reader.identity, Position(LEFT_ALONE, 1, path))

    def _chosen(self, path: str, choice: Choice) -> list[Reader] | None:
        for attempt in range(TRIES):
            chosen: list[Reader] = []
            try:
                chosen.extend(choice(self._members(path, fresh=attempt > 0)))
            except MovedError:
                for reader in chosen:
                    reader.put_aside()
            else:
                return chosen[::-1]
        return None

    def _members(self, path: str, *, fresh: bool) -> Iterator[Reader]:
        """The files of a rotation set, open and recognised, youngest first. Raises MovedError."""
        name = path if os.path.islink(path) else None
        for member, key in self._siblings.members(path, fresh=fresh):
            try:
                reader = Reader(member, name)
            except FileNotFoundError:
                raise MovedError from None
            except OSError as error:
                self._failed(member, error)
                continue
            if reader.key != key:
                reader.put_aside()
                raise MovedError
            try:
                reader.recognise(self._memory)
            except (OSError, UnpackError) as error:
                self._failed(member, error)
            if reader.identity:
                yield reader
            else:
                reader.put_aside()
        if not self._siblings.unmoved(path):
            raise MovedError
