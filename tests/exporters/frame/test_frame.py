"""What a scrape sees of targets that answer, fail, hang, come and go."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from prometheus_client.metrics_core import Metric as Family

from clients.model import RefusedError, TimedOutError, UnreachableError
from exporters.frame.frame import Frame, TwiceError, Wanted
from exporters.frame.job import Job
from exporters.frame.metrics import METRICS
from exporters.frame.plan import Plan
from exporters.frame.view import View
from tests.exporters.frame.made import BACKGROUND, SCRAPE, Fake, Time, text, value, wanted
from tests.servers.process import wait_until

SOON = 0.5
"""Seconds that a scrape waits where a target hangs."""


@contextmanager
def framed(*targets: Wanted) -> Iterator[Frame]:
    frame = Frame()
    try:
        frame.use(targets)
        yield frame
    finally:
        frame.close()


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


def test_each_scrape_asks_a_target_of_the_scrape_lane_anew() -> None:
    with framed(wanted(Fake())) as frame:
        assert 'made_value{target="main"} 1.0' in text(frame)
        body = text(frame)
    assert 'made_value{target="main"} 2.0' in body
    for name, told in {
        "up": 1.0,
        "success": 1.0,
        "series": 1.0,
        "running_seconds": 0.0,
        "interval_seconds": None,
    }.items():
        assert value(body, f"stratoscope_exporter_{name}") == told
    assert value(body, "stratoscope_exporter_fetches_total", outcome="success") == 2.0
    assert value(body, "stratoscope_exporter_fetches_total", outcome="timeout") == 0.0
    assert value(body, "stratoscope_exporter_dropped_series", reason="limit") == 0.0


def test_everything_that_is_declared_is_given_out() -> None:
    with framed(wanted(Fake(), BACKGROUND)) as frame:
        frame.fetch_all()
        body = text(frame)
    assert {f"# TYPE {metric.name} {metric.kind}" for metric in METRICS} <= set(body.splitlines())


@pytest.mark.parametrize(("timeout", "given"), [(2.0, 1.75 * 0.95), (None, 9.0 * 0.95), (1000.0, 10.0)])
def test_a_collector_is_given_less_time_than_the_scrape_has(timeout: float | None, given: float) -> None:
    time, fake = Time(), Fake()
    frame = Frame(time.clocks())
    frame.use([wanted(fake)])
    text(frame, timeout)
    assert fake.deadlines[0].left("made") == pytest.approx(given)
    frame.close()


def test_scrapes_at_the_same_time_share_one_fetch() -> None:
    fake = Fake(gate=threading.Event())
    with framed(wanted(fake)) as frame:
        bodies: list[str] = []
        scrapers = [threading.Thread(target=lambda: bodies.append(text(frame, 60.0))) for _ in range(3)]
        for scraper in scrapers:
            scraper.start()
        wait_until(lambda: fake.fetches == 1, "the first fetch")
        wait_until(lambda: sum("wait_for" in str(stack) for stack in _waiting()) >= 3, "three scrapes that wait")
        fake.gate.set()  # type: ignore[union-attr]
        for scraper in scrapers:
            scraper.join(60)
    assert fake.fetches == 1
    assert all('made_value{target="main"} 1.0' in body for body in bodies)
    assert len(bodies) == 3


def _waiting() -> list[str]:
    import sys
    import traceback

    return ["".join(traceback.format_stack(frame)) for frame in sys._current_frames().values()]


def test_a_target_that_hangs_costs_its_own_metrics_and_one_thread(caplog: pytest.LogCaptureFixture) -> None:
    hanging, fine = Fake("hanging", gate=threading.Event()), Fake("fine")
    with framed(wanted(hanging), wanted(fine)) as frame:
        threads = threading.active_count()
        bodies = [text(frame, SOON) for _ in range(3)]
        assert threading.active_count() <= threads + 2
        for body in bodies:
            assert 'made_value{target="fine"}' in body
            assert 'made_value{target="hanging"}' not in body
            assert value(body, "stratoscope_exporter_success", "hanging") == 0.0
            assert value(body, "stratoscope_exporter_up", "hanging") == 0.0
            assert value(body, "stratoscope_exporter_success", "fine") == 1.0
        running = [value(body, "stratoscope_exporter_running_seconds", "hanging") or 0.0 for body in bodies]
        assert running == sorted(running)
        assert running[0] > 0
        assert hanging.fetches == 1
        (told,) = messages(caplog)
        assert told.startswith("made hanging: no answer after ")
        hanging.gate.set()  # type: ignore[union-attr]
        wait_until(lambda: value(text(frame), "stratoscope_exporter_success", "hanging") == 1.0, "recovery")


def test_a_target_that_fails_is_told_once_and_its_recovery_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "stratoscope.exporters")
    fake = Fake()
    with framed(wanted(fake)) as frame:
        text(frame)
        for error in (
            UnreachableError("db1:3306: connection refused; is it running?"),
            TimedOutError("db1:3306: no answer within 2.31 s"),
            TimedOutError("db1:3306: no answer within 2.35 s"),
            RefusedError("db1:3306: wrong password; check the setting"),
        ):
            fake.error = error
            body = text(frame)
            assert "made_value" not in body
            assert value(body, "stratoscope_exporter_success") == 0.0
            assert value(body, "stratoscope_exporter_up") == float(error.reachable)
            assert (value(body, "stratoscope_exporter_last_success_timestamp_seconds") or 0) > 1e9
        fake.error = None
        text(frame)
        text(frame)
    assert messages(caplog) == [
        "made main: db1:3306: connection refused; is it running?",
        "made main: db1:3306: no answer within 2.31 s",
        "made main: db1:3306: wrong password; check the setting",
        "made main: answers again",
    ]


def test_a_fault_of_ours_costs_one_target_and_is_told_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    broken, fine = Fake("broken", error=KeyError("wsrep_ready")), Fake("fine")
    with framed(wanted(broken), wanted(fine)) as frame:
        body = text(frame)
    assert value(body, "stratoscope_exporter_success", "broken") == 0.0
    assert value(body, "stratoscope_exporter_up", "broken") is None  # it says nothing of the target
    assert value(body, "stratoscope_exporter_fetches_total", "broken", outcome="error") == 1.0
    assert 'made_value{target="fine"}' in body
    (record,) = caplog.records
    assert record.getMessage() == "made broken: KeyError: 'wsrep_ready'"
    assert record.exc_info is not None


def test_too_many_series_are_told_once(caplog: pytest.LogCaptureFixture) -> None:
    class Many(Fake):
        def families(self, snapshot: int) -> list[Family]:
            (family,) = super().families(snapshot)
            family.samples = [family.samples[0]._replace(labels={"target": str(number)}) for number in range(10)]
            return [family]

    with framed(wanted(Many(), Plan("scrape", 30.0, 10.0, max_series=4))) as frame:
        for _ in range(2):
            body = text(frame)
            assert body.count("made_value{") == 4
            assert value(body, "stratoscope_exporter_dropped_series", reason="limit") == 6.0
    assert messages(caplog) == ["made main: 6 series are left out beyond max_series, 0 as they were given twice"]


def test_the_background_lane_asks_by_itself_and_a_scrape_does_not_wait_for_it() -> None:
    fake = Fake()
    gate = threading.Event()
    fake.gate = gate
    with framed(wanted(fake, Plan("background", 0.01, 10.0))) as frame:
        wait_until(lambda: fake.fetches == 1, "a fetch that nobody asked for")
        body = text(frame)
        assert "made_value" not in body
        assert value(body, "stratoscope_exporter_success") is None  # nothing is known yet
        gate.set()
        wait_until(lambda: fake.fetches > 3, "fetches that nobody asked for")
        body = text(frame)
        assert 'made_value{target="main"}' in body
        assert value(body, "stratoscope_exporter_interval_seconds") == 0.01


def test_a_hang_in_the_background_is_seen_though_it_never_ends() -> None:
    fake = Fake(gate=threading.Event())
    time = Time()
    frame = Frame(time.clocks())
    frame.use([wanted(fake, BACKGROUND)])
    wait_until(lambda: fake.fetches == 1, "the fetch")
    assert value(text(frame), "stratoscope_exporter_success") is None
    time.now += 12.0
    body = text(frame)
    assert value(body, "stratoscope_exporter_success") == 0.0
    assert value(body, "stratoscope_exporter_running_seconds") == 12.0
    fake.gate.set()  # type: ignore[union-attr]
    frame.close()
    assert fake.closed == 1


def test_the_last_good_answer_stays_for_some_intervals_and_then_goes() -> None:
    time, fake = Time(), Fake()
    frame = Frame(time.clocks())
    frame.use([wanted(fake, BACKGROUND)])
    wait_until(lambda: "made_value" in text(frame), "the first answer")
    fake.error = UnreachableError("gone")
    frame.fetch_all()
    time.now += 149.0
    body = text(frame)
    assert 'made_value{target="main"} 1.0' in body
    assert value(body, "stratoscope_exporter_success") == 0.0
    assert value(body, "stratoscope_exporter_snapshot_age_seconds") == 149.0
    time.now += 2.0
    body = text(frame)
    assert "made_value" not in body
    assert value(body, "stratoscope_exporter_series") == 0.0
    assert value(body, "stratoscope_exporter_snapshot_age_seconds") is None
    frame.close()


class Joining(Fake):
    """Tells how many snapshots of the others it has seen."""

    view: View

    def fetch(self, deadline: object) -> int:
        seen = self.view.snapshots("made")
        self.ages = [one.age for one in seen.values()]
        return sum(one.snapshot for one in seen.values())


def test_who_joins_others_is_asked_after_them_and_sees_this_scrapes_answers() -> None:
    joining, first, second = Joining("all"), Fake("a"), Fake("b")
    with framed(wanted(joining, exporter="hosts", joins=True), wanted(first), wanted(second)) as frame:
        joining.view = frame
        assert 'made_value{target="all"} 2.0' in text(frame)
        assert 'made_value{target="all"} 4.0' in text(frame)
        assert all(age >= 0 for age in joining.ages)
        first.error = UnreachableError("gone")
        assert 'made_value{target="all"} 3.0' in text(frame)
        assert set(frame.snapshots("made")) == {"b"}
        assert frame.snapshots("nothing") == {}


def test_new_settings_leave_alone_what_they_do_not_change() -> None:
    same, gone, changed, new = Fake("same"), Fake("gone"), Fake("changed"), Fake("new")
    with framed(wanted(same), wanted(gone), wanted(changed)) as frame:
        text(frame)
        frame.use([wanted(new), wanted(Fake("same")), wanted(Fake("changed"), BACKGROUND)])
        wait_until(lambda: gone.closed == changed.closed == 1, "the end of the old ones")
        body = text(frame)
        assert 'made_value{target="same"} 2.0' in body
        assert 'made_value{target="new"} 1.0' in body
        assert "gone" not in body
        assert same.closed == 0
    assert same.closed == new.closed == 1


def test_two_targets_of_one_name_are_refused_and_all_stays() -> None:
    first = Fake()
    with framed(wanted(first)) as frame:
        other = Fake()
        with pytest.raises(TwiceError, match="two targets of made are called main; give each a name of its own"):
            frame.use([wanted(first), wanted(other, settings="other")])
        assert other.closed == 1
        assert first.closed == 0
        assert 'made_value{target="main"} 1.0' in text(frame)


def test_asking_once_asks_everybody_and_gives_the_verdicts() -> None:
    failing = Fake("failing", error=RefusedError("wrong password"))
    with framed(wanted(Fake("fine")), wanted(failing), wanted(Fake("slow"), Plan("background", 3600.0, 10.0))) as frame:
        shown = frame.fetch_all()
    assert [(one.job.target, one.success, one.reason) for one in shown] == [
        ("fine", True, ""),
        ("failing", False, "wrong password"),
        ("slow", True, ""),
    ]
    assert [verdict.subject for one in shown for verdict in one.verdicts()] == ["cluster fine", "cluster slow"]


def test_a_job_that_never_ran_is_closed_and_asks_nothing_more() -> None:
    fake = Fake()
    job = Job("made", fake, SCRAPE)
    job.close()
    job.join(1.0)
    assert fake.closed == 1
