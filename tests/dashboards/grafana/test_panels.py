"""Each panel says what it shows, in which unit, from which data source; states have words and colours."""

from pathlib import Path
from typing import Any, get_args, get_type_hints

from grafana_foundation_sdk.models import units

from tests.dashboards.grafana.pages import LOKI, PROMETHEUS, pages, panels

UNITS = {get_args(hint)[0] for hint in get_type_hints(units).values() if get_args(hint)} | {"dateTimeFromNow"}


@pages
def test_every_panel_has_a_title_a_description_and_a_unit_that_grafana_knows(page: Path) -> None:
    titles = [panel["title"] for panel in panels(page)]
    assert all(titles)
    for panel in panels(page):
        assert len(panel["description"]) > 10, panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"] in UNITS, panel["title"]
        for override in panel["fieldConfig"]["overrides"]:
            named = [one["value"] for one in override["properties"] if one["id"] == "unit"]
            assert set(named) <= UNITS


@pages
def test_every_panel_asks_the_data_source_that_was_chosen(page: Path) -> None:
    for panel in panels(page):
        assert panel["datasource"] in (PROMETHEUS, LOKI)
        assert panel["targets"]
        letters = [target["refId"] for target in panel["targets"]]
        assert letters == [chr(ord("A") + place) for place in range(len(letters))]
        for target in panel["targets"]:
            assert target["datasource"] == panel["datasource"]


@pages
def test_no_panel_has_an_interval_of_its_own(page: Path) -> None:
    for panel in panels(page):
        assert not {"interval", "timeFrom", "timeShift", "maxDataPoints"} & set(panel), panel["title"]
        assert not any("interval" in target for target in panel["targets"])


@pages
def test_every_series_over_time_stands_in_a_legend(page: Path) -> None:
    for panel in panels(page):
        if panel["type"] == "timeseries":
            assert panel["options"]["legend"]["showLegend"] is True
            assert panel["options"]["legend"]["calcs"] == ["lastNotNull", "max"]


def words(panel: dict[str, Any]) -> list[str]:
    """The words of its states, by their numbers."""
    options = [mapping["options"] for mapping in panel["fieldConfig"]["defaults"].get("mappings", [])]
    return [told["text"] for one in options for _, told in sorted(one.items(), key=lambda item: int(item[0]))]


@pages
def test_every_timeline_has_a_word_and_a_colour_for_each_number_that_its_query_can_give(page: Path) -> None:
    for panel in panels(page):
        if panel["type"] != "state-timeline":
            continue
        for expr in (target["expr"] for target in panel["targets"]):
            terms = expr.count(" or ") + 1 if " * 0 or " in expr else 2
            assert len(words(panel)) == terms, panel["title"]


@pages
def test_bad_states_are_not_green(page: Path) -> None:
    bad = {"down", "split_brain", "read_only", "hung", "stalled", "blocked", "partitioned", "no_leader", "failed", "dead"}
    for panel in panels(page):
        for mapping in panel["fieldConfig"]["defaults"].get("mappings", []):
            for told in mapping["options"].values():
                if told["text"] in bad:
                    assert told["color"] == "red", (panel["title"], told)
                if told["text"] in {"healthy", "synced", "ok", "up"}:
                    assert told["color"] == "green", (panel["title"], told)
