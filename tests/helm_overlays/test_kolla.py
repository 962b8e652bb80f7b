"""Units and compose file for kolla: what they start is there, with settings that are right and no more rights than told."""

import configparser
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from stratoscope.cli import main
from stratoscope.inject.settings import InjectSettings
from tests.helm_overlays.values import ROOT

FOLDER = ROOT / "helm" / "kolla"
UNITS = sorted((FOLDER / "systemd").iterdir())
COMPOSE: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())["services"]
SETTINGS = sorted({*FOLDER.glob("*.yaml")} - {FOLDER / "compose.yaml"})
COMMANDS = ("collect", "export", "probe")
MOUNTED = "/etc/stratoscope/"


def unit(path: Path) -> configparser.SectionProxy:
    parser = configparser.RawConfigParser(strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # systemd's names have capitals
    parser.read_string(path.read_text())
    return parser["Service"]


def command_of(path: Path) -> list[str]:
    return shlex.split(unit(path)["ExecStart"])


@pytest.mark.parametrize("path", SETTINGS, ids=lambda path: path.name)
def test_the_settings_are_right(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("galera-password", "rabbitmq-password"):
        (tmp_path / name).write_text("secret")
    file = tmp_path / path.name
    file.write_text(path.read_text().replace(MOUNTED, f"{tmp_path}/"))
    assert main(["check", str(file)]) == 0, capsys.readouterr()


def test_units_and_compose_start_the_same() -> None:
    units = {path.stem: command_of(path)[1:] for path in UNITS}
    assert units == {name: service["command"] for name, service in COMPOSE.items()}
    assert [words[0] for words in units.values()] == list(COMMANDS)
    for words in units.values():
        assert words[1] == "-c"
        assert (FOLDER / words[2].removeprefix(MOUNTED)).exists()


def test_no_port_is_taken_twice() -> None:
    listening = [yaml.safe_load((FOLDER / f"{name}.yaml").read_text())["listen"] for name in COMMANDS]
    assert len(set(listening)) == len(listening)
    assert all(address.startswith("127.0.0.1:") for address in listening)


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_unit_has_no_more_rights_than_are_told(path: Path) -> None:
    service = unit(path)
    told = {
        "stratoscope-collect": "CAP_DAC_READ_SEARCH",
        "stratoscope-export": "",
        "stratoscope-probe": "CAP_SYS_PTRACE CAP_DAC_READ_SEARCH",
    }
    assert service["CapabilityBoundingSet"] == told[path.stem]
    assert service["NoNewPrivileges"] == service["ProtectHome"] == service["PrivateTmp"] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert "MemoryMax" in service
    assert service["Restart"] == "on-failure"
    assert service["ExecReload"] == "/bin/kill -HUP $MAINPID"


def test_containers_have_the_rights_of_the_units() -> None:
    for name, service in COMPOSE.items():
        added = " ".join(f"CAP_{one}" for one in service.get("cap_add", []))
        told = unit(FOLDER / "systemd" / f"{name}.service")["CapabilityBoundingSet"]
        assert added == told or name == "stratoscope-collect"  # which needs none there, as the volume is mounted
        assert service["cap_drop"] == ["ALL"]
        assert service["read_only"] is True
    uid = InjectSettings().uid
    assert COMPOSE["stratoscope-collect"]["user"] == f"{uid}:{uid}"
