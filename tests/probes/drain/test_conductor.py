"""A drain as a preStop hook sees it: it ends in time, may be asked for twice, and is undone when the pod lives on."""

import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from clients.model import Deadline, RefusedError, TimedOutError
from probes.drain.conductor import Drain, Step
from probes.drain.model import Outcome, Phase, Progress
from probes.drain.settings import DrainSettings
from tests.servers.process import READY, wait_until

QUICK = DrainSettings(grace=2 * READY, margin=0.0, settle=0.0, pause=0.01)
SHORT = DrainSettings(grace=1.0, margin=0.0, settle=0.0, pause=0.01)


class Fake:
    """An action that notes its calls. What is in `raises` under a call's name is raised."""

    def __init__(self, calls: list[str], name: str = "fake") -> None:
        self.calls = calls
        self.name = name
        self.busy = threading.Event()
        self.forbidden = threading.Event()
        self.raises: dict[str, Exception] = {}
        self.hangs: dict[str, threading.Event] = {}

    def permitted(self, deadline: Deadline) -> Progress:
        self._called("permitted")
        return Progress(not self.forbidden.is_set(), "not yet" if self.forbidden.is_set() else "yes")

    def begin(self, deadline: Deadline) -> str:
        self._called("begin")
        return "begun"

    def look(self, deadline: Deadline) -> Progress:
        self._called("look")
        return Progress(not self.busy.is_set(), "busy" if self.busy.is_set() else "idle", 2 * self.busy.is_set())

    def undo(self, deadline: Deadline) -> str:
        self._called("undo")
        return "undone"

    def close(self) -> None:
        self._called("close")

    def _called(self, what: str) -> None:
        if self.calls[-1:] != [f"{self.name} {what}"]:
            self.calls.append(f"{self.name} {what}")
        if what in self.hangs:
            self.hangs[what].wait()
        if what in self.raises:
            raise self.raises[what]


_OPEN: list[Drain] = []


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    """A drain that has ended waits for the end of its pod: it is not to wait for that of the tests."""
    yield
    while _OPEN:
        _OPEN.pop().close()


def conducted(*arguments: Any, **more: Any) -> Drain:
    _OPEN.append(Drain(*arguments, **more))
    return _OPEN[-1]


class Made:
    """A drain with two fake actions."""

    def __init__(self, settings: DrainSettings = QUICK) -> None:
        self.calls: list[str] = []
        self.first, self.second = Fake(self.calls, "first"), Fake(self.calls, "second")
        steps = [Step("first", self.first), Step("second", self.second)]
        self.main: tuple[int, int] | None = (7, 100)
        self.drain = conducted("nova-compute", steps, settings, grace=60.0, ready=self.ready, main=lambda: self.main)

    def ready(self, ready: bool) -> None:
        self.calls.append("ready" if ready else "not ready")


