"""Faults of a Galera node: two of them, and a state transfer that waits at a gate."""

import contextlib
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pymysql
import pytest

from tests.probes.faults.rows import SLOW, Options, Row, Trial, by_fault, section, trial
from tests.probes.faults.traces import traces
from tests.servers.galera import GaleraCluster, GaleraNode
from tests.servers.memcached import memcached
from tests.servers.process import READY, wait_until
from tests.stratoscope.probe.process import SidecarProcess
from tests.stratoscope.probe.process import sidecar as running
from tests.stratoscope.probe.test_end_to_end import COMMAND
from tests.stratoscope.probe.test_process import written

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]

LOGIN = "CREATE USER probe@localhost IDENTIFIED BY '{}' WITH MAX_USER_CONNECTIONS 4"
"""As the check says: two for each that looks at a node."""
PASSWORD = "for-tests-only"
CROWD = "CREATE USER crowd@localhost"
GATE = """\
#!/bin/bash
# Debian's transfer by rsync; who gives the data waits as long as the gate is closed.
case "$*" in *donor*) while [ -e "$(dirname "$0")/closed" ]; do sleep 0.1; done;; esac
exec /usr/bin/wsrep_sst_rsync "$@"
"""


@dataclass(frozen=True, slots=True)
class Nodes:
    """What runs. `closed`: the gate, when it is there."""

    giver: GaleraNode
    joiner: GaleraNode
    closed: Path

    @contextmanager
    def transferring(self) -> Iterator[None]:
        """The second one has lost its data and gets all of them from the first."""
        self.joiner.stop()
        (self.joiner.data / "grastate.dat").unlink()
        self.closed.touch()
        self.joiner.start()
        try:
            yield
        finally:
            self.closed.unlink()
            self.together()

    @contextmanager
    def parted(self) -> Iterator[None]:
        """The network between them is gone: neither has a majority."""
        _isolate(self.giver, 1)
        try:
            yield
        finally:
            _isolate(self.giver, 0)
            self.together()

    def together(self) -> None:
        """Return once they are a cluster again."""
        for node in (self.giver, self.joiner):
            node.wait_for("wsrep_cluster_size", "2")
            node.wait_synced()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """The second one is stopped by a signal, until the first one has given it up."""
        self.joiner.freeze()
        try:
            yield
            self.giver.wait_for("wsrep_cluster_status", "non-Primary")
        finally:
            self.joiner.thaw()
            self.together()

    @contextmanager
    def full(self) -> Iterator[None]:
        """All connections are in use, and the probe's own is cut off, so that it has to come again."""
        with ExitStack() as held:
            wait_until(lambda: not _crowded_in(self.giver, held), "its connections are in use", pause=0.0)
            for [number] in self.giver.sql("SELECT id FROM information_schema.processlist WHERE user = 'probe'"):
                with contextlib.suppress(pymysql.Error):  # it may have gone by itself
                    self.giver.sql(f"KILL {number}")
                _crowded_in(self.giver, held)
            yield


def _isolate(node: GaleraNode, value: int) -> None:
    node.sql(f"SET GLOBAL wsrep_provider_options = 'gmcast.isolate={value}'")


def _crowded_in(node: GaleraNode, held: ExitStack) -> bool:
    """Whether one more got in; it stays."""
    try:
        held.enter_context(contextlib.closing(pymysql.connect(user="crowd", unix_socket=str(node.socket))))
    except pymysql.OperationalError:
        return False
    return True


FROZEN = "stopped by a signal"
ROWS = {
    "the one that receives a state transfer": Row(
        "galera", "it receives all data (SST)", Nodes.transferring, "not_started", "mysql", "a state transfer", service="joiner"
    ),
    "the one that gives it": Row(
        "galera",
        "it gives them, by rsync (`donor: false`)",
        Nodes.transferring,
        "unfit",
        "mysql",
        "feeds another node",
        service="giver",
    ),
    "one of a component that is not Primary": Row(
        "galera", "cut off: its component is not Primary", Nodes.parted, "dependency", "mysql", "non-Primary", service="giver"
    ),
    "one whose connections are all in use": Row(
        "galera", "all connections in use (1040)", Nodes.full, "silent", "mysql", "connections are in use", service="giver"
    ),
    "a frozen one": Row("galera", FROZEN, Nodes.frozen, "hang", "mysql", FROZEN, live=False, service="joiner"),
    "a frozen one whose process is not to be seen": Row(
        "galera",
        "the same, in a pod without shareProcessNamespace",
        Nodes.frozen,
        "silent",
        "mysql",
        service="joiner-alone",
    ),
}


