"""Following files through rotation, sweep by sweep."""

import gzip
import os
from pathlib import Path

import pytest

from collectors.files.following import Limits
from collectors.files.rotation import LOG_NAMES
from tests.collectors.files.logs import Watched, complaints, lines


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_what_is_appended_comes_in_the_next_sweep(tmp_path: Path) -> None:
    path = tmp_path / "nova.log"
    path.write_bytes(lines(1, 5))
    watched = Watched(path, follow=True)
    assert watched.poll() == lines(1, 5)
    assert watched.poll() == b""
    append(path, lines(6, 7))
    assert watched.poll() == lines(6, 7)
    assert (watched.ended(), watched.source.done()) == ([], False)


def test_a_renamed_file_is_read_to_its_end_before_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "nova.log"
    path.write_bytes(lines(1, 5))
    watched = Watched(path, follow=True)
    watched.poll()
    append(path, lines(6, 8))
    path.rename(tmp_path / "nova.log.1")
    path.write_bytes(lines(9, 10))
    assert watched.poll() == lines(6, 10)
    append(tmp_path / "nova.log.1", lines(11, 11, "a writer that had not noticed"))
    append(path, lines(12, 12))
    assert watched.poll() == lines(11, 11, "a writer that had not noticed") + lines(12, 12)
    watched.poll()
    watched.poll()
    assert watched.ended() == [str(path)]
    assert len(watched.positions()) == 2


def test_a_renamed_file_that_is_named_too_stays_the_same_file(tmp_path: Path) -> None:
    path = tmp_path / "nova.log"
    path.write_bytes(lines(1, 5))
    watched = Watched(tmp_path, follow=True)
    watched.poll()
    for number in (2, 1):
        old = tmp_path / f"nova.log.{number - 1}" if number > 1 else path
        if old.exists():
            old.rename(tmp_path / f"nova.log.{number}")
    path.write_bytes(lines(6, 7))
    assert watched.poll() == lines(6, 7)
    for _ in range(5):
        assert watched.poll() == b""
    assert watched.ended() == []


@pytest.mark.parametrize("named", ["the file", "the directory"])
def test_copytruncate_loses_nothing_and_repeats_nothing(tmp_path: Path, named: str) -> None:
    path = tmp_path / "nova.log"
    path.write_bytes(lines(1, 5))
    watched = Watched(path if named == "the file" else tmp_path, follow=True)
    watched.poll()
    append(path, lines(6, 8))
    (tmp_path / "nova.log.1").write_bytes(path.read_bytes())
    path.write_bytes(lines(9, 9))
    assert watched.poll() == lines(6, 9)
    for _ in range(3):
        assert watched.poll() == b""
    assert watched.ended() == [str(path)]


def test_a_copy_made_some_time_before_the_truncation_is_not_read_twice(tmp_path: Path) -> None:
    path = tmp_path / "nova.log"
    path.write_bytes(lines(1, 5))
    watched = Watched(tmp_path, follow=True)
    watched.poll()
    (tmp_path / "nova.log.1").write_bytes(path.read_bytes())
    assert watched.poll() == b""
    path.write_bytes(b"")
    assert watched.poll() == b""
    append(path, lines(6, 6))
    assert watched.poll() == lines(6, 6)


def test_a_file_truncated_and_grown_beyond_its_old_size_is_noticed_by_its_first_bytes(tmp_path: Path) -> None:
    path = tmp_path / "nova.log"
    path.write_bytes(lines(1, 3))
    watched = Watched(path, follow=True)
    watched.poll()
    path.write_bytes(lines(100, 120))
    assert watched.poll() == lines(100, 120)
    assert len({chunk.identity for chunk in watched.chunks}) == 2


def test_a_file_packed_after_its_rotation_is_not_read_twice(tmp_path: Path) -> None:
    path = tmp_path / "nova.log"
    path.write_bytes(lines(1, 5))
    watched = Watched(tmp_path, follow=True)
    watched.poll()
    path.rename(tmp_path / "nova.log.1")
    path.write_bytes(lines(6, 7))
    watched.poll()
    (tmp_path / "nova.log.1.gz").write_bytes(gzip.compress((tmp_path / "nova.log.1").read_bytes()))
    (tmp_path / "nova.log.1").unlink()
    for _ in range(5):
        assert watched.poll() == b""


def test_packed_files_of_the_past_are_read_once(tmp_path: Path) -> None:
    (tmp_path / "nova.log.1.gz").write_bytes(gzip.compress(lines(1, 5)))
    (tmp_path / "nova.log").write_bytes(lines(6, 7))
    watched = Watched(tmp_path, follow=True)
    assert watched.poll() == lines(1, 7)
    assert watched.ended() == [str(tmp_path / "nova.log.1.gz")]
    for _ in range(3):
        assert watched.poll() == b""


