"""The files for lnav and k9s: the real lnav reads our events by the one, and each command of the other is understood."""

import csv
import io
import json
import os
import re
import shlex
import subprocess
from collections import Counter
from pathlib import Path

import pytest
import yaml

from stratoscope.cli import _parser

ROOT = Path(__file__).parents[2]
FORMAT = ROOT / "dashboards" / "lnav" / "stratoscope.json"
PLUGINS = ROOT / "dashboards" / "k9s" / "plugins.yaml"
SAMPLES = sorted((ROOT / "stratoscope" / "samples").glob("*.xz"))
_COMMAND = re.compile(r"stratoscope (?:parse|probe) [^|]*")


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The events of the sample logs."""
    path = tmp_path_factory.mktemp("events") / "events.jsonl"
    with path.open("wb") as file:
        subprocess.run([ROOT / ".venv/bin/stratoscope", "parse", "-o", "json", *SAMPLES], stdout=file, check=True, timeout=100)
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the format is installed."""
    home = tmp_path_factory.mktemp("home")
    assert "installed" in lnav(home, "-i", FORMAT)
    return home


def lnav(home: Path, *arguments: str | Path) -> str:
    """What lnav prints."""
    environment = os.environ | {"HOME": str(home), "TERM": "dumb"}
    environment.pop("XDG_CONFIG_HOME", None)
    done = subprocess.run(["lnav", *arguments], env=environment, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    assert not done.stderr.startswith("✘"), done.stderr
    return done.stdout + done.stderr


@pytest.mark.servers
def test_lnav_takes_every_event_with_its_level_service_and_dependency(home: Path, events: Path) -> None:
    fields = '"resource/service.name", "dependency/name"'
    asked = f"SELECT {fields}, count(*) FROM stratoscope_log WHERE log_level = 'error' GROUP BY 1, 2"
    told = lnav(home, "-n", "-c", f";{asked}", "-c", ":write-csv-to -", events)
    found = {(row[0], row[1]): int(row[2]) for row in list(csv.reader(io.StringIO(told)))[1:] if len(row) == 3}
    expected: Counter[tuple[str, str]] = Counter()
    for line in events.read_bytes().splitlines():
        event = json.loads(line)
        if event.get("severity_text", "").upper().startswith("ERR"):
            expected[event["resource"]["service.name"], event.get("dependency", {}).get("name", "<NULL>")] += 1
    assert found == expected


@pytest.mark.servers
def test_lnav_shows_an_event_as_a_line(home: Path, events: Path) -> None:
    first = json.loads(events.read_bytes().splitlines()[0])
    shown = lnav(home, "-n", events).splitlines()[0]
    assert first["body"] in shown
    assert first["resource"]["service.name"] in shown
    assert first["attributes"]["openstack.request_id"] in shown


def test_every_command_of_the_k9s_plugins_is_understood() -> None:
    plugins = yaml.safe_load(PLUGINS.read_text())["plugins"]
    shortcuts = [(scope, plugin["shortCut"]) for plugin in plugins.values() for scope in plugin["scopes"]]
    assert len(shortcuts) == len(set(shortcuts))
    for plugin in plugins.values():
        assert set(plugin) == {"shortCut", "description", "scopes", "command", "background", "args"}
        commands = _COMMAND.findall(plugin["args"][-1])
        assert commands, plugin["description"]
        for command in commands:
            _, name, *arguments = shlex.split(command)
            _parser(name)[0].parse_args([name, *arguments])
