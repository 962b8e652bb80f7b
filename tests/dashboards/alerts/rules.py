"""The alert rules as values, for the tests and for the tables in the documents."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from tests.dashboards.series import ROOT

DASHBOARDS = ROOT / "dashboards"
ALERTS = DASHBOARDS / "prometheus" / "alerts"
CASES = DASHBOARDS / "prometheus" / "tests"
RUNBOOKS = DASHBOARDS / "runbooks"
BASE = "https://runbooks.stratoscope.example"
"""What every runbook_url begins with, for whoever publishes the pages to replace."""
AREAS = ("galera", "rabbitmq", "agents", "ovs", "ovn", "logs", "probes", "stratoscope")
SEVERITIES = ("info", "warning", "critical")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True, slots=True)
class Alert:
    """A rule. `wait` and `keep` are `for` and `keep_firing_for` as written, empty if they are not."""

    name: str
    expr: str
    wait: str
    keep: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    path: Path

    @property
    def severity(self) -> str:
        """critical, warning or info."""
        return self.labels["severity"]

    @property
    def area(self) -> str:
        """The file and the folder of its runbook."""
        return self.labels["area"]


@cache
def alerts() -> tuple[Alert, ...]:
    """All of them, in the order of areas and files."""
    return tuple(alert for area in AREAS for alert in _of(ALERTS / f"{area}.yaml"))


def by_name() -> Mapping[str, Alert]:
    """All of them by their names."""
    return {alert.name: alert for alert in alerts()}


def seconds(duration: str) -> int:
    """Of `1h30m`; nothing is 0."""
    return sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)([smhd])", duration))


def alertmanager_settings(folder: Path) -> Path:
    """A configuration of Alertmanager: the example with the rules of inhibition, as its last line says."""
    path = folder / "alertmanager.yaml"
    parts = [DASHBOARDS / "alertmanager" / name for name in ("example.yaml", "inhibit_rules.yaml")]
    path.write_text("".join(part.read_text() for part in parts))
    return path


def _of(path: Path) -> Iterator[Alert]:
    for group in yaml.safe_load(path.read_text())["groups"]:
        for rule in group["rules"]:
            yield Alert(
                rule["alert"],
                rule["expr"],
                rule.get("for", ""),
                rule.get("keep_firing_for", ""),
                rule["labels"],
                rule["annotations"],
                path,
            )
