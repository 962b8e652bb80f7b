"""What a user may be refused, and what a node must not suffer from being watched. On a real cluster."""

import contextlib
from collections.abc import Iterator

import pymysql
import pytest

from clients.model import Deadline
from clients.mysql import Connection, Login, TlsFiles
from exporters.galera.node import Failure, Peer
from exporters.galera.settings import GaleraTls
from parsers.secret import Secret
from tests.exporters.galera.conftest import Live
from tests.exporters.galera.watching import Watch, load
from tests.servers.galera import GaleraNode
from tests.servers.process import wait_until

pytestmark = pytest.mark.servers


def words(watch: Watch) -> set[str]:
    watch.look()
    return {node.word if isinstance(node, Failure) else "ok" for node in watch.snapshot.nodes}


def of_user(node: GaleraNode, user: str) -> int:
    (row,) = node.sql(f"SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = '{user}'")
    return int(row[0])


def test_a_user_without_any_privilege_reads_all_but_the_names_of_the_members(live: Live) -> None:
    with Watch(live.cluster, user="plain", password="plain-secret") as watch:
        watch.healthy()
        assert [node.peers for node in watch.snapshot.read] == [None, None, None]
        assert watch.figures("galera_cluster_size") == {("db1",): 3, ("db2",): 3, ("db3",): 3}
        assert len(watch.figures("galera_member_lists")) == 9


def test_the_documented_grant_gives_the_names(live: Live) -> None:
    with Watch(live.cluster) as watch:
        watch.healthy()
        for node in watch.snapshot.read:
            assert {peer.name for peer in node.peers or ()} == {"db1", "db2", "db3"}
            assert Peer(str(node.uuid), node.name, node.target) in (node.peers or ())


def test_a_wrong_password_makes_it_unknown_and_shows_nowhere(live: Live) -> None:
    with Watch(live.cluster, password="hunter2-wrong") as watch:
        assert words(watch) == {"refused"}
        assert (watch.verdict.state, watch.verdict.healthy) == ("unknown", False)
        assert set(watch.verdict.reasons) == {"no_node_readable", "node_refused"}
        assert set(watch.figures("galera_up").values()) == {1}
        assert "check user and password" in str(watch.verdict.evidence)
        assert "hunter2" not in repr(watch.snapshot) + repr(watch.verdict) + repr(vars(watch.collector))


def test_a_full_node(live: Live) -> None:
    node = live.cluster.nodes[0]
    with contextlib.ExitStack() as held:
        held.callback(node.sql, "SET GLOBAL max_connections = 60")
        node.sql("SET GLOBAL max_connections = 10")
        with contextlib.suppress(pymysql.err.OperationalError):
            for _ in range(11):
                client = pymysql.connect(
                    host="127.0.0.1", port=node.port, user="plain", password="plain-secret", ssl_disabled=True
                )
                held.callback(client.close)
        with Watch(live.cluster) as watch:
            verdict = watch.until("degraded", "node_too_many_connections")
            assert "max_connections" in verdict.evidence[node.address]
            assert len(watch.snapshot.read) == 2


@pytest.mark.parametrize(
    ("tls", "expected"),
    [
        pytest.param(lambda live: GaleraTls(ca=live.ca), {"ok"}, id="own certificate authority"),
        pytest.param(lambda live: GaleraTls(verify=False), {"ok"}, id="not verified"),
        pytest.param(lambda live: GaleraTls(ca=live.ca, name="db.example.org"), {"tls"}, id="another name"),
        pytest.param(lambda live: GaleraTls(), {"tls"}, id="unknown certificate authority"),
        pytest.param(lambda live: GaleraTls(ca=live.ca.with_name("missing.pem")), {"tls"}, id="no such file"),
        pytest.param(lambda live: None, {"ok"}, id="without TLS"),
    ],
)
def test_tls(live: Live, tls: object, expected: set[str]) -> None:
    assert callable(tls)
    with Watch(live.cluster, tls=tls(live)) as watch:
        assert words(watch) == expected
        if expected == {"ok"}:
            assert words(watch) == {"ok"}  # on the same connection


