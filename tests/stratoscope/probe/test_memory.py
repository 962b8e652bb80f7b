"""What outlives a restart: one small file, also when it is damaged or cannot be written."""

import json
import logging
from pathlib import Path

import pytest

from probes.verdict import Budget
from stratoscope.probe.happenings import Happenings
from stratoscope.probe.memory import NAME, Memory


def memory(folder: Path | None) -> Memory:
    return Memory(folder, Happenings(logging.getLogger("stratoscope.probe")))


def test_what_was_noted_is_there_after_a_restart(tmp_path: Path) -> None:
    first = memory(tmp_path / "state")
    assert first.of("nova") == {}
    first.note("nova", {"budget": {"version": 1, "kills": [12.5]}})
    first.close()
    assert memory(tmp_path / "state").of("nova") == {"budget": {"version": 1, "kills": [12.5]}}
    assert json.loads((tmp_path / "state" / NAME).read_text())["version"] == 1


def test_nothing_is_written_when_nothing_has_changed(tmp_path: Path) -> None:
    first = memory(tmp_path)
    first.note("nova", {"a": 1})
    first.close()
    written = (tmp_path / NAME).stat()
    first.note("nova", {"a": 1})
    first.close()
    assert (tmp_path / NAME).stat().st_ino == written.st_ino


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"version": 2, "services": {}}', '{"version": 1, "services": {"nova": 1}}', "\xff"]
)
def test_a_damaged_file_counts_as_spent(tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / NAME).write_bytes(text.encode("latin-1"))
    found = memory(tmp_path)
    assert Budget(3, found.of("nova")["budget"]).left(0.0) == 0
    assert "no kill for an hour" in caplog.text
    found.note("nova", {"budget": {}})
    found.close()
    assert memory(tmp_path).of("nova") == {"budget": {}}


def test_a_folder_that_cannot_be_written_is_told_and_nothing_more(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    found = memory(tmp_path / "file" / "state")
    found.note("nova", {"a": 1})
    found.close()
    assert "cannot be" in caplog.text
    assert found.of("nova") == {"a": 1}


def test_without_a_folder_it_lasts_as_long_as_the_process() -> None:
    found = memory(None)
    found.note("nova", {"a": 1})
    found.close()
    assert found.of("nova") == {"a": 1}
