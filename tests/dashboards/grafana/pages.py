"""The committed dashboards, as Grafana would read them: their panels, queries, variables and links."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.dashboards.series import Series, known

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "dashboards" / "grafana"
FILES = tuple(sorted(FOLDER.glob("*.json")))
PROMETHEUS = {"type": "prometheus", "uid": "${datasource}"}
LOKI = {"type": "loki", "uid": "${loki}"}
ALERT_LABELS = frozenset("alertname severity area cluster cloud host member".split())

pages = pytest.mark.parametrize("page", FILES, ids=lambda path: path.stem)


@cache
def read(path: Path) -> dict[str, Any]:
    """A dashboard."""
    return json.loads(path.read_text())  # type: ignore[no-any-return]


def panels(path: Path) -> list[dict[str, Any]]:
    """Its panels, without the lines between sections."""
    return [panel for panel in read(path)["panels"] if panel["type"] != "row"]


def variables(path: Path) -> Mapping[str, dict[str, Any]]:
    """Its variables by name."""
    return {variable["name"]: variable for variable in read(path)["templating"]["list"]}


@dataclass(frozen=True, slots=True)
class Query:
    """A query of a panel. `kind`: prometheus or loki."""

    page: str
    panel: Mapping[str, Any]
    kind: str
    expr: str
    legend: str
    instant: bool

    def __str__(self) -> str:
        return f"{self.page}: {self.panel['title']}: {self.expr}"


def queries(path: Path, kind: str) -> list[Query]:
    """All queries of a page to Prometheus or to Loki."""
    return [query for panel in panels(path) for query in _of(path, panel) if query.kind == kind]


def _of(path: Path, panel: dict[str, Any]) -> Iterator[Query]:
    for target in panel["targets"]:
        instant = target.get("instant", False) or target.get("queryType") == "instant"
        yield Query(path.stem, panel, target["datasource"]["type"], target["expr"], target["legendFormat"], instant)


@cache
def series() -> Mapping[str, Series]:
    """All that may be asked for, with what Prometheus itself makes of alerts."""
    ours = dict(known())
    ours["ALERTS_FOR_STATE"] = Series("ALERTS_FOR_STATE", ALERT_LABELS, "Prometheus")
    ours["ALERTS"] = Series("ALERTS", ALERT_LABELS | {"alertstate"}, "Prometheus")
    return ours


def alerts_named(panel: Mapping[str, Any]) -> list[str]:
    """The alerts that a description names."""
    found = re.search(r"^Alerts: (.*)\.$", panel["description"], re.MULTILINE)
    return found[1].split(", ") if found else []


@cache
def rules() -> Mapping[str, dict[str, Any]]:
    """All alert rules by name."""
    files = sorted((ROOT / "dashboards" / "prometheus" / "alerts").glob("*.yaml"))
    groups = [group for path in files for group in yaml.safe_load(path.read_text())["groups"]]
    return {rule["alert"]: rule for group in groups for rule in group["rules"] if "alert" in rule}
