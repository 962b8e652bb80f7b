"""`search`: what is printed, in which order, with which exit code."""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from stratoscope.errors import StratoscopeError
from stratoscope.search_command import Search, add_arguments, run, search_of
from stratoscope.store.writer import Writer
from tests.stratoscope.made import NOW, event, progress


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "events.db"
    with Writer(path) as writer:
        writer.store([progress([event(f"number {i}", i) for i in range(60)])], NOW)
    return path


def search(query: str, store: Path, limit: int = 50) -> tuple[int, list[str]]:
    found: list[dict[str, Any]] = []
    code = run(Search(query, store, limit), NOW, found.extend)
    return code, [one["body"] for one in found]


def test_the_newest_stand_at_the_end(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert search("", store) == (0, [f"number {i}" for i in range(10, 60)])
    assert capsys.readouterr().err == "Only the newest 50 are shown; -n shows more.\n"


def test_exit_codes(store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert search('"number 7"', store) == (0, ["number 7"])
    assert search("zebra", store) == (1, [])
    assert capsys.readouterr().err == ""
    with pytest.raises(StratoscopeError, match="column 2: a word or a field is missing here"):
        search("(", store)
    with pytest.raises(StratoscopeError, match="`stratoscope run` makes one"):
        search("", tmp_path / "none.db")


def asked(*words: str) -> Search:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return search_of(parser.parse_args([*words, "--store", "x.db"]))


def test_options_and_words_of_the_command_line_are_one_search() -> None:
    assert asked("level>=ERROR", "lost", "-n", "7") == Search("level>=ERROR lost", Path("x.db"), 7)
    assert asked("a", "OR", "b", "--since", "15m", "-s", "nova", "-l", "error", "-r", "req-5f").query == (
        '(a OR b) since:"15m" level>="error" service:"nova" request_id:"req-5f"'
    )
    assert asked("--until", "1h").query == 'until:"1h"'
    assert asked().query == ""


def test_the_command_prints_json_when_piped(store: Path) -> None:
    command = [sys.executable, "-m", "stratoscope", "search", "--store", str(store)]
    done = subprocess.run([*command, '"number 7" OR "number 8"'], capture_output=True, text=True, check=True)
    assert [json.loads(line)["body"] for line in done.stdout.splitlines()] == ["number 7", "number 8"]
    done = subprocess.run([*command, "sevice:nova"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("stratoscope search: column 1: there is no field 'sevice'; did you mean service?")
    assert subprocess.run([*command, "zebra"], capture_output=True, check=False).returncode == 1


@pytest.mark.parametrize("limit", ["0", "-1", "x", "99999999999"])
def test_limits_that_are_none(limit: str, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    with pytest.raises(SystemExit):
        parser.parse_args(["-n", limit])
    assert "is no number from 1 to 1000000" in capsys.readouterr().err
