"""The positions file: whole at any moment, never silently begun anew."""

import json
from pathlib import Path

import pytest

from collectors.atomic import write_atomically
from collectors.model import Position
from collectors.positions import Positions, PositionsError
from tests.collectors.disk import full_beyond

AT = {"1-3-abc": Position(10, 2, "/var/log/a.log"), "2-3-def": Position(20, 4, "/var/log/b.log")}


def written(path: Path, **more: object) -> Positions:
    positions = Positions(str(path), **more)  # type: ignore[arg-type]
    assert positions.load() is None
    positions.note(AT)
    assert positions.write(0.0)
    return positions


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "positions.json"
    positions = written(path)
    assert positions.written is not None
    again = Positions(str(path))
    assert again.load() is None
    assert again.all() == AT
    assert list(tmp_path.iterdir()) == [path]


def test_it_is_not_written_too_often_unless_it_is_the_last_time(tmp_path: Path) -> None:
    positions = written(tmp_path / "p", interval=1.0)
    assert not positions.write(5.0)
    positions.note({"3-3-abc": Position(1)})
    assert not positions.write(0.5)
    assert positions.write(0.5, at_once=True)
    positions.note({"3-3-abc": Position(2)})
    assert positions.write(1e9)


def test_only_the_youngest_are_kept(tmp_path: Path) -> None:
    positions = Positions(str(tmp_path / "p"), bound=2)
    for number in range(4):
        positions.note({f"{number}-1-0": Position(number)})
    positions.note({"2-1-0": Position(9)})
    positions.note({"4-1-0": Position(4)})
    assert list(positions.all()) == ["2-1-0", "4-1-0"]


def test_none_is_written_without_a_path() -> None:
    positions = Positions("")
    assert positions.load() is None
    positions.note(AT)
    assert not positions.write(0.0)
    assert positions.all() == AT


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"{}",
        b'{"version": 1}',
        b'{"version": 1, "positions": []}',
        b'{"version": 1, "positions": {"a": [1, 2]}}',
        b'{"version": 1, "positions": {"a": ["1", 2, "p"]}}',
        b'{"version": 1, "positions": {"a": [-1, 2, "p"]}}',
        b"\xff\xfe\x00",
    ],
)
def test_a_damaged_file_is_told_and_set_aside(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "positions.json"
    path.write_bytes(damage)
    positions = Positions(str(path))
    told = positions.load()
    assert told is not None
    assert told.startswith(f"{path} is damaged (")
    assert f"now called {path}.broken; all files are read from their beginnings" in told
    assert positions.all() == {}
    assert (tmp_path / "positions.json.broken").read_bytes() == damage
    positions.note(AT)
    assert positions.write(0.0)


def test_the_file_of_another_version_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "positions.json"
    path.write_text('{"version": 2, "positions": {}}')
    with pytest.raises(PositionsError, match="has version 2, this stratoscope writes 1; update it, or remove the file"):
        Positions(str(path)).load()
    assert json.loads(path.read_text())["version"] == 2


def test_a_file_that_cannot_be_read_is_no_empty_one(tmp_path: Path) -> None:
    with pytest.raises(PositionsError, match="is a directory"):
        Positions(str(tmp_path)).load()


def test_a_temporary_file_that_a_crash_left_means_nothing(tmp_path: Path) -> None:
    path = tmp_path / "positions.json"
    written(path)
    (tmp_path / "positions.json.tmp").write_bytes(b'{"version": 1, "posi')
    positions = Positions(str(path))
    assert positions.load() is None
    assert positions.all() == AT
    positions.note({"9-1-0": Position(1)})
    assert positions.write(0.0)
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_leaves_the_older_file_whole_and_is_tried_again(tmp_path: Path) -> None:
    path = tmp_path / "positions.json"
    positions = written(path)
    positions.note({f"{number}-1-0": Position(number) for number in range(100)})
    with full_beyond(50), pytest.raises(OSError, match="File too large"):
        positions.write(10.0)
    again = Positions(str(path))
    assert again.load() is None
    assert again.all() == AT
    assert not (tmp_path / "positions.json.tmp").exists()
    assert not positions.write(10.1)
    assert positions.write(10.3)
    assert again.load() is None
    assert len(again.all()) == 102


def test_a_folder_that_is_gone_is_an_error_and_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_atomically(str(tmp_path / "gone" / "file"), b"x")
    write_atomically(str(tmp_path / "file"), b"x", sync=False)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
