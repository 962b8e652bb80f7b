"""Queries to Loki: their grammar, and that they name only what our sink for Loki sends."""

import lzma
import re

import pytest

from collectors.sinks.loki_lines import LABELS, Bounds, entry_of
from parsers.parser import Parser
from tests.dashboards.grafana.logql import matches_empty, parse
from tests.dashboards.grafana.pages import FILES, ROOT, Query, panels, queries, variables

LOGS = next(path for path in FILES if path.stem == "logs")
QUERIES = queries(LOGS, "loki")
WIDE = Bounds(1 << 20, 1 << 20, 1 << 10)


def metadata() -> set[str]:
    """The names of structured metadata that the sink makes of a real log with requests and tracebacks."""
    parser = Parser()
    log = lzma.decompress((ROOT / "stratoscope" / "samples" / "cinder-volume.log.xz").read_bytes())
    events = [*parser.feed(log, 0.0), *parser.close()]
    return {name for event in events for name in entry_of(event, WIDE)[1]}


def test_only_the_page_of_logs_asks_loki() -> None:
    assert QUERIES
    assert [path for path in FILES if queries(path, "loki")] == [LOGS]


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_a_query_is_logql_and_names_what_the_sink_sends(query: Query) -> None:
    parsed = parse(query.expr)
    assert parsed.numbers == (query.panel["type"] == "table")
    assert {label for stream in parsed.streams for label, _, _ in stream} <= set(LABELS)
    assert parsed.filtered | parsed.by <= set(LABELS) | metadata()


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_each_selector_has_a_matcher_that_no_missing_label_satisfies_whatever_is_chosen(query: Query) -> None:
    for stream in parse(query.expr).streams:
        chosen = [(operator, ".*" if value.startswith("$") else value) for _, operator, value in stream]
        assert any(not matches_empty(operator, value) for operator, value in chosen)


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_each_variable_in_a_query_is_one_of_the_page(query: Query) -> None:
    names = set(re.findall(r"\$(\w+)", query.expr)) - {"__range"}
    assert names <= set(variables(LOGS))
    assert "cluster" in names


def test_tables_of_logs_show_the_labels_that_they_add_up_by() -> None:
    for panel in panels(LOGS):
        if panel["type"] == "table" and panel["datasource"]["type"] == "loki":
            (organize,) = [one["options"] for one in panel["transformations"] if one["id"] == "organize"]
            # Grafana calls the figures of a Loki query after its letter.
            assert set(organize["indexByName"]) == parse(panel["targets"][0]["expr"]).by | {"Value #A"}


WRONG = [
    '{service="a"',
    "{service}",
    '{service="a"} |',
    '{service="a"} | json |= 5',
    'sum by service ({service="a"})',
    'count_over_time({service="a"})',
    'topk(count_over_time({service="a"}[5m]))',
    '{service="a"} extra',
    "{service='a'}",
    'rate({service="a"}[$__rate_interval])',
]


@pytest.mark.parametrize("expr", WRONG)
def test_what_is_not_logql_is_refused(expr: str) -> None:
    with pytest.raises(ValueError, match=r"missing before|what is"):
        parse(expr)


@pytest.mark.parametrize(
    ("operator", "value", "empty"),
    [("=~", ".+", False), ("=~", ".*", True), ("=", "", True), ("=", "a", False), ("!=", "", False), ("!~", "a", True)],
)
def test_which_matchers_are_content_with_a_missing_label(operator: str, value: str, empty: bool) -> None:
    assert matches_empty(operator, value) is empty
