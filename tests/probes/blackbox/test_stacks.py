"""Stacks of processes that hang, by py-spy, which leaves them as they are."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

from clients.model import Deadline, TimedOutError
from probes.blackbox.model import Entry, Occasion
from probes.blackbox.running import Output, run
from probes.blackbox.settings import BlackBoxSettings
from probes.blackbox.signature import Dump, signature_of
from probes.blackbox.stacks import dump_of, gather, printed, top_frame
from probes.model import Evidence, Finding, Process, State, Verdict
from tests.probes.blackbox.patients import PROC, of, patient, profile
from tests.servers.process import READY
from tests.servers.process import Process as Running

_EXECUTABLE = "Error: Failed to get process executable name. Check that the process is running.\n\nCaused by:\n"
SETTINGS = BlackBoxSettings(pause=0.01)


def occasion(*processes: Process, **more: Any) -> Occasion:
    return Occasion("nova-compute", profile(), "silent", 0.0, processes, **more)


def dumps_of(entries: Sequence[Entry]) -> list[Dump]:
    return [dump for entry in entries if (dump := dump_of(entry))]


def dumped(process: Running) -> list[Entry]:
    return list(gather(occasion(of(process)), SETTINGS, Deadline.after(READY)))


@pytest.mark.parametrize(("way", "function"), [("gil", "driver_call"), ("hub", "blocking_call"), ("spin", "turning")])
def test_the_frame_that_hangs_is_found_whatever_the_process_is_stuck_in(tmp_path: Path, way: str, function: str) -> None:
    with patient(way, tmp_path) as process:
        entries = dumped(process)
        signature = signature_of(dumps_of(entries))
        assert len(entries) == 3
        assert signature is not None
        assert signature.name.startswith(f"{way}:{function}#")
        assert signature.still
        assert f"{function} ({tmp_path}/{way}.py:" in printed(dumps_of(entries), signature)
        assert process.running()


def test_where_a_main_thread_is_in_one_line(tmp_path: Path) -> None:
    with patient("spin", tmp_path) as process:
        assert top_frame(process.pid) == f"turning ({tmp_path}/spin.py)"
    assert top_frame(process.pid) is None


def test_the_frame_that_hangs_is_found_in_a_stopped_process_which_stays_stopped(tmp_path: Path) -> None:
    with patient("idle", tmp_path) as process:
        process.freeze()
        process.wait_until(lambda: of(process).state == "T", "it is stopped")
        entries = dumped(process)
        assert [entry.lost for entry in entries] == ["", "", ""]
        assert of(process).state == "T"
        process.thaw()
        process.wait_until(lambda: of(process).state in "RS", "it goes on")


def test_no_dump_stops_the_process(tmp_path: Path) -> None:
    with patient("moving", tmp_path) as process:
        for _ in range(10):
            dumped(process)
        assert of(process).state in "RS"
        assert b"TracerPid:\t0\n" in (PROC / str(process.pid) / "status").read_bytes()


def test_a_program_that_is_no_python_is_tried_once_and_told(tmp_path: Path) -> None:
    with Running(["/bin/sleep", "600"], tmp_path / "log") as process:
        process.wait_until(lambda: of(process).name == "sleep", "it runs")
        (entry,) = dumped(process)
        assert "is no Python program" in entry.lost


def test_one_that_has_ended_is_told_and_the_others_are_dumped(tmp_path: Path) -> None:
    with patient("idle", tmp_path) as process:
        gone = Process(999_999_999, 1, "nova-compute", (), 0, "S", 1)
        entries = list(gather(occasion(gone, of(process)), SETTINGS, Deadline.after(READY)))
        assert [bool(entry.lost) for entry in entries] == [True, False, False, False]
        assert "has ended" in entries[0].lost


def test_without_a_process_the_privilege_is_told() -> None:
    (entry,) = gather(occasion(), SETTINGS, Deadline.after(READY))
    assert "shareProcessNamespace" in entry.lost


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "Permission Denied: Try running again with elevated permissions by going 'sudo env \"PATH=$PATH\" !!'",
            "not permitted; run the sidecar with the service's user id or the capability SYS_PTRACE",
        ),
        (
            f"{_EXECUTABLE}    0: Permission denied (os error 13)\n\nStack backtrace:\n   0: E",
            "not permitted; run the sidecar with the service's user id or the capability SYS_PTRACE",
        ),
        ("Error: Failed to find python version from target process\n\nStack backtrace:\n", "is no Python program"),
        (
            f"{_EXECUTABLE}    0: No such file or directory (os error 2)",
            "has ended",
        ),
        ("Error: something new\nin two lines", "Error: something new in two lines"),
        ("", "failed without a word"),
    ],
)
def test_why_there_is_none_is_told_with_what_would_give_it(said: str, told: str) -> None:
    def failing(command: Sequence[str], deadline: Deadline, limit: int) -> Output:
        return Output(1, b"", said)

    process = Process(7, 1, "nova-compute", (), 0, "S", 1)
    (entry,) = gather(occasion(process), SETTINGS, Deadline.after(READY), run=failing)
    assert told in entry.lost
    assert "backtrace" not in entry.lost


@pytest.mark.parametrize("out", [b"", b"{", b"[1]", b"{}", b'[{"frames": 1}]', b'[{"frames": [{}]}]', b"\xff"])
def test_output_that_is_not_understood_costs_the_dump_only(out: bytes) -> None:
    def odd(command: Sequence[str], deadline: Deadline, limit: int) -> Output:
        return Output(0, out, "")

    process = Process(7, 1, "nova-compute", (), 0, "S", 1)
    (entry,) = gather(occasion(process), SETTINGS, Deadline.after(READY), run=odd)
    assert "not understood" in entry.lost or not entry.text


def test_a_service_with_many_threads_gives_a_bounded_dump() -> None:
    frame = {"filename": "/a.py", "name": "f", "line": 1}
    thread = {"os_thread_id": 1, "thread_name": None, "active": True, "owns_gil": False, "frames": [frame] * 1000}

    def huge(command: Sequence[str], deadline: Deadline, limit: int) -> Output:
        return Output(0, orjson.dumps([thread] * 1000), "")

    process = Process(7, 1, "nova-compute", (), 0, "S", 1)
    first, *_ = gather(occasion(process), SETTINGS, Deadline.after(READY), run=huge)
    assert first.text.count("\n") <= 400 + 100
    assert first.text.count("    f (/a.py:1)") == 100, "threads that stand in one place are told together"


def test_the_suspected_worker_is_dumped_first_and_the_number_is_bounded() -> None:
    processes = [Process(pid, 1, "nova-conductor", (), 0, "S", 1) for pid in range(1, 30)]
    evidence = (Evidence("sockets", Finding.STUCK, 0.0, "", about="17"), Evidence("rpc", Finding.FINE, 0.0, "", about="3"))
    verdict = Verdict("nova-conductor", State.DEGRADED, 0.0, 0.0, "", ready=True, started=True, evidence=evidence)
    seen: list[str] = []

    def note(command: Sequence[str], deadline: Deadline, limit: int) -> Output:
        seen.append(command[-1])
        return Output(0, b"[]", "")

    list(gather(occasion(*processes, verdict=verdict), BlackBoxSettings(dumps=1), Deadline.after(READY), run=note))
    assert seen == ["17", "1", "2", "3", "4", "5", "6", "7"]


def test_what_is_run_never_tells_local_variables_nor_stops_the_process() -> None:
    commands: list[Sequence[str]] = []

    def note(command: Sequence[str], deadline: Deadline, limit: int) -> Output:
        commands.append(command)
        return Output(0, b"[]", "")

    list(gather(occasion(Process(7, 1, "x", (), 0, "S", 1)), SETTINGS, Deadline.after(READY), run=note))
    assert all("--nonblocking" in command and "--locals" not in command and "-l" not in command for command in commands)


# -- the program that is run


def script(text: str) -> list[str]:
    return [sys.executable, "-c", text]


def test_a_program_that_hangs_is_killed_at_the_deadline() -> None:
    with pytest.raises(TimedOutError):
        run(script("import time; time.sleep(600)"), Deadline.after(0.3), 1000)


def test_one_that_closes_its_output_and_hangs_is_killed_too() -> None:
    with pytest.raises(TimedOutError):
        run(["/bin/sh", "-c", "exec >&- 2>&-; exec sleep 600"], Deadline.after(0.5), 1000)


def test_output_without_end_is_cut() -> None:
    output = run(script("while True: print('x' * 1000)"), Deadline.after(READY), 5000)
    assert output.cut
    assert len(output.out) == 5000


def test_both_ends_are_read_however_much_comes() -> None:
    output = run(script("import sys; sys.stderr.write('e' * 200_000); print('o' * 200_000)"), Deadline.after(READY), 1 << 20)
    assert (output.code, len(output.out), len(output.error)) == (0, 200_001, 200_000)


def test_a_program_that_is_not_there_is_told() -> None:
    def missing(command: Sequence[str], deadline: Deadline, limit: int) -> Output:
        return run(["/nowhere/py-spy"], deadline, limit)

    (entry,) = gather(occasion(Process(7, 1, "x", (), 0, "S", 1)), SETTINGS, Deadline.after(READY), run=missing)
    assert entry.lost == "py-spy cannot be run: no such file or directory; is it installed?"
