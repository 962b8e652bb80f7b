"""Helpers of the tests about files: a source that tells its problems, and what it gave, by input."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from collectors.files.following import Limits
from collectors.files.source import FileSource
from collectors.model import Position
from collectors.problems import Problem

if TYPE_CHECKING:
    from collectors.model import Chunk

LINE = "2026-11-23 03:33:01.{:03d} 32594 INFO nova.compute.manager [-] line {} of {}\n"

IMPATIENT = Limits(rescan=1, linger=1)


def lines(first: int, last: int, of: str = "a file") -> bytes:
    return b"".join(LINE.format(number % 1000, number, of).encode() for number in range(first, last + 1))


class Watched:
    """A FileSource, with all it gave and all it complained about."""

    def __init__(
        self,
        *paths: Path | str,
        follow: bool = False,
        positions: Mapping[str, Position] | None = None,
        chunk: int = 1000,
        limits: Limits = IMPATIENT,
    ) -> None:
        self.problems: list[Problem] = []
        self.chunks: list[Chunk] = []
        self.source = FileSource(
            [str(path) for path in paths],
            follow=follow,
            report=self.problems.append,
            positions=positions,
            chunk=chunk,
            limits=limits,
        )

    def poll(self) -> bytes:
        """One sweep: the bytes it gave."""
        new = list(self.source.poll())
        self.chunks += new
        return b"".join(chunk.data for chunk in new)

    def text(self, path: Path | str | None = None) -> bytes:
        return b"".join(chunk.data for chunk in self.chunks if path is None or chunk.path == str(path))

    def ended(self) -> list[str]:
        return [chunk.path for chunk in self.chunks if chunk.ended]

    def order(self) -> list[str]:
        return list(dict.fromkeys(Path(chunk.path).name for chunk in self.chunks))

    def positions(self) -> dict[str, Position]:
        """What an owner would have stored by now."""
        stored: dict[str, Position] = {}
        for chunk in self.chunks:
            line = chunk.line + chunk.data.count(b"\n")
            stored[chunk.identity] = Position(chunk.offset + len(chunk.data), line, chunk.path)
        return stored


def complaints(problems: Sequence[Problem]) -> list[str]:
    return [str(problem) for problem in problems]


def let_others_pass(folder: Path) -> None:
    """Let other users into a test's folder. pytest keeps what stands above it to the user who runs it."""
    for one in (folder, *folder.parents):
        if one == folder or one.name.startswith(("pytest-", "popen-")):
            one.chmod(0o755)
