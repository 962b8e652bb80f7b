"""One page for each alert, whose commands can be typed and whose queries are alive."""

import re

import promql_parser as promql
import pytest

from stratoscope.query import parse
from tests.dashboards.alerts.rules import RUNBOOKS, Alert, alerts, by_name
from tests.dashboards.expressions import complaints
from tests.dashboards.series import known

SECTIONS = ["Meaning", "Impact", "Diagnosis", "Mitigation", "When to silence"]
ALL = pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert.name)
_CODE = re.compile(r"`([^`]+)`")
_SEARCH = re.compile(r"stratoscope search '([^']*)'")
_SERIES = re.compile(r"\b(?:galera|rabbitmq_oslo|ovs|ovn|openstack|stratoscope)_[a-z0-9_]+")
_ALERT = re.compile(
    r"\b(?:Galera|Rabbitmq|Oslo|Openstack|Nova|Hypervisor|Ovs|Ovn|Log|Probe|Stratoscope|Exporter|Collect)[A-Z]\w+"
)
_FOREIGN = frozenset({"ovs_vsctl", "openstack_helm"})


def test_there_is_a_page_for_each_alert_and_no_other() -> None:
    pages = {path.relative_to(RUNBOOKS).as_posix() for path in RUNBOOKS.rglob("*.md")}
    assert pages == {f"{alert.area}/{alert.name}.md" for alert in alerts()}


@ALL
def test_its_sections(alert: Alert) -> None:
    text = _page(alert)
    assert text.startswith(f"# {alert.name}\n")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == SECTIONS
    bodies = re.split(r"^## .*$", text, flags=re.MULTILINE)[1:]
    assert all(len(body.split()) >= 1 for body in bodies)


@ALL
def test_it_says_what_to_type(alert: Alert) -> None:
    """Or which alert's page does."""
    diagnosis = _page(alert).partition("## Diagnosis")[2].partition("## Mitigation")[0]
    assert _CODE.search(diagnosis) or set(_ALERT.findall(diagnosis)) & set(by_name())


@ALL
def test_other_alerts_that_it_names_exist(alert: Alert) -> None:
    assert set(_ALERT.findall(_page(alert))) <= set(by_name())


@ALL
def test_its_searches_are_understood(alert: Alert) -> None:
    for query in _SEARCH.findall(_page(alert)):
        parse(query, 0.0)


@ALL
def test_its_series_and_queries_are_alive(alert: Alert) -> None:
    for code in _CODE.findall(_page(alert)):
        names = {name for name in _SERIES.findall(code) if name not in _FOREIGN}
        if names and not code.startswith("stratoscope"):
            assert names <= set(known()) | _states(), code
            assert _is_no_query(code) or complaints(code) == []


def _states() -> set[str]:
    """Names of labels of state sets, which are those of their metrics, and all that stands in them."""
    return {value for series in known().values() for values in series.values.values() for value in values}


def _is_no_query(code: str) -> bool:
    try:
        promql.parse(code)
    except ValueError:
        return True
    return False


def _page(alert: Alert) -> str:
    return (RUNBOOKS / alert.area / f"{alert.name}.md").read_text()
