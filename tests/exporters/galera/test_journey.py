"""A real cluster is taken through what happens to clusters. After each step the figures and the verdict say what it was.

The tests share the cluster and run in this order; each leaves it healthy.
"""

import time
from collections.abc import Iterator

import pytest

from exporters.galera.settings import GaleraThresholds
from tests.exporters.galera.conftest import Live
from tests.exporters.galera.watching import DEADLINE, Watch, fill, load
from tests.servers.process import wait_until

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def watch(live: Live) -> Iterator[Watch]:
    with Watch(live.cluster, thresholds=GaleraThresholds(lag=20, view_changes=1000)) as watching:
        watching.healthy()
        yield watching


def test_a_healthy_cluster(live: Live, watch: Watch) -> None:
    verdict = watch.healthy()
    assert (verdict.subject, verdict.healthy, dict(verdict.evidence)) == ("cluster main", True, {})
    assert watch.figures("galera_cluster_size") == {("db1",): 3, ("db2",): 3, ("db3",): 3}
    assert watch.figures("galera_up") == {("db1",): 1, ("db2",): 1, ("db3",): 1}
    assert watch.figures("galera_cluster_primary_views") == {(): 1}
    assert watch.figures("galera_cluster_spare_members") == {(): 1}
    assert all(listed == 1 for listed in watch.figures("galera_member_lists").values())
    assert len(watch.figures("galera_member_lists")) == 9
    wait_until(lambda: watch.look().healthy and len(watch.figures("galera_seqno_lag")) == 3, "all were asked in one instant")
    assert watch.figures("galera_seqno_lag") == {("db1",): 0, ("db2",): 0, ("db3",): 0}


def test_a_node_that_an_operator_has_desynced(live: Live, watch: Watch) -> None:
    node = live.cluster.nodes[1]
    node.sql("SET GLOBAL wsrep_desync = ON")
    verdict = watch.until("degraded", "node_desynced")
    assert verdict.evidence["db2 wsrep_local_state_comment"] == "Donor/Desynced"
    assert watch.figure("galera_local_state", "db2", "donor_desynced") == 1
    wait_until(lambda: bool(watch.look()) and watch.figure("galera_desync_configured", "db2") == 1, "wsrep_desync was read")
    assert watch.verdict.evidence["db2 wsrep_desync"] == "ON"
    node.sql("SET GLOBAL wsrep_desync = OFF")
    watch.healthy()


def test_a_node_locked_for_a_backup_under_load_falls_behind_and_still_answers(live: Live, watch: Watch) -> None:
    writer, _, locked = live.cluster.nodes
    locked.sql("SET GLOBAL wsrep_sync_wait = 15")  # else nothing would show that we do not wait for the locked applier
    with locked.connect() as connection, connection.cursor() as cursor, load(writer):
        cursor.execute("FLUSH TABLES WITH READ LOCK")
        verdict = watch.until("degraded", "node_desynced", "node_lagging")
        assert "db3 write sets behind" in verdict.evidence
        assert (watch.figure("galera_seqno_lag", "db3") or 0) > 20
        assert (watch.figure("galera_recv_queue", "db3") or 0) > 0
        assert watch.figure("galera_desyncs", "db3") == 1
        with Watch(live.cluster) as newcomer:
            assert newcomer.look().state == "degraded"
            assert newcomer.figure("galera_read", "db3", "ok") == 1
        cursor.execute("UNLOCK TABLES")
    locked.sql("SET GLOBAL wsrep_sync_wait = 0")
    watch.healthy()
    assert (watch.figure("galera_cluster_commits_per_second") or 0) > 0


def test_a_slow_node_asks_the_others_to_pause(live: Live) -> None:
    writer, _, slow = live.cluster.nodes
    slow.sql("SET GLOBAL wsrep_provider_options = 'gcs.fc_limit = 1'")
    with Watch(live.cluster, thresholds=GaleraThresholds(paused=1e-6, view_changes=1000)) as watch:
        watch.healthy()
        before = watch.figure("galera_flow_control_sent_total", "db3") or 0

        def has_asked() -> bool:
            return (watch.figure("galera_flow_control_sent_total", "db3") or 0) > before

        with load(writer, size=5000), load(writer, size=5000), load(writer, size=5000):
            watch.until("degraded", "flow_control")
            wait_until(lambda: bool(watch.look()) and has_asked(), "it was the slow one that asked")
        assert (watch.figure("galera_flow_control_paused_seconds_total", "db1") or 0) > 0
    slow.sql("SET GLOBAL wsrep_provider_options = 'gcs.fc_limit = 16'")


