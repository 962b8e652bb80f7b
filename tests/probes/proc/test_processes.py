"""`/proc/PID/stat`, `status`, `cmdline`, `limits`: recorded ones, odd ones, and what no kernel writes."""

import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.proc import processes
from probes.proc.processes import Stat, Status, command, open_files, stat, status, switches
from probes.proc.reading import GoneError, ProcError

RECORDED = Path("tests/data/probes/proc")
NUMBERS = b"15041 15041 11325 0 -1 4194560 1562 119 0 0 2 1 0 0 20 0 7 0 1660780 16195584 2826"


def test_a_recorded_stat() -> None:
    assert stat((RECORDED / "stat").read_bytes()) == Stat(15045, "python3", "R", 15041, 2, 1, 1660780)


@pytest.mark.parametrize(
    "name",
    ["", " ", "a b", ")", "((", "a) S 1 1 1", "x) R 9 9 9 9 (y", "two\nlines", "tab\tbed", "S", "(sd-pam)", "nova-api\\n"],
)
def test_the_name_of_a_process_may_be_anything(name: str) -> None:
    read = stat(b"77 (" + name.encode() + b") T " + NUMBERS + b"\n")
    assert read == Stat(77, name, "T", 15041, 3, 7, 1660780)


def test_a_name_of_no_encoding_is_shown_as_well_as_can_be() -> None:
    read = stat(b"77 (\xff\xfe) Z " + NUMBERS)
    assert read is not None
    assert read.name == "\ufffd\ufffd"


@pytest.mark.parametrize(
    "data",
    [b"", b"77", b"77 (x", b"77 (x) S", b"77 (x) S 1 2 3", b"x (x) S " + NUMBERS, b"77 (x) S " + b"9" * 5000, b"\0" * 300],
)
def test_what_is_no_stat_is_none(data: bytes) -> None:
    assert stat(data) is None


def test_a_recorded_status_tells_the_user_in_effect() -> None:
    assert status((RECORDED / "status").read_bytes()) == Status("R", 42424, (15045,), 1, 6)


def test_switches_alone_are_those_of_the_whole() -> None:
    data = (RECORDED / "status").read_bytes()
    assert switches(data) == 6
    assert switches(data + b"x86_Thread_features:\t\n") == 6
    assert switches(data[: data.rindex(b"nonvoluntary")]) is None
    assert switches(b"") is None


def test_the_first_line_of_a_kind_counts() -> None:
    said = b"Name:\tx\\nUid:\\t0\nState:\tD (disk sleep)\nUid:\t1\t2\t3\t4\nNSpid:\t900\t7\t1\nUid:\t0\t0\t0\t0\n"
    assert status(said) == Status("D", 2, (900, 7, 1), 1, 0)


@pytest.mark.parametrize(
    "data", [b"", b"State:\tS\n", b"Uid:\t0\t0\t0\t0\n", b"State:\tS\nUid:\tx\ty\n", b"State:\tS\nUid:\t1\n"]
)
def test_what_is_no_status_is_none(data: bytes) -> None:
    assert status(data) is None


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", ()),
        (b"\0\0", ()),
        (b"nova-compute\0--config-file\0/etc/nova/nova.conf\0", ("nova-compute", "--config-file", "/etc/nova/nova.conf")),
        (b"neutron-server: rpc worker (/usr/bin/python3)\0\0\0\0", ("neutron-server: rpc worker (/usr/bin/python3)",)),
        (b"a\0\0b\0", ("a", "", "b")),
        (b"sh\0-c\0two\nlines \xff\0", ("sh", "-c", "two\nlines \ufffd")),
    ],
)
def test_command_lines(data: bytes, words: tuple[str, ...]) -> None:
    assert command(data) == words


def test_the_limit_of_open_files() -> None:
    assert open_files((RECORDED / "limits").read_bytes()) == 20000
    assert open_files(b"Max open files            unlimited            unlimited            files     \n") is None
    assert open_files(b"") is None


@given(st.binary(max_size=400))
def test_hostile_content_never_crashes_a_parser(data: bytes) -> None:
    for parser in (stat, status, switches, command, open_files):
        parser(data)
        parser(b"1 (" + data + b") S " + NUMBERS)
        parser(b"State:\tS\nUid:\t" + data)


def test_a_process_of_now() -> None:
    seen = processes.process(Path("/proc"), os.getpid())
    assert (seen.pid, seen.parent, seen.uid) == (os.getpid(), os.getppid(), os.geteuid())
    assert seen.started == processes.started(Path("/proc"), os.getpid())
    assert seen.command


def test_a_pid_that_nobody_has() -> None:
    assert processes.started(Path("/proc"), 1 << 30) is None
    with pytest.raises(GoneError, match="not there"):
        processes.process(Path("/proc"), 1 << 30)


def made(proc: Path, pid: int, started: int) -> None:
    folder = proc / str(pid)
    folder.mkdir(parents=True)
    (folder / "stat").write_bytes(b"%d (x) S " % pid + NUMBERS.replace(b"1660780", b"%d" % started))
    (folder / "cmdline").write_bytes(b"x\0")
    (folder / "status").write_bytes(b"State:\tS\nUid:\t1\t1\t1\t1\n")


def test_a_pid_that_becomes_anothers_while_it_is_read(tmp_path: Path) -> None:
    made(tmp_path, 5, 100)
    assert processes.process(tmp_path, 5).started == 100
    pipe = tmp_path / "5" / "cmdline"  # read after `stat`, and not before somebody writes into it
    pipe.unlink()
    os.mkfifo(pipe)

    def reuse() -> None:
        with pipe.open("wb") as stream:
            (tmp_path / "5" / "stat").write_bytes(b"5 (x) S " + NUMBERS.replace(b"1660780", b"200"))
            stream.write(b"y\0")

    reusing = threading.Thread(target=reuse)
    reusing.start()
    with pytest.raises(GoneError, match="ended while it was looked at"):
        processes.process(tmp_path, 5)
    reusing.join()


def test_a_file_that_is_not_as_it_should_be_is_told(tmp_path: Path) -> None:
    made(tmp_path, 5, 100)
    (tmp_path / "5" / "stat").write_bytes(b"")
    with pytest.raises(ProcError, match="not as proc"):
        processes.process(tmp_path, 5)
