"""What can go wrong, as a literal table: what is done, and exactly the alerts that come of it.

A fault is a context: entering it breaks something, leaving it repairs it. Faults of one wave are there at the same time; they
are of different parts, so that it is plain which alert is whose.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import amqp

from tests.dashboards.live.cloud import HOST, Cloud, again_and_again, nova_compute, show
from tests.servers import oslo
from tests.servers.http import Reply
from tests.servers.openstack_api import status
from tests.servers.ovs import CommandFailedError
from tests.servers.process import wait_until

NOT_READY = (
    'oslo_db.exception.DBError: (pymysql.err.OperationalError) (1047, "WSREP has not yet prepared node for application use")'
)
FAILED = '10.0.0.1 "GET /v2.1/servers HTTP/1.1" status: 500 len: 200 time: 0.1234567'
SIZE = 3
"""Galera nodes."""
HUNG_FOR_LONG = "time() - max(stratoscope_probe_verdict_since_timestamp_seconds) > 12 and on () stratoscope_probe_live == 0"
"""Who answers within ten seconds of being called hung was none."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`alerts`: the names of all that fire, and no other, while it lasts; `silenced` are those of them that Alertmanager
    keeps back, as another one says it all.

    `passing`: those that may fire on the way at the pace of the test, and not in life: a group of Galera nodes takes three
    seconds to notice a loss, which are six minutes here; and a day is over after twelve minutes.
    """

    what: str
    wave: int
    breaks: Callable[[Cloud], AbstractContextManager[None]]
    alerts: tuple[str, ...]
    silenced: tuple[str, ...] = ()
    passing: tuple[str, ...] = ()


# -- Galera ------------------------------------------------------------------------------------------------------------


@contextmanager
def galera_node_killed(cloud: Cloud) -> Iterator[None]:
    node = cloud.servers.galera.nodes[2]
    node.kill()
    yield
    node.start()
    node.wait_synced()


@contextmanager
def galera_node_frozen(cloud: Cloud) -> Iterator[None]:
    nodes = cloud.servers.galera.nodes
    nodes[1].freeze()
    yield
    nodes[1].thaw()
    nodes[0].wait_for("wsrep_cluster_size", str(SIZE))


@contextmanager
def galera_without_quorum(cloud: Cloud) -> Iterator[None]:
    first, *others = cloud.servers.galera.nodes
    for node in others:
        node.kill()
    first.wait_for("wsrep_cluster_status", "non-Primary")
    yield
    cloud.servers.galera.bootstrap(first)
    for node in others:
        node.start()
        node.wait_synced()


# -- RabbitMQ ----------------------------------------------------------------------------------------------------------


@contextmanager
def memory_alarm(cloud: Cloud) -> Iterator[None]:
    """While a service publishes: it is blocked."""
    node = cloud.servers.rabbitmq.nodes[0]
    name = {"connection_name": "nova-conductor:7:00000000-0000-4000-8000-000000000000"}
    with amqp.Connection(f"127.0.0.1:{node.amqp}", client_properties=name) as connection:
        channel = connection.channel()
        node.control("set_vm_memory_high_watermark", "absolute", "1MB")
        channel.basic_publish(amqp.Message("x"), exchange="", routing_key="nobody")
        yield
        node.control("set_vm_memory_high_watermark", "absolute", "4GB")


@contextmanager
def consumers_gone(cloud: Cloud) -> Iterator[None]:
    """The only nova-compute of its topic dies, and somebody still sends it something."""
    servers = cloud.servers
    servers.compute.kill()
    folder = cloud.log.parent
    with oslo.client("nova-api", servers.rabbitmq.transport_url(), "cast", "compute", HOST, folder) as cast:
        wait_until(lambda: not cast.running(), "the message is sent")
    yield
    servers.compute = cloud.keep(nova_compute(servers.rabbitmq, folder))


@contextmanager
def rabbitmq_killed(cloud: Cloud) -> Iterator[None]:
    node = cloud.servers.rabbitmq.nodes[0]
    node.kill()
    yield
    node.start()
    node.wait_until_ready()


# -- networks ----------------------------------------------------------------------------------------------------------


@contextmanager
def interface_in_error(cloud: Cloud) -> Iterator[None]:
    ovs = cloud.servers.ovs
    ovs.vsctl("--no-wait", "add-port", "br-int", "gone0")
    yield
    ovs.vsctl("del-port", "br-int", "gone0")


@contextmanager
def dead_vlan(cloud: Cloud) -> Iterator[None]:
    ovs = cloud.servers.ovs
    ovs.add_port("tap1")
    ovs.vsctl("set", "port", "tap1", "tag=4095")
    yield
    ovs.vsctl("del-port", "br-int", "tap1")


@contextmanager
def vswitchd_killed(cloud: Cloud) -> Iterator[None]:
    cloud.servers.ovs.vswitchd.kill()
    yield
    cloud.servers.ovs.start_vswitchd()


@contextmanager
def northd_killed(cloud: Cloud) -> Iterator[None]:
    """And a network is changed meanwhile."""
    ovn = cloud.servers.ovn
    ovn.northd.kill()
    raise_number(cloud)
    yield
    ovn.start_northd()


@contextmanager
def controller_frozen(cloud: Cloud) -> Iterator[None]:
    """And a network is changed meanwhile."""
    cloud.servers.controller.freeze()
    raise_number(cloud)
    yield
    cloud.servers.controller.thaw()


def raise_number(cloud: Cloud) -> None:
    """As Neutron does: ask all to follow; nobody waits."""
    try:
        cloud.servers.ovn.nbctl("--timeout=1", "--wait=hv", "sync")
    except CommandFailedError:
        return


# -- probes ------------------------------------------------------------------------------------------------------------


@contextmanager
def memcached_frozen(cloud: Cloud) -> Iterator[None]:
    """Nobody restarts it. It is let go on when that is no false alarm any more."""
    cloud.servers.memcached.freeze()
    try:
        yield
        cloud.prometheus.wait_for(HUNG_FOR_LONG)
    finally:
        cloud.servers.memcached.thaw()


# -- agents ------------------------------------------------------------------------------------------------------------


@contextmanager
def agents_stopped(cloud: Cloud) -> Iterator[None]:
    show(cloud.servers.api, "stopped")
    yield
    show(cloud.servers.api, "healthy")


@contextmanager
def api_failing(cloud: Cloud) -> Iterator[None]:
    cloud.servers.api.trouble["cinder"] = status(503)
    yield
    del cloud.servers.api.trouble["cinder"]


@contextmanager
def libvirt_lost(cloud: Cloud) -> Iterator[None]:
    show(cloud.servers.api, "auto_disabled")
    yield
    show(cloud.servers.api, "healthy")


# -- logs, and stratoscope itself --------------------------------------------------------------------------------------


@contextmanager
def database_refuses(cloud: Cloud) -> Iterator[None]:
    with again_and_again(lambda: cloud.write(*5 * [NOT_READY], level="ERROR", logger="nova.api.openstack")):
        yield


@contextmanager
def requests_fail(cloud: Cloud) -> Iterator[None]:
    with again_and_again(lambda: cloud.write(*5 * [FAILED])):
        yield


@contextmanager
def error_never_seen(cloud: Cloud) -> Iterator[None]:
    cloud.prometheus.wait_for("time() - stratoscope_config_last_reload_success_timestamp_seconds{job=~'.*collect'} > 30")
    cloud.write("Giving up on the frobnicator", level="ERROR", logger="nova.frobnication")
    yield


@contextmanager
def sink_down(cloud: Cloud) -> Iterator[None]:
    loki = cloud.servers.loki
    answer, loki.answer = loki.answer, lambda _: Reply(503, b"ingester is not ready")
    yield
    loki.answer = answer


@contextmanager
def exporter_killed(cloud: Cloud) -> Iterator[None]:
    cloud.export.kill()
    yield
    cloud.export = cloud.start("export")


OF_A_BUSY_MACHINE = frozenset(
    {"StratoscopeDown", "ExporterTargetMissing", "ExporterFailing", "ExporterDataStale", "CollectLag", "LogServiceSilent"}
    | {"ProbeNotReady", "ProbeServiceSaturated", "ProbeCheckBlind", "ProbeStale"}
)
"""Alerts about how quick our own processes are: a pause of three seconds is six minutes at this pace, and a busy machine makes
one. They count where a fault lists them, and are let pass elsewhere."""

FAULTS: tuple[Fault, ...] = (
    Fault(
        "one of three Galera nodes is killed",
        1,
        galera_node_killed,
        ("GaleraNodeDown", "GaleraQuorumAtRisk", "GaleraClusterIncomplete"),
        silenced=("GaleraClusterIncomplete",),
    ),
    Fault(
        "one of three Galera nodes is frozen (SIGSTOP)",
        2,
        galera_node_frozen,
        ("GaleraNodeDown", "GaleraQuorumAtRisk", "GaleraClusterIncomplete"),
        silenced=("GaleraClusterIncomplete",),
    ),
    Fault(
        "two of three Galera nodes are killed: the third is non-Primary",
        3,
        galera_without_quorum,
        ("GaleraReadOnly", "GaleraNodeDown", "GaleraNodeNotReady", "GaleraClusterIncomplete", "GaleraNodeNotSynced"),
        silenced=("GaleraNodeDown", "GaleraNodeNotReady", "GaleraClusterIncomplete", "GaleraNodeNotSynced"),
        passing=("GaleraQuorumAtRisk",),
    ),
    Fault(
        "RabbitMQ's memory alarm, while a service publishes",
        1,
        memory_alarm,
        ("RabbitmqAlarm", "RabbitmqServicesBlocked", "RabbitmqMemoryNearWatermark"),
        silenced=("RabbitmqServicesBlocked", "RabbitmqMemoryNearWatermark"),
    ),
    Fault(
        "the only RPC server of a topic is killed, and messages are sent to it",
        2,
        consumers_gone,
        ("OsloTopicWithoutServers", "OsloServerQueueStuck", "HypervisorRpcDead"),
        silenced=("OsloServerQueueStuck",),
    ),
    Fault("RabbitMQ is killed", 4, rabbitmq_killed, ("RabbitmqDown", "RabbitmqNodeUnreachable"), ("RabbitmqNodeUnreachable",)),
    Fault("an interface of Open vSwitch cannot be made", 1, interface_in_error, ("OvsInterfaceError",)),
    Fault("a port is put on the dead VLAN", 2, dead_vlan, ("OvsPortDeadVlan",)),
    Fault(
        "ovs-vswitchd is killed", 3, vswitchd_killed, ("OvsVswitchdDown", "HypervisorNetworkDead"), ("HypervisorNetworkDead",)
    ),
    Fault(
        "ovn-northd is killed, and a network is changed",
        1,
        northd_killed,
        ("OvnNorthdNotActive", "OvnSouthboundBehind", "OvnChassisBehind", "OvnMostChassisBehind"),
        silenced=("OvnSouthboundBehind", "OvnChassisBehind", "OvnMostChassisBehind"),
    ),
    Fault(
        "ovn-controller is frozen, and a network is changed",
        4,
        controller_frozen,
        ("OvnControllerDown", "OvnChassisBehind", "OvnMostChassisBehind"),
        silenced=("OvnChassisBehind",),
    ),
    Fault(
        "one of two nova-computes, the only DHCP agent and the only cinder-volume end",
        1,
        agents_stopped,
        ("OpenstackAgentDown", "OpenstackAgentOutage"),
    ),
    Fault("nova-compute loses libvirt, and disables itself", 4, libvirt_lost, ("NovaComputeAutoDisabled",)),
    Fault(
        "a memcached is frozen (SIGSTOP) beside a probe that enforces, and nobody restarts it",
        1,
        memcached_frozen,
        ("ProbeServiceHung", "ProbeLivenessFailing", "ProbeNotReady", "ProbeKilled"),
        silenced=("ProbeServiceHung", "ProbeNotReady"),
    ),
    Fault("an OpenStack API answers 503", 2, api_failing, ("OpenstackApiDown",)),
    Fault(
        "a service's statements are refused by Galera (1047)",
        1,
        database_refuses,
        ("GaleraNotReadySeenByServices", "LogDependencyErrors"),
        passing=("LogErrorsSurge",),
    ),
    Fault(
        "five of six API requests end with 500",
        2,
        requests_fail,
        ("OpenstackApiErrorsMany", "OpenstackApiErrors"),
        silenced=("OpenstackApiErrors",),
    ),
    Fault("a kind of error that was never seen", 4, error_never_seen, ("LogNewErrorGroup",)),
    Fault(
        "Loki answers 503",
        3,
        sink_down,
        ("CollectSinkDown", "CollectSinkFailing", "CollectLag"),
        silenced=("CollectSinkFailing",),
    ),
    Fault("stratoscope export is killed", 5, exporter_killed, ("StratoscopeDown", "ExporterTargetMissing")),
)
