"""Faults on real servers, seen by a real Prometheus with our rules: what fires, and that it ends with the repair.

And each panel of the pages has data: in a healthy cloud, or under the fault that it is there for. All in one file, as files of
tests run side by side and would have a cloud each.
"""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.dashboards.grafana.pages import FILES, queries
from tests.dashboards.live.cloud import Cloud
from tests.dashboards.live.faults import FAULTS, NOT_READY, OF_A_BUSY_MACHINE
from tests.dashboards.live.pages import NOT_HERE, PHASES, Place, empty, furnished
from tests.dashboards.record import rabbitmq
from tests.dashboards.series import known
from tests.servers.process import NotReadyError, wait_until

pytestmark = [pytest.mark.servers, pytest.mark.timeout(600)]
PATIENCE = 120.0
"""Seconds that a slow machine may take; a quick one needs a tenth of it."""
WAVES = sorted({fault.wave for fault in FAULTS})
PANELS = {(query.page, str(query.panel["title"])) for path in FILES for query in queries(path, "prometheus")}
UNDER = {place for phase in PHASES for places in phase.values() for place in places}


@pytest.fixture(scope="module", autouse=True)
def ordinary_day(cloud: Cloud) -> None:
    """The service has logged this error before: it is not new, and a rate has something to begin with."""
    cloud.write(NOT_READY, level="ERROR", logger="nova.api.openstack")
    cloud.prometheus.wait_for('openstack_log_dependency_errors_total{rule="galera.not_ready"} == 1')


def test_a_healthy_cloud_fires_nothing(cloud: Cloud) -> None:
    quiet(cloud)


def test_the_broker_gives_out_what_was_recorded_of_it(cloud: Cloud) -> None:
    """Expressions may ask for these; see tests.dashboards.record."""
    listed = {name for name, series in known().items() if series.owner == "rabbitmq_prometheus"}
    assert listed <= {line.split()[0] for line in rabbitmq(cloud.servers.rabbitmq)}


@pytest.mark.parametrize("wave", WAVES)
def test_each_fault_fires_its_alerts_and_no_other(cloud: Cloud, wave: int) -> None:
    faults = [fault for fault in FAULTS if fault.wave == wave]
    expected = {alert for fault in faults for alert in fault.alerts}
    assert len(expected) == sum(len(fault.alerts) for fault in faults), "it would not be plain whose an alert is"
    quiet(cloud)
    begun = cloud.prometheus.now()
    with ExitStack() as broken:
        for fault in faults:
            broken.enter_context(fault.breaks(cloud))
        wait_for(cloud, lambda: expected <= fired(cloud, begun), f"{sorted(expected)} fire")
        silenced = {alert for fault in faults for alert in fault.silenced}
        wait_for(cloud, lambda: kept_back(cloud, expected) == silenced, f"{sorted(silenced)} are kept back, and no other")
        passing = OF_A_BUSY_MACHINE.union(*(fault.passing for fault in faults)) - expected
        found = fired(cloud, begun) - passing
    assert found == expected, told(cloud, begun, found - expected)
    quiet(cloud)


def fired(cloud: Cloud, since: float) -> set[str]:
    """The alerts that fired at any moment since then."""
    elapsed = max(1, round(cloud.prometheus.now() - since))
    query = f'max_over_time(ALERTS{{alertstate="firing"}}[{elapsed}s])'
    return {sample.labels["alertname"] for sample in cloud.prometheus.query(query)}


def kept_back(cloud: Cloud, alerts: set[str]) -> set[str]:
    """Those of them that Alertmanager tells nobody of, as all that bear the name are inhibited."""
    states = [(one["labels"]["alertname"], one["status"]["state"]) for one in cloud.alertmanager.alerts()]
    shown = {name for name, state in states if state == "active"}
    return {name for name, state in states if state == "suppressed"}.intersection(alerts) - shown


def told(cloud: Cloud, since: float, alerts: set[str]) -> list[dict[str, str]]:
    """The labels of these alerts."""
    elapsed = max(1, round(cloud.prometheus.now() - since))
    found = cloud.prometheus.query(f'max_over_time(ALERTS{{alertname=~"{"|".join(alerts)}"}}[{elapsed}s])')
    return [dict(sample.labels) for sample in found]


def quiet(cloud: Cloud) -> None:
    """Wait until nothing fires, nor is about to."""
    wait_for(cloud, lambda: not cloud.prometheus.holds("ALERTS"), "all is quiet")


def wait_for(cloud: Cloud, holds: Callable[[], bool], what: str) -> None:
    """Return when it holds; else say how things stand."""
    try:
        wait_until(holds, what, PATIENCE)
    except NotReadyError as error:
        for sample in cloud.prometheus.query("ALERTS"):
            error.add_note(f"{dict(sample.labels)}")
        raise


# -- the pages ------------------------------------------------------------------------------------------------------------


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
