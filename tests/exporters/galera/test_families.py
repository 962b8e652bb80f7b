import re
import subprocess
from collections.abc import Callable, Iterable

import pytest
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.registry import Collector, CollectorRegistry

from exporters.galera.families import OTHERS, families
from exporters.galera.metrics import METRICS
from exporters.galera.settings import GaleraThresholds
from exporters.galera.snapshot import Snapshot
from tests.exporters.galera.made import after, failure, healthy, node
from tests.exporters.galera.recorded import answers, snapshot_of

AVERAGES = re.compile(r"_(avg|oooe|oool|window)$|deps_distance|cert_interval|flow_control_paused$|queue_(max|min)$")


class Given(Collector):
    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    def collect(self) -> Iterable[Family]:
        return families(self.snapshot, GaleraThresholds())


def registry(snapshot: Snapshot) -> CollectorRegistry:
    made = CollectorRegistry(auto_describe=False)
    made.register(Given(snapshot))
    return made


def figures(snapshot: Snapshot, metric: str) -> dict[tuple[str, ...], float]:
    found = [sample for family in families(snapshot, GaleraThresholds()) for sample in family.samples if sample.name == metric]
    return {tuple(value for label, value in sample.labels.items() if label != "cluster"): sample.value for sample in found}


def test_promtool_has_no_complaint() -> None:
    text = generate_latest(registry(snapshot_of(answers("loaded", "healthy"))))
    done = subprocess.run(["/usr/bin/promtool", "check", "metrics"], input=text, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, b"")


@pytest.mark.parametrize("step", ["healthy", "nonprimary", "ftwrl_node3"])
def test_openmetrics_takes_it_too(step: str) -> None:
    render: Callable[[CollectorRegistry], bytes] = openmetrics.generate_latest
    assert render(registry(snapshot_of(answers("loaded", step)))).endswith(b"# EOF\n")


def test_every_metric_is_declared_once() -> None:
    names = [metric.name for metric in METRICS]
    assert len(names) == len(set(names))
    for metric in METRICS:
        assert metric.help.endswith(".")
        assert not {*metric.labels} & {*metric.told}


def test_no_average_since_the_last_flush_is_given_out() -> None:
    told = {
        sample.labels.get("variable", "")
        for family in families(snapshot_of(answers("loaded", "healthy")), GaleraThresholds())
        for sample in family.samples
    }
    assert not [name for name in {metric.name for metric in METRICS} | told if AVERAGES.search(name)]


def test_all_other_variables_of_mariadb_are_known() -> None:
    assert figures(snapshot_of(answers("loaded", "healthy")), "galera_status_value") == {}


def test_a_node_outside_a_primary_component() -> None:
    snapshot = snapshot_of(answers("loaded", "nonprimary"))
    assert figures(snapshot, "galera_cluster_conf_id") == {}
    assert figures(snapshot, "galera_cluster_status")["node1", "non_primary"] == 1
    assert figures(snapshot, "galera_ready") == {("node1",): 0}
    assert figures(snapshot, "galera_local_state")["node1", "initialized"] == 1
    assert figures(snapshot, "galera_up") == {("node1",): 1, ("node2.test:3306",): 0, ("node3.test:3306",): 0}
    assert figures(snapshot, "galera_read")["node2.test:3306", "silent"] == 1


def test_a_latency_of_no_message_is_not_given_out() -> None:
    snapshot = snapshot_of(answers("loaded", "healed"))
    assert figures(snapshot, "galera_evs_repl_latency_seconds") == {}
    assert figures(snapshot, "galera_evs_repl_latency_messages")["node1",] == 0
    healthy_one = snapshot_of(answers("loaded", "healthy"))
    assert figures(healthy_one, "galera_evs_repl_latency_seconds")["node1", "max"] == 1.0003


def test_nanoseconds_become_seconds() -> None:
    snapshot = snapshot_of(answers("loaded", "ftwrl_node3"))
    assert figures(snapshot, "galera_flow_control_paused_seconds_total")["node1",] == 1.274883829
    assert figures(snapshot, "galera_seqno_lag") == {("node1",): 54, ("node2",): 0, ("node3",): 8242}


