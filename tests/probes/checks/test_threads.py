"""Whether threads run: real processes that sleep, wake up, spin and are stopped."""

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from probes.checks import threads
from probes.checks.threads import Settings
from probes.model import Context, Finding
from tests.probes.checks.looking import Looker, by_about, never
from tests.probes.proc.services import Service
from tests.servers.process import wait_until

Frame = Callable[[int], str | None]


def looker(service: Service, settings: Settings | None = None, frame: Frame = lambda _: None) -> Looker:
    return Looker(threads.make(settings or Settings(), with_frame(service.context(), frame)))


def with_frame(context: Context, frame: Frame) -> Context:
    """The context, in which that is where a main thread stands."""
    return replace(context, top_frame=frame)


def switched(pid: int) -> int:
    """Switches of all threads of a process."""
    words = (
        line.split() for task in Path(f"/proc/{pid}/task").iterdir() for line in (task / "status").read_text().splitlines()
    )
    return sum(int(line[1]) for line in words if line and line[0].endswith("voluntary_ctxt_switches:"))


def moves(pid: int) -> None:
    """Wait until a process has run."""
    before = switched(pid)
    wait_until(lambda: switched(pid) != before, "it has run")


def test_a_process_in_which_nothing_runs_is_still(tmp_path: Path) -> None:
    with Service(tmp_path, "--do", "sleep", "--threads", "5") as service:
        look = looker(service)
        stuck = look.until(Finding.STUCK)
        assert stuck.text.startswith(f"pid {service.pid} none of its 6 threads has run for ")
        assert "state S" in stuck.text
        assert stuck.figures["still_seconds"] >= 30
        assert stuck.figures["processes"] == 1


def test_it_takes_as_long_as_the_settings_say(tmp_path: Path) -> None:
    with Service(tmp_path, "--do", "sleep") as service:
        look = looker(service, Settings(still_after=60))
        wait_until(lambda: look.whole().figures["still_seconds"] > 0, "it has gone to sleep")
        seen = [look.whole() for _ in range(8)]
        assert all((one.finding is Finding.STUCK) == (one.figures["still_seconds"] >= 60) for one in seen)


def test_what_has_not_run_since_the_last_look_is_no_sign_of_life_and_no_proof_yet(tmp_path: Path) -> None:
    with Service(tmp_path, "--do", "sleep") as service:
        look = looker(service)
        wait_until(lambda: look.whole().figures["still_seconds"] > 0, "it has gone to sleep")
        findings = [look.whole().finding for _ in range(4)]
        assert Finding.FINE not in findings
        assert findings[-1] is Finding.STUCK


def test_a_process_that_wakes_up_now_and_then_is_fine(tmp_path: Path) -> None:
    with Service(tmp_path) as service:
        look = looker(service)
        never(look, Finding.STUCK, 8, lambda: moves(service.pid))
        assert look.whole().figures["still_seconds"] < 30


def test_a_blocked_hub_beside_a_heartbeat_is_seen_by_its_main_thread_only(tmp_path: Path) -> None:
    with Service(tmp_path, "--do", "hub") as service:
        any_thread, main_thread = looker(service), looker(service, Settings(thread="main"))
        never(any_thread, Finding.STUCK, 8, lambda: moves(service.pid))
        assert "its main thread has run for" not in main_thread.whole().text
        assert f"pid {service.pid} its main thread has" in main_thread.until(Finding.STUCK).text


def test_one_that_is_stopped_and_goes_on(tmp_path: Path) -> None:
    with Service(tmp_path) as service:
        look = looker(service)
        service.freeze()
        assert "(state T" in look.until(Finding.STUCK).text
        service.thaw()
        look.until(Finding.FINE)


def test_of_a_service_with_workers_only_they_count(tmp_path: Path) -> None:
    """The main one sleeps in waitpid(2) all its life, in good health."""
    with Service(tmp_path, workers=3) as service:
        look = looker(service)
        hung = service.workers()[0]
        os.kill(hung, signal.SIGSTOP)
        whole = look.until(Finding.PARTIAL)
        assert f"1 of 3 processes: pid {hung} none of its 1 threads" in whole.text
        for pid in service.workers()[1:]:
            moves(pid)
        assert by_about(look.look()) == {
            "": Finding.PARTIAL,
            **{str(pid): Finding.STUCK if pid == hung else Finding.FINE for pid in service.workers()},
        }


