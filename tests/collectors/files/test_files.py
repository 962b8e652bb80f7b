"""Reading files once: order, packing, what is wrong with them."""

import bz2
import gzip
import lzma
import os
import random
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from collectors.files.rotation import LOG_NAMES
from collectors.model import Position
from tests.collectors.files.logs import Watched, complaints, let_others_pass, lines

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "xz": lzma.compress,
    "bz2": lambda data: bz2.compress(data, 1),
}


def test_a_file_is_given_in_chunks_with_their_offsets_and_lines_and_then_ends(tmp_path: Path) -> None:
    path = tmp_path / "nova-compute.log"
    path.write_bytes(lines(1, 50))
    watched = Watched(path)
    assert watched.poll() == lines(1, 50)
    assert watched.source.done()
    at, line = 0, 1
    for chunk in watched.chunks:
        assert (chunk.offset, chunk.line) == (at, line)
        at += len(chunk.data)
        line += chunk.data.count(b"\n")
    assert [chunk.ended for chunk in watched.chunks] == [False] * (len(watched.chunks) - 1) + [True]
    assert len({chunk.identity for chunk in watched.chunks}) == 1


@pytest.mark.parametrize("packing", PACKERS)
def test_a_packed_file_is_unpacked_whatever_it_is_called(tmp_path: Path, packing: str) -> None:
    path = tmp_path / "nova-compute.log"
    text = lines(1, 3000)
    path.write_bytes(PACKERS[packing](text[:100_000]) + PACKERS[packing](text[100_000:]))
    watched = Watched(path)
    assert watched.poll() == text
    assert not watched.problems


