"""Boxes on disk: bounded, whole or marked as torn, whatever happens."""

import contextlib
import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.blackbox.ring import EVIDENCE, TEXT, OpenBox, Ring, boxes
from tests.servers.process import Process

NOW = datetime(2026, 11, 27, 2, 0, tzinfo=UTC)
LIMIT = 4 << 20


def written(ring: Ring, number: int, size: int = 1000, service: str = "nova-compute") -> Path:
    box = ring.open(service, NOW + timedelta(seconds=number))
    try:
        box.append(b"{}\n", b"x" * (size - 3))
        return box.finish()
    finally:
        box.close()


def hidden(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("."))


def test_a_box_is_a_folder_with_two_files_called_by_time_and_service(tmp_path: Path) -> None:
    path = written(Ring(tmp_path, LIMIT), 0)
    assert path.name == "20261127T020000.000000Z_nova-compute"
    assert (path / EVIDENCE).read_bytes() == b"{}\n"
    assert (path / TEXT).read_bytes() == b"x" * 997
    (box,) = boxes(tmp_path)
    assert (box.service, box.written, box.whole) == ("nova-compute", NOW, True)
    assert hidden(tmp_path) == []


def test_nobody_else_may_read_them(tmp_path: Path) -> None:
    path = written(Ring(tmp_path / "ring", LIMIT), 0)
    assert [one.stat().st_mode & 0o077 for one in (path.parent, path, path / TEXT, path / EVIDENCE)] == [0, 0, 0, 0]


def test_a_service_may_be_called_anything(tmp_path: Path) -> None:
    path = written(Ring(tmp_path, LIMIT), 0, service="../../etc/a b\n" + "c" * 200)
    assert path.parent == tmp_path
    assert len(boxes(tmp_path)) == 1


def test_the_oldest_go_first(tmp_path: Path) -> None:
    ring = Ring(tmp_path, LIMIT)
    for number in range(10):
        written(ring, number, 900_000)
    left = [box.written for box in boxes(tmp_path)]
    assert left == sorted(left)
    assert left[-1] == NOW + timedelta(seconds=9)
    assert len(left) == 4
    assert sum(box.bytes for box in boxes(tmp_path)) <= LIMIT


def test_a_box_takes_a_quarter_of_the_ring_at_most(tmp_path: Path) -> None:
    box = Ring(tmp_path, LIMIT).open("nova-compute", NOW)
    box.append(b"x" * (1 << 20), b"")
    with pytest.raises(OSError, match="1048576 bytes at most"):
        box.append(b"x", b"")
    box.finish()


def test_foreign_files_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "lost+found").mkdir()
    (tmp_path / "notes").write_text("mine")
    ring = Ring(tmp_path, LIMIT)
    for number in range(8):
        written(ring, number, 900_000)
    assert (tmp_path / "notes").read_text() == "mine"
    assert (tmp_path / "lost+found").is_dir()


def test_a_removal_that_was_cut_short_is_finished(tmp_path: Path) -> None:
    gone = written(Ring(tmp_path, LIMIT), 0)
    gone.rename(tmp_path / f".gone-{gone.name}")
    written(Ring(tmp_path, LIMIT), 1)
    assert hidden(tmp_path) == []
    assert len(boxes(tmp_path)) == 1


def test_a_box_that_another_one_fills_just_now_is_left_alone(tmp_path: Path) -> None:
    box = Ring(tmp_path, LIMIT).open("nova-compute", NOW)
    written(Ring(tmp_path, LIMIT), 1, service="heat-engine")
    box.append(b"{}\n", b"")
    assert box.finish() in [one.path for one in boxes(tmp_path)]


_WRITER = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from probes.blackbox.ring import Ring
box = Ring(Path(sys.argv[1]), 1 << 22).open("nova-compute", datetime.now(UTC))
for number in range(int(sys.argv[2])):
    box.append(b'{"number": %d}\\n' % number, b"text\\n")
