"""The folder of an agent's state, held by one process at a time."""

import fcntl
import os
from pathlib import Path
from typing import Self

from collectors.positions import Positions, PositionsError
from stratoscope.errors import StratoscopeError


class State:
    """The folder at `path`: made if it is not there, and locked until `close`. Raises StratoscopeError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            what = (error.strerror or str(error)).lower()
            text = f"state {path} cannot be written: {what}; name a folder that user {os.geteuid()} may use"
            raise StratoscopeError(text) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            raise StratoscopeError(f"state {path} is used by another process; give each its own `state`") from None
        self.warning: str | None = None
        """What was found damaged, and what that costs."""
        self.positions = Positions(str(path / "positions.json"))
        try:
            self.warning = self.positions.load()
        except PositionsError as error:
            self.close()
            raise StratoscopeError(str(error)) from error

    def close(self) -> None:
        """Let another process have it."""
        os.close(self._lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
