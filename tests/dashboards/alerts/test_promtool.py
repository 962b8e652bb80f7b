"""The cases in dashboards/prometheus/tests: promtool runs them, and every alert has one that fires and one that does not."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.dashboards.alerts.promtool import promtool
from tests.dashboards.alerts.rules import ALERTS, CASES, Alert, alerts, by_name, seconds
from tests.dashboards.expressions import labels_of
from tests.dashboards.series import known

pytestmark = pytest.mark.servers
NAMES = sorted(path.stem for path in CASES.glob("*.yaml"))
"""An area, and `area-day` for what takes long."""
FILES = pytest.mark.parametrize("file", NAMES)
ADDED_UP = frozenset({"logs", "probes", "stratoscope"})
"""Areas whose series of two instances are two things: two collectors read two logs."""
_SERIES = re.compile(r"(\w+)\{(.*)\}")
_LABEL = re.compile(r'(\w+)="([^"]*)"')


@FILES
def test_all_cases(file: str) -> None:
    assert promtool("test", "rules", CASES / f"{file}.yaml").failed == ""


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert.name)
def test_each_alert_has_a_case_that_fires_and_one_that_does_not(alert: Alert) -> None:
    asked = [query for case in _cases(alert.area) for query in case["promql_expr_test"] if f'"{alert.name}"' in query["expr"]]
    assert any(query.get("exp_samples") for query in asked), "nothing shows that it can fire"
    assert any(not query.get("exp_samples") for query in asked), "nothing shows that it can be silent"


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert.name)
def test_its_case_has_a_series_that_leaves_it_silent(alert: Alert) -> None:
    """Beside the object in trouble stands one that is well, or the alert would fire for anything."""
    (case,) = [case for case in _cases(alert.area) if case["name"] == alert.name]
    fires = {sample["labels"] for query in case["promql_expr_test"] for sample in query.get("exp_samples", ())}
    assert len(case["input_series"]) > len(fires)


@FILES
def test_series_of_cases_are_real(file: str) -> None:
    """A case about a series, a label or a state that nobody gives out would prove nothing."""
    for case in _document(file)["tests"]:
        for series in case["input_series"]:
            found = _SERIES.fullmatch(series["series"])
            assert found, series
            declared, labels = known()[found[1]], dict(_LABEL.findall(found[2]))
            assert set(labels) <= declared.labels | {"job", "instance"}, series
            for label, values in declared.values.items():
                assert label not in labels or labels[label] in values, series


@pytest.mark.parametrize("file", [file for file in NAMES if file.partition("-")[0] not in ADDED_UP])
def test_two_exporters_that_see_the_same_make_one_alert(file: str, tmp_path: Path) -> None:
    """Each series comes twice, from two instances: the same alerts fire, each once."""
    document = _document(file)
    for case in document["tests"]:
        if not labels_of(by_name()[case["name"]].expr) & {"instance"}:
            case["input_series"] = [twin for series in case["input_series"] for twin in _twins(series)]
    path = tmp_path / "twins.yaml"
    path.write_text(yaml.safe_dump(document))
    assert promtool("test", "rules", path).failed == ""


@FILES
def test_what_an_alert_says_is_rendered(file: str, tmp_path: Path) -> None:
    """promtool shows the annotations that it got where none were expected: no template fails, no label is missing."""
    document = _document(file)
    for case in document["tests"]:
        late = case["promql_expr_test"][-1]["eval_time"]
        case["promql_expr_test"] = []
        case["alert_rule_test"] = [{"eval_time": late, "alertname": case["name"], "exp_alerts": []}]
    path = tmp_path / "rendered.yaml"
    path.write_text(yaml.safe_dump(document))
    said = promtool("test", "rules", path).failed
    summaries = re.findall(r'summary="((?:[^"\\]|\\.)*)"', said)
    assert len(summaries) >= len(document["tests"])
    assert not [text for text in summaries if re.search(r"<error|<no value>|%!|\{\{|\$labels", text)], said
    descriptions = re.findall(r'description="((?:[^"\\]|\\.)*)"', said)
    assert not [text for text in descriptions if re.search(r"<error|<no value>|%!|\{\{|\$labels", text)], said


def test_a_case_waits_for_as_long_as_its_alert() -> None:
    """The silent moment of a case is before the alert is due; the loud one after it."""
    for alert in alerts():
        (case,) = [case for case in _cases(alert.area) if case["name"] == alert.name]
        silent, loud = (seconds(query["eval_time"]) for query in case["promql_expr_test"])
        assert silent < loud
        assert loud >= seconds(alert.wait)


@cache
def _cases(area: str) -> list[dict[str, Any]]:
    return [case for name in NAMES if name.partition("-")[0] == area for case in _document(name)["tests"]]


def _document(file: str) -> dict[str, Any]:
    """A file of cases, as it would stand elsewhere."""
    document: dict[str, Any] = yaml.safe_load((CASES / f"{file}.yaml").read_text())
    return document | {"rule_files": [str(ALERTS / f"{file.partition('-')[0]}.yaml")]}


def _twins(series: dict[str, str]) -> Iterator[dict[str, str]]:
    name, _, labels = series["series"].partition("{")
    for instance in ("one", "two"):
        yield {"series": f'{name}{{instance="{instance}", {labels}', "values": series["values"]}
