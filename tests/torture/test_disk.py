"""A full disk under the state and under a file sink: nothing is lost, it is said, and it goes on when there is room."""

import contextlib
import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers.process import wait_until
from tests.stratoscope.collect.process import Collect, lines, records
from tests.torture.agents import positions_of

pytestmark = pytest.mark.servers

SIZE = 1 << 20


@pytest.fixture
def collect(tmp_path: Path) -> Iterator[Collect]:
    made = Collect(tmp_path)
    yield made
    if made.process:
        made.process.kill()


class Disk:
    """A small disk at `folder` that is full on demand: a tmpfs for root, else no file of the agent may grow."""

    def __init__(self, folder: Path, collect: Collect) -> None:
        self.folder = folder
        self._collect = collect
        folder.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
        self.mounted = os.geteuid() == 0 and subprocess.run(mount, check=False, capture_output=True).returncode == 0

    def fill(self) -> None:
        if not self.mounted:
            self._limit(100)
            return
        with contextlib.suppress(OSError), (self.folder / "filler").open("wb", buffering=0) as file:
            while True:
                file.write(b"x" * 4096)

    def make_room(self) -> None:
        if self.mounted:
            (self.folder / "filler").unlink()
        else:
            self._limit(resource.RLIM_INFINITY)

    def _limit(self, size: int) -> None:
        assert self._collect.process
        resource.prlimit(self._collect.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def close(self) -> None:
        if self.mounted:
            subprocess.run(["umount", "-l", str(self.folder)], check=True)


@pytest.fixture
def disk(tmp_path: Path, collect: Collect) -> Iterator[Disk]:
    made = Disk(tmp_path / "small", collect)
    yield made
    made.close()


def appended(collect: Collect) -> Callable[[int, int], None]:
    def append(first: int, last: int) -> None:
        with collect.log.open("a") as log:
            log.write(lines(first, last))

    return append


def test_positions_that_cannot_be_written_stop_nothing(collect: Collect, disk: Disk) -> None:
    collect.settings["state"] = str(disk.folder / "state")
    append = appended(collect)
    append(0, 5)
    collect.start()
    collect.wait_for(5)
    disk.fill()
    append(5, 10)
    if disk.mounted:  # else its own log cannot grow either
        collect.wait_for(10)
        collect.wait_for_word("positions.json cannot be written: no space left on device; make room on its disk")
    disk.make_room()
    append(10, 15)
    collect.wait_for(15)
    end = collect.log.stat().st_size
    wait_until(lambda: end in {at.offset for at in positions_of(disk.folder / "state").values()}, "the position is written")
    assert collect.end() == 0
    assert collect.bodies() == records(0, 15)


def test_a_file_sink_waits_for_room(collect: Collect, disk: Disk) -> None:
    out = disk.folder / "out.jsonl"
    collect.settings["sinks"]["out"]["to"]["path"] = str(out)
    append = appended(collect)
    append(0, 5)
    collect.start()
    collect.wait_for(5, out)
    disk.fill()
    append(5, 200)
    if disk.mounted:  # else its own log cannot grow either
        collect.wait_for_word("events wait, tried again in")
    disk.make_room()
    collect.wait_for(200, out)
    assert collect.end() == 0
    assert collect.bodies(out) == records(0, 200)
