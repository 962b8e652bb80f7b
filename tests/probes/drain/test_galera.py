"""A node of a real Galera cluster is taken out of service, where the others can do without it and not otherwise."""

import contextlib
from collections.abc import Iterator

import pytest

from clients.model import Deadline, TargetError
from parsers.secret import Secret
from probes.drain.conductor import Drain, Step
from probes.drain.galera import Galera
from probes.drain.model import Outcome, Phase
from probes.drain.settings import DrainSettings, GaleraSettings
from tests.servers.galera import GaleraCluster, GaleraNode
from tests.servers.process import READY, wait_until

pytestmark = [pytest.mark.servers, pytest.mark.timeout(400)]

QUICK = DrainSettings(grace=4 * READY, margin=0.0, settle=0.0, pause=0.2)


@pytest.fixture(scope="module")
def cluster() -> Iterator[GaleraCluster]:
    with GaleraCluster.made() as made:
        made.nodes[0].sql(
            "CREATE USER 'drain'@'%' IDENTIFIED BY 'x'",
            "GRANT PROCESS, SUPER ON *.* TO 'drain'@'%'",
            "CREATE USER 'poor'@'%' IDENTIFIED BY 'x'",
            "CREATE DATABASE shop",
            "CREATE TABLE shop.item (id INT PRIMARY KEY)",
        )
        for node in made.nodes:
            wait_until(lambda node=node: _knows(node), f"{node.name} has the users")  # type: ignore[misc]
        yield made


def _knows(node: GaleraNode) -> bool:
    return bool(node.sql("SELECT 1 FROM mysql.user WHERE user = 'poor'"))


@contextlib.contextmanager
def action(node: GaleraNode, user: str = "drain", size: int | None = 3) -> Iterator[Galera]:
    made = Galera(GaleraSettings(node.address, user, Secret("x"), size=size))
    try:
        yield made
    finally:
        made.close()


def soon() -> Deadline:
    return Deadline.after(READY)


def state(node: GaleraNode) -> str | None:
    return node.status("wsrep_local_state_comment")


def test_a_node_is_desynced_emptied_and_taken_back(cluster: GaleraCluster) -> None:
    node = cluster.nodes[0]
    with action(node) as galera:
        ready: list[bool] = []
        drain = Drain("mariadb", [Step("galera", galera)], QUICK, grace=60.0, ready=ready.append)
        with node.connect() as client, client.cursor() as cursor:
            cursor.execute("START TRANSACTION")
            cursor.execute("INSERT INTO shop.item VALUES (1)")
            drain.begin()
            wait_until(lambda: drain.status().in_flight == 1, "it sees the open transaction")
            assert ready == [False]
            assert drain.status().phase is Phase.ACTING
            assert state(node) == "Donor/Desynced"
            cursor.execute("COMMIT")
            status = drain.wait()
        assert status.outcome is Outcome.DRAINED
        assert "0 open transactions" in status.text
        drain.cancel()
        assert ready == [False, True]
        wait_until(lambda: state(node) == "Synced", "it is back in the cluster's service")


def test_no_second_node_while_the_first_is_out(cluster: GaleraCluster) -> None:
    first, second, _ = cluster.nodes
    with action(first) as one, action(second) as other:
        assert one.permitted(soon()).done
        one.begin(soon())
        wait_until(lambda: state(first) == "Donor/Desynced", "it is out")
        progress = other.permitted(soon())
        assert not progress.done
        assert progress.text == f"must not leave: {first.address} is Donor/Desynced, not Synced"
        one.undo(soon())
        wait_until(lambda: other.permitted(soon()).done, "the first is back")


def test_what_an_operator_has_set_stays(cluster: GaleraCluster) -> None:
    node = cluster.nodes[0]
    node.sql("SET GLOBAL wsrep_desync = ON")
    try:
        with action(node) as galera:
            assert galera.begin(soon()) == "wsrep_desync was 1 already"
            assert galera.undo(soon()) == "wsrep_desync is not ours, and stays"
        assert state(node) == "Donor/Desynced"
    finally:
        node.sql("SET GLOBAL wsrep_desync = OFF")
    wait_until(lambda: state(node) == "Synced", "it is back")


def test_asked_twice_it_is_done_once(cluster: GaleraCluster) -> None:
    """wsrep_desync counts: a node that is desynced twice has to be resynced twice."""
    node = cluster.nodes[0]
    with action(node) as galera:
        galera.begin(soon())
        galera.begin(soon())
        galera.undo(soon())
    wait_until(lambda: state(node) == "Synced", "it is back")


def test_without_the_privilege_to_count_transactions_connections_are(cluster: GaleraCluster) -> None:
    node = cluster.nodes[0]
    with action(node, "poor") as galera:
        assert galera.permitted(soon()).done
        with node.connect():
            progress = galera.look(soon())
        assert not progress.done
        assert "transactions are not told" in progress.text
        assert "PROCESS" in progress.text
        with pytest.raises(TargetError, match="SUPER"):
            galera.begin(soon())


def test_who_has_not_the_right_to_set_it_does_not_keep_the_pod_from_ending(cluster: GaleraCluster) -> None:
    with action(cluster.nodes[0], "poor") as galera:
        drain = Drain("mariadb", [Step("galera", galera)], QUICK, grace=60.0, ready=lambda _: None)
        drain.begin()
        status = drain.wait()
        assert status.outcome is Outcome.DRAINED
        assert status.steps[0].failed
        assert "SUPER" in status.text


def test_nobody_who_listens_and_a_wrong_password_are_told(cluster: GaleraCluster) -> None:
    for settings, said in (
        (GaleraSettings("127.0.0.1:1", "drain", Secret("x")), "connection refused"),
        (GaleraSettings(cluster.nodes[0].address, "drain", Secret("wrong")), "Access denied"),
    ):
        galera = Galera(settings)
        with pytest.raises(TargetError, match=f"(?i){said}"):
            galera.permitted(soon())
        galera.close()


def test_a_node_that_is_frozen_keeps_the_others_in(cluster: GaleraCluster) -> None:
    """The last ones of the file: they take nodes away."""
    first, _, third = cluster.nodes
    with action(first) as galera:
        assert galera.permitted(soon()).done
        third.freeze()
        progress = galera.permitted(soon())
        assert not progress.done
        assert third.address in progress.text or "would stay" in progress.text
        third.thaw()
        wait_until(lambda: galera.permitted(soon()).done, "the third is back", seconds=4 * READY, pause=0.5)


def test_of_three_nodes_of_which_one_is_lost_none_may_leave(cluster: GaleraCluster) -> None:
    first, second, third = cluster.nodes
    third.kill()
    first.wait_for("wsrep_cluster_size", "2")
    with action(first) as galera, action(second, size=None) as careless:
        progress = galera.permitted(soon())
        assert not progress.done
        assert progress.text == "must not leave: 1 of 3 members would stay, and 2 are a majority"
        assert careless.permitted(soon()).done, "who does not say how many there should be is asked about two"
        ready: list[bool] = []
        settings = DrainSettings(grace=1.0, margin=0.0, settle=0.0, pause=0.1)
        drain = Drain("mariadb", [Step("galera", galera)], settings, grace=60.0, ready=ready.append)
        drain.begin()
        assert drain.wait().outcome is Outcome.REFUSED
        assert ready == []
        assert state(first) == "Synced"