def test_the_limit_of_flow_control_grows_with_the_square_root_of_the_size() -> None:
    assert figures(after(healthy(4)), "galera_flow_control_limit_writesets")["db1",] == 32
    alone = node(1, 4, variables={"provider_options": "gcs.fc_limit = 16; gcs.fc_single_primary = yes"})
    assert figures(after([alone]), "galera_flow_control_limit_writesets") == {("db1",): 16}


def test_a_peer_that_is_late_goes_by_its_name() -> None:
    late = node(1, status={"evs_delayed": "00000000-0000-0000-0000-000000000002:tcp://10.0.0.2:4567:3"})
    assert figures(after([late, node(2), node(3)]), "galera_evs_delayed_peer") == {("db1", "db2"): 3}


def test_a_member_that_is_away() -> None:
    later = [node(number, 2, status={"last_committed": "1500", "cluster_conf_id": "8"}) for number in (1, 2)]
    snapshot = after(healthy(), [*later, failure(3)], [*later, failure(3)])
    assert figures(snapshot, "galera_absent_member_missing_writesets") == {("db3",): 500}
    assert figures(snapshot, "galera_absent_member_ist_possible") == {("db3",): 1}
    assert figures(snapshot, "galera_absent_member_seconds") == {("db3",): 15}
    assert figures(snapshot, "galera_view_changes_total") == {(): 1}
    assert figures(snapshot, "galera_cluster_verdict")[("quorum_at_risk",)] == 1
    assert figures(snapshot, "galera_cluster_reason")[("member_missing",)] == 1
    assert figures(snapshot, "galera_cluster_expected_size") == {(): 3}


def test_variables_that_nobody_knows_come_as_they_are_and_are_bounded() -> None:
    statistics = {"evs_sent_user": "12", "evs_safe_hs": "0.1:1", "evs_outq_avg": "0.1", "new_text": "abc", "new": "7"}
    snapshot = after([node(1, status=statistics)])
    assert figures(snapshot, "galera_status_value") == {("db1", "evs_sent_user"): 12, ("db1", "new"): 7}
    many = after([node(1, status={f"new_{number}": "1" for number in range(200)})])
    assert len(figures(many, "galera_status_value")) == OTHERS


def test_two_nodes_of_one_name_make_no_series_twice() -> None:
    twins = after([node(number, 2, variables={"node_name": "localhost"}) for number in (1, 2)] + [failure(3)])
    lines = [line.rpartition(" ")[0] for line in generate_latest(registry(twins)).decode().splitlines() if line[0] != "#"]
    assert len(lines) == len(set(lines))


def test_percona_xtradb_cluster() -> None:
    snapshot = snapshot_of(answers("percona", "running"))
    assert figures(snapshot, "galera_applied_writesets_total")["pxc-0",] == 90412
    assert figures(snapshot, "galera_monitor_seqno")["pxc-2", "commit", "left"] == 90409
    assert figures(snapshot, "galera_flow_control_limit_writesets")["pxc-0",] == 173
    assert figures(snapshot, "galera_flow_control_requested") == {("pxc-0",): 0, ("pxc-1",): 0, ("pxc-2",): 1}
    assert figures(snapshot, "galera_protocol_gcs_version")["pxc-0",] == 5
    assert figures(snapshot, "galera_gcache_pool_bytes")["pxc-0",] == 134_219_048
    assert figures(snapshot, "galera_applier_threads_configured")["pxc-0",] == 8
    assert figures(snapshot, "galera_seqno_lag")["pxc-2",] == 3
    assert figures(snapshot, "galera_status_value") == {}
    assert figures(snapshot, "galera_cluster_verdict")[("healthy",)] == 1


def test_the_older_word_of_percona_for_flow_control() -> None:
    old = node(1, status={"flow_control_status": "ON"})
    assert figures(after([old]), "galera_flow_control_active") == {("db1",): 1}
