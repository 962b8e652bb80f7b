"""What is said of panels without data is about panels that there are, and stands in the documents."""

from tests.dashboards.grafana.pages import FILES, ROOT, queries
from tests.dashboards.live.pages import NOT_HERE, PHASES, table

PANELS = {(query.page, str(query.panel["title"])) for path in FILES for query in queries(path, "prometheus")}
UNDER = {place for phase in PHASES for places in phase.values() for place in places}


def test_panels_that_may_be_empty_are_panels() -> None:
    assert UNDER | set(NOT_HERE) <= PANELS
    assert not UNDER & set(NOT_HERE)


def test_the_documents_tell_which_these_are() -> None:
    assert table() in (ROOT / "docs" / "dashboards.md").read_text(), table()
