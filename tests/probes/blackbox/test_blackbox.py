"""A whole box: bounded in time, told in one event, without secrets, and there whatever hangs or fails."""

import io
import json
import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from clients.model import Deadline
from probes.blackbox.blackbox import BlackBox
from probes.blackbox.lines import masked
from probes.blackbox.model import Entry, Occasion
from probes.blackbox.ring import EVIDENCE, TEXT, boxes
from probes.blackbox.settings import BlackBoxSettings
from probes.blackbox.steps import STEPS, Step
from probes.model import Evidence, Finding, State, Verdict
from stratoscope.own_logging import EventFormatter
from tests.probes.blackbox.patients import of, patient, profile
from tests.servers.process import READY

SECRET = "correct-horse-battery"


class Clock:
    """Moves when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def events() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What the black box logs, as the sidecar prints it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(EventFormatter())
    logger = logging.getLogger("stratoscope.probe.blackbox")
    before = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logger.removeHandler(handler)
    logger.level, logger.propagate = before


def occasion(since: float = 1.0, **more: Any) -> Occasion:
    return Occasion("nova-compute", profile(), "3 pings unanswered for 12 s", since, **more)


def simple(name: str, *entries: Entry) -> Step:
    return Step(name, lambda *_: entries, 5.0)


def soon() -> Deadline:
    return Deadline.after(READY)


def test_a_box_of_a_process_that_hangs_has_all_there_is_and_says_where_it_hangs(
    tmp_path: Path, events: Callable[[], list[dict[str, Any]]]
) -> None:
    log = tmp_path / "nova.log"
    log.write_text("2026-11-27 the last line\n")
    evidence = (Evidence("sockets", Finding.STUCK, 1.0, "1254 bytes unread"),)
    verdict = Verdict("nova-compute", State.SATURATED, 1.0, 1.0, "silent", ready=False, started=True, evidence=evidence)
    with patient("gil", tmp_path) as process:
        settings = BlackBoxSettings(folder=tmp_path / "boxes", pause=0.01)
        case = occasion(processes=(of(process),), verdict=verdict, log_files=(log,), views={"broker": {"consumers": 1}})
        written = BlackBox(settings).write(case, soon())
        assert process.running()
    assert written.path is not None
    assert written.signature is not None
    assert written.signature.name.startswith("gil:driver_call#")
    assert written.status == "partial", "it handles no SIGUSR2, so there is no report"
    assert [lost.partition(":")[0] for lost in written.lost if "memory" not in lost] == ["report"]
    lines = [orjson.loads(line) for line in (written.path / EVIDENCE).read_bytes().splitlines()]
    assert [line["kind"] for line in (lines[0], lines[-1])] == ["head", "tail"]
    steps = list(dict.fromkeys(line["step"] for line in lines[1:-1]))
    assert steps == [step.name for step in STEPS]
    text = (written.path / TEXT).read_text()
    for part in (
        "3 pings unanswered",
        "driver_call",
        "1254 bytes unread",
        "the last line",
        "consumers: 1",
        "it does not handle",
    ):
        assert part in text
    (event,) = events()
    attributes = event["attributes"]
    assert attributes["probe"] == "nova-compute"
    assert attributes["black_box.why"] == "3 pings unanswered for 12 s"
    assert attributes["black_box.path"] == str(written.path)
    assert attributes["hang.signature"] == written.signature.name
    assert attributes["hang.pid"] == process.pid
    assert attributes["code.stacktrace"].startswith(f"driver_call ({tmp_path}/gil.py:")
    assert event["body"].startswith("nova-compute: black box written: main thread of ")


def test_there_is_one_for_each_suspicion_and_not_too_many(tmp_path: Path) -> None:
    clock = Clock()
    box = BlackBox(BlackBoxSettings(folder=tmp_path, distance=120.0), steps=[], clock=clock)
    assert box.due("nova-compute", 1.0)
    assert box.write(occasion(1.0), Deadline.after(READY, clock)).status == "whole"
    assert box.write(occasion(1.0), Deadline.after(READY, clock)).status == "skipped"
    clock.now += 119.0
    assert not box.due("nova-compute", 2.0), "the suspicion came again too soon"
    clock.now += 1.0
    assert not box.due("nova-compute", 1.0), "this one has its box"
    assert box.due("nova-compute", 2.0)
    assert box.due("heat-engine", 1.0), "another service has its own"
    assert box.write(occasion(2.0), Deadline.after(READY, clock)).status == "whole"
    assert len(boxes(tmp_path)) == 2
    assert box.counts("nova-compute").written == 2


def test_a_step_that_hangs_costs_what_it_has_not_given_yet(tmp_path: Path) -> None:
    gate = threading.Event()

    def hang(*_: Any) -> Iterable[Entry]:
        yield Entry("slow", "", "what it had")
        gate.wait()

    steps = [Step("slow", hang, 0.2), simple("next", Entry("next", "", "what comes after"))]
    box = BlackBox(BlackBoxSettings(folder=tmp_path, distance=0.0), steps=steps)
    written = box.write(occasion(1.0), soon())
    assert written.path is not None
    text = (written.path / TEXT).read_text()
    assert "what it had" in text
    assert "what comes after" in text
    assert written.status == "partial"
    assert "slow: nova-compute: slow: not done after" in written.lost[0]
    again = box.write(occasion(2.0), soon())
    assert "the last one still hangs" in again.lost[0], "no second thread is put behind the first"
    gate.set()


def test_a_step_with_a_fault_costs_itself_only(tmp_path: Path, events: Callable[[], list[dict[str, Any]]]) -> None:
    def fail(*_: Any) -> Iterable[Entry]:
        raise ZeroDivisionError

    box = BlackBox(
        BlackBoxSettings(folder=tmp_path), steps=[Step("bad", fail, 5.0), simple("next", Entry("next", "", "after"))]
    )
    written = box.write(occasion(), soon())
    assert written.lost == ("bad: a fault of stratoscope: ZeroDivisionError; its log has more",)
    assert written.path is not None
    assert "after" in (written.path / TEXT).read_text()
    assert events()[0]["attributes"]["exception.type"] == "builtins.ZeroDivisionError"


def test_when_the_time_is_over_the_other_steps_are_left_out_and_the_box_is_whole_on_disk(tmp_path: Path) -> None:
    gate = threading.Event()
    hang = Step("slow", lambda *_: (Entry("slow", str(gate.wait())),), 600.0)
    box = BlackBox(BlackBoxSettings(folder=tmp_path), steps=[hang, simple("next", Entry("next", "", "after"))])
    written = box.write(occasion(), Deadline.after(0.3))
    assert [lost.partition(":")[0] for lost in written.lost] == ["slow", "next"]
    assert written.lost[1] == "next: no time was left"
    assert [one.whole for one in boxes(tmp_path)] == [True]
    gate.set()


def test_a_disk_that_hangs_holds_nobody(tmp_path: Path, events: Callable[[], list[dict[str, Any]]]) -> None:
    gate = threading.Event()

    def now() -> Any:
        gate.wait()  # the first thing that is done for a box
        raise OSError

    written = BlackBox(BlackBoxSettings(folder=tmp_path), steps=[], now=now).write(occasion(), Deadline.after(0.1))
    assert written.status == "failed"
    assert "does the disk hang?" in written.reason
    assert events()[0]["severity_text"] == "ERROR"
    gate.set()


def test_where_no_box_can_be_written_the_event_says_why(tmp_path: Path, events: Callable[[], list[dict[str, Any]]]) -> None:
    (tmp_path / "file").write_text("no folder")
    box = BlackBox(BlackBoxSettings(folder=tmp_path / "file" / "boxes"), steps=[])
    written = box.write(occasion(), soon())
    assert (written.status, written.path) == ("failed", None)
    assert written.reason == f"{tmp_path}/file/boxes: not a directory"
    (event,) = events()
    assert event["body"] == f"nova-compute: no black box: {tmp_path}/file/boxes: not a directory"
    assert (box.counts("nova-compute").written, box.counts("nova-compute").failed) == (0, 1)


def test_where_no_box_can_be_written_the_event_says_where_it_hangs_nevertheless(
    tmp_path: Path, events: Callable[[], list[dict[str, Any]]]
) -> None:
    (tmp_path / "file").write_text("no folder")
    with patient("gil", tmp_path) as process:
        settings = BlackBoxSettings(folder=tmp_path / "file" / "boxes", pause=0.01)
        written = BlackBox(settings).write(occasion(processes=(of(process),)), soon())
    assert (written.status, written.path) == ("failed", None)
    assert events()[-1]["attributes"]["hang.signature"].startswith("gil:driver_call#")


def test_on_a_disk_that_fills_up_what_fits_is_there_and_the_rest_is_told(tmp_path: Path) -> None:
    steps = [simple("small", Entry("small", "", "fits")), simple("large", Entry("large", "of it", "x" * (1 << 21)))]
    written = BlackBox(BlackBoxSettings(folder=tmp_path, limit=4 << 20), steps=steps).write(occasion(), soon())
    assert written.path is not None
    assert written.lost == ("large of it: a box takes 1048576 bytes at most",)
    assert "fits" in (written.path / TEXT).read_text()
    assert [one.whole for one in boxes(tmp_path)] == [True]


def test_a_fault_of_ours_never_reaches_who_asks_for_a_box(tmp_path: Path, events: Callable[[], list[dict[str, Any]]]) -> None:
    def now() -> Any:
        raise ZeroDivisionError

    written = BlackBox(BlackBoxSettings(folder=tmp_path), steps=[], now=now).write(occasion(), soon())
    assert (written.status, written.reason) == ("failed", "ZeroDivisionError")
    assert events()[0]["attributes"]["exception.type"] == "builtins.ZeroDivisionError"


def test_two_services_may_be_written_at_the_same_time(tmp_path: Path) -> None:
    met = threading.Barrier(2)
    steps = [Step("meet", lambda *_: (Entry("meet", "", str(met.wait(READY))),), READY)]
    box = BlackBox(BlackBoxSettings(folder=tmp_path), steps=steps)
    done: list[str] = []

    def write(service: str) -> None:
        done.append(box.write(Occasion(service, profile(), "x", 1.0), soon()).status)

    threads = [threading.Thread(target=write, args=(name,)) for name in ("nova-compute", "heat-engine")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == ["whole", "whole"]


def test_no_secret_is_in_a_box_wherever_it_came_from(tmp_path: Path, events: Callable[[], list[dict[str, Any]]]) -> None:
    log, url = tmp_path / "nova.log", f"rabbit://nova:{SECRET}@10.0.0.1:5672/"
    log.write_text(f"2026-11-27 ERROR auth_token={SECRET}\ntransport_url = {url}\n")
    evidence = (Evidence("rpc", Finding.SILENT, 1.0, f"{url} does not answer", about=url),)
    verdict = Verdict("nova-compute", State.HUNG, 1.0, 1.0, f"{url} hangs", ready=False, started=True, evidence=evidence)
    views = {"broker": {"url": url, "list": [{"password": f"password={SECRET}"}]}}
    with patient("idle", tmp_path, "--os-password", SECRET) as process:
        case = Occasion("nova-compute", profile(), f"silent at {url}", 1.0, (of(process),), verdict, (verdict,), views, (log,))
        written = BlackBox(BlackBoxSettings(folder=tmp_path / "boxes", pause=0.01)).write(case, soon())
    assert written.path is not None
    for name in (EVIDENCE, TEXT):
        data = (written.path / name).read_text()
        assert SECRET not in data
        assert "rabbit://nova:***@10.0.0.1" in data
    assert SECRET not in json.dumps(events())


def test_text_that_is_no_unicode_can_be_written(tmp_path: Path) -> None:
    odd = os.fsdecode(b"/tmp/\xff\xfe\x00")
    entry = Entry("odd", odd, odd, {odd: [odd, {"x": float("nan"), "y": {1, 2}}]})
    written = BlackBox(BlackBoxSettings(folder=tmp_path), steps=[simple("odd", entry)]).write(occasion(), soon())
    assert written.path is not None
    assert len((written.path / EVIDENCE).read_bytes().splitlines()) == 3
    assert written.status == "whole"


def test_what_a_terminal_would_obey_is_shown_and_not_done(tmp_path: Path) -> None:
    entry = Entry("log", "a\x1b]0;title\x07", "red \x1b[31m and\ttab\r\nnext\x9b1m", lost="\x1b[2J")
    written = BlackBox(BlackBoxSettings(folder=tmp_path), steps=[simple("log", entry)]).write(occasion(), soon())
    assert written.path is not None
    text = (written.path / TEXT).read_text()
    assert not any(ord(character) < 0x20 for character in text.replace("\n", "").replace("\t", ""))
    assert "red \\x1b[31m and\ttab\\x0d\nnext\\x9b1m" in text


def test_masking_keeps_what_is_no_text() -> None:
    kept = {"a": [1, 2.5, None, True, "x"], "b": {"c": ["d"]}}
    assert masked({**kept, "b": {"c": ("d",)}}) == kept
    assert masked({1: 1 << 70}) == {"1": "1180591620717411303424"}


def test_a_service_that_is_not_seen_gets_a_box_that_says_what_would_give_more(tmp_path: Path) -> None:
    written = BlackBox(BlackBoxSettings(folder=tmp_path, pause=0.0)).write(occasion(), soon())
    assert written.status == "partial"
    assert written.signature is None
    assert {"stacks", "threads", "status", "sockets", "report"} <= {lost.partition(":")[0] for lost in written.lost}
    assert any("shareProcessNamespace" in lost for lost in written.lost)


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        (BlackBoxSettings(limit=1 << 20), "limit"),
        (BlackBoxSettings(folder=Path("boxes")), "folder"),
        (BlackBoxSettings(dumps=0), "dumps"),
        (BlackBoxSettings(dumps=11), "dumps"),
        (BlackBoxSettings(processes=0), "processes"),
        (BlackBoxSettings(pause=-1.0), "distance"),
        (BlackBoxSettings(), None),
    ],
)
def test_settings_that_cannot_work_are_told(settings: BlackBoxSettings, key: str | None) -> None:
    assert [name for name, _ in settings.mistakes()] == ([key] if key else [])