def looked_at(node: GaleraNode, password: Path, processes: str) -> dict[str, object]:
    """A node in the settings, by a login that has no privilege."""
    where: Options = {
        "mysql": {
            "address": f"unix:{node.socket}",
            "user": "probe",
            "password": {"file": str(password)},
            "data_dir": str(node.data),
            "donor": False,
        },
        "sockets": {"listen_ports": [node.port]},
    }
    return section("galera", where, processes=[processes])


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial[Nodes]]:
    folder = tmp_path_factory.mktemp("sidecar")
    password = folder / "password"
    password.write_text(PASSWORD)
    with GaleraCluster.made(2, {"wsrep_sst_method": "gated", "max_connections": "20"}, {"wsrep_sst_gated": GATE}) as cluster:
        giver, joiner = cluster.nodes
        giver.sql(LOGIN.format(PASSWORD), CROWD)
        sections = {
            "giver": looked_at(giver, password, rf"mariadbd \S*{giver.configuration}"),
            "joiner": looked_at(joiner, password, rf"mariadbd \S*{joiner.configuration}"),
            "joiner-alone": looked_at(joiner, password, "nothing that runs here"),
        }
        with trial(folder, Nodes(giver, joiner, cluster.scripts / "closed"), sections) as made:
            yield made


FAULTS = by_fault(ROWS)


@pytest.mark.parametrize("rows", FAULTS.values(), ids=FAULTS.keys())
def test_a_galera_node(nodes: Trial[Nodes], rows: list[Row[Nodes]]) -> None:
    nodes.tried(rows)


HASTE = "50ms"
"""The least time between two looks that can be set."""


@dataclass(frozen=True, slots=True)
class End:
    """How a sidecar goes, after how many looks at each server, and how many sessions are broken off by that."""

    how: Callable[[SidecarProcess], object]
    looks: int
    broken_off: int


ENDS = {
    "killed": End(SidecarProcess.kill, 360, 1),  # an hour's looks; who is killed takes no leave of its database
    "ended": End(SidecarProcess.stop, 20, 0),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
def test_an_hour_of_looks_leaves_nothing_behind_when_the_sidecar_is(nodes: Trial[Nodes], tmp_path: Path, end: End) -> None:
    nodes.well()
    node = nodes.servers.giver
    node.sql("CREATE USER IF NOT EXISTS hasty@localhost IDENTIFIED BY '' WITH MAX_USER_CONNECTIONS 2")
    with memcached(tmp_path, "-v") as (cache, port):
        before = traces(node, "hasty", cache, port)
        path = written(tmp_path, json.dumps({"services": hasty(node, port)}))
        with running(path, COMMAND) as sidecar:
            sidecar.wait_until(lambda: looks(sidecar) >= end.looks, f"{end.looks} looks at each", SLOW * READY)
            sidecar.until("/readyz", 200)
            during = traces(node, "hasty", cache, port)
            assert during == replace(before, connections=1, cached_connections=before.cached_connections + 1)
            end.how(sidecar)
        gone = replace(before, broken_off=before.broken_off + end.broken_off)
        wait_until(lambda: traces(node, "hasty", cache, port) == gone, f"{gone}, and nothing else")


def hasty(node: GaleraNode, port: int) -> dict[str, object]:
    """A database and a cache in the settings of a sidecar that looks all the time."""
    login = {"address": f"unix:{node.socket}", "user": "hasty", "data_dir": str(node.data)}
    return {
        "galera": {"profile": "galera", "checks": {"mysql": {"period": HASTE, "timeout": "500ms", "options": login}}},
        "memcached": {
            "profile": "memcached",
            "checks": {
                "memcached": {"period": HASTE, "timeout": "500ms", "options": {"address": f"tcp:127.0.0.1:{port}"}},
            },
        },
    }


def looks(sidecar: SidecarProcess) -> float:
    """How many there were, at that server at which there were fewer."""
    told = [line.rpartition(" ") for line in sidecar.get("/metrics")[1].splitlines()]
    counts = {name: float(value) for name, _, value in told if name.startswith("stratoscope_probe_checks_total{")}
    return min(value for name, value in counts.items() if 'check="mysql"' in name or 'check="memcached"' in name)
