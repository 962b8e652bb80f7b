"""One check in a thread of its own: what it says, what becomes of a look that hangs or raises, and how it ends."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from clients.model import Deadline
from probes.model import Evidence, Finding
from probes.watch.looker import GIVE_UP, MAX_EVIDENCE, MAX_STUCK, SLACK, Looker, wait_all
from probes.watch.model import Look
from tests.probes.watch.fakes import Fake, fine, hanging, raising, said, use
from tests.servers.process import wait_until

QUICK = use(period=0.05, timeout=0.05)


@contextmanager
def looking(fake: Fake, told: object = None) -> Iterator[Looker]:
    looker = Looker(fake.task(QUICK))
    looker.start()
    try:
        yield looker
    finally:
        fake.release.set()
        looker.stop()
        assert looker.wait(Deadline.after(30))


def taken(looker: Looker, some: int = 1) -> list[Look]:
    looks: list[Look] = []

    def enough() -> bool:
        looks.extend(looker.taken(time.monotonic()))
        return len(looks) >= some

    wait_until(enough, f"{some} looks")
    return looks


def test_a_check_is_looked_at_again_and_again_and_closed_once() -> None:
    fake = Fake()
    with looking(fake) as looker:
        looks = taken(looker, 3)
        shown = looker.shown()
    assert [one.finding for look in looks for one in look.evidence] == [Finding.FINE] * len(looks)
    assert shown.looks >= 3
    assert shown.finding is Finding.FINE
    assert (fake.made, fake.closed, fake.most) == (1, 1, 1)


def test_the_runner_signs_evidence_with_the_name_of_the_profile_and_the_beginning_of_the_look() -> None:
    def act(fake: Fake, deadline: Deadline) -> list[Evidence]:
        return [
            said(Finding.FINE),
            Evidence("rpc_control", Finding.FINE, 1.0, "ours"),
            Evidence("process", Finding.FINE, 2.0, "it"),
        ]

    with looking(Fake(act)) as looker:
        look = taken(looker)[0]
    assert [one.check for one in look.evidence] == ["ping", "ping_control", "ping"]
    assert {one.at for one in look.evidence} == {look.begun}


def test_a_look_that_hangs_counts_for_nothing_and_no_second_one_begins() -> None:
    fake = Fake(hanging)
    with looking(fake) as looker:
        wait_until(lambda: fake.looks == 1, "the look has begun")
        assert looker.taken(time.monotonic()) == []
        later = time.monotonic() + QUICK.timeout + SLACK + 1
        (look,) = looker.taken(later)
        (evidence,) = look.evidence
        assert (evidence.finding, evidence.check) == (Finding.UNKNOWN, "ping")
        assert "our own look hangs" in evidence.text
        assert looker.taken(later) == []  # told once a period
        assert len(looker.taken(later + QUICK.period)) == 1
        assert looker.shown().overdue > SLACK
        assert fake.looks == 1
        fake.act = fine
        fake.release.set()
        found = [one.finding for look in taken(looker, 2) for one in look.evidence]
        assert found[0] is Finding.SILENT  # what the check itself says, counts, late as it is
        assert looker.shown().overdue == 0


def test_a_stuck_thread_is_given_up_and_replaced_but_not_without_end(caplog: pytest.LogCaptureFixture) -> None:
    fake = Fake(hanging)
    looker = Looker(fake.task(QUICK))
    looker.start()
    for again in range(1, MAX_STUCK + 2):
        wait_until(lambda again=again: fake.looks == again, "a look hangs")  # type: ignore[misc]
        looker.taken(time.monotonic() + GIVE_UP + 10)
    assert looker.shown().stuck == MAX_STUCK
    looker.taken(time.monotonic() + 10 * GIVE_UP)
    assert fake.made == MAX_STUCK + 1
    assert looker.shown().stuck == MAX_STUCK
    assert sum("left alone" in record.getMessage() for record in caplog.records) == MAX_STUCK
    begun = time.monotonic()
    assert wait_all([looker], Deadline.after(0.05)) == ["ping"]
    assert time.monotonic() - begun < 30  # the end waits for none of them
    fake.act = fine
    fake.release.set()
    wait_until(lambda: not looker.taken(time.monotonic()) and looker.shown().stuck == 0, "the stuck ones have come back")
    assert looker.wait(Deadline.after(30))
    assert fake.running == 0


def test_what_was_given_up_and_comes_back_says_nothing_any_more() -> None:
    fake = Fake(hanging)
    with looking(fake) as looker:
        wait_until(lambda: fake.looks == 1, "a look hangs")
        looker.taken(time.monotonic() + GIVE_UP + 10)
        wait_until(lambda: fake.looks == 2, "another one hangs")
        fake.act = fine
        fake.release.set()
        found = [one.text for look in taken(looker, 3) for one in look.evidence]
    assert found.count("late") == 1  # the second one; the first was given up


def test_time_in_which_we_stood_still_is_not_held_against_a_look() -> None:
    fake = Fake(hanging)
    with looking(fake) as looker:
        wait_until(lambda: fake.looks == 1, "a look hangs")
        later = time.monotonic() + 10 * GIVE_UP
        assert looker.taken(later, void_until=later) == []
        assert looker.shown().overdue == 0


def test_a_check_that_raises_is_unknown_with_what_it_saw_before_and_made_anew(caplog: pytest.LogCaptureFixture) -> None:
    fake = Fake(raising)
    with looking(fake) as looker:
        look = taken(looker, 2)[0]
        assert [(one.finding, one.text) for one in look.evidence] == [
            (Finding.FINE, "the first of two"),
            (Finding.UNKNOWN, "could not look: a fault of ours"),
        ]
        assert isinstance(look.fault, RuntimeError)
        assert looker.shown().faults >= 2
    assert fake.made == fake.closed >= 2


def test_a_check_that_cannot_be_made_is_tried_again() -> None:
    made = []

    def make() -> Fake:
        made.append(1)
        if len(made) == 1:
            raise OSError("nova.conf: permission denied")
        return fake

    fake = Fake()
    task = fake.task(QUICK)
    looker = Looker(type(task)(task.use, make))
    looker.start()
    looks = taken(looker, 2)
    looker.stop()
    assert looks[0].evidence[0].text == "could not look: nova.conf: permission denied"
    assert looks[1].evidence[0].finding is Finding.FINE


def test_what_one_look_may_bring_has_a_bound() -> None:
    def act(fake: Fake, deadline: Deadline) -> Iterator[Evidence]:
        while True:
            yield said(Finding.FINE)

    with looking(Fake(act)) as looker:
        assert len(taken(looker)[0].evidence) == MAX_EVIDENCE


def test_looks_keep_their_period_at_a_phase_of_their_own() -> None:
    drawn: list[tuple[float, float]] = []

    def draw(low: float, high: float) -> float:
        drawn.append((low, high))
        return high

    fake = Fake()
    looker = Looker(fake.task(use(period=0.2)), draw=draw)
    looker.start()
    taken(looker, 2)
    looker.stop()
    assert drawn[:2] == [(0.0, 0.2), (0.0, 0.2)]


@pytest.fixture(autouse=True)
def _warnings(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "stratoscope.probe")
