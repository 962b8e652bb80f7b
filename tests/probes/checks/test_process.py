"""States of processes: real ones that are stopped, dead, blocked, or have many files open."""

import os
import resource
import signal
from pathlib import Path

from probes.checks import process
from probes.checks.process import Settings
from probes.model import Context, Finding, Process
from tests.probes.checks.looking import Looker, by_about
from tests.probes.proc.services import Service
from tests.rights import as_nobody
from tests.servers.process import wait_until


def looker(service: Service, settings: Settings | None = None) -> Looker:
    return Looker(process.make(settings or Settings(), service.context()))


def test_a_service_and_its_figures(tmp_path: Path) -> None:
    with Service(tmp_path, "--threads", "3", workers=2) as service:
        whole = looker(service).whole()
        assert whole.finding is Finding.FINE
        assert (whole.figures["workers"], whole.figures["threads"]) == (2, 9)
        assert whole.figures["files"] >= 3
        assert whole.figures["files_limit"] == resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def test_not_there_yet_then_there_then_gone(tmp_path: Path) -> None:
    with Service(tmp_path) as service:
        there = [False]
        context = Context("service", lambda: service.find() if there[0] else ())
        look = Looker(process.make(Settings(), context))
        assert look.whole().finding is Finding.NOT_YET
        there[0] = True
        assert look.whole().finding is Finding.FINE
        service.kill()
        assert look.until(Finding.GONE).text == "its process is gone"


def test_a_stopped_main_process_is_stuck_until_it_goes_on(tmp_path: Path) -> None:
    with Service(tmp_path) as service:
        look = looker(service)
        service.freeze()
        stuck = look.until(Finding.STUCK)
        assert stuck.text == f"its main process, pid {service.pid}, is stopped by a signal (SIGSTOP)"
        service.thaw()
        look.until(Finding.FINE)


def test_a_dead_main_process_that_nobody_collects_is_stuck(tmp_path: Path) -> None:
    with Service(tmp_path) as service:
        look = looker(service)
        look.look()
        os.kill(service.pid, signal.SIGKILL)  # its parent is this test, which collects it at the end
        assert "zombie" in look.until(Finding.STUCK).text


def test_a_stopped_worker_and_a_dead_one_are_told_by_pid(tmp_path: Path) -> None:
    with Service(tmp_path, workers=3) as service:
        look = looker(service)
        assert len(look.look()) == 5
        first, second, third = service.workers()
        os.kill(first, signal.SIGSTOP)
        evidence = look.until(Finding.PARTIAL)
        assert f"1 of 4 processes: pid {first} is stopped" in evidence.text
        assert by_about(look.look())[str(first)] is Finding.STUCK
        assert by_about(look.look())[str(third)] is Finding.FINE
        assert second != third


def test_near_the_limit_of_open_files_it_should_get_no_work(tmp_path: Path) -> None:
    with Service(tmp_path) as service:
        look = looker(service)
        number = int(look.whole().figures["files"])
        resource.prlimit(service.pid, resource.RLIMIT_NOFILE, (number, 4096))
        full = look.whole()
        assert (full.finding, full.figures["files_ratio"]) == (Finding.UNFIT, 1.0)
        resource.prlimit(service.pid, resource.RLIMIT_NOFILE, (number * 2, 4096))
        assert look.whole().finding is Finding.FINE


def test_open_files_are_told_of_a_process_that_may_not_be_looked_into(tmp_path: Path) -> None:
    """Since Linux 6.2 by the size of the folder; on older kernels the figure is left out."""
    with Service(tmp_path, "--undumpable") as service:
        told = Path(f"/proc/{service.pid}/fd").stat().st_size > 0
        with as_nobody():
            assert ("files" in looker(service).whole().figures) == told


class Blocked:
    """A process in an uninterruptible sleep, as files that the test writes."""

    def __init__(self, proc: Path) -> None:
        self._task = proc / "7" / "task" / "7"
        self._task.mkdir(parents=True)
        (self._task / "stat").write_text("7 (x) D 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 100 0 0\n")
        (self._task / "wchan").write_text("rpc_wait_bit_killable")
        self.state = "D"
        self.switch(1)
        self.look = Looker(process.make(Settings(), Context("service", self._processes, proc=proc)))

    def _processes(self) -> list[Process]:
        return [Process(7, 1, "x", ("x",), 0, self.state, 100)]

    def switch(self, number: int) -> None:
        (self._task / "status").write_text(f"State:\tD\nUid:\t0\t0\t0\t0\nvoluntary_ctxt_switches:\t{number}\n")


def test_one_and_the_same_uninterruptible_sleep_for_long(tmp_path: Path) -> None:
    blocked = Blocked(tmp_path)
    findings = [blocked.look.whole().finding for _ in range(7)]
    assert findings == [*[Finding.FINE] * 6, Finding.STUCK]
    assert "blocked in the kernel for 70 s (state D, in rpc_wait_bit_killable)" in blocked.look.whole().text


def test_uninterruptible_at_each_look_but_another_sleep_is_a_slow_disk(tmp_path: Path) -> None:
    blocked = Blocked(tmp_path)
    for number in range(20):
        blocked.switch(number)
        assert blocked.look.whole().finding is Finding.FINE
    for _ in range(3):
        blocked.look.look()
    blocked.state = "S"
    blocked.look.look()
    blocked.state = "D"
    assert [blocked.look.whole().finding for _ in range(6)] == [Finding.FINE] * 6


def test_what_cannot_be_right() -> None:
    assert list(Settings().mistakes()) == []
    assert [key for key, _ in Settings(blocked_after=0, files_full=2).mistakes()] == ["blocked_after", "files_full"]


def test_waiting_for_a_state_is_waiting_for_the_kernel(tmp_path: Path) -> None:
    with Service(tmp_path) as service:
        wait_until(lambda: service.find()[0].state in {"S", "R"}, "it runs")
