"""The settings file of `run`: sections of two other commands, all mistakes at once, and what `check` says of it."""

from pathlib import Path

import pytest

from stratoscope.cli import main
from stratoscope.run.settings import settings_at
from stratoscope.settings.kinds import checked
from stratoscope.settings.mistakes import SettingsError
from tests.stratoscope.run.made import loaded, text

GOOD = """
listen: 127.0.0.1:1
runbooks: https://wiki.example.org/runbooks/
exporters:
  galera:
    - {name: main, nodes: [db1.example.org]}
services:
  nova-compute: {profile: nova-compute}
policy: {mode: enforce}
"""


def test_a_good_file(tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    path.write_text(GOOD)
    found = settings_at(path)
    assert found.exporters is not None
    assert found.probes is not None
    assert [one.name for one in found.exporters.settings.exporters.galera] == ["main"]
    assert found.probes.settings.policy.mode == "enforce"
    assert found.probes.plans["nova-compute"].profile.name == "nova-compute"
    assert (found.settings.listen, found.runbooks) == ("127.0.0.1:1", "https://wiki.example.org/runbooks")
    assert checked(path) == "run"


@pytest.mark.parametrize(("part", "has"), [("exporters", (True, False)), ("services", (False, True))])
def test_one_of_them_is_enough(tmp_path: Path, part: str, has: tuple[bool, bool]) -> None:
    exporters, _, services = text(tmp_path, 1).partition("policy:")
    found = loaded(exporters if part == "exporters" else f"policy:{services}")
    assert (found.exporters is not None, found.probes is not None) == has


@pytest.mark.parametrize(
    ("written", "lines"),
    [
        ("", ["1: the file names nothing to run; write exporters, as for stratoscope export, or services, as for"]),
        ("- a\n", ["1: write a mapping with the keys listen, web_config, runbooks, exporters, services, policy, state"]),
        ("exporters: {}\n", ["1: exporters: there is nothing to export"]),
        ("policy: {mode: enforce}\n", ["1: services: there is nothing to look at"]),
        (
            (
                "listen: nowhere\nrunbooks: wiki\nservice: {}\nmodules: {}\nexporters: {lines: [{name: a}]}\n"
                "services: {nova: {profil: x}}\n"
            ),
            [
                "1: listen: nowhere: write HOST:PORT",
                "2: runbooks: 'wiki' is no address of the web",
                "3: service: there is no such key; did you mean services?",
                "4: modules: there is no such key",
                "5: exporters.lines[0]: the key address is missing; add it",
                "6: services.nova.profil: there is no such key; did you mean profile?",
            ],
        ),
        ("exporters: {lines: [}\n", ["1: this is not YAML"]),
    ],
)
def test_all_mistakes_of_a_file_are_told_with_their_lines(written: str, lines: list[str]) -> None:
    with pytest.raises(SettingsError) as raised:
        loaded(written)
    assert len(raised.value.lines) == len(lines)
    for told, begin in zip(raised.value.lines, lines, strict=True):
        assert told.startswith(f"/etc/run.yaml:{begin}")


def test_a_wrong_file_is_told_before_anything_is_done(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "run.yaml"
    path.write_text("exporters: {galera: [{nodes: []}]}\nservices: {}\n")
    assert main(["check", str(path)]) == 2
    told = capsys.readouterr().out
    assert main(["run", "-c", str(path), "--store", str(tmp_path / "events.db")]) == 2
    assert capsys.readouterr().err == f"stratoscope run: {told}"
    assert not (tmp_path / "events.db").exists()


def test_what_ends_at_once_takes_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "-c", str(tmp_path / "run.yaml"), "--no-follow"]) == 2
    assert "nothing of -c FILE would run; leave out one of them" in capsys.readouterr().err
