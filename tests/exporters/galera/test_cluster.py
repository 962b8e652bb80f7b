import pytest

from exporters.galera.cluster import look
from exporters.galera.node import Peer
from exporters.galera.snapshot import SAME_INSTANT
from tests.exporters.galera.made import HISTORY, after, failure, healthy, node

OTHER = "0af0d34c-e9ec-11f1-9a15-9662352cad0c"
AUTO = {"node_incoming_address": "AUTO"}


def test_lag_is_counted_among_those_asked_in_the_same_instant() -> None:
    late = node(3, status={"last_committed": "9000"}, asked_at=SAME_INSTANT * 2)
    cluster = look(after([node(1), node(2, status={"last_committed": "400"}), late]))
    assert cluster.lags() == {"db1": 0, "db2": 600}


def test_a_node_outside_the_primary_component_has_no_lag() -> None:
    cut_off = node(3, status={"cluster_status": "non-Primary", "last_committed": "5"})
    assert look(after([node(1), node(2), cut_off])).lags() == {"db1": 0, "db2": 0}


def test_who_lists_whom() -> None:
    blind = node(2, status={"incoming_addresses": "10.0.0.2:3306"})
    listing = look(after([node(1), blind])).listing()
    assert listing == {("db1", "db1"): True, ("db1", "db2"): True, ("db2", "db1"): False, ("db2", "db2"): True}


def test_a_member_that_was_never_read_is_known_from_the_table_of_members() -> None:
    listing = look(after([node(1, peers=(Peer("u3", "db3", "10.0.0.3:3306"),)), failure(3)])).listing()
    assert listing["db1", "db3"] is True


@pytest.mark.parametrize(
    ("one", "other", "parts"),
    [
        ({}, {}, 1),
        ({"cluster_conf_id": "8", "incoming_addresses": "10.0.0.1:3306"}, {}, 1),
        ({"incoming_addresses": "10.0.0.1:3306"}, {"incoming_addresses": "10.0.0.2:3306"}, 2),
        ({"local_state_uuid": OTHER}, {}, 2),
        ({"cluster_status": "non-Primary"}, {}, 1),
    ],
    ids=[
        "one view",
        "membership is changing: one still lists the other",
        "same number of the view, and neither lists the other",
        "two histories",
        "one is outside",
    ],
)
def test_primary_components(one: dict[str, str], other: dict[str, str], parts: int) -> None:
    assert len(look(after([node(1, 2, status=one), node(2, 2, status=other)])).components) == parts


def test_primary_components_without_addresses() -> None:
    """MariaDB may write AUTO for each member: then the place in the view tells, and different views must last."""

    def blind(number: int, **status: str) -> object:
        return node(number, 2, status={"incoming_addresses": "AUTO,AUTO", **status}, variables=AUTO)

    assert len(look(after([blind(1), blind(2)])).components) == 1  # type: ignore[list-item]
    assert len(look(after([blind(1), blind(2, local_index="0")])).components) == 2  # type: ignore[list-item]
    apart = [blind(1), blind(2, cluster_conf_id="8")]
    assert len(look(after(apart)).components) == 1  # type: ignore[arg-type]
    assert len(look(after(apart, apart)).components) == 2  # type: ignore[arg-type]


@pytest.mark.parametrize(("size", "spare"), [(1, 0), (2, 0), (3, 1), (4, 1), (5, 2), (7, 3)])
def test_members_that_may_be_lost_at_once(size: int, spare: int) -> None:
    assert look(after(healthy(size))).spare() == spare


def test_a_heavy_vote_counts() -> None:
    heavy = node(1, status={"cluster_weight": "4"}, variables={"provider_options": "pc.weight = 2"})
    others = [node(number, status={"cluster_weight": "4"}) for number in (2, 3)]
    assert look(after([heavy, *others])).spare() == 0


def test_an_arbitrator_votes_and_is_no_one_to_read() -> None:
    """garbd has no address, so the list has an empty place."""
    with_arbitrator = {"incoming_addresses": "10.0.0.1:3306,10.0.0.2:3306,"}
    both = [node(number, status=with_arbitrator) for number in (1, 2)]
    assert look(after(both)).spare() == 1
    alone = node(1, 2, status={"incoming_addresses": "10.0.0.1:3306,", "cluster_conf_id": "8"})
    cluster = look(after(both, [alone, failure(2)], [alone, failure(2)]))
    assert cluster.joining == ()
    assert (cluster.expected, cluster.size, cluster.one_loss_ends_it()) == (3, 2, True)


def test_a_frozen_member_counts_as_lost_while_the_group_still_counts_it() -> None:
    cluster = look(after(healthy(), [node(1), node(2), failure(3, "silent")]))
    assert (cluster.size, cluster.spare(), cluster.one_loss_ends_it()) == (3, 0, True)


def test_a_member_that_refuses_us_is_alive() -> None:
    cluster = look(after(healthy(), [node(1), node(2), failure(3, "too_many_connections")]))
    assert (cluster.spare(), cluster.one_loss_ends_it()) == (1, False)


def test_the_cluster_is_reachable_as_long_as_anybody_answers() -> None:
    assert after([failure(1), node(2)]).reachable
    assert after([failure(1), failure(2, "too_many_connections")]).reachable
    assert not after([failure(1), failure(2, "silent")]).reachable


def test_a_cluster_of_two_is_not_always_at_risk() -> None:
    cluster = look(after(healthy(2)))
    assert (cluster.spare(), cluster.one_loss_ends_it()) == (0, False)


def test_the_expected_size() -> None:
    assert look(after(healthy(), wanted=5)).expected == 5
    assert look(after(healthy(5), [node(1, 2), node(2, 2)])).expected == 5
    assert look(after([node(1, 1), failure(2), failure(3)])).expected == 3


def test_two_nodes_of_one_name_go_by_their_addresses() -> None:
    twins = [node(number, 2, variables={"node_name": "localhost"}) for number in (1, 2)]
    assert set(look(after(twins)).nodes) == {"db1.test:3306", "db2.test:3306"}


def test_a_failed_node_goes_by_the_name_it_had() -> None:
    assert set(look(after(healthy(), [node(1), node(2), failure(3)])).failures) == {"db3"}
    assert set(look(after([node(1), node(2), failure(3)])).failures) == {"db3.test:3306"}


def test_made_nodes_belong_to_one_history() -> None:
    assert {one.history_uuid for one in healthy()} == {HISTORY}
