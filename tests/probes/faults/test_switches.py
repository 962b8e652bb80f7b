"""Faults of Open vSwitch and OVN: each daemon, and the databases that they need."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import pytest

from tests.probes.faults.rows import Row, Trial, by_fault, section, trial
from tests.servers.ovn import Ovn
from tests.servers.ovs import OpenVSwitch
from tests.servers.process import Process

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]


@dataclass(frozen=True, slots=True)
class Network:
    """What runs: a host, and the centre."""

    ovs: OpenVSwitch
    ovn: Ovn
    controller: Process


@contextmanager
def frozen(process: Process) -> Iterator[None]:
    """Stopped by a signal."""
    process.freeze()
    try:
        yield
    finally:
        process.thaw()


def _frozen(which: Callable[[Network], Process]) -> Callable[[Network], AbstractContextManager[None]]:
    return lambda network: frozen(which(network))


@contextmanager
def database_killed(network: Network) -> Iterator[None]:
    """ovsdb-server dies under the switch."""
    network.ovs.database.kill()
    try:
        yield
    finally:
        network.ovs.start_database()


@contextmanager
def southbound_stopped(network: Network) -> Iterator[None]:
    """The southbound database ends."""
    [server] = network.ovn.southbound
    server.process.stop()
    try:
        yield
    finally:
        server.start()


def _hung(profile: str, make: Callable[[Network], AbstractContextManager[None]], told_by: str = "control") -> Row[Network]:
    return Row(profile, "stopped by a signal", make, "hang", told_by, "is stopped by a signal", live=False)


def _without(profile: str, told_by: str, says: str) -> Row[Network]:
    fault = "the southbound database stopped"
    return Row(profile, fault, southbound_stopped, "dependency", told_by, says)


database_frozen = _frozen(lambda one: one.ovs.database)
ROWS = {
    "ovs-vswitchd frozen": _hung("ovs-vswitchd", _frozen(lambda one: one.ovs.vswitchd)),
    "ovsdb-server frozen": _hung("ovsdb-server", database_frozen, "ovsdb"),
    "ovsdb-server frozen under ovs-vswitchd": Row(
        "ovs-vswitchd",
        "ovsdb-server stopped by a signal",
        database_frozen,
        "other_not_there",
        "database",
    ),
    "ovsdb-server killed under ovs-vswitchd": Row(
        "ovs-vswitchd", "ovsdb-server killed", database_killed, "other_not_there", "database"
    ),
    "ovn-controller frozen": _hung("ovn-controller", _frozen(lambda one: one.controller)),
    "ovn-controller without southbound": _without("ovn-controller", "status", "'connected'"),
    "ovn-northd frozen": _hung("ovn-northd", _frozen(lambda one: one.ovn.northd)),
    "ovn-northd without southbound": _without("ovn-northd", "southbound", "'connected'"),
}


def sections(network: Network) -> dict[str, dict[str, object]]:
    """Each daemon is found by its own files."""
    host, centre = network.ovs.run_dir, network.ovn.run_dir
    database = {"remote": network.ovs.remote}
    on_host, in_centre = {"folders": [str(host)]}, {"folders": [str(centre)]}
    remote = network.ovs.remote
    return {
        "ovsdb-server": section("ovsdb-server", {"ovsdb": database}, processes=[f"ovsdb-server {host}/conf.db"]),
        "ovs-vswitchd": section(
            "ovs-vswitchd",
            {"control": on_host, "status": on_host, "database": database},
            processes=[f"ovs-vswitchd {remote}"],
        ),
        "ovn-controller": section(
            "ovn-controller", {"control": on_host, "status": on_host}, processes=[f"ovn-controller {remote}"]
        ),
        "ovn-northd": section(
            "ovn-northd",
            {"control": in_centre, "northbound": in_centre, "southbound": in_centre},
            processes=[f"ovn-northd --ovnnb-db={network.ovn.remotes('nb')[0]} "],
        ),
    }


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial[Network]]:
    with Ovn(tmp_path_factory.mktemp("ovn")) as ovn, OpenVSwitch(tmp_path_factory.mktemp("cmp001")) as ovs:
        made = Network(ovs, ovn, ovn.controller(ovs))
        with trial(tmp_path_factory.mktemp("sidecar"), made, sections(made)) as running:
            yield running


FAULTS = by_fault(ROWS)


@pytest.mark.parametrize("rows", FAULTS.values(), ids=FAULTS.keys())
def test_a_daemon_of_the_network(network: Trial[Network], rows: list[Row[Network]]) -> None:
    network.tried(rows)
