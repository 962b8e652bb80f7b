"""Pages and alerts belong together: each alert has a panel, and where a panel has a threshold it is the alert's."""

import re
from pathlib import Path
from typing import Any

import promql_parser as promql
import pytest

from dashboards.source import draw
from dashboards.source.model import Lines, ask
from dashboards.source.rules import Limit, alert, limit_of
from dashboards.source.states import OF_SEVERITY
from tests.dashboards.expressions import names_of
from tests.dashboards.grafana.pages import FILES, alerts_named, pages, panels, read, rules


def numbers(expr: str) -> set[float]:
    """The numbers that an expression compares with."""
    found: set[float] = set()

    def visit(part: promql.Expr) -> None:
        if isinstance(part, promql.BinaryExpr) and str(part.op) in {">", "<", ">=", "<="}:
            found.update([part.rhs.val] if isinstance(part.rhs, promql.NumberLiteral) else [])

    promql.walk(promql.parse(expr), visit)
    return found


@pages
def test_every_alert_that_a_description_names_exists(page: Path) -> None:
    assert {name for panel in panels(page) for name in alerts_named(panel)} <= set(rules())


@pages
def test_every_threshold_is_the_number_of_an_alert_of_that_severity(page: Path) -> None:
    for panel in panels(page):
        steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
        assert steps[0]["value"] is None
        named = [rules()[name] for name in alerts_named(panel)]
        compared = {(number, rule["labels"]["severity"]) for rule in named for number in numbers(rule["expr"])}
        counted = {(number + 1, severity) for number, severity in compared}
        colours = {colour: severity for severity, colour in OF_SEVERITY.items()}
        for step in steps[1:]:
            if step["color"] != "green":
                assert_threshold(panel, step, colours[step["color"]], compared, counted)
            else:
                assert (step["value"], colours[steps[0]["color"]]) in compared, panel["title"]


def assert_threshold(panel: dict[str, Any], step: dict[str, Any], severity: str, compared: Any, counted: Any) -> None:
    """The step is an alert's number; or 1, where what is counted should not be there at all."""
    if step["value"] == 1 and panel["type"] == "stat":
        severities = {rules()[name]["labels"]["severity"] for name in alerts_named(panel)}
        assert severity in severities, panel["title"]
    else:
        assert (step["value"], severity) in compared | counted, panel["title"]


def prometheus_of(panel: dict[str, Any]) -> list[str]:
    """Its queries to Prometheus."""
    return [target["expr"] for target in panel["targets"] if target["datasource"]["type"] == "prometheus"]


@pytest.mark.parametrize("name", sorted(rules()))
def test_every_alert_has_a_panel_on_its_page_that_shows_what_it_looks_at(name: str) -> None:
    page = rules()[name]["annotations"]["dashboard"].removeprefix("stratoscope-")
    (path,) = [path for path in FILES if path.stem == page]
    looked_at = names_of(rules()[name]["expr"]) - {"up"} or {"up"}
    shown = [panel for panel in panels(path) if name in alerts_named(panel)]
    series = {one for panel in shown for query in prometheus_of(panel) for one in names_of(query)}
    assert looked_at & series, f"no panel of {page} names {name} and shows {', '.join(sorted(looked_at))}"


def test_the_page_that_an_alert_names_is_one_of_ours() -> None:
    uids = {read(path)["uid"] for path in FILES}
    assert {rule["annotations"]["dashboard"] for rule in rules().values()} <= uids


# -- how numbers are read out of rules ---------------------------------------------------------------------------------


def test_the_number_is_that_of_the_comparison_with_the_same_figure() -> None:
    lagging = limit_of("GaleraNodeLagging", ("max by (cluster, member) (galera_seqno_lag)",))
    assert lagging == Limit(10000, above=True, strict=True, severity="warning")
    low = limit_of("GaleraIstHeadroomLow", ("galera_ist_headroom_seconds",))
    assert (low.value, low.above) == (1800, False)


def test_another_figure_of_the_same_series_is_not_compared() -> None:
    with pytest.raises(LookupError, match="with 0 numbers"):
        limit_of("GaleraFlowControlPaused", ("galera_flow_control_paused_seconds_total",))


def test_an_alert_that_is_not_there_stops_the_making() -> None:
    with pytest.raises(LookupError, match=re.escape("defines the alert GaleraUpsideDown")):
        alert("GaleraUpsideDown")


def test_a_step_at_zero_is_refused_as_grafana_would_colour_zero() -> None:
    panel = Lines(
        title="errors",
        asks=ask("ovs_bridge_interfaces_in_error"),
        says="how many",
        unit="short",
        alerts=("OvsInterfaceError",),
        limits=("OvsInterfaceError",),
    )
    with pytest.raises(ValueError, match="a step at 0 would colour what is well"):
        draw.drawn(panel, [])
