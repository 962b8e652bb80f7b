"""A Guru Meditation Report is asked for where it is safe, and nowhere else."""

import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from clients.model import Deadline
from probes.blackbox.lines import line, text
from probes.blackbox.model import Entry, Occasion
from probes.blackbox.report import gather, refusal
from probes.blackbox.settings import BlackBoxSettings
from tests.probes.blackbox.patients import of, patient, profile
from tests.servers.process import READY, Process

USR2 = 1 << (signal.SIGUSR2 - 1)


def status(state: str = "S (sleeping)", **masks: int) -> bytes:
    """As /proc/PID/status, with a name that tries to look like a line of it."""
    words = {"SigPnd": 0, "ShdPnd": 0, "SigBlk": 0, "SigIgn": 0, "SigCgt": USR2} | masks
    lines = [
        r"Name:	a\nSigCgt:	ffffffffffffffff",
        f"State:\t{state}",
        *(f"{name}:\t{mask:016x}" for name, mask in words.items()),
    ]
    return "\n".join(lines).encode()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (status(), ""),
        (status("R (running)"), ""),
        (status("D (disk sleep)"), ""),
        (status(SigCgt=0), "it does not handle SIGUSR2, which would kill it"),
        (status(SigCgt=~USR2 & (1 << 64) - 1), "it does not handle SIGUSR2, which would kill it"),
        (status(SigCgt=0, SigIgn=USR2), "it ignores SIGUSR2"),
        (status(SigBlk=USR2), "it blocks SIGUSR2"),
        (status(SigPnd=USR2), "an earlier SIGUSR2 still waits to be handled: it runs no handlers"),
        (status(ShdPnd=USR2), "an earlier SIGUSR2 still waits to be handled: it runs no handlers"),
        (status("T (stopped)"), "it is in state T, in which no handler runs"),
        (status("Z (zombie)"), "it is in state Z, in which no handler runs"),
        (b"", "its signal masks cannot be read"),
        (b"SigCgt:\tffffffffffffffff\n", "its signal masks cannot be read"),
        (b"State:\tS (sleeping)\n", "its signal masks cannot be read"),
    ],
)
def test_only_a_process_that_can_handle_the_signal_gets_it(text: bytes, reason: str) -> None:
    assert refusal(text, signal.SIGUSR2) == reason


def asked(occasion: Occasion, **settings: Any) -> list[Entry]:
    wanted = BlackBoxSettings(**({"report_seconds": READY} | settings))
    return list(gather(occasion, wanted, Deadline.after(2 * READY)))


def occasion(process: Process, report_signal: str = "SIGUSR2", **more: Any) -> Occasion:
    return Occasion("nova-compute", profile(report_signal), "silent", 0.0, (of(process),), **more)


@pytest.mark.parametrize(
    ("way", "reason"),
    [
        ("idle", "it does not handle SIGUSR2, which would kill it"),
        ("ignoring", "it ignores SIGUSR2"),
        ("blocking", "it blocks SIGUSR2"),
    ],
)
def test_a_process_without_a_handler_survives(tmp_path: Path, way: str, reason: str) -> None:
    with patient(way, tmp_path) as process:
        (entry,) = asked(occasion(process))
        assert entry.lost == reason
        assert process.running()
        assert of(process).state in "RS"


def test_one_that_is_stopped_gets_none_and_goes_on_as_before(tmp_path: Path) -> None:
    with patient("reports", tmp_path) as process:
        process.freeze()
        process.wait_until(lambda: of(process).state == "T", "it is stopped")
        (entry,) = asked(occasion(process))
        assert entry.lost == "it is in state T, in which no handler runs"


def test_one_that_is_stuck_in_c_code_gets_it_and_writes_no_report(tmp_path: Path) -> None:
    with patient("gil_handled", tmp_path) as process:
        sent, missing = asked(occasion(process), report_seconds=0.3)
        assert sent.text == "SIGUSR2 sent; it handles it"
        assert "it did not come" in missing.lost
        assert process.running()


def test_where_the_profile_names_no_signal_none_is_sent(tmp_path: Path) -> None:
    """On ironic-conductor SIGUSR2 drains it; this one would die of it."""
    with patient("idle", tmp_path) as process:
        (entry,) = asked(occasion(process, report_signal=""))
        assert entry.text.startswith("not asked for: nova-compute has no signal for it")
        assert not entry.lost
        assert process.running()


def test_it_can_be_switched_off(tmp_path: Path) -> None:
    with patient("reports", tmp_path) as process:
        (entry,) = asked(occasion(process), report=False)
        assert entry.text == "switched off by `report: false`"