def test_a_packed_file_still_being_written_is_told_once_and_finished_later(tmp_path: Path) -> None:
    packed = gzip.compress(b"".join(b"%d %s\n" % (number, os.urandom(20).hex().encode()) for number in range(2000)))
    path = tmp_path / "old.log.1.gz"
    path.write_bytes(packed[: len(packed) // 2])
    watched = Watched(tmp_path, follow=True)
    watched.poll()
    watched.poll()
    path.write_bytes(packed)
    watched.poll()
    assert watched.text() == gzip.decompress(packed)
    assert len(watched.problems) == 1


def test_files_that_come_late_are_waited_for(tmp_path: Path) -> None:
    path, directory = tmp_path / "late.log", tmp_path / "dir"
    directory.mkdir()
    watched = Watched(path, directory, tmp_path / "glob*.log", follow=True)
    for _ in range(3):
        assert watched.poll() == b""
    assert sorted(complaints(watched.problems)) == sorted(
        [
            f"{path}: does not exist; waiting for it",
            f"{directory}: holds no log file ({LOG_NAMES}); waiting for it",
            f"{tmp_path}/glob*.log: no file matches; waiting for it",
        ]
    )
    assert not any(problem.lasting for problem in watched.problems)
    path.write_bytes(b"a\n")
    (directory / "x.log").write_bytes(b"b\n")
    (tmp_path / "glob1.log").write_bytes(b"c\n")
    assert sorted(watched.poll().split()) == [b"a", b"b", b"c"]


def test_directories_and_globs_are_listed_again_every_rescan_sweeps(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"a\n")
    watched = Watched(tmp_path, follow=True, limits=Limits(rescan=3))
    assert watched.poll() == b"a\n"
    (tmp_path / "b.log").write_bytes(b"b\n")
    assert [watched.poll(), watched.poll(), watched.poll()] == [b"", b"", b"b\n"]


def test_a_deleted_file_is_read_to_its_end_and_let_go(tmp_path: Path) -> None:
    path = tmp_path / "nova.log"
    path.write_bytes(lines(1, 5))
    watched = Watched(path, follow=True)
    watched.poll()
    append(path, lines(6, 6))
    path.unlink()
    assert watched.poll() == lines(6, 6)
    watched.poll()
    watched.poll()
    assert watched.ended() == [str(path)]
    path.write_bytes(lines(50, 51))
    assert watched.poll() == lines(50, 51)


def test_few_descriptors_are_enough_for_many_files_that_grow_and_rotate(tmp_path: Path) -> None:
    paths = [tmp_path / f"service{number}.log" for number in range(20)]
    for path in paths:
        path.write_bytes(lines(1, 3, path.name))
    before = descriptors()
    watched = Watched(tmp_path / "service*.log", follow=True, limits=Limits(rescan=1, linger=1, max_open=4))
    watched.poll()
    assert descriptors() <= before + 4
    for path in paths:
        append(path, lines(4, 4, path.name))
        path.rename(path.with_suffix(".log.1"))
        path.write_bytes(lines(5, 6, path.name))
    watched.poll()
    assert descriptors() <= before + 4
    for path in paths:
        assert watched.text(path) == lines(1, 6, path.name)
    for _ in range(4):
        watched.poll()
    assert sorted(watched.ended()) == sorted(map(str, paths))


def test_after_a_restart_rotated_files_are_found_beside_the_named_one(tmp_path: Path) -> None:
    path = tmp_path / "nova.log"
    path.write_bytes(lines(1, 5))
    first = Watched(path, follow=True)
    first.poll()
    append(path, lines(6, 8))
    (tmp_path / "nova.log.3").write_bytes(lines(900, 905, "long ago"))
    (tmp_path / "nova.log.2.gz").write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()
    (tmp_path / "nova.log.1").write_bytes(lines(9, 11))
    path.write_bytes(lines(12, 13))
    second = Watched(path, follow=True, positions=first.positions())
    assert second.poll() == lines(6, 13)
    assert second.poll() == b""
    assert {chunk.identity for chunk in first.chunks} < {chunk.identity for chunk in second.chunks}


def test_after_a_restart_old_files_are_left_alone_when_the_named_one_is_known(tmp_path: Path) -> None:
    path = tmp_path / "nova.log"
    (tmp_path / "nova.log.1").write_bytes(lines(900, 905, "long ago"))
    path.write_bytes(lines(1, 5))
    first = Watched(path, follow=True)
    first.poll()
    append(path, lines(6, 6))
    second = Watched(path, follow=True, positions=first.positions())
    assert second.poll() == lines(6, 6)
    assert second.chunks[0].line == 6


def test_after_a_restart_a_copy_of_a_known_file_that_goes_on_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "nova.log"
    path.write_bytes(lines(1, 5))
    first = Watched(tmp_path, follow=True)
    first.poll()
    (tmp_path / "nova.log.1").write_bytes(path.read_bytes())
    append(path, lines(6, 6))
    second = Watched(tmp_path, follow=True, positions=first.positions())
    assert second.poll() == lines(6, 6)
    assert second.poll() == b""


def test_a_file_first_seen_short_is_still_known_when_it_has_grown(tmp_path: Path) -> None:
    path = tmp_path / "nova.log"
    path.write_bytes(b"short\n")
    first = Watched(path, follow=True)
    first.poll()
    append(path, lines(1, 40))
    assert Watched(path, follow=True, positions=first.positions()).poll() == lines(1, 40)


def test_an_empty_file_says_nothing_until_it_has_bytes(tmp_path: Path) -> None:
    path = tmp_path / "nova.log"
    path.touch()
    watched = Watched(path, follow=True)
    assert watched.poll() == b""
    assert (watched.chunks, watched.problems) == ([], [])
    append(path, b"x\n")
    assert watched.poll() == b"x\n"


def test_following_a_stream_ends_with_the_stream() -> None:
    reading, writing = os.pipe()
    watched = Watched(f"/dev/fd/{reading}", follow=True)
    assert watched.poll() == b""
    assert len(watched.source.streams()) == 1
    os.write(writing, b"one\n")
    assert watched.poll() == b"one\n"
    os.close(writing)
    watched.poll()
    assert watched.source.done()
    assert watched.chunks[-1].ended
    os.close(reading)


def test_what_is_written_during_a_sweep_waits_for_the_next(tmp_path: Path) -> None:
    path = tmp_path / "nova.log"
    path.write_bytes(lines(1, 30))
    watched = Watched(path, follow=True)
    got = b""
    for chunk in watched.source.poll():
        append(path, lines(31, 60))
        got += chunk.data
    assert got == lines(1, 30)
