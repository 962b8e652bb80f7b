"""A check that does as a file says, which a test may write while it runs: `fine`, `silent 7`, `hang`, `raise`, a line each."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from clients.model import Deadline
from parsers.secret import Secret
from probes.model import Context, Evidence, Finding

MAIN = {"main_pid": 7.0, "main_started": 77.0}
"""By which the judge knows it again after a restart."""


@dataclass(frozen=True, slots=True)
class Settings:
    path: Path = Path("/nonexistent")
    word: str = ""
    secret: Secret | None = None
    limit: float = 1.0

    def mistakes(self) -> Iterator[tuple[str, str]]:
        if self.limit < 0:
            yield "limit", "must not be negative"


class Told:
    """Where there is no file, it is fine."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self._path = settings.path
        self._known = f"{context.service} on {context.host}"

    def look(self, deadline: Deadline) -> Iterator[Evidence]:
        for line in self._lines():
            word, _, about = line.partition(" ")
            if word == "hang":
                while True:
                    time.sleep(3600)
            if word == "raise":
                raise RuntimeError("a fault of ours")
            yield Evidence("", Finding(word), 0.0, f"the file says {word}", about=about, figures=MAIN)

    def _lines(self) -> list[str]:
        try:
            return self._path.read_text().splitlines() or ["fine"]
        except FileNotFoundError:
            return ["fine"]

    def close(self) -> None:
        """Nothing is kept."""


def make(settings: Settings, context: Context) -> Told:
    return Told(settings, context)


def tell(path: Path, *lines: str) -> None:
    """In one piece: a check may read it at any moment."""
    beside = path.with_suffix(".new")
    beside.write_text("".join(f"{line}\n" for line in lines))
    beside.rename(path)
