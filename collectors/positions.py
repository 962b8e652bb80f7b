"""How far each stream was read and delivered, in a file that survives `kill -9` at any moment.

One JSON object: `{"version": 1, "positions": {identity: [offset, line, path], ...}}`, written to a temporary file, synced,
and renamed over the older one: a reader finds the one or the other, whole. A temporary file that a crash left behind means
nothing and is overwritten.

Known limitations: what was acknowledged in the last `interval` before a crash is read and sent again. Only the youngest
`bound` positions are kept; a file whose position was forgotten is read from its beginning when it is seen again.
"""

import os
import time
from collections.abc import Mapping

import orjson

from collectors.atomic import write_atomically
from collectors.model import Position

VERSION = 1
BOUND = 10_000
"""Positions kept: some 100 bytes each in the file, which is written anew each time."""
INTERVAL = 0.2
"""Seconds between two writings at least. The fsync costs little of that on any disk."""
_SHARE = 20
"""After a writing that took long (many files, a slow disk), wait so many times as long."""


class PositionsError(Exception):
    """The file is there but cannot be used; the text says why and what to do."""


class Positions:
    """The positions file at `path`, "" for none: then they live only as long as the process."""

    def __init__(self, path: str, *, interval: float = INTERVAL, bound: int = BOUND) -> None:
        self.path = path
        self.written: float | None = None
        """When the file was last written, epoch seconds."""
        self._interval = interval
        self._bound = bound
        self._positions: dict[str, Position] = {}
        self._changed = False
        self._due = 0.0

    def load(self) -> str | None:
        """Read the file, if there is one.

        A line to be told where it was damaged: it is set aside as `PATH.broken`, and all files are read from their beginnings.
        Raises PositionsError where it must not be touched.
        """
        try:
            with open(self.path, "rb") as file:
                data = file.read()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise PositionsError(f"{self.path}: {(error.strerror or str(error)).lower()}; it holds what was read") from error
        try:
            document = orjson.loads(data)
            version = document["version"]
            if version == VERSION:
                self._positions = {key: _position(value) for key, value in document["positions"].items()}
                return None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            aside = f"{self.path}.broken"
            os.replace(self.path, aside)
            what = f"{self.path} is damaged ({error}) and now called {aside}"
            return f"{what}; all files are read from their beginnings, and what was sent before is sent again with equal ids"
        raise PositionsError(
            f"{self.path} has version {version!r}, this stratoscope writes {VERSION}; update it, or remove the file"
        )

    def all(self) -> dict[str, Position]:
        """Identity -> position."""
        return dict(self._positions)

    def note(self, positions: Mapping[str, Position]) -> None:
        """All before these positions is safe. They are on disk after the next `write`."""
        for identity, position in positions.items():
            self._positions.pop(identity, None)
            self._positions[identity] = position  # the youngest last
        while len(self._positions) > self._bound:
            del self._positions[next(iter(self._positions))]
        self._changed = True

    def write(self, now: float, *, at_once: bool = False) -> bool:
        """Write the file if there is news and it is time (`now` in seconds, any origin); whether that was done.

        Raises OSError; the file is then as it was, and the next call tries again after a while.
        """
        if not self._changed or not self.path or (now < self._due and not at_once):
            return False
        begun = time.monotonic()
        self._due = now + self._interval
        positions = {identity: (at.offset, at.line, at.path) for identity, at in self._positions.items()}
        write_atomically(self.path, orjson.dumps({"version": VERSION, "positions": positions}))
        self._changed = False
        self._due = now + max(self._interval, (time.monotonic() - begun) * _SHARE)
        self.written = time.time()
        return True


def _position(value: list[object]) -> Position:
    offset, line, path = value
    if not isinstance(offset, int) or not isinstance(line, int) or not isinstance(path, str) or offset < 0:
        raise ValueError(f"{value} is no position")
    return Position(offset, line, path)
