import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.galera.history import DAY, HOUR, History
from exporters.galera.node import Failure, Node, Peer
from tests.exporters.galera.made import after, failure, healthy, node

OUTSIDE = {"cluster_status": "non-Primary", "cluster_conf_id": "18446744073709551615", "cluster_size": "1"}


def view(number: str, **status: str) -> list[Node]:
    return [node(1, status={"cluster_conf_id": number} | status)]


@pytest.mark.parametrize(
    ("readings", "changes"),
    [
        ([view("3"), view("3")], 0),
        ([view("3"), view("4")], 1),
        ([view("3"), view("9")], 6),
        ([view("3"), [node(1, status=OUTSIDE)]], 1),
        ([view("3"), [node(1, status=OUTSIDE)], [node(1, status=OUTSIDE)], view("4")], 2),
        ([view("3"), [failure(1)], view("3")], 0),
        ([view("30"), view("1")], 1),
        ([view("3"), view("4", local_state_uuid="0af0d34c-e9ec-11f1-9a15-9662352cad0c")], 1),
    ],
    ids=[
        "same view",
        "next view",
        "some views later",
        "the Primary component is lost",
        "and comes back",
        "nobody answers",
        "numbered anew",
        "another cluster",
    ],
)
def test_changes_of_the_view(readings: list[list[Node | Failure]], changes: int) -> None:
    assert after(*readings).history.changes == changes


def test_changes_older_than_an_hour_are_no_flapping() -> None:
    history = after(view("3"), view("5")).history
    assert len(history.changed_at) == 2
    assert len(history.after(view("5"), HOUR + 20).changed_at) == 0


def test_the_largest_size_of_a_day() -> None:
    history = History().after(healthy(5), 0).after(healthy(3), 10)
    assert history.largest() == 5
    assert history.after(healthy(3), DAY - 1).largest() == 5
    assert history.after(healthy(3), DAY + 1).largest() == 3


def test_a_component_that_is_not_primary_has_no_size_that_counts() -> None:
    assert after([node(1, status=OUTSIDE | {"cluster_size": "9"})]).history.largest() == 0


def test_a_member_is_remembered_for_a_day() -> None:
    history = History().after(healthy(), 0).after([node(1), node(2), failure(3)], 10)
    assert (history.members["db3"].seen_at, history.members["db3"].lost_at) == (0, 10)
    assert history.after([node(1), node(2), failure(3)], DAY).members["db3"].lost_at == 10
    assert "db3" not in history.after([node(1), node(2), failure(3)], DAY + 1).members


def test_a_member_that_comes_back_without_data_keeps_the_position_it_had() -> None:
    empty = {"local_state_uuid": "", "last_committed": "-1", "local_state": "1"}
    member = after(healthy(), [node(1), node(2), node(3, status=empty)]).history.members["db3"]
    assert (member.committed, member.lost_at) == (1000, None)


def test_names_come_from_nodes_and_from_the_table_of_members() -> None:
    peers = (Peer("u-9", "db9", "10.0.0.9:3306"), Peer("u-8", "", ""))
    names = after([node(1, peers=peers)]).history.names
    assert (names["u-9"], names[node(1).uuid or ""], "u-8" in names) == ("db9", "db1", False)


def test_a_counter_that_begins_anew_has_no_rate_for_now() -> None:
    paused = [node(1, status={"flow_control_paused_ns": nanoseconds}) for nanoseconds in ("3000000000", "6000000000", "1")]
    assert after([paused[0]], [paused[1]]).history.paused_part("db1") == pytest.approx(0.2)
    assert after([paused[0]], [paused[2]]).history.paused_part("db1") is None
    assert after([paused[0]]).history.paused_part("db1") is None


def test_a_rate_is_known_when_readings_are_rare() -> None:
    history = after(view("3", last_committed="0"), view("3", last_committed="6000"), every=600.0).history
    assert history.rate() == 10


@given(st.lists(st.tuples(st.floats(0.01, 4000), st.sets(st.integers(1, 5)), st.integers(1, 12)), max_size=60))
def test_its_size_is_bounded_whatever_happens(readings: list[tuple[float, set[int], int]]) -> None:
    history, now = History(), 0.0
    for number, (later, alive, conf) in enumerate(readings):
        now += later
        restarted = {"gcomm_uuid": f"u-{number}", "cluster_conf_id": str(conf * 40), "last_committed": str(number)}
        nodes = [node(one, 5, status=restarted) if one in alive else failure(one) for one in range(1, 6)]
        history = history.after(nodes, now)
        assert len(history.points) <= 64
        assert len(history.names) <= 64
        assert len(history.changed_at) <= 100
        assert len(history.sizes) <= 5
        assert len(history.wrapped) <= 5
        assert (history.rate() or 0) >= 0
