"""Which panels have data in the cloud of the tests, and under which fault those that are empty when all is well."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.dashboards.grafana.pages import FILES, queries
from tests.dashboards.live import faults
from tests.dashboards.live.cloud import Cloud, again_and_again, show
from tests.servers.ovn import Member, Ovn

_RANGES = {"__rate_interval": "10s", "__range": "60s"}
_PACKET = "in_port(1),eth(src=50:54:00:00:00:05,dst=50:54:00:00:00:07),eth_type(0x0800),ipv4(src=10.0.0.1,dst=10.0.0.2,proto=1)"
_HEAD = "{now:%Y-%m-%d %H:%M:%S}.{now:%f} 7 ERROR nova.api "
_RECORD = (
    f"{_HEAD}[req-8d6b9c9e-0000-4000-8000-000000000001 - - - - -] It failed: oslo_db.exception.DBError\n"
    f"{_HEAD}Traceback (most recent call last):\n"
    f'{_HEAD}  File "/nova/api.py", line 1, in get\n'
    f"{_HEAD}oslo_db.exception.DBError: (1047, 'WSREP has not yet prepared node for use')\n"
)

Place = tuple[str, str]
"""A page, and the title of a panel."""
Breaks = Callable[[Cloud], AbstractContextManager[None]]


def filled(expr: str) -> str:
    """As Grafana sends it when all is chosen."""
    return re.sub(r"\$(\w+)", lambda found: _RANGES.get(found[1], ".*"), expr)


def empty(cloud: Cloud) -> set[Place]:
    """The panels of which no query has data now. A query that Prometheus refuses raises."""
    found: dict[Place, bool] = {}
    for query in (query for path in FILES for query in queries(path, "prometheus")):
        place = (query.page, str(query.panel["title"]))
        found[place] = found.get(place, False) or cloud.prometheus.holds(filled(query.expr))
    return {place for place, has_data in found.items() if not has_data}


# -- a cloud with more in it -------------------------------------------------------------------------------------------


@contextmanager
def furnished(cloud: Cloud, folder: Path) -> Iterator[None]:
    """With what larger clouds have: bonds, tunnels and traffic in OVS, OVN databases of three servers, work for all."""
    ovs = cloud.servers.ovs
    ovs.add_port("tap0", **{"iface-id": "8d6b9c9e-0000-4000-8000-000000000001"})
    ovs.vsctl(*"add-bond br-int bond0 eth0 eth1 lacp=active -- set interface eth0 type=dummy".split())
    ovs.vsctl(*"set interface eth1 type=dummy -- add-port br-int gre0 -- set interface gre0 type=dummy bfd:enable=true".split())
    ovs.vsctl(*"add-br br-ex -- set bridge br-ex datapath_type=dummy -- set-controller br-ex tcp:127.0.0.1:1".split())
    cloud.servers.galera.nodes[0].sql("CREATE DATABASE busy", "CREATE TABLE busy.t (i INT AUTO_INCREMENT PRIMARY KEY)")
    with ExitStack() as stack:
        stack.enter_context(again_and_again(lambda: _work(cloud)))
        raft = stack.enter_context(Ovn(folder, members=3))
        _export(cloud, raft)
        yield
    ovs.vsctl("del-br", "br-ex")
    for port in ("tap0", "bond0", "gre0"):
        ovs.vsctl("del-port", "br-int", port)
    _export(cloud)


def _export(cloud: Cloud, *more: Ovn) -> None:
    """Start the exporters again, with one of OVN more, and wait until they know the cloud: who never saw it misses nothing."""
    settings = cloud.servers.exporters()
    for ovn in more:
        sides = {"northbound": _side(ovn.members("nb")), "southbound": _side(ovn.members("sb"))}
        settings["ovn"].append({"name": "raft", "collection": settings["ovn"][0]["collection"], **sides})
    cloud.export.stop()
    begun = cloud.prometheus.now()
    cloud.export = cloud.start("export", {"exporters": settings})
    known = "timestamp(galera_ready == 1) and on (job) timestamp(openstack_agents) and on (job) timestamp(rabbitmq_oslo_queues)"
    cloud.prometheus.wait_for(f"count({known} > {begun + 1}) == {len(cloud.servers.galera.nodes)}")


def _side(members: list[Member]) -> dict[str, Any]:
    """A database, asked by all ways that there are."""
    remotes, controls = [member.remote for member in members], [str(member.control) for member in members]
    return {"remotes": remotes, "control": controls, "file": str(members[0].file)}


def _work(cloud: Cloud) -> None:
    """A packet comes in at a port, a row goes into the database, a service logs a request that fails."""
    cloud.servers.ovs.appctl("netdev-dummy/receive", "tap0", _PACKET)
    cloud.servers.galera.nodes[0].sql("INSERT INTO busy.t VALUES ()")
    with cloud.log.open("a") as log:
        log.write(_RECORD.format(now=datetime.now(UTC)))


# -- what is empty when all is well ------------------------------------------------------------------------------------


@contextmanager
def host_declared_dead(cloud: Cloud) -> Iterator[None]:
    """As masakari does when it evacuates it."""
    cloud.servers.api.show("healthy", "forced_down")
    yield
    show(cloud.servers.api, "healthy")


@contextmanager
def agents_unlisted(cloud: Cloud) -> Iterator[None]:
    """Another backend of Neutron: the agents of before are not listed any more."""
    cloud.servers.api.show("healthy", "ovn_dead")
    yield
    show(cloud.servers.api, "healthy")


PHASES: tuple[Mapping[Breaks, tuple[Place, ...]], ...] = (
    {
        faults.galera_node_killed: (
            ("galera", "Members that are away"),
            ("galera", "Reasons for the verdict"),
            ("galera", "Firing alerts"),
            ("control-plane", "Firing alerts"),
        ),
        faults.memory_alarm: (
            ("rabbitmq", "Connections that are not simply running, by service"),
            ("rabbitmq", "Reasons for the verdict"),
            ("rabbitmq", "Firing alerts"),
        ),
        faults.interface_in_error: (
            ("ovs", "Interfaces in error"),
            ("ovs", "Hosts with interfaces in error, or ports on the dead VLAN"),
            ("ovs", "Hosts that are not healthy, and why"),
            ("ovs", "Reasons of each host"),
            ("ovs", "Firing alerts"),
        ),
        faults.memcached_frozen: (("probes", "Services that are not healthy"), ("probes", "Firing alerts")),
        faults.northd_killed: (("ovn", "Reasons for the verdicts"), ("ovn", "Firing alerts")),
        faults.agents_stopped: (
            ("agents", "Agents that are down"),
            ("agents", "Agents that went up and down"),
            ("agents", "Hypervisors that are not well"),
            ("agents", "Reasons for the verdicts"),
            ("agents", "Firing alerts"),
        ),
        faults.database_refuses: (
            ("logs", "Errors a second"),
            ("logs", "Errors by service"),
            ("logs", "Errors by what they blame"),
            ("logs", "New kinds of errors in the time shown"),
            ("logs", "New kinds of errors since each collector started"),
            ("logs", "Galera not ready (error 1047), in the time shown"),
            ("logs", "Firing alerts"),
            ("control-plane", "Errors in the logs, by what they blame"),
        ),
    },
    {
        faults.consumers_gone: (("rabbitmq", "Topics that nobody serves"),),
        faults.dead_vlan: (("ovs", "Ports on the dead VLAN"),),
        faults.vswitchd_killed: (("ovs", "Daemons that do not answer"),),
        faults.controller_frozen: (("ovn", "Chassis that lag"), ("ovn", "Hosts where ovn-controller does not answer")),
        faults.sink_down: (("stratoscope", "Firing alerts"),),
        agents_unlisted: (("agents", "Not listed any more"),),
    },
    {
        host_declared_dead: (
            ("agents", "Declared dead by hand"),
            ("agents", "Agents that are disabled"),
            ("agents", "Disabled by nova-compute itself"),
        ),
    },
)
"""Faults that are there at the same time, and the panels that have data only under them."""

NOT_HERE: Mapping[Place, str] = {
    ("agents", "Amphorae by status"): "Octavia",
    ("agents", "Rows that a removed host left behind"): "an agent that has been down for a day",
    ("galera", "Members on their way in"): "a member that is given a large copy",
    ("galera", "Peers that answer late"): "a network that is slow for one member",
    ("logs", "Records that did not come"): "a service that holds back records",
    ("logs", "Findings about the logs themselves"): "a service that logs what it should not",
    ("logs", "Spans made of requests"): "a receiver of traces in the collectors' settings",
    ("ovn", "Entries that no majority has"): "a server of a database that is cut off",
    ("ovn", "Gateway ports by host"): "gateways",
    ("ovn", "Hosts that are not connected to the Southbound database"): "a network that is cut",
    ("ovn", "Ports in a wrong state"): "servers with ports that are not where they should be",
    ("ovs", "Errors, worst ports"): "real network cards; the dummy ones of the tests count no errors",
    ("ovs", "Hosts whose Open vSwitch cannot be read"): "sockets that the exporter may not open",
    ("ovs", "Packets dropped in either direction, worst ports"): "real network cards",
    ("ovs", "Packets received and dropped, share, worst ports"): "real network cards",
    ("stratoscope", "Events lost in the time shown"): "a spool that is full",
    ("stratoscope", "Reviews of new pods"): "a webhook",
    ("stratoscope", "Until a review was answered: 90 % took at most"): "a webhook",
    ("stratoscope", "Until the certificate ends"): "a webhook",
    ("stratoscope", "Faults of files and disks"): "a disk that is full",
    ("stratoscope", "Series left out"): "more series than max_series",
    ("stratoscope", "Spans"): "a receiver of traces in the collectors' settings",
    ("probes", "Bytes that wait in its sockets"): "a probe beside a service behind a broker",
    ("probes", "Doubtful settings"): "a service with settings that the probe doubts",
    ("probes", "Drains"): "a service that is drained",
    ("probes", "How long a request waits inside a service"): "a probe beside a service behind a broker",
    ("probes", "Kills that were withheld"): "a service that hangs more often than its budget",
    ("probes", "Time of a ping"): "a probe beside a service behind a broker",
    ("probes", "Where hung services stood"): "a probe that writes black boxes",
    ("probes", "Workers that answer"): "a probe beside a service behind a broker",
}
"""Panels for which this cloud lacks something, and what that is."""


def table() -> str:
    """The same for the documents."""
    told = {fault.breaks: fault.what for fault in faults.FAULTS}
    rows = [
        (*place, told.get(breaks) or f"{breaks.__name__.replace('_', ' ')}")
        for phase in PHASES
        for breaks, places in phase.items()
        for place in places
    ]
    rows += [(*place, f"{lacking} (not in the tests)") for place, lacking in NOT_HERE.items()]
    return "".join(f"| {page} | {title} | {when} |\n" for page, title, when in sorted(rows))
