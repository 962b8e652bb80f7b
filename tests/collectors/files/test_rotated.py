"""Rotation that is quicker than the sweeps, and rotation while nobody reads: no file in between is missed."""

import gzip
from pathlib import Path

import pytest

from collectors.files.siblings import Siblings
from collectors.files.source import FileSource
from collectors.model import Position
from tests.collectors.files.logs import Watched, lines
from tests.collectors.files.test_following import append, descriptors


def rotate(path: Path, data: bytes) -> None:
    """path -> path.1 -> path.2 ..., and a new file with `data`."""
    number = 1
    while Path(f"{path}.{number}").exists():
        number += 1
    for one in range(number, 1, -1):
        Path(f"{path}.{one - 1}").rename(f"{path}.{one}")
    path.rename(f"{path}.1")
    path.write_bytes(data)


def test_files_that_came_and_went_between_two_sweeps(tmp_path: Path) -> None:
    path = tmp_path / "nova.log"
    path.write_bytes(lines(1, 5))
    watched = Watched(path, follow=True)
    watched.poll()
    append(path, lines(6, 6))
    for number in range(10, 50, 10):
        rotate(path, lines(number, number + 5))
    assert watched.poll() == lines(6, 6) + b"".join(lines(number, number + 5) for number in range(10, 50, 10))
    assert watched.poll() == b""
    assert watched.problems == []


def test_the_first_one_was_empty_when_it_was_seen(tmp_path: Path) -> None:
    path = tmp_path / "nova.log"
    path.touch()
    watched = Watched(path, follow=True)
    assert watched.poll() == b""
    append(path, lines(1, 5))
    rotate(path, lines(6, 9))
    assert watched.poll() == lines(1, 9)


def test_older_files_that_nobody_named_stay_unread(tmp_path: Path) -> None:
    path = tmp_path / "nova.log"
    (tmp_path / "nova.log.1").write_bytes(lines(1, 5, "an older file"))
    path.write_bytes(lines(6, 9))
    watched = Watched(path, follow=True)
    assert watched.poll() == lines(6, 9)
    path.unlink()
    path.write_bytes(lines(10, 12))
    assert watched.poll() == lines(10, 12)


def test_a_name_that_is_away_for_a_moment_is_caught_up_when_it_is_back(tmp_path: Path) -> None:
    path = tmp_path / "nova.log"
    path.write_bytes(lines(1, 50))
    first = Watched(path, follow=True)
    first.poll()
    rotate(path, lines(51, 60))
    path.rename(tmp_path / "nova.log.0")
    second = Watched(path, follow=True, positions=first.positions())
    assert second.poll() == lines(51, 60)


class TestTheNextLife:
    """It takes up every file of the set that was not read to its end."""

    def test_several_may_have_more(self, tmp_path: Path) -> None:
        path = tmp_path / "nova.log"
        path.write_bytes(lines(1, 30))
        first = Watched(path, follow=True)
        first.poll()
        rotate(path, lines(31, 60))
        first.poll()
        positions = first.positions()
        for identity, at in positions.items():  # the last record of each was open
            positions[identity] = Position(at.offset - len(lines(30, 30)), at.line - 1, at.path)
        second = Watched(path, follow=True, positions=positions)
        assert second.poll() == lines(30, 30) + lines(60, 60)

    @pytest.mark.parametrize("more", [False, True])
    def test_packed_ones_are_unpacked_only_if_they_have_more(self, tmp_path: Path, more: bool) -> None:
        path = tmp_path / "nova.log"
        path.write_bytes(lines(1, 30))
        first = Watched(path, follow=True)
        first.poll()
        packed = tmp_path / "nova.log.1.gz"
        packed.write_bytes(gzip.compress(lines(1, 35 if more else 30)))
        (tmp_path / "nova.log.2.gz").write_bytes(gzip.compress(lines(90, 99, "an older file")))
        path.unlink()
        path.write_bytes(lines(40, 45))
        second = Watched(path, follow=True, positions=first.positions())
        assert second.poll() == (lines(31, 35) if more else b"") + lines(40, 45)

    def test_nothing_stays_open(self, tmp_path: Path) -> None:
        path = tmp_path / "nova.log"
        path.write_bytes(lines(1, 30))
        first = Watched(path, follow=True)
        first.poll()
        for number in range(31, 91, 30):
            rotate(path, lines(number, number + 29))
        before = descriptors()
        second = Watched(path, follow=True, positions=first.positions())
        second.poll()
        second.source.close()
        assert descriptors() == before


def test_rotation_in_the_middle_of_the_search(tmp_path: Path) -> None:
    """Names that come up while the files are opened are looked at too."""
    path = tmp_path / "nova.log"
    path.write_bytes(lines(1, 50))
    first = Watched(path, follow=True)
    first.poll()
    positions = {
        identity: Position(at.offset - len(lines(50, 50)), at.line - 1, at.path) for identity, at in first.positions().items()
    }
    rotate(path, lines(51, 99))
    second = Watched(path, follow=True, positions=positions)
    siblings = Siblings.of
    live, turned = path, list[int]()

    def turning(self: Siblings, path: str, *, fresh: bool = False) -> list[str]:
        names = siblings(self, path, fresh=fresh)
        if not turned:
            turned.append(1)
            rotate(live, lines(100, 120))
        return names

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Siblings, "of", turning)
        got = second.poll()
    got += second.poll()
    assert got == lines(50, 50) + lines(51, 99) + lines(100, 120)


def test_excluded_paths_are_not_read(tmp_path: Path) -> None:
    for name in ("nova.log", "stratoscope-0.log"):
        (tmp_path / name).write_bytes(lines(1, 3, name))
    source = FileSource([str(tmp_path)], follow=True, report=print, exclude=["*/stratoscope-*"])
    assert b"".join(chunk.data for chunk in source.poll()) == lines(1, 3, "nova.log")
    source.close()


def test_what_is_unread_is_known(tmp_path: Path) -> None:
    path, other = tmp_path / "nova.log", tmp_path / "glance.log"
    path.write_bytes(lines(1, 5))
    source = FileSource([str(tmp_path)], follow=True, report=print, chunk=100)
    sweep = source.poll()
    next(sweep)
    assert source.unread() == len(lines(1, 5)) - 100
    for _ in sweep:
        pass
    assert source.unread() == 0
    append(path, lines(6, 6))
    other.write_bytes(lines(1, 2))
    for _ in source.poll():
        pass
    append(path, lines(7, 7))
    path.rename(tmp_path / "moved")
    assert source.unread() == len(lines(7, 7))
    source.close()
    once = FileSource([str(other)], follow=False, report=print)
    assert once.unread() == len(lines(1, 2))
    for _ in once.poll():
        pass
    assert once.unread() == 0
    once.close()


def test_safe_positions_are_given_to_who_remembers_them(tmp_path: Path) -> None:
    remembered: dict[str, Position] = {}
    source = FileSource([str(tmp_path / "x.log")], follow=True, report=print, remember=remembered.update)
    source.commit({"a": Position(5)})
    assert remembered == {"a": Position(5)}
    FileSource([], follow=True, report=print).commit({"a": Position(5)})
