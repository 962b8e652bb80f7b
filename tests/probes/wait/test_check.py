"""The startup check: starting until all that the service needs answers, and again for each new main process."""

from dataclasses import replace
from pathlib import Path

import pytest

from probes.checks import wait
from probes.model import Context, Finding, Process, Role, Use
from probes.verdict.timeline import Timeline
from probes.wait.target_settings import TargetSettings
from tests.probes.checks.asking import look
from tests.probes.wait.test_oslo import FILE


class Service:
    """Its main process, which may be another one."""

    def __init__(self) -> None:
        self.main: tuple[Process, ...] = (Process(7, 1, "nova", ("nova-conductor",), 0, "S", 1),)

    def restart(self) -> None:
        self.main = (replace(self.main[0], pid=8, started=9),)

    def check(self, *files: Path) -> wait.Needs:
        settings = wait.Settings(tuple(TargetSettings(f"file:{file}") for file in files), own_config=False)
        return wait.make(settings, Context("nova", lambda: self.main))


def test_a_container_that_is_restarted_waits_again(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    service = Service()
    check = service.check(first, second)
    assert look(check).text.startswith("waits for 2 of 2: file:")
    first.touch()
    seen = look(check)
    assert (seen.finding, seen.figures) == (Finding.NOT_YET, {"needs": 2, "missing": 1})
    second.touch()
    assert look(check).finding is Finding.FINE
    first.unlink()
    assert look(check).finding is Finding.FINE, "what goes away later is for other checks to see"
    service.restart()
    assert look(check).finding is Finding.NOT_YET
    first.touch()
    assert look(check).finding is Finding.FINE


def test_without_a_view_of_processes_it_waits_once(tmp_path: Path) -> None:
    service = Service()
    service.main = ()
    check = service.check(tmp_path / "x")
    assert look(check).finding is Finding.NOT_YET
    (tmp_path / "x").touch()
    assert look(check).finding is Finding.FINE


def test_its_own_files_tell_what_it_needs() -> None:
    made = wait.make(wait.Settings(), Context("nova", config_files=(FILE,)))
    text = look(made).text
    assert text.startswith("waits for 3 of 3: rabbit://127.0.0.1:1,127.0.0.1:2/nova: tcp:127.0.0.1:1: connection refused")
    assert "s3cret" not in text


def test_files_that_cannot_be_used_are_a_fault_of_the_probe() -> None:
    made = wait.make(wait.Settings(), Context("nova", config_files=(Path("/nonexistent"),)))
    assert look(made).finding is Finding.UNKNOWN


def test_the_verdict_waits_for_it(tmp_path: Path) -> None:
    """A timeline of it was fine only when all were there: the judge calls the service starting until then."""
    timeline = Timeline(Use("needs", "wait", frozenset({Role.STARTUP}), "A test."))
    check = Service().check(tmp_path / "x")
    timeline.feed(replace(look(check), check="needs"))
    timeline.settle()
    assert not timeline.whole.was_fine
    (tmp_path / "x").touch()
    timeline.feed(replace(look(check), check="needs"))
    timeline.settle()
    assert timeline.whole.was_fine


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        (wait.Settings(own_config=False), "targets"),
        (wait.Settings((TargetSettings("tcp://a:1"), TargetSettings("job/x"))), "targets[1].url"),
    ],
)
def test_what_a_sidecar_cannot_wait_for(settings: wait.Settings, key: str) -> None:
    assert [where for where, _ in settings.mistakes()] == [key]
