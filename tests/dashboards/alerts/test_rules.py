"""What every alert rule must be: alive, about an object, and of use to whoever it wakes."""

import re
from collections import Counter

import promql_parser as promql
import pytest

from tests.dashboards.alerts.promtool import promtool
from tests.dashboards.alerts.rules import ALERTS, AREAS, BASE, SEVERITIES, Alert, alerts, seconds
from tests.dashboards.expressions import complaints, labels_of, selectors
from tests.dashboards.series import TARGET, known

ALL = pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert.name)
_LABEL = re.compile(r"\$labels\.(\w+)")
OF_A_PROCESS = frozenset({"probes", "stratoscope"})
"""Areas in which the process is the object, so that `instance` may stay; one more alert has no other name for a host."""


def test_every_file_is_of_an_area() -> None:
    assert {path.stem for path in ALERTS.iterdir()} == set(AREAS)


def test_a_name_stands_once() -> None:
    assert [name for name, count in Counter(alert.name for alert in alerts()).items() if count > 1] == []


@ALL
def test_no_expression_is_dead(alert: Alert) -> None:
    assert complaints(alert.expr) == []


@ALL
def test_it_is_about_an_object_and_not_about_who_told(alert: Alert) -> None:
    labels = labels_of(alert.expr)
    assert labels, "an alert that names nothing"
    if alert.area not in OF_A_PROCESS and alert.name != "OvsUnreachable":
        assert not labels & TARGET, "an exporter that moves would make it fire anew"


@ALL
def test_absence_is_never_asked_for_by_a_name_that_some_do_not_have(alert: Alert) -> None:
    """`absent(galera_up)` fires for ever where there is no Galera, and never for one of two clusters."""
    assert not re.search(r"\babsent(_over_time)?\(", alert.expr)


@ALL
def test_its_labels(alert: Alert) -> None:
    assert set(alert.labels) == {"severity", "area"}
    assert alert.severity in SEVERITIES
    assert alert.area == alert.path.stem


@ALL
def test_what_it_says(alert: Alert) -> None:
    assert set(alert.annotations) == {"summary", "description", "runbook_url", "dashboard"}
    assert alert.annotations["runbook_url"] == f"{BASE}/{alert.area}/{alert.name}.md"
    assert alert.annotations["dashboard"] == f"stratoscope-{alert.area}"
    assert "Normal: " in alert.annotations["description"], "whoever reads the value does not know what it should be"
    for text in (alert.annotations["summary"], alert.annotations["description"]):
        assert set(_LABEL.findall(text)) <= labels_of(alert.expr), "a label that the alert does not have"


@ALL
def test_the_summary_names_the_object(alert: Alert) -> None:
    named = set(_LABEL.findall(alert.annotations["summary"] + alert.annotations["description"]))
    assert named, "whoever reads it does not know what it is about"


@ALL
def test_the_numbers_of_the_expression_stand_in_the_description(alert: Alert) -> None:
    """Whoever is woken reads how bad it is, against what bound."""
    bounds = _bounds(alert.expr)
    if "{{ $value" in alert.annotations["description"]:
        assert not bounds or "bound" in alert.annotations["description"], bounds


@ALL
def test_times_are_sane(alert: Alert) -> None:
    assert seconds(alert.wait) <= 86400
    assert seconds(alert.keep) <= 3600
    counts = any(name in alert.expr for name in ("increase(", "changes("))
    assert alert.wait or alert.keep or counts or alert.name in AT_ONCE, "a single evaluation would fire it"


AT_ONCE = frozenset({"GaleraSplitBrain", "GaleraAbsentMemberRunsOut", "GaleraAbsentMemberNeedsFullCopy"})
"""What is true once is true: each minute counts, or it cannot be false for a moment."""


def test_every_state_that_calls_for_a_person_has_an_alert() -> None:
    """A verdict that is worse than degraded wakes somebody."""
    asked = {
        (selector.name, value)
        for alert in alerts()
        for selector in selectors(alert.expr)
        for matcher in selector.matchers.matchers
        for value in matcher.value.split("|")
    }
    for metric, words in {
        "galera_cluster_verdict": {"unknown", "read_only", "down"},
        "rabbitmq_oslo_verdict": {"partitioned", "down"},
        "openstack_host_state": {"network_dead", "rpc_dead", "down"},
        "stratoscope_probe_verdict": {"hung", "unroutable", "saturated", "dependency_down"},
    }.items():
        assert words <= known()[metric].values[metric]
        assert {(metric, word) for word in words} <= asked


@pytest.mark.servers
def test_prometheus_accepts_the_files() -> None:
    assert promtool("check", "rules", *sorted(ALERTS.glob("*.yaml"))).failed == ""


def _bounds(expression: str) -> list[float]:
    """The numbers that it compares with, but for 0 and 1, which are yes and no."""
    found: list[float] = []

    def visit(part: promql.Expr) -> None:
        if isinstance(part, promql.BinaryExpr) and str(part.op) in {">", "<", ">=", "<="}:
            right = part.rhs
            if isinstance(right, promql.NumberLiteral) and right.val not in {0.0, 1.0}:
                found.append(right.val)

    promql.walk(promql.parse(expression), visit)
    return found
