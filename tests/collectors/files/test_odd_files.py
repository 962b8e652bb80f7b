"""Files that cannot be read yet, inodes that come again, times that jump, and files that nobody wrote to for a year."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from collectors.files import source as file_source
from collectors.files.following import Limits
from collectors.files.source import FileSource
from collectors.model import Position
from tests.collectors.files.logs import Watched, let_others_pass, lines

UNREADABLE = """
import os, sys
from pathlib import Path
from collectors.files.following import Limits
from collectors.files.source import FileSource

path, root = Path(sys.argv[1]), os.getuid() == 0
root and os.setresuid(65534, 65534, 0)
source = FileSource([sys.argv[1]], follow=True, report=print, limits=Limits(rescan=2))
def sweeps():
    return b"".join(chunk.data for _ in range(3) for chunk in source.poll())
print(sweeps())
root and os.setresuid(65534, 0, 0)
path.chmod(0o644)
root and os.setresuid(65534, 65534, 0)
print(sweeps())
"""


def test_a_file_that_becomes_readable_is_read_though_nothing_was_written_to_it(tmp_path: Path) -> None:
    let_others_pass(tmp_path)
    path = tmp_path / "secret.log"
    path.write_bytes(b"a secret\n")
    path.chmod(0)
    done = subprocess.run([sys.executable, "-c", UNREADABLE, str(path)], capture_output=True, text=True, check=True, timeout=30)
    told = f"{path}: may not be read; run as a user who may, or change its permissions"
    assert done.stdout.splitlines() == [told, "b''", r"b'a secret\n'"]


def reused(path: Path, data: bytes, inode: int) -> None:
    """Write a new file that has this inode, as ext4 and tmpfs soon give one again."""
    kept = []
    for number in range(2000):
        candidate = path.with_name(f"candidate{number}")
        candidate.write_bytes(data)
        if candidate.stat().st_ino == inode:
            candidate.rename(path)
            break
        kept.append(candidate)
    for one in kept:
        one.unlink()
    if not path.exists():  # a file system that never gives an inode again: the file is written over, which looks the same
        path.write_bytes(data)


def test_a_new_file_with_the_inode_of_an_old_one_is_another_file(tmp_path: Path) -> None:
    path, other = tmp_path / "nova.log", tmp_path / "other.log"
    path.write_bytes(lines(1, 30))
    other.write_bytes(b"x\n")
    watched = Watched(path, other, follow=True, limits=Limits(rescan=1, linger=1, max_open=1))
    watched.poll()
    inode = path.stat().st_ino
    path.unlink()
    reused(path, lines(500, 540), inode)
    assert watched.poll() == lines(500, 540)
    assert len({chunk.identity for chunk in watched.chunks if chunk.path == str(path)}) == 2


def test_after_a_restart_too_a_new_file_with_an_old_inode_is_another_file(tmp_path: Path) -> None:
    path = tmp_path / "nova.log"
    path.write_bytes(lines(1, 30))
    first = Watched(path, follow=True)
    first.poll()
    first.source.close()
    inode = path.stat().st_ino
    path.unlink()
    reused(path, lines(500, 540), inode)
    assert Watched(path, follow=True, positions=first.positions()).poll() == lines(500, 540)


def test_a_shorter_file_with_the_inode_and_the_first_bytes_of_an_old_one_is_another_file(tmp_path: Path) -> None:
    banner = b"#" * 2000 + b"\n"
    path = tmp_path / "nova.log"
    path.write_bytes(banner + lines(1, 30))
    first = Watched(path, follow=True)
    first.poll()
    first.source.close()
    inode = path.stat().st_ino
    path.unlink()
    reused(path, banner + lines(50, 51), inode)
    assert Watched(path, follow=True, positions=first.positions()).poll() == banner + lines(50, 51)


def test_the_time_of_day_and_of_files_may_jump(tmp_path: Path) -> None:
    path = tmp_path / "nova.log"
    path.write_bytes(lines(1, 5))
    os.utime(path, (4e9, 4e9))  # in the year 2096
    watched = Watched(tmp_path, follow=True)
    assert watched.poll() == lines(1, 5)
    path.rename(tmp_path / "nova.log.1")
    path.write_bytes(lines(6, 7))
    os.utime(path, (1, 1))
    assert watched.poll() == lines(6, 7)
    with path.open("ab") as file:
        file.write(lines(8, 8))
    os.utime(path, (1, 1))
    assert watched.poll() == lines(8, 8)
    later = Watched(tmp_path, follow=True, positions=watched.positions())
    assert later.poll() == b""


def test_the_position_of_a_quiet_file_is_given_again_so_that_it_is_not_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_source, "REFRESH", 3)
    quiet = tmp_path / "quiet.log"
    quiet.write_bytes(lines(1, 3))
    first = Watched(tmp_path, follow=True)
    first.poll()
    given: list[dict[str, Position]] = []
    source = FileSource(
        [str(tmp_path)],
        follow=True,
        report=lambda _: None,
        positions=first.positions(),
        remember=lambda positions: given.append(dict(positions)),
        limits=Limits(rescan=1),
    )
    assert list(source.poll()) == []
    (identity,) = first.positions()
    for number in range(3):
        source.commit({f"{number}-1-00000000": Position(1)})
    assert [identity in positions for positions in given] == [False, False, True]
    assert given[2] == first.positions()
