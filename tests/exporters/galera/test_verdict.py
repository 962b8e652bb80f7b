from collections.abc import Sequence

import pytest

from exporters.galera.node import Failure, Node, Word
from exporters.galera.reasons import REASONS, SEVERITY, STATES
from exporters.galera.settings import GaleraThresholds
from exporters.galera.verdict import verdict
from exporters.model import Verdict
from tests.exporters.galera.made import after, failure, healthy, node

OUTSIDE = {"cluster_status": "non-Primary", "cluster_conf_id": "18446744073709551615", "cluster_size": "1", "ready": "OFF"}
Nodes = Sequence[Node | Failure]


def of(*readings: Nodes, wanted: int | None = None, thresholds: GaleraThresholds | None = None) -> Verdict:
    return verdict(after(*readings, wanted=wanted), thresholds or GaleraThresholds())


def third(**status: str) -> Nodes:
    return [node(1), node(2), node(3, status=status)]


def test_all_is_well() -> None:
    assert of(healthy()) == Verdict("cluster main", "healthy", healthy=True)


@pytest.mark.parametrize(
    ("nodes", "state", "reasons"),
    [
        ([failure(1), failure(2), failure(3)], "down", ["no_node_answers", "node_unreachable"]),
        ([failure(1, "silent"), failure(2, "timeout")], "down", ["no_node_answers", "node_silent", "node_timeout"]),
        ([failure(1, "refused"), failure(2)], "unknown", ["no_node_readable", "node_refused", "node_unreachable"]),
        ([failure(1, "too_many_connections")], "unknown", ["no_node_readable", "node_too_many_connections"]),
        ([node(1, status=OUTSIDE), failure(2)], "read_only", ["no_primary", "node_unreachable"]),
        ([node(1, status=OUTSIDE), failure(2, "tls")], "unknown", ["no_primary_seen", "node_tls"]),
        ([node(1, 1, status={"ready": "OFF"})], "read_only", ["no_node_ready", "node_not_ready"]),
        (third(ready="OFF"), "degraded", ["node_not_ready"]),
        (third(local_state="5", local_state_comment="Inconsistent", **OUTSIDE), "degraded", ["node_inconsistent"]),
        (third(local_state="2", desync_count="1"), "degraded", ["node_desynced"]),
        (third(local_state="1", ready="OFF"), "joining", ["node_joining_by_sst"]),
        (third(local_recv_queue="1001"), "degraded", ["node_queueing"]),
        (third(evs_state="INSTALL"), "degraded", ["view_unsettled"]),
        (third(evs_evict_list="00000000-0000-0000-0000-000000000002"), "degraded", ["node_evicted"]),
        ([node(1), node(2), failure(3, "malformed")], "degraded", ["node_malformed"]),
    ],
)
def test_what_a_reading_means(nodes: Nodes, state: str, reasons: list[str]) -> None:
    found = of(nodes)
    assert (found.state, sorted(found.reasons), found.healthy) == (state, sorted(reasons), False)
    assert found.evidence


def test_the_evidence_says_where_to_look() -> None:
    assert of(third(local_state="2", local_state_comment="Donor/Desynced", desync_count="2")).evidence == {
        "db3 wsrep_local_state_comment": "Donor/Desynced",
        "db3 wsrep_desync_count": "2",
    }


def test_the_worst_reason_stands_first() -> None:
    found = of(healthy(), [node(1, status=OUTSIDE), failure(2), failure(3)])
    assert found.reasons == ("no_primary", "node_unreachable")


def test_a_member_behind_the_others() -> None:
    assert of(third(last_committed="500"), thresholds=GaleraThresholds(lag=499)).reasons == ("node_lagging",)
    assert of(third(last_committed="500"), thresholds=GaleraThresholds(lag=500)).healthy


def test_data_of_another_history() -> None:
    found = of(third(local_state_uuid="0af0d34c-e9ec-11f1-9a15-9662352cad0c", **OUTSIDE))
    assert "other_history" in found.reasons


def test_an_operator_rejects_queries() -> None:
    found = of([node(1, 1, variables={"reject_queries": "ALL"})])
    assert (found.reasons, found.evidence) == (("node_rejects_queries",), {"db1 wsrep_reject_queries": "ALL"})


def paused(milliseconds: int, **third_status: str) -> Nodes:
    status = {"flow_control_paused_ns": str(milliseconds * 1_000_000)}
    return [node(1, status=status), node(2, status=status), node(3, status=status | third_status)]


def test_flow_control_and_who_asks_for_it() -> None:
    found = of(paused(0), paused(3_000, flow_control_requested="true"))
    assert found.reasons == ("flow_control", "pause_requested")
    assert found.evidence["db1 paused"] == "20% of the time"
    assert found.evidence["db3 wsrep_flow_control_requested"] == "true"


def test_a_short_pause_is_no_reason_and_neither_is_asking_for_it() -> None:
    assert of(paused(0), paused(1_000, flow_control_requested="true")).healthy


def test_a_peer_that_is_late_is_named() -> None:
    late = third(evs_delayed="00000000-0000-0000-0000-000000000002:tcp://10.0.0.2:4567:7")
    assert of(late).evidence == {"db3 wsrep_evs_delayed": "db2 (7 times)"}


def test_a_peer_that_is_late_and_not_known_goes_by_its_address() -> None:
    late = third(evs_delayed="ffffffff-0000-0000-0000-000000000002:tcp://10.0.0.9:4567:1")
    assert of(late).evidence == {"db3 wsrep_evs_delayed": "tcp://10.0.0.9:4567 (1 times)"}


def test_flapping() -> None:
    readings = [[node(1, 1, status={"cluster_conf_id": str(number)})] for number in range(9)]
    assert of(*readings[:7]).healthy
    assert of(*readings[:8]).reasons == ("views_flapping",)


def test_little_headroom_is_told_and_is_no_fault() -> None:
    def nodes(at: int) -> Nodes:
        cached = {"last_committed": str(at), "local_cached_downto": str(at - 500), "received_bytes": str(2 << 20)}
        return [node(number, status=cached) for number in (1, 2, 3)]

    found = of(nodes(1000), nodes(1150))
    assert (found.state, found.healthy, found.reasons) == ("healthy", True, ("ist_headroom_low",))
    assert found.evidence["db1 may be away for"] == "50 s, 500 write sets"


def test_a_cluster_smaller_than_asked_for() -> None:
    assert of(healthy(4), wanted=5).reasons == ("member_missing",)
    found = of(healthy(2), wanted=3)
    assert (found.state, found.reasons) == ("quorum_at_risk", ("one_loss_from_no_quorum", "member_missing"))


@pytest.mark.parametrize("word", Word.__args__)  # type: ignore[attr-defined]
def test_each_way_to_give_no_answer_is_a_reason(word: Word) -> None:
    assert f"node_{word}" in of([node(1), node(2), failure(3, word)]).reasons


def test_the_table_of_reasons_is_whole() -> None:
    assert {reason.state for reason in REASONS.values()} == {*STATES}
    assert list(SEVERITY) == list(STATES)
