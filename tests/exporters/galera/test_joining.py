from collections.abc import Iterable

import pytest

from exporters.galera.cluster import look
from exporters.galera.joining import Joiner
from exporters.galera.node import Failure, Node
from tests.exporters.galera.made import after, failure, healthy, node

DONOR = {"local_state": "2", "local_state_comment": "Donor/Desynced", "desync_count": "1"}
LATER = {"cluster_conf_id": "9", "last_committed": "5000"}
Nodes = list[Node | Failure]
WITHOUT_3: Nodes = [
    node(1, 2, status={"cluster_conf_id": "8"}),
    node(2, 2, status={"cluster_conf_id": "8"}),
    failure(3),
]


def joiners(*readings: Iterable[Node | Failure]) -> tuple[Joiner, ...]:
    return look(after(*readings)).joining


def test_a_node_that_refuses_connections_and_is_counted_by_the_group_receives_a_transfer_from_the_donor() -> None:
    feeding: Nodes = [node(1, status={**LATER, **DONOR}), node(2, status=LATER), failure(3)]
    assert joiners(healthy(), WITHOUT_3, feeding) == (Joiner("db3", 30.0, "db1", "ist"),)


def test_a_full_copy_is_told_where_no_gcache_reaches_back_so_far() -> None:
    far = {**LATER, "local_cached_downto": "4000"}
    feeding: Nodes = [node(1, status={**far, **DONOR}), node(2, status=far), failure(3)]
    assert joiners(healthy(), WITHOUT_3, feeding) == (Joiner("db3", 30.0, "db1", "sst"),)


def test_since_when_and_from_whom_is_remembered_until_it_is_done() -> None:
    feeding: Nodes = [node(1, status={**LATER, **DONOR}), node(2, status=LATER), failure(3)]
    starting: Nodes = [node(1, status=LATER), node(2, status=LATER), failure(3)]
    catching_up: Nodes = [node(1, status=LATER), node(2, status=LATER), node(3, status={**LATER, "local_state": "3"})]
    expected = (Joiner("db3", 30.0, "db1", "ist"),)
    assert joiners(healthy(), WITHOUT_3, feeding, starting) == expected
    assert joiners(healthy(), WITHOUT_3, feeding, starting, catching_up) == expected
    done = [node(number, status=LATER) for number in (1, 2, 3)]
    assert joiners(healthy(), WITHOUT_3, feeding, starting, catching_up, done) == ()


def test_a_node_that_has_just_died_is_no_joiner() -> None:
    assert joiners(healthy(), [node(1), node(2), failure(3)]) == ()


def test_a_node_that_the_group_does_not_count_is_no_joiner() -> None:
    assert joiners(healthy(), WITHOUT_3, WITHOUT_3) == ()


def test_a_node_never_seen_before_comes_in_by_a_full_copy() -> None:
    assert joiners([node(1, status=DONOR), node(2), failure(3)]) == (Joiner("db3.test:3306", 0.0, "db1", "sst"),)


def test_a_node_never_seen_before_that_nobody_feeds_is_no_joiner() -> None:
    assert joiners([node(1), node(2), failure(3)]) == ()


def test_a_frozen_node_is_no_joiner() -> None:
    feeding: Nodes = [node(1, status={**LATER, **DONOR}), node(2, status=LATER), failure(3, "silent")]
    assert joiners(healthy(), WITHOUT_3, feeding) == ()


def test_an_operator_desync_is_no_donor() -> None:
    desynced = node(1, status={**LATER, **DONOR}, variables={"desync": "ON"})
    still: Nodes = [desynced, node(2, status=LATER), failure(3)]
    assert joiners(healthy(), WITHOUT_3, still)[0].donor == ""


def test_a_pod_that_is_not_ready_has_no_address_and_is_found_by_the_list_of_the_others() -> None:
    gone = [node(1, 2, status={"cluster_conf_id": "8"}), node(2, 2, status={"cluster_conf_id": "8"})]
    feeding: Nodes = [node(1, status={**LATER, **DONOR}), node(2, status=LATER)]
    assert joiners(healthy(), gone, feeding) == (Joiner("db3", 30.0, "db1", "ist"),)


@pytest.mark.parametrize("state", ["1", "3"])
def test_a_node_says_itself_that_it_joins(state: str) -> None:
    (joiner,) = joiners([node(1), node(2), node(3, status={"local_state": state})])
    assert joiner.name == "db3"


def test_without_a_primary_component_nobody_joins() -> None:
    outside = {"cluster_status": "non-Primary", "cluster_conf_id": "18446744073709551615"}
    assert joiners([node(1, status=outside), failure(2), failure(3)]) == ()
