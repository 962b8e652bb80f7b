"""Whatever rotation does to the files of a directory, in whatever order, each line is read once."""

import gzip
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.files.following import Limits
from tests.collectors.files.logs import Watched, lines

if TYPE_CHECKING:
    from collectors.model import Position

ACTIONS = ("write", "write", "write", "sweep", "rename", "copy and truncate", "pack", "restart")


class Service:
    """Writes nova.log, has it rotated in every way, and a reader beside it that may be restarted."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.live = directory / "nova.log"
        self.written = 0
        self.read: Counter[bytes] = Counter()
        self.positions: dict[str, Position] = {}
        self.restart()

    def do(self, action: str) -> None:
        {
            "write": self.write,
            "sweep": self.sweep,
            "rename": self.rename,
            "copy and truncate": self.copy_and_truncate,
            "pack": self.pack,
            "restart": self.restart,
        }[action]()

    def write(self) -> None:
        self.written += 1
        with self.live.open("ab") as file:
            file.write(lines(self.written, self.written))

    def sweep(self) -> None:
        self.read.update(self.watched.poll().splitlines())
        self.positions |= self.watched.positions()

    def rename(self) -> None:
        if self.live.exists():
            self.make_room()
            self.live.rename(self.directory / "nova.log.1")

    def copy_and_truncate(self) -> None:
        """The one way in which bytes can be lost is to truncate what was never seen; so it is seen before."""
        if self.live.exists() and self.live.stat().st_size:
            self.sweep()
            self.write()
            self.make_room()
            (self.directory / "nova.log.1").write_bytes(self.live.read_bytes())
            self.live.write_bytes(b"")
            self.sweep()

    def pack(self) -> None:
        newest = self.directory / "nova.log.1"
        if newest.exists():
            self.sweep()
            newest.with_suffix(".1.gz").write_bytes(gzip.compress(newest.read_bytes()))
            newest.unlink()

    def make_room(self) -> None:
        for number in range(40, 0, -1):
            for ending in ("", ".gz"):
                old = self.directory / f"nova.log.{number}{ending}"
                if old.exists():
                    old.rename(self.directory / f"nova.log.{number + 1}{ending}")

    def restart(self) -> None:
        limits = Limits(rescan=1, linger=1, max_open=3)
        self.watched = Watched(self.directory, follow=True, positions=self.positions, limits=limits)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(ACTIONS), max_size=25))
def test_each_line_is_read_once(actions: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        service = Service(Path(name))
        for action in actions:
            service.do(action)
        service.sweep()
        service.sweep()
        assert service.read == Counter(lines(1, service.written).splitlines())