def test_a_frozen_node_costs_its_own_figures_only(live: Live, watch: Watch) -> None:
    node = live.cluster.nodes[2]
    aborted = node.status("Aborted_connects"), node.status("Aborted_clients")
    node.freeze()
    before = time.monotonic()
    verdict = watch.look()
    assert time.monotonic() - before < DEADLINE + 10
    assert (verdict.state, verdict.reasons[:2]) == ("quorum_at_risk", ("one_loss_from_no_quorum", "node_silent"))
    assert "frozen" in verdict.evidence["db3"]
    assert watch.figures("galera_up") == {("db1",): 1, ("db2",): 1, ("db3",): 0}
    assert ("db1",) in watch.figures("galera_ready")
    assert ("db3",) not in watch.figures("galera_ready")
    watch.until("quorum_at_risk", "member_missing")
    both = {("db1",): 2.0, ("db2",): 2.0}
    wait_until(lambda: bool(watch.look()) and watch.figures("galera_cluster_size") == both, "the group has noticed")
    assert watch.figure("galera_member_lists", "db1", "db3") == 0
    for _ in range(20):  # nothing piles up at the frozen server
        watch.look()
    node.thaw()
    watch.healthy()
    assert (node.status("Aborted_connects"), node.status("Aborted_clients")) == aborted


def test_a_killed_node_comes_back_by_ist(live: Live, watch: Watch) -> None:
    writer, _, node = live.cluster.nodes
    watch.healthy()
    changes = watch.figures("galera_view_changes_total")[()]
    node.kill()
    verdict = watch.until("quorum_at_risk", "one_loss_from_no_quorum", "node_unreachable", "member_missing")
    assert "Connection refused" in verdict.evidence["db3"]
    fill(writer, 10, 100)
    watch.look()
    assert (watch.figure("galera_absent_member_missing_writesets", "db3") or 0) >= 10
    assert watch.figure("galera_absent_member_ist_possible", "db3") == 1
    assert watch.figure("galera_cluster_spare_members") == 0
    node.start()
    verdict = watch.until("joining", "node_joining")
    assert "db3 joins by IST" in verdict.evidence
    watch.healthy()
    assert watch.figures("galera_view_changes_total")[()] >= changes + 2
    assert watch.figures("galera_absent_member_ist_possible") == {}


def test_a_node_that_was_out_for_too_long_comes_back_by_a_full_copy(live: Live, watch: Watch) -> None:
    writer, other, node = live.cluster.nodes
    watch.healthy()
    node.stop()
    missed = int(writer.status("wsrep_last_committed") or 0)

    def is_pushed_out() -> bool:
        """More than the gcache of 4 MB holds; it grows while write sets are in use, and then more are needed."""
        fill(writer, 120, 50_000)
        return all(int(one.status("wsrep_local_cached_downto") or 0) > missed + 1 for one in (writer, other))

    wait_until(is_pushed_out, "what the node has missed is in no gcache any more")
    verdict = watch.until("quorum_at_risk", "node_unreachable", "full_copy_needed")
    assert "more than any gcache holds" in verdict.evidence["db3 missing write sets"]
    assert watch.figure("galera_absent_member_ist_possible", "db3") == 0
    assert watch.figure("galera_absent_member_ist_seconds", "db3") == 0
    assert watch.figure("galera_ist_headroom_estimated", "db1") == 0  # the ring has gone round: the window is exact
    assert 0 < (watch.figure("galera_ist_headroom_writesets", "db1") or 0) < 120
    node.start()
    verdict = watch.until("joining", "node_joining_by_sst")
    assert "node_unreachable" not in verdict.reasons
    wait_until(lambda: " from db" in watch.look().evidence.get("db3 joins by SST", ""), "the donor is known")
    labels = [labels for labels in watch.figures("galera_joining_seconds") if labels[:2] == ("db3", "sst")]
    assert labels[0][2] in {"db1", "db2"}
    watch.healthy()
    assert node.data.joinpath("grastate.dat").exists()


def test_two_of_three_are_lost_and_the_rest_is_bootstrapped(live: Live, watch: Watch) -> None:
    survivor, *lost = live.cluster.nodes
    watch.healthy()
    for node in lost:
        node.kill()
    verdict = watch.until("read_only", "no_primary", "node_unreachable")
    assert verdict.evidence["db1 wsrep_cluster_status"] == "non-Primary"
    assert watch.figures("galera_cluster_conf_id") == {}
    assert watch.figures("galera_cluster_weight") == {("db1",): 0}
    assert watch.figures("galera_ready") == {("db1",): 0}
    assert watch.figures("galera_cluster_primary_views") == {(): 0}
    live.cluster.bootstrap(survivor)
    watch.until("quorum_at_risk", "one_loss_from_no_quorum", "member_missing")
    for node in lost:
        node.start()
    for node in lost:
        node.wait_synced()
    watch.healthy()


def test_no_node_answers(live: Live, watch: Watch) -> None:
    """Last, as it takes the cluster as a whole."""
    for node in live.cluster.nodes:
        node.freeze()
    verdict = watch.until("down", "no_node_answers", "node_silent")
    assert watch.figures("galera_up") == {("db1",): 0, ("db2",): 0, ("db3",): 0}
    assert not verdict.healthy
    for node in live.cluster.nodes:
        node.thaw()
    watch.healthy()