@pytest.mark.parametrize("packing", PACKERS)
def test_of_a_packed_file_cut_short_what_stands_before_the_cut_is_read(tmp_path: Path, packing: str) -> None:
    path = tmp_path / f"nova.log.{packing}"
    text = b"".join(b"%d %s\n" % (number, os.urandom(30).hex().encode()) for number in range(8_000))
    packed = PACKERS[packing](text)
    path.write_bytes(packed[: len(packed) * 3 // 4])
    good = tmp_path / "other.log"
    good.write_bytes(lines(1, 3))
    watched = Watched(path, good)
    watched.poll()
    read = watched.text(path)
    assert text.startswith(read)
    assert len(read) > len(text) // 3
    assert watched.text(good) == lines(1, 3)
    name = {"gz": "gzip", "xz": "xz", "bz2": "bzip2"}[packing]
    assert complaints(watched.problems) == [
        f"{path}: ends in the middle of its {name} data; what stands before that was read; make a new copy of the file"
    ]


def test_of_a_damaged_gz_all_but_the_last_kilobyte_before_the_damage_is_read(tmp_path: Path) -> None:
    path = tmp_path / "nova.log.gz"
    numbers = random.Random(7)
    text = b"".join(b"%d %s\n" % (number, numbers.randbytes(30).hex().encode()) for number in range(5_000))
    packed = bytearray(gzip.compress(text))
    middle = len(packed) // 2
    intact = len(zlib.decompressobj(31).decompress(bytes(packed[:middle])))
    packed[middle : middle + 4000] = numbers.randbytes(4000)
    path.write_bytes(packed)
    watched = Watched(path)
    read = watched.poll()
    assert read[: intact - 1024] == text[: intact - 1024]
    assert watched.ended() == [str(path)]
    assert "is damaged (gzip: Error -3 while decompressing data" in str(watched.problems[0])


def test_zeros_after_packed_data_are_padding_and_anything_else_is_told(tmp_path: Path) -> None:
    padded, followed = tmp_path / "a.gz", tmp_path / "b.gz"
    padded.write_bytes(gzip.compress(lines(1, 5)) + bytes(700))
    followed.write_bytes(gzip.compress(lines(1, 5)) + b"something that is no gzip")
    watched = Watched(padded, followed)
    assert watched.poll() == lines(1, 5) * 2
    assert [problem.what for problem in watched.problems] == ["has gzip data followed by something else"]


def test_a_text_that_begins_like_bzip2_is_text(tmp_path: Path) -> None:
    path = tmp_path / "odd.log"
    path.write_bytes(b"BZh9 is the name of a host\n")
    assert Watched(path).poll() == b"BZh9 is the name of a host\n"


def test_a_directory_gives_its_logs_oldest_first_and_nothing_else(tmp_path: Path) -> None:
    names = ["nova-api.log", "nova-api.log.1", "nova-api.log.2.gz", "nova-api.log.10", "glance.log-20261122", "glance.log"]
    for name in [*names, "core.4711", "nova.conf", ".hidden.log", "data.sqlite"]:
        data = f"{name}\n".encode()
        (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "x.json").write_bytes(b"{}\n")
    os.mkfifo(tmp_path / "pipe.log")
    watched = Watched(tmp_path)
    text = watched.poll().decode().split()
    rotated = ["nova-api.log.10", "nova-api.log.2.gz", "nova-api.log.1", "nova-api.log"]
    assert text == ["glance.log-20261122", "glance.log", *rotated, "{}"]
    assert not watched.problems


def test_files_named_one_by_one_keep_their_order_but_a_rotation_set_is_read_oldest_first(tmp_path: Path) -> None:
    for name in ("b.log", "a.log", "a.log.1"):
        (tmp_path / name).write_bytes(name.encode())
    watched = Watched(*(tmp_path / name for name in ("b.log", "a.log", "a.log.1", "b.log")))
    watched.poll()
    assert watched.order() == ["b.log", "a.log.1", "a.log"]


def test_a_glob_is_expanded_unless_a_file_has_that_very_name(tmp_path: Path) -> None:
    (tmp_path / "rabbit@a.log").write_bytes(b"1")
    (tmp_path / "rabbit[1].log").write_bytes(b"2")
    assert Watched(f"{tmp_path}/rabbit*.log").poll() == b"12"
    assert Watched(tmp_path / "rabbit[1].log").poll() == b"2"


def test_everything_unreadable_is_told_once_and_the_rest_is_read(tmp_path: Path) -> None:
    good, dangling, empty = tmp_path / "good.log", tmp_path / "dangling.log", tmp_path / "empty"
    good.write_bytes(b"good\n")
    dangling.symlink_to(tmp_path / "nowhere")
    empty.mkdir()
    watched = Watched(tmp_path / "missing.log", dangling, good / "below.log", empty, tmp_path / "none*", good)
    assert watched.poll() == b"good\n"
    told = sorted(complaints(watched.problems))
    assert told == sorted(
        [
            f"{tmp_path}/missing.log: does not exist; check the name",
            f"{dangling}: is a symbolic link to something that does not exist; name the real file",
            f"{good}/below.log: a part of this path is a file, not a directory; check the name",
            f"{empty}: holds no log file ({LOG_NAMES}); name the files, or a glob",
            f"{tmp_path}/none*: no file matches; check the pattern, and quote it so that it reaches stratoscope",
        ]
    )
    assert all(problem.lasting for problem in watched.problems)


def test_what_this_user_may_not_read_is_told(tmp_path: Path) -> None:
    let_others_pass(tmp_path)
    secret, closed = tmp_path / "secret.log", tmp_path / "closed"
    secret.write_bytes(b"x")
    secret.chmod(0)
    closed.mkdir(mode=0)
    program = (
        "import os, sys\n"
        "from collectors.files.source import FileSource\n"
        "os.getuid() or os.setuid(65534)\n"
        "list(FileSource(sys.argv[1:], follow=False, report=print).poll())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(secret), str(closed)], capture_output=True, text=True, check=False, timeout=30
    )
    closed.chmod(0o755)
    advice = "may not be read; run as a user who may, or change its permissions"
    assert done.stdout.splitlines() == [f"{closed}: {advice}", f"{secret}: {advice}"]


def test_a_stream_is_read_to_its_end_and_unpacked_as_well(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    packed = gzip.compress(lines(1, 20))
    watched = Watched(f"/dev/fd/{reading}")
    assert watched.poll() == b""
    assert watched.source.streams() == [watched.source.streams()[0]]
    os.write(writing, packed[:50])
    watched.poll()
    os.write(writing, packed[50:])
    os.close(writing)
    for _ in range(5):
        watched.poll()
    assert watched.text() == lines(1, 20)
    assert watched.source.done()
    os.close(reading)


def test_known_positions_are_gone_on_from_even_in_a_renamed_or_packed_file(tmp_path: Path) -> None:
    path = tmp_path / "nova.log"
    path.write_bytes(lines(1, 10))
    first = Watched(path)
    first.poll()
    path.write_bytes(lines(1, 14))
    path.rename(tmp_path / "nova.log.1")
    positions = first.positions()
    second = Watched(tmp_path / "nova.log.1", positions=positions)
    assert second.poll() == lines(11, 14)
    assert second.chunks[0].line == 11
    assert {chunk.identity for chunk in second.chunks} == set(positions)
    (tmp_path / "nova.log.2.gz").write_bytes(gzip.compress(lines(1, 14)))
    assert Watched(tmp_path / "nova.log.2.gz", positions=positions).poll() == lines(11, 14)


def test_a_position_beyond_the_end_belongs_to_another_file(tmp_path: Path) -> None:
    path = tmp_path / "nova.log"
    path.write_bytes(lines(1, 3))
    first = Watched(path)
    first.poll()
    (identity,) = first.positions()
    assert Watched(path, positions={identity: Position(10_000, 99, str(path))}).poll() == lines(1, 3)


def test_progress_counts_bytes_on_disk(tmp_path: Path) -> None:
    plain, packed = tmp_path / "a.log", tmp_path / "b.log.gz"
    plain.write_bytes(lines(1, 10))
    packed.write_bytes(gzip.compress(lines(1, 10)))
    total = plain.stat().st_size + packed.stat().st_size
    watched = Watched(plain, packed)
    assert watched.source.progress() == (0, total)
    watched.poll()
    assert watched.source.progress() == (total, total)


def test_positions_of_streams_are_ignored(tmp_path: Path) -> None:
    path = tmp_path / "nova.log"
    path.write_bytes(lines(1, 3))
    assert Watched(path, positions={"-": Position(7), "/dev/fd/9-x-y": Position(9)}).poll() == lines(1, 3)
