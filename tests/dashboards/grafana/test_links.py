"""Each link leads somewhere, with variables that the page there has and labels that are there to be taken."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.dashboards.expressions import labels_of
from tests.dashboards.grafana.pages import FILES, pages, panels, read, series, variables

UIDS = {read(path)["uid"]: path for path in FILES}
TAKEN = re.compile(r"\$\{__(?:field\.labels|data\.fields)\.(\w+)\}")


def links(value: Any) -> Iterator[str]:
    """All addresses in a part of a dashboard."""
    if isinstance(value, dict):
        if value.get("url"):
            yield value["url"]
        yield from (url for one in value.values() for url in links(one))
    if isinstance(value, list):
        yield from (url for one in value for url in links(one))


@pages
def test_links_to_pages_name_one_of_ours_and_set_variables_that_it_has(page: Path) -> None:
    for panel in panels(page):
        for url in links(panel):
            if not url.startswith("/d/"):
                continue
            assert "${datasource:queryparam}" in url or "${__all_variables}" in url
            assert "${__url_time_range}" in url
            target = UIDS[urlsplit(url).path.split("/")[2]]
            assert set(re.findall(r"var-(\w+)=", url)) <= set(variables(target)), url


@pages
def test_links_take_labels_that_the_series_or_the_table_has(page: Path) -> None:
    for panel in panels(page):
        for url in links(panel):
            taken = set(TAKEN.findall(url))
            if panel["datasource"]["type"] == "prometheus":
                assert taken <= labels_of(panel["targets"][0]["expr"], series()), url
            renamed = [one["options"]["renameByName"] for one in panel.get("transformations", []) if one["id"] == "organize"]
            assert not taken & {name for names in renamed for name in names}, "a column is known by its head"


def test_a_trace_is_opened_in_the_tempo_that_was_chosen() -> None:
    (logs,) = [path for path in FILES if path.stem == "logs"]
    (url,) = {url for panel in panels(logs) for url in links(panel) if url.startswith("/explore")}
    (panes,) = parse_qs(urlsplit(unquote(url)).query)["panes"]
    asked = json.loads(panes)["t"]
    assert asked["datasource"] == "${tempo}"
    assert asked["queries"] == [{"refId": "A", "queryType": "traceql", "query": "${__data.fields.trace_id}"}]
    assert variables(logs)["tempo"]["query"] == "tempo"


@pages
def test_every_page_lists_the_others(page: Path) -> None:
    (link,) = read(page)["links"]
    assert (link["type"], link["tags"], link["includeVars"], link["keepTime"]) == ("dashboards", ["stratoscope"], True, True)
    assert "placement" not in link