@pytest.fixture
def quiet(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    """What was logged."""
    caplog.set_level(logging.INFO, logger="stratoscope.probe.drain")
    return lambda: [record.getMessage() for record in caplog.records if record.name == "stratoscope.probe.drain"]


def test_not_ready_comes_before_any_action_and_all_is_told(quiet: Callable[[], list[str]]) -> None:
    made = Made()
    assert made.drain.status().phase is Phase.IDLE
    made.drain.begin()
    status = made.drain.wait()
    assert status.outcome is Outcome.DRAINED
    assert made.calls == [
        "first permitted", "second permitted", "not ready", "first begin", "first look", "second begin", "second look",
    ]  # fmt: skip
    assert made.drain.active, "its service is not ready, and must not be judged"
    assert status.in_flight == 0
    assert "first: idle; second: idle" in status.text
    assert quiet()[0] == "nova-compute: drain begun, for 120 s at most"
    wait_until(lambda: quiet()[-1].startswith("drain of nova-compute: drained after "), "the end is logged")


def test_a_second_pre_stop_joins_the_first(quiet: Callable[[], list[str]]) -> None:
    made = Made()
    made.first.busy.set()
    made.drain.begin()
    wait_until(lambda: "first look" in made.calls, "it waits")
    assert made.drain.begin().phase is Phase.ACTING
    waiting = [threading.Thread(target=made.drain.wait) for _ in range(3)]
    for thread in waiting:
        thread.start()
    made.first.busy.clear()
    for thread in waiting:
        thread.join()
    made.drain.begin()
    assert made.drain.wait(0.0).outcome is Outcome.DRAINED, "one that has ended is not begun again"
    assert made.calls.count("not ready") == 1


def test_what_is_in_flight_at_the_deadline_is_told(quiet: Callable[[], list[str]]) -> None:
    made = Made(SHORT)
    made.first.busy.set()
    made.drain.begin()
    status = made.drain.wait()
    assert status.outcome is Outcome.DEADLINE
    assert status.in_flight == 2
    assert status.left == 0.0
    assert "first: busy" in status.text
    assert "second begin" not in made.calls
    wait_until(lambda: any("deadline after" in line for line in quiet()), "the end is logged")


def test_an_action_that_is_not_permitted_leaves_the_service_ready() -> None:
    made = Made(SHORT)
    made.second.forbidden.set()
    made.drain.begin()
    status = made.drain.wait()
    assert status.outcome is Outcome.REFUSED
    assert "second: not yet" in status.text
    assert "not ready" not in made.calls
    assert not made.drain.active
    made.second.forbidden.clear()
    made.drain.begin()
    assert made.drain.wait().outcome is Outcome.DRAINED, "asked again, it tries again"


def test_permission_that_comes_late_is_waited_for() -> None:
    made = Made()
    made.first.forbidden.set()
    made.drain.begin()
    wait_until(lambda: "first permitted" in made.calls, "it asks")
    assert made.drain.status().phase is Phase.PERMITTING
    made.first.forbidden.clear()
    assert made.drain.wait().outcome is Outcome.DRAINED


@pytest.mark.parametrize("call", ["permitted", "begin", "look"])
@pytest.mark.parametrize("error", [RefusedError("no privilege"), TimedOutError("slow"), ZeroDivisionError("ours")])
def test_an_action_that_fails_is_given_up_and_the_next_one_begins(call: str, error: Exception) -> None:
    made = Made()
    made.first.raises[call] = error
    made.drain.begin()
    status = made.drain.wait()
    assert status.outcome is Outcome.DRAINED
    assert status.steps[0].failed
    assert "second look" in made.calls


def test_a_failure_that_passes_is_no_reason_to_give_up() -> None:
    made = Made()
    made.first.busy.set()
    made.drain.begin()
    wait_until(lambda: "first look" in made.calls, "it waits")
    made.first.raises["look"] = TimedOutError("slow")
    made.first.raises.clear()
    made.first.busy.clear()
    assert not made.drain.wait().steps[0].failed


@pytest.mark.parametrize("call", ["permitted", "begin", "look"])
def test_an_action_that_hangs_holds_nobody_beyond_the_deadline(call: str) -> None:
    made = Made(SHORT)
    gate = made.first.hangs[call] = threading.Event()
    made.drain.begin()
    status = made.drain.wait()
    assert status.outcome is not None
    assert status.outcome is not Outcome.DRAINED
    gate.set()


def test_readiness_that_cannot_be_set_does_not_keep_the_pod_from_ending(quiet: Callable[[], list[str]]) -> None:
    def fail(_: bool) -> None:
        raise ZeroDivisionError

    drain = conducted("nova-compute", [], QUICK, grace=60.0, ready=fail)
    drain.begin()
    assert drain.wait().outcome is Outcome.DRAINED
    assert "nova-compute: drain: not ready failed" in quiet()


def test_when_the_pod_lives_on_all_is_undone_the_last_first(quiet: Callable[[], list[str]]) -> None:
    made = Made()
    made.drain.begin()
    made.drain.wait()
    made.calls.clear()
    status = made.drain.cancel()
    assert made.calls == ["second undo", "first undo", "ready"]
    assert (status.outcome, status.phase) == (Outcome.CANCELLED, Phase.IDLE)
    assert not made.drain.active
    assert "nova-compute: drain undone: first: undone" in quiet()


def test_one_that_is_under_way_is_interrupted_and_only_what_was_begun_is_undone() -> None:
    made = Made()
    made.first.busy.set()
    made.drain.begin()
    wait_until(lambda: "first look" in made.calls, "it waits")
    assert made.drain.cancel().outcome is Outcome.CANCELLED
    assert made.calls[-2:] == ["first undo", "ready"]
    assert "second begin" not in made.calls
    made.first.busy.clear()
    made.drain.begin()
    assert made.drain.wait().outcome is Outcome.DRAINED, "it may be drained again"


def test_who_waits_is_let_go_by_a_cancel() -> None:
    made = Made()
    made.first.busy.set()
    made.drain.begin()
    waiting = threading.Thread(target=made.drain.wait)
    waiting.start()
    made.drain.cancel()
    waiting.join(READY)
    assert not waiting.is_alive()


def test_an_undo_that_fails_does_not_keep_the_service_from_being_ready(quiet: Callable[[], list[str]]) -> None:
    made = Made()
    made.drain.begin()
    made.drain.wait()
    made.second.raises["undo"] = RefusedError("no")
    made.calls.clear()
    made.drain.cancel()
    assert made.calls == ["second undo", "first undo", "ready"]
    assert "nova-compute: drain: second: undo failed" in quiet()


def test_a_service_that_was_only_restarted_does_not_stay_drained(quiet: Callable[[], list[str]]) -> None:
    """preStop runs as well when the kubelet restarts a container whose liveness has failed."""
    made = Made()
    made.drain.begin()
    assert made.drain.wait().outcome is Outcome.DRAINED
    made.main = None
    assert made.drain.active, "it ends, and is not seen for a moment"
    made.main = (7, 200)
    wait_until(lambda: made.calls[-3:] == ["second undo", "first undo", "ready"], "it is taken back")
    wait_until(lambda: made.drain.status().outcome is Outcome.CANCELLED, "it is told")
    assert "nova-compute: drain taken back: a new process has begun" in quiet()


def test_processes_that_cannot_be_seen_do_not_stop_a_drain(quiet: Callable[[], list[str]]) -> None:
    def fail() -> object:
        raise ZeroDivisionError

    drain = conducted("nova-compute", [], QUICK, grace=60.0, ready=lambda _: None, main=fail)
    drain.begin()
    assert drain.wait().outcome is Outcome.DRAINED
    assert "nova-compute: drain: its processes cannot be seen" in quiet()


def test_where_processes_are_not_seen_a_pod_that_outlives_its_grace_period_is_not_drained_any_more(
    quiet: Callable[[], list[str]],
) -> None:
    calls: list[str] = []
    settings = DrainSettings(grace=0.3, margin=0.2, settle=0.0, pause=0.01)
    drain = conducted("nova-compute", [], settings, grace=60.0, ready=lambda ready: calls.append(str(ready)), spare=0.1)
    drain.begin()
    wait_until(lambda: calls == ["False", "True"], "it is ready again")
    wait_until(lambda: not drain.active, "it is told")
    assert "nova-compute: drain taken back: the pod lives on after its grace period" in quiet()


def test_cancelling_what_was_never_begun_does_nothing() -> None:
    made = Made()
    assert made.drain.cancel().phase is Phase.IDLE
    assert made.calls == []


def test_closing_stops_it_and_undoes_nothing() -> None:
    made = Made()
    made.first.busy.set()
    made.drain.begin()
    wait_until(lambda: "first look" in made.calls, "it waits")
    made.drain.close()
    assert {"first close", "second close"} <= set(made.calls)
    assert "first undo" not in made.calls


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        (DrainSettings(grace=20.0), "grace"),
        (DrainSettings(grace=21.0), None),
        (DrainSettings(), None),
        (DrainSettings(margin=-1.0), "margin"),
        (DrainSettings(pause=0.0), "pause"),
    ],
)
def test_settings_that_cannot_work_are_told(settings: DrainSettings, key: str | None) -> None:
    assert [name for name, _ in settings.mistakes()] == ([key] if key else [])
