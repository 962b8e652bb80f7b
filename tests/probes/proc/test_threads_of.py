"""Threads of real processes, and of folders in which some end while they are looked at."""

import os
import threading
from pathlib import Path

import pytest

from probes.proc.reading import GoneError, ProcError
from probes.proc.threads import switches_of, thread, threads_of, waits_in
from tests.probes.proc.services import Service

PROC = Path("/proc")


def test_threads_of_a_process(tmp_path: Path) -> None:
    with Service(tmp_path, "--threads", "4", "--do", "sleep") as service:
        found = threads_of(PROC, service.pid)
        assert len(found) == 5
        assert found[0].tid == service.pid
        assert {one.name for one in found} == {"python3"}
        assert set(switches_of(PROC, service.pid)) == {one.tid for one in found}
        assert waits_in(PROC, service.pid, service.pid) != "0"
    assert waits_in(PROC, service.pid, service.pid) == ""
    with pytest.raises(GoneError):
        threads_of(PROC, service.pid)


def test_threads_that_end_meanwhile_are_left_out(tmp_path: Path) -> None:
    for tid in (7, 8):
        (tmp_path / "7" / "task" / str(tid)).mkdir(parents=True)
    for name in ("stat", "status"):
        (tmp_path / "7" / "task" / "7" / name).write_bytes(Path(f"/proc/self/{name}").read_bytes())
    assert [one.tid for one in threads_of(tmp_path, 7)] == [7]
    assert list(switches_of(tmp_path, 7)) == [7]
    (tmp_path / "7" / "task" / "7" / "stat").write_text("")
    with pytest.raises(ProcError, match="not as proc"):
        thread(tmp_path, 7, 7)


def test_a_thread_of_our_own_is_among_them() -> None:
    ended = threading.Event()
    waiting = threading.Thread(target=ended.wait)
    waiting.start()
    assert waiting.native_id in {one.tid for one in threads_of(PROC, os.getpid())}
    ended.set()
    waiting.join()
