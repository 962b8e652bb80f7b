"""Several questions at once, and an end to the waiting."""

import contextlib
import threading

from clients.model import Deadline
from exporters.rabbitmq.threads import Threads


def test_what_is_not_answered_in_time_is_left_behind_and_not_asked_again() -> None:
    """The same job is not begun again before it has ended."""
    go_on = threading.Event()
    begun: list[str] = []

    def stuck() -> str:
        begun.append("stuck")
        go_on.wait(60)
        return "late"

    with contextlib.closing(Threads[str, str]()) as threads:
        jobs = {"stuck": stuck, "quick": lambda: "quick"}
        for _ in range(3):
            assert threads.ask(jobs, Deadline.after(0.01)) == {"quick": "quick"}
        assert begun == ["stuck"]
        go_on.set()
        threads.ask({}, Deadline.after(30))
        assert threads.ask({"other": lambda: "other"}, Deadline.after(30)) == {"other": "other"}