def test_a_node_that_insists_on_tls(live: Live) -> None:
    node = live.cluster.nodes[2]
    node.sql("SET GLOBAL require_secure_transport = ON")
    try:
        with Watch(live.cluster) as plain, Watch(live.cluster, tls=GaleraTls(ca=live.ca)) as secure:
            assert words(plain) == {"ok", "refused"}  # MariaDB gives the same answer as to a wrong password
            assert "whether the server wants TLS" in plain.verdict.evidence[node.address]
            assert words(secure) == {"ok"}
    finally:
        node.sql("SET GLOBAL require_secure_transport = OFF")


@pytest.fixture(params=[False, True], ids=["plain", "tls"])
def watch(live: Live, request: pytest.FixtureRequest) -> Iterator[Watch]:
    with Watch(live.cluster, tls=GaleraTls(ca=live.ca) if request.param else None) as watching:
        watching.healthy()
        yield watching


def test_one_connection_to_a_node_whatever_happens_and_none_afterwards(live: Live, watch: Watch) -> None:
    node = live.cluster.nodes[0]
    counters = "Aborted_connects", "Aborted_clients", "Connections"
    # `status` connects each time itself, so that the next look at Connections finds one more.
    before = {name: int(node.status(name) or 0) for name in counters}
    for _ in range(50):
        watch.look()
    assert of_user(node, "stratoscope") == 1
    after = {name: int(node.status(name) or 0) for name in counters}
    assert after["Connections"] - before["Connections"] == 4
    watch.collector.close()
    wait_until(lambda: of_user(node, "stratoscope") == 0, "the connection is closed")
    assert {name: int(node.status(name) or 0) for name in counters[:2]} == {name: before[name] for name in counters[:2]}


def test_a_connection_that_the_server_has_closed_is_made_anew(live: Live, watch: Watch) -> None:
    node = live.cluster.nodes[0]
    for (number,) in node.sql("SELECT ID FROM information_schema.PROCESSLIST WHERE USER = 'stratoscope'"):
        node.sql(f"KILL CONNECTION {number}")
    wait_until(lambda: of_user(node, "stratoscope") == 0, "the connection is gone")
    assert words(watch) == {"ok"}


def test_flush_status_makes_no_counter_go_wild(live: Live, watch: Watch) -> None:
    node = live.cluster.nodes[1]

    def counters() -> dict[tuple[str, str], float]:
        watch.look()
        families = [family for family in watch.collector.families(watch.snapshot) if family.type == "counter"]
        samples = [sample for family in families for sample in family.samples if sample.labels.get("member") == "db2"]
        return {(sample.name, sample.labels["member"]): sample.value for sample in samples}

    with load(node):
        wait_until(lambda: counters()["galera_replicated_writesets_total", "db2"] > 20, "write sets were sent")
    before = counters()
    node.sql("FLUSH STATUS")
    after = counters()
    assert before.keys() == after.keys()
    assert all(0 <= after[key] <= before[key] + 1000 for key in after)
    kept = ("galera_flow_control_paused_seconds_total", "galera_committed_writesets_total", "galera_replicated_bytes_total")
    assert all(after[name, "db2"] >= before[name, "db2"] for name in kept)
    assert watch.look().healthy


def test_a_statement_that_is_refused_leaves_the_connection_usable(live: Live) -> None:
    node = live.cluster.nodes[0]
    login = Login("plain", Secret("plain-secret"), TlsFiles(ca=live.ca).context())
    connection = Connection("127.0.0.1", node.port, lambda: login)
    assert connection.open(5.0) is True
    with pytest.raises(Exception, match=r"command denied to user 'plain'.*check the user's GRANT"):
        connection.rows("SELECT * FROM mysql.wsrep_cluster_members")
    assert connection.open(5.0) is False
    assert connection.rows("SELECT 1") == [(1,)]
    connection.close()


def test_a_reading_is_over_by_its_deadline(live: Live) -> None:
    with Watch(live.cluster) as watch:
        watch.healthy()
        snapshot = watch.collector.fetch(Deadline.after(0.0))
        assert len(snapshot.nodes) == 3
        watch.healthy()