print("ready", flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("lines", [0, 50])
def test_a_writer_that_is_killed_leaves_what_it_had_until_then(tmp_path: Path, lines: int) -> None:
    ring, log = tmp_path / "ring", tmp_path / "log"
    with Process([sys.executable, "-c", _WRITER, str(ring), str(lines)], log) as process:
        process.wait_until(lambda: "ready" in log.read_text(), "it has written")
        process.kill()
    assert [box for box in boxes(ring) if box.whole] == []
    written(Ring(ring, LIMIT), 0)
    torn = [box for box in boxes(ring) if not box.whole]
    assert hidden(ring) == []
    if lines:
        (box,) = torn
        assert box.service == "nova-compute"
        assert (box.path / EVIDENCE).read_bytes() == b"".join(b'{"number": %d}\n' % number for number in range(lines))
    else:
        assert torn == [], "an empty one is no evidence"


class SmallDisk:
    """A disk of 1 MB at `folder`: a tmpfs for root; for others a plain folder under a `write` that takes no more than that."""

    SIZE = 1 << 20

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", f"size={self.SIZE}", "none", str(folder)]
        self.mounted = os.geteuid() == 0 and subprocess.run(mount, check=False, capture_output=True).returncode == 0

    def write(self, descriptor: int, data: memoryview) -> int:
        used = sum(file.stat().st_blocks * 512 for file in self.folder.rglob("*"))
        if not self.mounted and used + len(data) > self.SIZE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return os.write(descriptor, data)

    def fill(self) -> None:
        """Somebody else takes all that is left, but for a block that is begun."""
        with (self.folder / "others").open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while self.write(file.fileno(), memoryview(b"x" * 4096)):
                pass

    def close(self) -> None:
        if self.mounted:
            subprocess.run(["umount", self.folder], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    made = SmallDisk(tmp_path / "disk")
    yield made
    made.close()


def test_on_a_full_disk_the_oldest_give_room(disk: SmallDisk) -> None:
    ring = Ring(disk.folder, LIMIT, disk.write)
    for number in range(12):
        written(ring, number, 200_000)
    left = [box.written for box in boxes(disk.folder)]
    assert left[-1] == NOW + timedelta(seconds=11)
    assert 2 <= len(left) <= 5


def test_on_a_disk_that_others_have_filled_what_does_not_fit_is_lost_and_nothing_else(disk: SmallDisk) -> None:
    box = Ring(disk.folder, LIMIT, disk.write).open("nova-compute", NOW)
    box.append(b"first\n", b"first\n")
    disk.fill()
    with pytest.raises(OSError, match="No space left") as full:
        box.append(b"y" * 50_000, b"z" * 50_000)
    assert full.value.errno == errno.ENOSPC
    path = box.finish()
    assert (path / EVIDENCE).read_bytes() == b"first\n", "no half of a line stays"
    assert (path / TEXT).read_bytes() == b"first\n"


@given(st.lists(st.integers(3, 1_000_000), min_size=1, max_size=25))
def test_never_more_than_the_limit_and_the_newest_is_always_there(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int]
) -> None:
    """All boxes together; the oldest go first."""
    folder = tmp_path_factory.mktemp("ring")
    ring = Ring(folder, LIMIT)
    for number, size in enumerate(sizes):
        path = written(ring, number, size)
        assert path.is_dir()
        assert sum(box.bytes for box in boxes(folder)) <= LIMIT + 3 * 4096


def test_what_is_appended_is_in_both_files_or_in_none(tmp_path: Path) -> None:
    box = Ring(tmp_path, LIMIT).open("nova-compute", NOW)
    box.append(b"one\n", b"one\n")
    os.close(box._text)
    with pytest.raises(OSError, match="Bad file descriptor"):
        box.append(b"two\n", b"two\n")
    box.close()


def test_an_open_box_lets_go_of_its_files(tmp_path: Path) -> None:
    def count() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    before = count()
    box: OpenBox = Ring(tmp_path, LIMIT).open("nova-compute", NOW)
    box.close()
    assert count() == before
