"""Reading what the commands of OVN print."""

import pytest

from exporters.ovn.controller import bindings
from exporters.ovn.raft import Peer, raft
from exporters.ovn.work import EngineNode, FlowCache, engine, flow_cache, stopwatches
from tests.exporters.ovs.texts import recorded


def test_a_leader() -> None:
    found = raft(recorded("cluster_status_leader"))
    assert found is not None
    assert (found.server, found.cluster, found.leader, found.role, found.member) == ("2891", "45bc", "2891", "leader", True)
    assert (found.term, found.election_timer, found.first, found.next) == (1, 1.0, 2, 15)
    assert (found.uncommitted, found.unapplied, found.disconnections) == (0, 0, 0)
    assert (found.servers, found.heard, found.sent) == (3, 2, 2)
    assert found.peers == (
        Peer("f8f4", "tcp:127.0.0.1:37915", 15, 14, 0.015),
        Peer("4d5e", "tcp:127.0.0.1:37201", 15, 14, 0.015),
    )


def test_a_cluster_of_one() -> None:
    found = raft(recorded("cluster_status_alone"))
    assert found is not None
    assert (found.servers, found.peers, found.sent) == (1, (), 0)


def test_a_follower_that_is_cut_off() -> None:
    text = recorded("cluster_status_leader")
    text = text.replace("Role: leader", "Role: candidate").replace("Leader: self", "Leader: unknown")
    text = text.replace("Connections: <-4d5e ->4d5e <-f8f4 ->f8f4", "Connections: (->4d5e) (->f8f4)")
    found = raft(text)
    assert found is not None
    assert (found.role, found.leader, found.sent, found.heard) == ("candidate", "", 0, 0)


def test_a_server_without_a_cluster() -> None:
    assert raft("") is None


def test_a_stopwatch() -> None:
    found = {watch.name: watch for watch in stopwatches(recorded("northd_stopwatch_show"))}
    loop = found["ovn-northd-loop"]
    assert (loop.samples, loop.longest, loop.shortest, loop.p95) == (45, 0.002, 0.0, 0.001)
    assert (loop.short_average, loop.long_average) == pytest.approx((0.000000015, 0.000072367))
    assert found["lflows_dp_groups"].p95 is None  # the record ends there


def test_a_stopwatch_that_never_ran_is_left_out() -> None:
    assert stopwatches("Statistics for 'vif-plug-run'\n  Total samples: 0\n  Maximum: 0 msec\n") == []


def test_the_engine() -> None:
    assert engine(recorded("northd_inc-engine_show-stats"))[0] == EngineNode("NB_address_set", 48, 0, 0)
    assert engine("Node: northd\n- recompute: 3\n- compute: 4\n- cancel: 5\n") == [EngineNode("northd", 3, 4, 5)]


def test_the_flow_cache() -> None:
    assert flow_cache(recorded("controller_lflow-cache_show-stats")) == FlowCache(True, 66, 66, 4, 62, 0, 7168)
    assert flow_cache("") is None


def test_local_bindings() -> None:
    found = bindings(recorded("controller_debug_dump-local-bindings"))
    assert found["be57fbcf-d8a7-4009-a308-262c103ced30"] == 1
    assert sorted(found.values()) == [0, 0, 0, 0, 1]
