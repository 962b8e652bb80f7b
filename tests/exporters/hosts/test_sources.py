"""What the snapshots of the other exporters say of hosts."""

from dataclasses import replace

from clients.model import Deadline, TimedOutError, UnreachableError
from clients.ovsdb import Rows
from exporters.frame.view import Seen
from exporters.hosts import from_ovn, from_ovs, from_rabbitmq
from exporters.hosts.collector import HostsCollector
from exporters.hosts.settings import HostsSettings
from exporters.hosts.sources import SOURCES
from exporters.ovn.chassis import Lag
from exporters.ovn.snapshot import Limits, Southbound
from exporters.ovn.snapshot import Snapshot as OvnSnapshot
from exporters.ovs.database import TABLES, database
from exporters.ovs.pmd import Queues
from exporters.ovs.snapshot import Snapshot as OvsSnapshot
from exporters.ovs.vswitchd import Vswitchd
from exporters.rabbitmq.detailed import Depth, QueueId
from exporters.rabbitmq.snapshot import ClusterSnapshot
from exporters.rabbitmq.view import names_of, view
from tests.exporters.agents.recorded import snapshot
from tests.exporters.hosts.views import GivenView

_UUID = "00000000-0000-0000-0000-00000000000"


def _port(number: int) -> list[str]:
    return ["uuid", f"{_UUID}{number}"]


ROWS: Rows = {
    **{table: [] for table in TABLES},
    "Open_vSwitch": [{"next_cfg": 9, "cur_cfg": 7}],
    "Bridge": [{"_uuid": ["uuid", f"{_UUID}1"], "name": "br-int", "ports": ["set", [_port(2), _port(3)]]}],
    "Port": [
        {"_uuid": ["uuid", f"{_UUID}2"], "name": "tap1", "interfaces": ["uuid", f"{_UUID}4"], "tag": 4095},
        {"_uuid": ["uuid", f"{_UUID}3"], "name": "tap2", "interfaces": ["uuid", f"{_UUID}5"], "tag": 1},
    ],
    "Interface": [
        {"_uuid": ["uuid", f"{_UUID}4"], "name": "tap1", "ofport": 1},
        {"_uuid": ["uuid", f"{_UUID}5"], "name": "tap2", "ofport": -1, "error": "No such device"},
    ],
}
"""A switch with a port on the dead VLAN, and one that could not be made."""
QUIET = database({**ROWS, "Bridge": []})
ALIVE = Vswitchd({}, {}, (), (), (), (), (), {}, (), Queues((), {}), None)


def switch(**changes: object) -> OvsSnapshot:
    return replace(OvsSnapshot("cmp1.example.org", QUIET, ALIVE, 100), **changes)  # type: ignore[arg-type]


def words(snapshot: OvsSnapshot) -> list[str]:
    return [fact.word for fact in from_ovs.facts(snapshot)]


def test_open_vswitch() -> None:
    assert words(switch()) == ["switch_up"]
    assert words(switch(database=database(ROWS))) == ["switch_up", "ports_failed", "ports_dead"]
    assert words(switch(stuck=30.0)) == ["switch_stalled"]
    assert words(switch(vswitchd=TimedOutError("hangs"))) == ["switch_down"]
    assert words(switch(database=UnreachableError("gone"))) == ["switch_stalled"]


def test_ports_are_named() -> None:
    facts = list(from_ovs.facts(switch(database=database(ROWS))))
    assert [(fact.says, fact.value) for fact in facts[1:]] == [
        ("1 ports could not be made", "tap2"),
        ("1 ports are on Neutron's dead VLAN", "tap1"),
    ]


def behind(*lags: Lag) -> OvnSnapshot:
    tables = Southbound(len(lags), lags, {}, (), (), {}, {})
    return OvnSnapshot("ovn", 0.0, Limits(60.0, 60.0, 10), southbound=tables)


def test_ovn() -> None:
    late = Lag("a", "cmp1.example.org", lag=3, behind=61.0, followed_at=0.0, metadata_lag=None)
    found = list(from_ovn.facts(behind(late, replace(late, host="cmp2", behind=59.0), replace(late, host=""))))
    assert [(fact.host, fact.word) for fact in found] == [("cmp1.example.org", "network_behind"), ("cmp2", "network_up")]
    assert (found[0].says, found[0].where) == ("its chassis is 61 s behind", "Chassis_Private a nb_cfg")
    assert list(from_ovn.facts(OvnSnapshot("ovn", 0.0, Limits(60.0, 60.0, 10)))) == []


def rabbit(**consumers: int) -> ClusterSnapshot:
    queues = {QueueId("nova", f"compute.{host}"): Depth(0, 0, number) for host, number in consumers.items()}
    queues[QueueId("nova", "l3_agent.cmp1")] = Depth(0, 0, 0)
    queues[QueueId("nova", "compute_fanout_" + "0" * 32)] = Depth(0, 0, 0)
    return ClusterSnapshot("main", (), view(queues, names_of(queues), frozenset(), 10, 10))


def test_rabbitmq() -> None:
    """Only the queue that nova-compute reads: those of agents that were taken off a host stay for ever."""
    found = {fact.host: fact for fact in from_rabbitmq.facts(rabbit(cmp1=1, cmp2=0))}
    assert {host: fact.word for host, fact in found.items()} == {"cmp1": "rpc_read", "cmp2": "rpc_unread"}
    assert found["cmp2"].where == "queue compute.cmp2 in cluster main: consumers"


def states(**seen: object) -> dict[str, str]:
    collector = HostsCollector(HostsSettings(), GivenView(agents={"mini": snapshot("healthy")}, **seen))  # type: ignore[arg-type]
    return {host.key.host: host.state for host in collector.fetch(Deadline.after(10)).hosts}


def test_all_of_them_together() -> None:
    """cmp1 is up by Nova and by Neutron in each of these."""
    ovs, rabbitmq = {"x": switch()}, {"main": rabbit(cmp1=1)}
    assert states(ovs=ovs, rabbitmq=rabbitmq)["cmp1"] == "healthy"
    assert states(ovs=ovs, rabbitmq={"main": rabbit(cmp1=0)})["cmp1"] == "rpc_dead"
    assert states(ovs={"x": switch(vswitchd=TimedOutError("hangs"))}, rabbitmq=rabbitmq)["cmp1"] == "network_dead"
    assert states(ovs={"x": switch(database=database(ROWS))}, rabbitmq=rabbitmq)["cmp1"] == "degraded"
    late = Lag("a", "cmp1", lag=3, behind=61.0, followed_at=0.0, metadata_lag=None)
    assert states(ovn={"ovn": behind(late)})["cmp1"] == "network_dead"
    assert states(rabbitmq={"main": Seen(rabbit(cmp1=0), 1000.0)})["cmp1"] == "healthy", "too old to be believed"


def test_every_source_is_one_of_the_exporters() -> None:
    assert set(SOURCES) == {"agents", "ovs", "ovn", "rabbitmq"}
