"""The checker itself: what it lets pass, and what it says of expressions that could never be true."""

import pytest

from tests.dashboards.expressions import complaints, labels_of, names_of, plain

ALIVE = (
    "sum by (cluster) (galera_up) == 0",
    'galera_cluster_status{galera_cluster_status="primary"} == 1',
    'galera_local_state{galera_local_state!~"synced|donor.*"} == 1 and on (cluster, member) galera_desync_configured == 0',
    'max by (cluster) (rate(galera_flow_control_paused_seconds_total{cluster=~"$cluster"}[$__rate_interval])) > 0.1',
    "galera_threads_connected / galera_max_connections > 0.8",
    "galera_up / on (cluster) group_left galera_cluster_expected_size",
    "sum(rate(openstack_log_events_total[5m])) or vector(0)",
    "histogram_quantile(0.9, sum by (le) (rate(stratoscope_ack_seconds_bucket[5m])))",
    "time() - stratoscope_exporter_last_success_timestamp_seconds > 3 * stratoscope_exporter_interval_seconds",
    'label_replace(galera_up, "db", "$1", "member", "(.*)")',
    'min by (db) (label_replace(galera_up, "db", "$1", "member", "(.*)"))',
    "max_over_time(galera_up[5m:1m] offset 1h)",
    'absent(galera_up{cluster="main"})',
)

DEAD = {
    "galera_primary == 0": "galera_primary{}: no such series",
    "sum by (db_node) (galera_up)": "sum by (db_node)(galera_up{}): db_node is no label of what is aggregated",
    'galera_up{service="main"}': 'galera_up{service="main"}: no label service; it has cluster, instance, job, member',
    'rabbitmq_oslo_alarm{resource="ram"} == 1': (
        "rabbitmq_oslo_alarm: resource is never 'ram', but disk, file_descriptor_limit, memory, other"
    ),
    'ovn_northd_status{ovn_northd_status=~"active|on"}': (
        "ovn_northd_status: ovn_northd_status is never 'on', but active, paused, standby"
    ),
    'galera_local_state{galera_local_state="donor_desynced"} == 1 and galera_recv_queue > 100': (
        'galera_local_state{galera_local_state="donor_desynced"} == 1 and  galera_recv_queue{} > 100: '
        "the sides never match, only one has galera_local_state"
    ),
    "galera_up == on (component) openstack_agent_up": (
        "galera_up{} == on (component) openstack_agent_up{}: both sides must have component"
    ),
    "histogram_quantile(0.9, sum(rate(stratoscope_ack_seconds_bucket[5m])))": (
        "histogram_quantile(0.9, sum(rate(stratoscope_ack_seconds_bucket{}[5m]))): without the label le there is no quantile"
    ),
    "galera_up >": "galera_up >: invalid promql query",
}


@pytest.mark.parametrize("expression", ALIVE)
def test_what_is_alive_passes(expression: str) -> None:
    assert complaints(expression) == []


@pytest.mark.parametrize("expression", DEAD)
def test_what_is_dead_is_told(expression: str) -> None:
    assert complaints(expression) == [DEAD[expression]]


def test_variables_of_dashboards_are_filled_in() -> None:
    assert plain('a{cluster=~"$cluster"}[$__rate_interval] ${host:regex}') == 'a{cluster=~".*"}[5m] .*'


def test_labels_of_a_result() -> None:
    assert labels_of("sum by (cluster) (galera_up) == 0") == {"cluster"}
    assert labels_of("galera_up * on (cluster) group_left galera_cluster_expected_size") >= {"cluster", "member"}
    assert labels_of('absent(galera_up{cluster="main"})') == {"cluster"}


def test_names_by_a_pattern() -> None:
    assert names_of('{__name__=~"galera_threads.*"} > 0') == {"galera_threads", "galera_threads_connected"}
