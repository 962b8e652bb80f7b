"""The loop around checks and verdicts: what follows from a hang, new settings, what is found, and what a restart remembers."""

import logging
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from clients.model import Deadline
from probes.model import Evidence, Finding, State
from probes.verdict import Outcome
from tests.stratoscope.probe.made import loaded, service, settings
from tests.stratoscope.probe.running import Running, running
from tests.stratoscope.probe.told import tell

ENFORCE = "policy: {mode: enforce}\n"


@pytest.fixture(autouse=True)
def _told(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level(logging.INFO, "stratoscope"):
        yield


def hang(folder: Path) -> None:
    tell(folder / "ask", "silent")
    tell(folder / "still", "stuck")


def heal(folder: Path) -> None:
    tell(folder / "ask", "fine")
    tell(folder / "still", "fine")


def hung(made: Running) -> None:
    made.until_state(State.HUNG)


def test_a_service_that_is_well_is_live_ready_and_started(tmp_path: Path) -> None:
    with running(loaded(settings(tmp_path))) as made:
        view = made.until_state(State.HEALTHY)
    assert (view.live.ok, view.ready.ok, view.started.ok) == (True, True, True)
    assert [shown.use.name for shown in view.checks] == ["ask", "still", "way"]
    assert view.profile is not None
    assert view.profile.name == "demo"


def test_observed_only_a_hang_is_counted_once_and_kills_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with running(loaded(settings(tmp_path))) as made:
        made.until_state(State.HEALTHY)
        hang(tmp_path)
        hung(made)
        for _ in range(5):
            made.sidecar.step(time.monotonic())
        view = made.view()
        assert (view.live.ok, view.live.outcome, view.ready.ok) == (True, Outcome.WOULD_KILL, False)
        assert made.happenings.counts.would_be_kills == {"nova": 1}
        heal(tmp_path)
        made.until_state(State.HEALTHY)
        assert made.happenings.counts.false_alarms == {"nova": 1}
        assert made.happenings.counts.kills == {"nova": 0}
    told = caplog.text
    assert "nova would be killed now, and is not, as its mode is observe" in told
    assert "a false alarm; raise hang_after" in told


def test_enforced_liveness_fails_until_one_good_answer(tmp_path: Path) -> None:
    with running(loaded(settings(tmp_path, top=ENFORCE))) as made:
        made.until_state(State.HEALTHY)
        hang(tmp_path)
        hung(made)
        assert (made.view().live.ok, made.happenings.counts.kills["nova"]) == (False, 1)
        tell(tmp_path / "ask", "fine")
        made.until(lambda: made.view().live.ok, "it lives")
        assert made.happenings.counts.kills["nova"] == 1


def test_one_proof_alone_and_a_control_that_fails_kill_nobody(tmp_path: Path) -> None:
    with running(loaded(settings(tmp_path, top=ENFORCE))) as made:
        made.until_state(State.HEALTHY)
        tell(tmp_path / "ask", "silent")
        made.until_state(State.SATURATED)
        tell(tmp_path / "way", "silent")
        tell(tmp_path / "still", "stuck")
        made.until_state(State.DEPENDENCY_DOWN)
        end = time.monotonic() + 2
        made.until(lambda: time.monotonic() > end, "more time than a hang takes")
        assert made.view().live.ok
        assert made.happenings.counts.kills["nova"] == 0


@pytest.mark.parametrize("check", ["ask", "still", "way"])
def test_a_check_that_hangs_or_raises_accuses_nobody(tmp_path: Path, check: str, caplog: pytest.LogCaptureFixture) -> None:
    with running(loaded(settings(tmp_path, top=ENFORCE))) as made:
        made.until_state(State.HEALTHY)
        tell(tmp_path / check, "raise")

        def faulty() -> bool:
            return any(shown.use.name == check and shown.faults for shown in made.view().checks)

        made.until(faulty, "it has raised")
        tell(tmp_path / check, "hang")
        made.until(lambda: any(shown.overdue for shown in made.view().checks), "it is overdue")
        made.until(lambda: _finding(made, check) is Finding.UNKNOWN, "that is told")
        assert made.view().live.ok
        assert made.view().verdict.state is not State.HUNG
    assert sum("could not look: RuntimeError" in record.getMessage() for record in caplog.records) == 1
    assert f"check {check} of nova has not ended in time" in caplog.text


def _finding(made: Running, check: str) -> Finding:
    return next(shown.finding for shown in made.view().checks if shown.use.name == check)


def test_a_restart_remembers_the_kills_and_what_has_started(tmp_path: Path) -> None:
    text = settings(tmp_path, top=f"state: {tmp_path / 'state'}\npolicy: {{mode: enforce, kills_per_hour: 1}}\n")
    for outcome in (Outcome.KILL, Outcome.BUDGET):
        heal(tmp_path)
        with running(loaded(text)) as made:
            made.until_state(State.HEALTHY)
            hang(tmp_path)
            hung(made)
            assert made.view().live.outcome is outcome
            assert made.view().live.ok is (outcome is Outcome.BUDGET)
    assert made.happenings.counts.withheld == {("nova", "budget"): 1}


def test_new_settings_leave_alone_what_they_do_not_change(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    two = settings(tmp_path) + service(tmp_path / "b", name="heat")
    with running(loaded(two)) as made:
        made.until_state(State.HEALTHY)
        made.until_state(State.HEALTHY, "heat")
        nova, heat = made.sidecar.service("nova"), made.sidecar.service("heat")
        made.sidecar.use(
            loaded(two.replace("services:", ENFORCE + "services:").replace(str(tmp_path / "b"), str(tmp_path / "c")))
        )
        assert made.sidecar.service("nova") is nova
        assert made.view().enforcing
        assert made.sidecar.service("heat") is not heat
        made.until_state(State.HEALTHY, "heat")
        made.sidecar.use(loaded(settings(tmp_path)))
        made.until(lambda: set(made.sidecar.snapshot.views) == {"nova"}, "one is left")
        assert made.sidecar.service("heat") is None


def test_a_mode_of_its_own_goes_before_that_of_the_file(tmp_path: Path) -> None:
    with running(loaded(settings(tmp_path, "mode: observe", top=ENFORCE))) as made:
        assert not made.view().enforcing


def test_state_takes_a_restart_and_that_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with running(loaded(settings(tmp_path))) as made:
        made.sidecar.use(loaded(settings(tmp_path, top=f"state: {tmp_path}\n")))
    assert "state and black_box take a restart" in caplog.text


def fake_process(proc: Path, pid: int, command: str) -> None:
    """As much of a process as is looked at to find it."""
    folder = proc / str(pid)
    (folder / "task" / str(pid)).mkdir(parents=True)
    (folder / "task" / str(pid) / "children").write_text("")
    numbers = " ".join(["1", *["0"] * 15, "1", "0", "77", *["0"] * 30])
    (folder / "stat").write_text(f"{pid} (demo) S {numbers}\n")
    (folder / "cmdline").write_bytes(command.encode().replace(b" ", b"\0") + b"\0")
    (folder / "status").write_text("Name:\tdemo\nState:\tS (sleeping)\nUid:\t0\t0\t0\t0\nThreads:\t1\n")
    (folder / "cgroup").write_text("0::/\n")
    (proc / "self").mkdir(exist_ok=True)
    (proc / "self" / "cgroup").write_text("0::/\n")


def test_a_profile_is_found_from_the_processes_once_they_are_there(tmp_path: Path) -> None:
    proc = tmp_path / "proc"
    proc.mkdir()
    (proc / "self").mkdir()
    (proc / "self" / "cgroup").write_text("0::/\n")
    with running(loaded("services: {nova: {}}\n"), proc) as made:
        made.until(lambda: "no process is to be seen" in made.view().verdict.reason, "it looks for one")
        assert (made.view().live.ok, made.view().ready.ok, made.view().started.ok) == (True, False, False)
        fake_process(proc, 7, "python3 /usr/bin/stratoscope-demo --verbose")
        made.until_state(State.HEALTHY)
        watched = made.sidecar.service("nova")
        assert watched is not None
        assert watched.plan.found_as.name == "demo"
        made.sidecar.use(loaded("services: {nova: {mode: enforce}}\n"))
        assert made.sidecar.service("nova") is watched


def test_a_fault_in_one_service_costs_the_others_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with running(loaded(settings(tmp_path) + service(tmp_path, name="heat"))) as made:
        made.until_state(State.HEALTHY)
        nova = made.sidecar.service("nova")
        assert nova is not None
        nova._judge = None  # type: ignore[assignment]
        before = made.view().verdict
        made.until(lambda: made.view("heat").verdict.at > before.at, "the other one goes on")
        assert made.view().verdict is before  # and so it grows stale
    assert "a fault in the step of nova" in caplog.text


def test_a_loop_that_stood_still_voids_what_was_seen(tmp_path: Path) -> None:
    """As after SIGSTOP: a hang cannot be told from our own absence."""
    with running(loaded(settings(tmp_path, top=ENFORCE))) as made:
        made.until_state(State.HEALTHY)
        hang(tmp_path)
        made.until_state(State.SATURATED)
        time.sleep(2.5)  # longer than a beat may be late; this is the fault that is tried, not a wait
        made.sidecar.step(time.monotonic())
        assert made.view().live.ok
        assert made.view().verdict.state is not State.HUNG
        hung(made)  # in the end it is one


def test_without_settings_it_says_why(tmp_path: Path) -> None:
    with running(None) as made:
        made.sidecar.wait_for_settings(5.0, "probe.yaml:1: no\nmore")
        assert made.sidecar.snapshot.trouble == "the settings cannot be used: probe.yaml:1: no"
        made.sidecar.use(loaded(settings(tmp_path)))
        made.until_state(State.HEALTHY)
        assert made.sidecar.snapshot.trouble == ""


def test_the_end_waits_for_checks_and_not_for_those_that_hang(tmp_path: Path) -> None:
    tell(tmp_path / "ask", "hang")
    made = Running(loaded(settings(tmp_path)))
    made.until(lambda: any(shown.overdue for shown in made.view().checks), "it hangs")
    begun = time.monotonic()
    made.sidecar.close()
    assert time.monotonic() - begun < 30


def test_a_black_box_is_written_before_liveness_fails(tmp_path: Path) -> None:
    top = f"{ENFORCE}black_box: {{folder: {tmp_path / 'boxes'}, dumps: 1, pause: 0}}\n"
    with running(loaded(settings(tmp_path, "hang_after: 10m", top=top))) as made:
        made.until_state(State.HEALTHY)
        hang(tmp_path)
        made.until(lambda: made.view().boxes.written == 1, "a box is there")
        assert made.view().live.ok  # it is a suspicion only
        (box,) = (tmp_path / "boxes").glob("*_nova")
        assert "the file says silent" in (box / "box.txt").read_text()


def test_what_is_doubtful_in_the_service_s_own_settings_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    config = tmp_path / "nova.conf"
    config.write_text("[oslo_messaging_rabbit]\nrabbit_quorum_queues = true\n")
    with running(loaded(settings(tmp_path, f"config_files: [{config}]"))) as made:
        made.until(lambda: "quorum_queue_typo" in dict(made.view().doubts), "it is found")
    assert "rabbit_quorum_queues is no option" in caplog.text


class Peers:
    """A check that hears of others, as that of RPC does."""

    def __init__(self, hung: int) -> None:
        self.hung = hung
        self.announced = 0

    def announce(self, now: float) -> None:
        self.announced += 1

    def hung_peers(self, now: float) -> int:
        return self.hung

    def look(self, deadline: Deadline) -> list[Evidence]:
        return []

    def close(self) -> None:
        """Nothing is kept."""


def test_when_many_hang_at_a_time_nobody_is_killed(tmp_path: Path) -> None:
    with running(loaded(settings(tmp_path, top=ENFORCE))) as made:
        made.until_state(State.HEALTHY)
        nova = made.sidecar.service("nova")
        assert nova is not None
        peers = Peers(hung=7)
        way = next(looker for looker in nova._watch.lookers if looker.task.use.name == "way")
        way.check = lambda: peers  # type: ignore[method-assign]
        hang(tmp_path)
        hung(made)
        assert (made.view().live.outcome, made.view().live.ok) == (Outcome.BREAKER, True)
        assert "8 hang at a time" in made.view().live.reason
        assert peers.announced >= 1  # the others hear of this one, too
        assert made.happenings.counts.withheld == {("nova", "breaker"): 1}
