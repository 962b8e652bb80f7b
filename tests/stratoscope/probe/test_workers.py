"""One hung worker of several is killed, and nobody else: real processes, of which the parent starts another one."""

import os
import signal
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from probes.model import State, Verdict
from probes.proc.finding import finder
from stratoscope.probe.workers import PAUSE, Workers, kill
from tests.servers.process import Process, wait_until
from tests.stratoscope.probe.running import Running

PROC = Path("/proc")
PARENT = textwrap.dedent("""
    import os, signal, time
    def worker():
        pid = os.fork()
        if pid == 0:
            time.sleep(3600)
        return pid
    workers = [worker() for _ in range(3)]
    while True:
        ended, _ = os.waitpid(-1, 0)
        workers = [worker() if one == ended else one for one in workers]
""")


@pytest.fixture
def parent(tmp_path: Path) -> Iterator[Process]:
    name = f"stratoscope-parent-{os.getpid()}"
    with Process([sys.executable, "-c", PARENT, name], tmp_path / "log") as process:
        process.wait_until(lambda: len(finder([name])()) == 4, "its workers are there")
        process.command.append(name)
        yield process


def verdict(*hung: int, at: float = 1000.0) -> Verdict:
    reason = "degraded: one of three is silent"
    made = Verdict("nova", State.DEGRADED, at, at, reason, ready=True, started=True)
    return replace(made, hung_workers=tuple(map(str, hung)))


def test_the_hung_worker_is_killed_and_its_siblings_go_on(parent: Process, caplog: pytest.LogCaptureFixture) -> None:
    find = finder([parent.command[-1]])
    main, *workers = find()
    happenings = Running(None).happenings
    made = Workers(find, happenings, PROC)
    os.kill(workers[1].pid, signal.SIGSTOP)
    made.look(verdict())
    assert len(find()) == 4
    made.look(verdict(workers[1].pid))
    wait_until(lambda: len(find()) == 4 and workers[1].pid not in {one.pid for one in find()}, "another one is there")
    pids = {one.pid for one in find()}
    assert {main.pid, workers[0].pid, workers[2].pid} < pids
    wait_until(lambda: happenings.counts.worker_kills["nova"] == 1, "it is counted")
    made.look(verdict(workers[0].pid, at=1000.0 + PAUSE - 1))  # the new one must have come up before
    assert not made._aside.busy
    assert f"worker {workers[1].pid} of nova is hung and was killed" in caplog.text


def test_only_the_very_process_is_killed(parent: Process) -> None:
    _, worker, *_ = finder([parent.command[-1]])()
    assert not kill(replace(worker, started=worker.started + 1), PROC)
    assert not kill(replace(worker, pid=2**22 - 1), PROC)
    os.kill(worker.pid, 0)


@pytest.mark.parametrize("which", ["the main process", "a stranger"])
def test_who_is_no_worker_is_spared(parent: Process, which: str, caplog: pytest.LogCaptureFixture) -> None:
    find = finder([parent.command[-1]])
    pid = parent.pid if which == "the main process" else os.getpid()
    made = Workers(find, Running(None).happenings, PROC)
    made.look(verdict(pid))
    made._aside.wait(30)
    assert "was not killed: it is no child of the main process" in caplog.text
    assert len(find()) == 4


def test_without_the_right_to_it_says_what_it_takes(parent: Process, caplog: pytest.LogCaptureFixture) -> None:
    def refuse(_: int) -> int:
        raise PermissionError(1, "Operation not permitted")

    find = finder([parent.command[-1]])
    made = Workers(find, Running(None).happenings, PROC, hold=refuse)
    made.look(verdict(find()[1].pid))
    made._aside.wait(30)
    assert "operation not permitted; it takes the same user, or CAP_KILL" in caplog.text
