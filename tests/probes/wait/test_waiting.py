"""The loop over threads: side by side, within the deadline whatever hangs, ended at once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from clients.model import Deadline
from probes.wait.backoff import Backoff
from probes.wait.board import Board
from probes.wait.model import Answer, Tell
from probes.wait.waiting import Pace, Waiting
from tests.servers.process import wait_until

QUICK = Pace(30.0, Backoff(0.01, 0.02))
LONG = 60.0


class Told:
    """Answers as it was told, one after the other, and stays with the last."""

    def __init__(self, *answers: bool, before: threading.Barrier | None = None) -> None:
        self.left = list(answers)
        self.asked = 0
        self.closed = False
        self.before = before

    def ask(self, deadline: Deadline, tell: Tell) -> Answer:
        self.asked += 1
        if self.before is not None:
            self.before.wait(LONG)
        there = self.left.pop(0) if len(self.left) > 1 else self.left[0]
        return Answer(there, "fine" if there else "refused")

    def interrupt(self) -> None:
        pass

    def close(self) -> None:
        self.closed = True


class Hanging(Told):
    """Never answers, unless it can be interrupted."""

    def __init__(self, *, interruptible: bool = False) -> None:
        super().__init__(False)
        self.over = threading.Event()
        self.interruptible = interruptible

    def ask(self, deadline: Deadline, tell: Tell) -> Answer:
        tell("still looking")
        self.over.wait()
        return Answer(there=False, text="interrupted")

    def interrupt(self) -> None:
        if self.interruptible:
            self.over.set()


class Broken(Told):
    """A fault of ours."""

    def ask(self, deadline: Deadline, tell: Tell) -> Answer:
        self.asked += 1
        raise RuntimeError("hunter2 is in the text of whatever a library raises")


@contextmanager
def hanging() -> Iterator[Hanging]:
    made = Hanging()
    try:
        yield made
    finally:
        made.over.set()


def run(*askings: Told, seconds: float = LONG, waiting: Waiting | None = None) -> tuple[str, str, list[str], Board]:
    deadline = Deadline.after(seconds)
    board = Board([f"t{number}" for number, _ in enumerate(askings)], deadline.clock(), 30.0)
    lines: list[str] = []
    outcome, why = (waiting or Waiting(askings, QUICK)).run(board, deadline, lines.append)
    return outcome, why, lines, board


def test_all_are_asked_side_by_side() -> None:
    together = threading.Barrier(3)  # nobody gets past it alone
    outcome, _, _, board = run(*(Told(True, before=together) for _ in range(3)))
    assert outcome == "there"
    assert [one.attempts for one in board.entries] == [1, 1, 1]


def test_each_is_asked_until_it_is_there_and_no_longer() -> None:
    first, second = Told(True), Told(False, False, False, True)
    outcome, _, lines, board = run(first, second)
    assert outcome == "there"
    assert (first.asked, second.asked) == (1, 4)
    assert board.entries[1].attempts == 4
    assert next(line for line in lines if line.startswith("t1")) == "t1: waiting: refused"
    assert len(lines) == 3
    assert first.closed
    assert second.closed


def test_the_deadline_holds_though_one_hangs() -> None:
    with hanging() as stuck:
        outcome, _, lines, board = run(Told(True), stuck, seconds=0.3)
    assert outcome == "deadline"
    assert [one.name for one in board.missing] == ["t1"]
    assert "t1: waiting: still looking" in lines


def test_it_can_be_ended_at_once_though_one_hangs() -> None:
    with hanging() as stuck:
        waiting = Waiting([stuck], QUICK)
        waiting.end("SIGTERM")
        outcome, why, _, _ = run(stuck, waiting=waiting)
    assert (outcome, why) == ("ended", "SIGTERM")


def test_a_watch_is_interrupted_at_the_end() -> None:
    watching = Hanging(interruptible=True)
    outcome, *_ = run(watching, seconds=0.1)
    assert outcome == "deadline"
    assert watching.over.is_set()
    wait_until(lambda: watching.closed, "its thread has hung up")


def test_a_fault_of_ours_leaves_the_others_and_tells_no_secret() -> None:
    outcome, _, lines, board = run(Broken(True), Told(False, True), seconds=0.3)
    assert outcome == "deadline"
    assert board.entries[1].there
    assert "hunter2" not in "".join(lines)
    assert "a fault of stratoscope (RuntimeError)" in board.verdict("deadline", 1.0)


def test_a_heartbeat_comes_while_it_waits() -> None:
    with hanging() as stuck:
        deadline = Deadline.after(0.5)
        lines: list[str] = []
        Waiting([stuck], QUICK).run(Board(["t"], deadline.clock(), 0.05), deadline, lines.append)
    assert any(line.startswith("still waiting after") for line in lines)
