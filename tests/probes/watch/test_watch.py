"""All checks of a service, and the control that says whether we ourselves are on time."""

import time
from dataclasses import replace

from clients.model import Deadline
from probes.model import Context, Evidence, Finding, Process, Proof
from probes.table import Row
from probes.watch.looker import Looker
from probes.watch.making import task_of
from probes.watch.pulse import LATE, NAME, Pulse
from probes.watch.watch import Watch
from tests.probes.watch.fakes import Fake, raising, said, use
from tests.servers.process import wait_until

QUICK = use(period=0.05, timeout=0.05)


def watch_of(**fakes: Fake) -> tuple[Watch, list[str]]:
    faults: list[str] = []
    lookers = [Looker(fake.task(use(name, 0.05, 0.05))) for name, fake in fakes.items()]
    return Watch(lookers, lambda check, error: faults.append(f"{check}: {error}")), faults


def gathered(watch: Watch, pulse: Pulse, names: set[str]) -> list[Evidence]:
    """Until all these have said something."""
    evidence: list[Evidence] = []

    def enough() -> bool:
        now = time.monotonic()
        evidence.extend(watch.gather(now, pulse.beat(now)).evidence)
        return {one.check for one in evidence} >= names

    wait_until(enough, f"evidence of {names}")
    return evidence


def test_a_check_that_raises_or_hangs_costs_the_others_nothing() -> None:
    hung = Fake(lambda fake, deadline: (fake.release.wait(), ())[1])
    watch, faults = watch_of(good=Fake(), bad=Fake(raising), hung=hung)
    watch.start()
    pulse = Pulse(0.05, time.monotonic())
    evidence = gathered(watch, pulse, {"good", "bad", NAME})
    assert {one.finding for one in evidence if one.check == "good"} == {Finding.FINE}
    assert faults[0].startswith("bad: a fault of ours")
    assert watch.close(Deadline.after(0.2)) == ["hung"]
    hung.release.set()
    assert watch.close(Deadline.after(30)) == []


def test_a_beat_on_time_is_fine_and_a_late_one_makes_the_window_void() -> None:
    pulse = Pulse(0.5, 100.0)
    beat = pulse.beat(100.6)
    assert (beat.void, beat.evidence.finding, beat.evidence.check) == (False, Finding.FINE, "pulse")
    beat = pulse.beat(100.6 + 0.5 + LATE + 0.1)
    assert (beat.void, beat.evidence.finding) == (True, Finding.UNKNOWN)
    assert "stood still for 2.1 s" in beat.evidence.text
    assert not pulse.beat(104.0).void


def test_what_a_look_saw_while_we_stood_still_accuses_nobody() -> None:
    fake = Fake(lambda fake, deadline: [said(Finding.SILENT, "no answer", "7"), said(Finding.FINE, "answered", "8")])
    watch, _ = watch_of(ping=fake)
    watch.start()
    wait_until(lambda: fake.looks > 1, "looks")
    now = time.monotonic()
    late = Pulse(0.05, now - 60).beat(now)
    evidence = [one for one in watch.gather(now, late).evidence if one.check == "ping"]
    assert {(one.about, one.finding) for one in evidence} == {("7", Finding.UNKNOWN), ("8", Finding.FINE)}
    assert all(one.text == "void, as this sidecar stood still meanwhile: no answer" for one in evidence if one.about == "7")
    wait_until(lambda: _again(watch), "the looks after it count")
    watch.close(Deadline.after(30))


def _again(watch: Watch) -> bool:
    now = time.monotonic()
    beat = Pulse(0.05, now).beat(now)
    return any(one.finding is Finding.SILENT for one in watch.gather(now, beat).evidence)


def test_a_check_is_made_out_of_its_row() -> None:
    rows = (Row("fake", "tests.probes.watch.plain", "A test."),)
    task = task_of(QUICK, "told", Context("nova-compute"), rows)
    (evidence,) = task.make().look(Deadline.after(1))
    assert evidence.text == "told of nova-compute"


def test_the_check_that_sees_the_main_process_tells_which_it_is() -> None:
    rows = (Row("fake", "tests.probes.watch.plain", "A test."),)
    main = Process(7, 1, "demo", ("demo",), 0, "S", 77)
    context = Context("nova-compute", processes=lambda: [main])
    (evidence,) = task_of(replace(QUICK, proof=Proof.STOPPED), "told", context, rows).make().look(Deadline.after(1))
    assert evidence.figures == {"main_pid": 7, "main_started": 77}
    (evidence,) = task_of(QUICK, "told", context, rows).make().look(Deadline.after(1))
    assert evidence.figures == {}
