"""The pages of the profiles are what the tables say, and their examples are settings."""

from pathlib import Path

import pytest
import yaml

from probes.profiles.table import PROFILES
from stratoscope.cli import main
from tests.documents.profiles import FOLDER, example, pages


def test_the_pages_are_fresh() -> None:
    written = {path.name: path.read_text() for path in FOLDER.glob("*.md")}
    assert written == pages(), "make docs"


def test_every_profile_says_what_it_is_killed_for_and_what_not() -> None:
    for name, text in pages().items():
        killed = text.partition("## When it is killed\n")[2].partition("\n## ")[0]
        assert "Never a reason to kill it:\n\n- " in killed, name
        assert killed.startswith(("When for ", "Never: ")), name
        assert "()" not in text, name


def test_the_examples_are_settings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    services = {profile.name: yaml.safe_load(example(profile))["services"][profile.name] for profile in PROFILES}
    file = tmp_path / "probe.yaml"
    file.write_text(yaml.safe_dump({"services": services}))
    assert main(["check", str(file)]) == 0, capsys.readouterr()