def test_a_pid_that_is_another_s_by_now_is_left_alone(tmp_path: Path) -> None:
    with patient("reports", tmp_path) as process:
        seen = of(process)
        earlier = type(seen)(seen.pid, seen.parent, seen.name, seen.command, seen.uid, seen.state, seen.started - 1)
        (entry,) = asked(Occasion("nova-compute", profile(), "silent", 0.0, (earlier,)))
        assert entry.lost == "it has ended, and its pid is another's now"


def test_one_that_has_ended_is_told(tmp_path: Path) -> None:
    with patient("idle", tmp_path) as process:
        ended = occasion(process)
        process.kill()
        (entry,) = asked(ended)
        assert entry.lost == "no such process"


def test_without_a_process_the_privilege_is_told() -> None:
    (entry,) = asked(Occasion("nova-compute", profile(), "silent", 0.0))
    assert "shareProcessNamespace" in entry.lost


def test_a_report_of_oslo_reports_is_taken_from_the_log(tmp_path: Path) -> None:
    with patient("reports", tmp_path) as process:
        process.log.write_bytes(process.log.read_bytes() + b"2026-11-27 a line before\n")
        sent, report = asked(occasion(process, log_files=(process.log,)))
        assert sent.text == "SIGUSR2 sent; it handles it"
        assert report.text.startswith("====  ")
        for section in ("Guru Meditation", "Threads", "reports.py", "Configuration", "transport_url"):
            assert section in report.text
        assert "a line before" not in report.text
        assert "geheim" in report.text
        assert b"geheim" not in text(report) + line(report, datetime.now(UTC)), "it prints the configuration"
        assert process.running()


def test_a_report_is_taken_from_the_folder_that_the_service_writes_it_to(tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "test_gurumeditation_20200101000000").write_text("an old one")
    conf = tmp_path / "nova.conf"
    conf.write_text(f"[oslo_reports]\nlog_dir = {folder}\n")
    with patient("reports", tmp_path, str(conf)) as process:
        _, report = asked(occasion(process), report_folder=folder)
        assert "Guru Meditation" in report.text
        assert "an old one" not in report.text


def test_where_the_service_watches_a_file_that_is_touched_and_no_signal_sent(tmp_path: Path) -> None:
    watched, conf = tmp_path / "touch-me", tmp_path / "nova.conf"
    watched.touch()
    conf.write_text(f"[oslo_reports]\nfile_event_handler = {watched}\n")
    with patient("reports", tmp_path, str(conf)) as process:
        touched, report = asked(occasion(process, report_file=watched, log_files=(process.log,)))
        assert touched.text == "touched, as [oslo_reports] file_event_handler watches it"
        assert "Guru Meditation" in report.text
        assert refusal((Path("/proc") / str(process.pid) / "status").read_bytes(), signal.SIGUSR2), "it would have died"


def test_a_file_that_cannot_be_touched_is_told(tmp_path: Path) -> None:
    (entry,) = asked(Occasion("nova-compute", profile(), "silent", 0.0, report_file=tmp_path / "none" / "file"))
    assert "no such file or directory" in entry.lost
    assert "[oslo_reports] file_event_handler" in entry.lost


def grows(steps: list[Callable[[], None]]) -> Callable[[float], None]:
    """A sleep in which the next of these happens."""

    def sleep(_: float) -> None:
        if steps:
            steps.pop(0)()

    return sleep


def test_a_report_is_not_taken_before_it_is_whole(tmp_path: Path) -> None:
    """It is read while it is written: only when nothing more comes for a while it counts as whole."""
    log = tmp_path / "log"
    log.write_text("before\n")
    watched = tmp_path / "touch"
    watched.touch()
    now = [0.0]
    parts = ["====\n==== Guru Medi", "tation ====\n", "Threads\n", "Configuration\n"]

    def write(part: str) -> Callable[[], None]:
        def happen() -> None:
            now[0] += 0.3
            with log.open("a") as file:
                file.write(part)

        return happen

    def wait() -> None:
        now[0] += 0.3

    deadline = Deadline(1000.0, lambda: now[0])
    case = Occasion("nova-compute", profile(), "silent", 0.0, log_files=(log,), report_file=watched)
    happenings = [*(write(part) for part in parts), *[wait] * 100]
    _, report = gather(case, BlackBoxSettings(report_seconds=100.0), deadline, sleep=grows(happenings))
    assert report.text == "==== Guru Meditation ====\nThreads\nConfiguration\n"
