"""Files that are in force, read anew when they have changed. What cannot be used is told once, and the old ones stay."""

import threading
from abc import abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from stratoscope.settings.mistakes import SettingsError

LOOK_EVERY = 1.0
"""Seconds between two looks at the files: certificates are renewed days before they end."""
Signature = tuple[tuple[Path, int, int, int], ...]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Held(Generic[T]):
    """What was read. `signature`: of `files` before that, so that what changes meanwhile is seen by the next look."""

    files: tuple[Path, ...]
    signature: Signature
    value: T


class Kept(Generic[T]):
    """Raises SettingsError where they cannot be used when it is made."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._held = self._read(None)
        self._looked = clock()
        self._wrong = ""

    def value(self) -> T:
        """What is in force now. Cheap; from any thread."""
        with self._lock:
            if self._clock() - self._looked >= LOOK_EVERY:
                self._looked = self._clock()
                self._look()
            return self._held.value

    @property
    def fine(self) -> bool:
        """Whether what is in force is what is in the files."""
        self.value()
        return not self._wrong

    def _look(self) -> None:
        if signature_of(self._held.files) == self._held.signature and not self._wrong:
            return
        try:
            held = self._read(self._held.value)
        except SettingsError as error:
            if str(error) != self._wrong:  # told once, and tried again until it is right
                self._wrong = str(error)
                self._refused(error)
            return
        self._wrong, self._held = "", held
        self._taken(held.value)

    @abstractmethod
    def _read(self, before: T | None) -> Held[T]:
        """Read them. Raises SettingsError; `before` is what is in force, if anything is."""

    @abstractmethod
    def _taken(self, value: T) -> None:
        """Tell that new ones are in force."""

    @abstractmethod
    def _refused(self, error: SettingsError) -> None:
        """Tell that new ones cannot be used."""


def signature_of(files: Iterable[Path]) -> Signature:
    """Kubernetes swaps a link to the folder, so it is followed; what is gone has no signature, and is new when it is back."""
    found = []
    for path in files:
        try:
            stat = path.stat()
        except OSError:
            continue
        found.append((path, stat.st_ino, stat.st_mtime_ns, stat.st_size))
    return tuple(found)
