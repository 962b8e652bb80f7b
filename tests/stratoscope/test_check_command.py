"""`stratoscope check`: knows what a settings file is for, and tells every mistake of it."""

from pathlib import Path

import pytest

from stratoscope.cli import main
from stratoscope.settings.kinds import KINDS, Kind, checked
from stratoscope.settings.mistakes import SettingsError

MADE = (Kind("made", frozenset({"made", "also_made"}), "tests.stratoscope.test_check_command"),)


def settings_in(document: object, path: Path) -> None:
    """As the module of a kind has it."""
    if path.stem == "wrong":
        raise SettingsError([f"{path}:1: made: wrong", f"{path}:2: made: wrong, too"])


def test_what_a_file_is_for_is_seen_from_its_keys(tmp_path: Path) -> None:
    path = tmp_path / "right.yaml"
    path.write_text("also_made: 1\n")
    assert checked(path, MADE) == "made"
    path = tmp_path / "wrong.yaml"
    path.write_text("made: 1\n")
    with pytest.raises(SettingsError, match=r"wrong\.yaml:1: made: wrong\n.*wrong\.yaml:2: made: wrong, too"):
        checked(path, MADE)


def test_the_table_of_kinds_is_sound() -> None:
    keys = [key for kind in KINDS if not kind.every for key in kind.keys]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1\n", "not known what this file is for; it needs the key exporters or modules (stratoscope export)"),
        ("- a\n", "not known what this file is for"),
        ("", "not known what this file is for"),
        ("a: ]\n", "this is not YAML"),
    ],
)
def test_a_file_for_nothing_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, told: str) -> None:
    path = tmp_path / "file.yaml"
    path.write_text(text)
    assert main(["check", str(path)]) == 2
    assert capsys.readouterr().out.startswith(f"{path}:1: {told}")


def test_all_files_are_checked_and_all_mistakes_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = tmp_path / "a.yaml", tmp_path / "b.yaml"
    first.write_text("exporters: 1\nlistn: 1\n")
    second.write_text("modules: {}\nlisten: 1\n")
    assert main(["check", str(first), str(second), str(tmp_path / "c.yaml")]) == 2
    assert capsys.readouterr().out.splitlines() == [
        f"{first}:1: exporters: write a mapping with the keys {', '.join(_exporters())}",
        f"{first}:2: listn: there is no such key; did you mean listen?",
        f"{second}:2: listen: 1: write HOST:PORT, for example 127.0.0.1:8765",
        f"{tmp_path / 'c.yaml'}: cannot be read: No such file or directory; check the path",
    ]


def _exporters() -> list[str]:
    from exporters.table import EXPORTERS

    return [one.name for one in EXPORTERS]
