"""Each panel has data: in a healthy cloud, or under the fault that it is there for."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.dashboards.grafana.pages import FILES, ROOT, queries
from tests.dashboards.live.cloud import Cloud
from tests.dashboards.live.pages import NOT_HERE, PHASES, Place, empty, furnished, table
from tests.servers.process import NotReadyError, wait_until

pytestmark = [pytest.mark.servers, pytest.mark.timeout(600)]
PATIENCE = 120.0
"""Seconds that a slow machine may take; a quick one needs a tenth of it."""
PANELS = {(query.page, str(query.panel["title"])) for path in FILES for query in queries(path, "prometheus")}
UNDER = {place for phase in PHASES for places in phase.values() for place in places}


def test_panels_that_may_be_empty_are_panels() -> None:
    assert UNDER | set(NOT_HERE) <= PANELS
    assert not UNDER & set(NOT_HERE)


def test_the_documents_tell_which_these_are() -> None:
    assert table() in (ROOT / "docs" / "dashboards.md").read_text(), table()


def test_every_panel_has_data_in_a_healthy_cloud_but_for_those_that_tell_of_faults(cloud: Cloud, tmp_path: Path) -> None:
    with furnished(cloud, tmp_path / "raft"):
        missing = without_data(cloud, PANELS - UNDER - set(NOT_HERE))
    assert not missing


@pytest.mark.parametrize("phase", range(len(PHASES)))
def test_the_other_panels_have_data_under_their_faults(cloud: Cloud, phase: int) -> None:
    with ExitStack() as broken:
        for breaks in PHASES[phase]:
            broken.enter_context(breaks(cloud))
        missing = without_data(cloud, {place for places in PHASES[phase].values() for place in places})
    assert not missing


def without_data(cloud: Cloud, panels: set[Place]) -> set[Place]:
    """Those of the panels that have had no data at any moment; it is waited until each has had some."""
    missing = set(panels)

    def shown() -> bool:
        missing.intersection_update(empty(cloud))
        return not missing

    try:
        wait_until(shown, "each panel has data", PATIENCE, pause=0.5)
    except NotReadyError:
        # The faults must be repaired before this can be told: a broker with an alarm would keep the test for ever.
        return missing
    return missing