class Spinning:
    """A process that is said to spin: its counters are files that the test writes."""

    def __init__(self, proc: Path) -> None:
        self._folder = proc / "7"
        self._task = self._folder / "task" / "7"
        self._task.mkdir(parents=True)
        self.whole = self.main = 0
        self.use(0, 0)

    def use(self, main: int, others: int) -> None:
        """Processor time in ticks that it has used since."""
        self.main += main
        self.whole += main + others
        for folder, ticks in ((self._folder, self.whole), (self._task, self.main)):
            (folder / "stat").write_text(f"7 (x) R 1 1 1 0 -1 0 0 0 0 0 {ticks} 0 0 0 20 0 2 0 100 0 0\n")
            (folder / "status").write_text(
                "State:\tR\nUid:\t0\t0\t0\t0\nvoluntary_ctxt_switches:\t1\nnonvoluntary_ctxt_switches:\t0\n"
            )

    def context(self, proc: Path) -> Context:
        from probes.model import Process

        return Context("service", lambda: [Process(7, 1, "x", ("x",), 0, "R", 100, 2)], proc=proc)


TICKS = os.sysconf("SC_CLK_TCK") * 10
"""Of one processor between two looks."""


@pytest.fixture
def spinning(tmp_path: Path) -> Spinning:
    return Spinning(tmp_path)


def test_a_main_thread_that_spins_in_one_place_is_stuck(tmp_path: Path, spinning: Spinning) -> None:
    look = Looker(threads.make(Settings(), with_frame(spinning.context(tmp_path), lambda pid: f"loop (x.py:{pid})")))
    findings = [look.whole().finding]
    for _ in range(4):
        spinning.use(TICKS, 0)
        findings.append(look.whole().finding)
    assert findings == [Finding.UNKNOWN, Finding.FINE, Finding.FINE, Finding.STUCK, Finding.STUCK]
    spinning.use(TICKS, 0)
    assert "uses 100% of a processor and is always at loop (x.py:7)" in look.whole().text
    spinning.use(TICKS // 2, 0)
    assert look.whole().finding is Finding.FINE


def test_one_that_is_elsewhere_each_time_only_works_hard(tmp_path: Path, spinning: Spinning) -> None:
    frames = (f"step (x.py:{number})" for number in range(100))
    look = Looker(threads.make(Settings(), with_frame(spinning.context(tmp_path), lambda _: next(frames))))
    never(look, Finding.STUCK, 8, lambda: spinning.use(TICKS, 0))


def test_without_a_frame_spinning_is_told_and_proves_nothing(tmp_path: Path, spinning: Spinning) -> None:
    look = Looker(threads.make(Settings(), spinning.context(tmp_path)))
    never(look, Finding.STUCK, 8, lambda: spinning.use(TICKS, 0))
    spinning.use(TICKS, 0)
    whole = look.whole()
    assert whole.text == "pid 7 runs; its main thread alone uses 100% of a processor"
    assert whole.figures["main_thread_busy_ratio"] == 1


def test_a_main_thread_that_is_busy_among_others_does_not_spin(tmp_path: Path, spinning: Spinning) -> None:
    look = Looker(threads.make(Settings(), with_frame(spinning.context(tmp_path), lambda _: "loop")))
    never(look, Finding.STUCK, 8, lambda: spinning.use(TICKS, TICKS))
    spinning.use(TICKS, TICKS // 2)
    assert look.whole().figures["other_threads_busy_ratio"] == 0.5


def test_a_real_one_that_spins_is_not_still(tmp_path: Path) -> None:
    with Service(tmp_path, "--do", "spin") as service:
        look = looker(service)
        never(look, Finding.STUCK, 6, lambda: moves(service.pid))


def test_processes_that_are_not_seen_or_have_ended(tmp_path: Path) -> None:
    assert Looker(threads.make(Settings(), Context("service"))).whole().finding is Finding.UNKNOWN
    with Service(tmp_path) as service:
        seen = service.find()
        look = Looker(threads.make(Settings(), Context("service", lambda: seen)))
        assert "looked at for the first time" in look.whole().text
    assert look.whole().finding is Finding.UNKNOWN


def test_what_cannot_be_right() -> None:
    assert list(Settings().mistakes()) == []
    assert [key for key, _ in Settings(still_after=1, busy=2, samples=1).mistakes()] == ["still_after", "busy", "samples"]
