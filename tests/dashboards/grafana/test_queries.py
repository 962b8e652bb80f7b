"""No query is dead, none forgets a variable, and none gives two series the same name."""

import re
from pathlib import Path

import promql_parser as promql
import pytest

from dashboards.source import known
from dashboards.source.scope import PROMETHEUS, scoped
from tests.dashboards.expressions import complaints, labels_of, selectors
from tests.dashboards.grafana.pages import FILES, alerts_named, pages, queries, read, rules, series, variables

RANGE = re.compile(r"\[([^\]]+)\]|offset (\S+)")


@pages
def test_every_query_asks_for_what_there_is(page: Path) -> None:
    found = [f"{query}: {text}" for query in queries(page, "prometheus") for text in complaints(query.expr, series())]
    assert found == []


@pages
def test_every_selector_has_the_variables_of_the_page_that_its_series_has(page: Path) -> None:
    names = [name for name, variable in variables(page).items() if variable["type"] == "query"]
    for query in queries(page, "prometheus"):
        for selector in selectors(query.expr):
            if selector.name in PROMETHEUS:
                continue
            wanted = {name for name in names if name in known.labels()[str(selector.name)]}
            assert wanted <= {matcher.name for matcher in selector.matchers.matchers}, str(query)


@pages
def test_no_two_series_of_a_panel_have_the_same_name(page: Path) -> None:
    for query in queries(page, "prometheus"):
        if query.panel["type"] in {"stat", "timeseries", "state-timeline"}:
            named = set(re.findall(r"\{\{(\w+)\}\}", query.legend))
            assert named == labels_of(query.expr, series()), str(query)
    for panel in read(page)["panels"]:
        legends = [target["legendFormat"] for target in panel.get("targets", [])]
        assert len(set(legends)) == len(legends), panel["title"]


@pages
def test_a_range_is_grafanas_or_that_of_the_alert_which_the_panel_shows(page: Path) -> None:
    for query in queries(page, "prometheus"):
        of_alerts = " ".join(rules()[name]["expr"] for name in alerts_named(query.panel))
        for inside, offset in RANGE.findall(query.expr):
            if inside not in {"$__rate_interval", "$__range"} and offset != "$__range":
                assert f"[{inside}]" in of_alerts, str(query)


@pages
def test_a_figure_of_now_is_asked_for_now_and_a_line_over_time(page: Path) -> None:
    for query in (*queries(page, "prometheus"), *queries(page, "loki")):
        assert query.instant == (query.panel["type"] in {"stat", "table"}), str(query)


@pages
def test_annotations_mark_the_firing_alerts_of_areas_that_exist(page: Path) -> None:
    (annotation,) = read(page)["annotations"]["list"]
    assert annotation["target"]["expr"] == annotation["expr"]
    assert complaints(annotation["expr"], series()) == []
    (selector,) = selectors(annotation["expr"])
    areas = {matcher.value for matcher in selector.matchers.matchers if matcher.name == "area"}
    assert {area for value in areas for area in value.split("|")} <= {rule["labels"]["area"] for rule in rules().values()}


def test_every_area_of_alerts_is_listed_on_a_page_of_its_own() -> None:
    assert {rule["labels"]["area"] for rule in rules().values()} <= {path.stem for path in FILES}


@pages
def test_variables_offer_labels_that_there_are_all_at_once_and_all_by_default(page: Path) -> None:
    for name, variable in variables(page).items():
        if variable["type"] != "query":
            continue
        assert (variable["multi"], variable["includeAll"], variable["allValue"]) == (True, True, ".*")
        assert variable["current"] == {"selected": True, "text": "All", "value": "$__all"}
        if variable["datasource"]["type"] == "prometheus":
            found = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]["query"])
            assert found
            assert found[2] == name
            assert name in labels_of(found[1], series())
            assert complaints(found[1], series()) == []


# -- how variables get into queries ------------------------------------------------------------------------------------

VIEWS = "max by (cluster, galera_cluster_reason) (rate(galera_view_changes_total%s[$__rate_interval] offset 5m))"
REPLACED = 'label_replace(ovs_verdict, "galera_up", "$1", "host", "(.*)")'
SCOPED = [
    ("galera_ready == 0", 'galera_ready{cluster=~"$cluster",member=~"$member"} == 0'),
    ("galera_cluster_primary_views > 1e3", 'galera_cluster_primary_views{cluster=~"$cluster"} > 1e3'),
    ('galera_joining_seconds{by="sst"}', 'galera_joining_seconds{by="sst",cluster=~"$cluster",member=~"$member"}'),
    ('galera_up{member="a"} and on (member) ovs_info', 'galera_up{member="a",cluster=~"$cluster"} and on (member) ovs_info'),
    (VIEWS % "", VIEWS % '{cluster=~"$cluster"}'),
    (REPLACED, REPLACED),
    ("time() - up", "time() - up"),
]


@pytest.mark.parametrize(("given", "wanted"), SCOPED)
def test_variables_are_put_into_selectors_and_nowhere_else(given: str, wanted: str) -> None:
    made = scoped(given, ["cluster", "member"])
    assert made == wanted
    promql.parse(made.replace("$__rate_interval", "5m"))


def test_a_series_that_nobody_gives_out_stops_the_making() -> None:
    with pytest.raises(LookupError, match="no exporter gives out galera_upp"):
        scoped("galera_upp == 0", [])
