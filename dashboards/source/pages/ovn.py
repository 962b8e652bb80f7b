"""OVN: do the databases have a leader, does what Neutron wants arrive at the hosts, and how long does it take."""

from dashboards.source.model import Ask, Lines, Opens, Page, Section, Stat, Table, Timeline, Variable, ask
from dashboards.source.promql import most, rate, total
from dashboards.source.states import DOWN_UP, HOLDS, NO_YES, holding, number_of, states_of

_FIRST = Section(
    "",
    (
        Stat(
            title="Verdict of the central part",
            asks=ask(number_of("ovn_verdict", "cluster", where='host=""'), "{{cluster}}"),
            says="Databases and ovn-northd. no_leader: nothing can be changed; behind: what is wanted does not arrive.",
            unit="short",
            alerts=("OvnNoLeader", "OvnNorthdNotActive"),
            states=states_of("ovn_verdict"),
            width=6,
        ),
        Stat(
            title="Leaders of each database",
            asks=ask(total("ovn_raft_leader", "cluster", "db"), "{{cluster}} {{db}}"),
            says="Normal: 1. A database that is not clustered has none to show.",
            unit="short",
            alerts=("OvnNoLeader",),
            width=6,
            empty="not clustered",
        ),
        Stat(
            title="What is wanted has not been written for",
            asks=ask("max by (cluster) (ovn_southbound_behind_seconds)", "{{cluster}}"),
            says="ovn-northd turns Neutron's wishes into flows. Normal: 0 to 2 s.",
            unit="s",
            alerts=("OvnSouthboundBehind",),
            limits=("OvnSouthboundBehind",),
            width=4,
        ),
        Stat(
            title="Chassis that lag",
            asks=ask("count by (cluster) (ovn_chassis_behind_seconds > 0)", "{{cluster}}"),
            says="Hosts that have not followed the newest change yet. Normal: 0 but for seconds.",
            unit="short",
            alerts=("OvnMostChassisBehind", "OvnChassisBehind"),
            width=4,
            empty="0",
        ),
        Stat(
            title="Ports in a wrong state",
            asks=ask(total('ovn_ports{state=~"down|misplaced|no_chassis"}', "cluster"), "{{cluster}}"),
            says="Ports of servers that are not where they should be, or not up.",
            unit="short",
            alerts=("OvnPortsWrong",),
            counts=True,
            width=4,
        ),
        Timeline(
            title="Roles of the database servers",
            asks=ask(number_of("ovn_raft_role", "cluster", "db", "server"), "{{cluster}} {{db}} {{server}}"),
            says="Normal: one leader and followers. candidate: it seeks votes and does not get them.",
            alerts=("OvnNoLeader",),
            states=states_of("ovn_raft_role"),
            empty="not clustered",
        ),
        Timeline(
            title="ovn-northd",
            asks=ask(number_of("ovn_northd_status", "cluster", "run_dir"), "{{cluster}} {{run_dir}}"),
            says="Normal: one active, the others standby. Without an active one nothing that Neutron changes takes effect.",
            alerts=("OvnNorthdNotActive",),
            states=states_of("ovn_northd_status"),
        ),
        Lines(
            title="Hosts that lag most",
            asks=ask(most("max by (cluster, host) (ovn_chassis_behind_seconds)"), "{{cluster}} {{host}}"),
            says="For how long the chassis has not followed. New servers and security groups do not work there.",
            unit="s",
            alerts=("OvnChassisBehind",),
            limits=("OvnChassisBehind",),
        ),
        Timeline(
            title="Reasons for the verdicts",
            asks=ask(holding("ovn_reason", "cluster", "host"), "{{cluster}} {{host}} {{ovn_reason}}"),
            says="Of the central part, and of hosts by their name. Empty when all is well.",
            alerts=("OvnMostChassisBehind",),
            states=HOLDS,
            empty="nothing is wrong",
        ),
    ),
)

_DATABASES = Section(
    "Databases",
    (
        Lines(
            title="Terms",
            asks=ask("max by (cluster, db) (ovn_raft_term)", "{{cluster}} {{db}}"),
            says="Grows by one with each election. Steps without a restart: the servers do not hear each other in time.",
            unit="short",
        ),
        Lines(
            title="Entries that no majority has",
            asks=ask("max by (cluster, db, server) (ovn_raft_uncommitted_entries)", "{{cluster}} {{db}} {{server}}"),
            says="Writes that are not safe yet. Normal: 0.",
            unit="short",
        ),
        Lines(
            title="Silence between servers",
            asks=ask(
                "max by (cluster, db, server, peer) (ovn_raft_peer_silent_seconds)", "{{cluster}} {{db}} {{server}} of {{peer}}"
            ),
            says="Time since a server last heard of another. Beyond the election timer a new leader is sought.",
            unit="s",
            empty="not clustered",
        ),
        Timeline(
            title="Servers connected to a majority",
            asks=ask("min by (cluster, db, server) (ovn_raft_connected)", "{{cluster}} {{db}} {{server}}"),
            says="One that is not answers with old data, and takes no writes.",
            alerts=("OvnRaftMemberLost",),
            states=NO_YES,
            empty="not clustered",
        ),
        Timeline(
            title="Servers that can write their file",
            asks=ask("min by (cluster, db, server) (ovn_database_storage_ok)", "{{cluster}} {{db}} {{server}}"),
            says="no: the disk is full or broken, and the server must be restarted after the repair.",
            alerts=("OvnStorageFailed",),
            states=NO_YES,
        ),
        Timeline(
            title="Servers answer",
            asks=ask("max by (cluster, db, remote) (ovn_database_up)", "{{cluster}} {{db}} {{remote}}"),
            says="Whether the server at this address answered.",
            alerts=("OvnDatabaseDown", "OvnDatabaseServerDown"),
            states=DOWN_UP,
        ),
        Lines(
            title="Size of the files",
            asks=ask("max by (cluster, db) (ovn_database_size_bytes)", "{{cluster}} {{db}}"),
            says="Falls with each compaction.",
            unit="bytes",
        ),
        Lines(
            title="Rows of the Southbound database",
            asks=ask("max by (cluster, table) (ovn_southbound_rows)", "{{cluster}} {{table}}"),
            says="Logical flows are what grows with the cloud, and what each ovn-controller computes.",
            unit="short",
        ),
    ),
)

_PORTS = Section(
    "Ports and gateways",
    (
        Lines(
            title="Ports by state",
            asks=ask(total("ovn_ports", "cluster", "state"), "{{cluster}} {{state}}"),
            says="unbound is normal for ports without a server; waiting is normal for seconds.",
            unit="short",
            alerts=("OvnPortsWrong",),
            stacked=True,
        ),
        Table(
            title="Ports in a wrong state",
            asks=(Ask("1000 * min by (cluster, host, port_id, state) (ovn_port_wrong_since_timestamp_seconds)", "since"),),
            says="The Neutron port, and the host where it should be.",
            unit="dateTimeFromNow",
            alerts=("OvnPortsWrong",),
            columns={"host": "host", "port_id": "Neutron port", "state": "state", "cluster": "cluster"},
            opens=Opens("ovs", ("host",)),
            empty="none",
        ),
        Lines(
            title="Gateway ports of routers by state",
            asks=ask(total("ovn_gateway_ports", "cluster", "state"), "{{cluster}} {{state}}"),
            says="failed_over: on another host than preferred; unclaimed: the router has no way out.",
            unit="short",
            alerts=("OvnGatewayUnclaimed", "OvnGatewayFailedOver"),
            stacked=True,
        ),
        Lines(
            title="Gateway ports by host",
            asks=ask(total("ovn_gateway_ports_active", "cluster", "host"), "{{cluster}} {{host}}"),
            says="Normal: about equal among the gateway hosts.",
            unit="short",
        ),
    ),
)

_NORTHD = Section(
    "ovn-northd",
    (
        Lines(
            title="Time of a loop, 95th percentile",
            asks=ask('max by (cluster) (ovn_northd_stopwatch_p95_seconds{stopwatch="ovn-northd-loop"})', "{{cluster}}"),
            says="Each change that Neutron makes waits that long. Normal: below a second, in a large cloud some seconds.",
            unit="s",
            alerts=("OvnNorthdSlow",),
            limits=("OvnNorthdSlow",),
        ),
        Lines(
            title="Time of its parts, 95th percentile",
            asks=ask(most("max by (cluster, stopwatch) (ovn_northd_stopwatch_p95_seconds)"), "{{cluster}} {{stopwatch}}"),
            says="Where the time of a loop goes.",
            unit="s",
        ),
        Lines(
            title="Computed anew",
            asks=ask(
                most(rate("ovn_northd_engine_recomputes_total", "cluster", "engine_node")),
                "{{cluster}} {{engine_node}}",
            ),
            says="Recomputes cost the most; computes only what changed is better.",
            unit="ops",
        ),
        Timeline(
            title="Connected to the databases",
            asks=ask("max by (cluster, run_dir, db) (ovn_northd_connected)", "{{cluster}} {{run_dir}} {{db}}"),
            says="A standby is connected too.",
            alerts=("OvnNorthdNotActive",),
            states=NO_YES,
        ),
        Lines(
            title="Configuration numbers: wanted, written, followed by all",
            asks=ask("max by (cluster) (ovn_nb_cfg)", "{{cluster}} wanted")
            + ask("max by (cluster) (ovn_sb_cfg)", "{{cluster}} written")
            + ask("max by (cluster) (ovn_hv_cfg)", "{{cluster}} followed"),
            says="Lines that part: written stays behind when ovn-northd is slow, followed when a host is.",
            unit="short",
            width=24,
            alerts=("OvnSouthboundBehind",),
        ),
    ),
)

_CONTROLLERS = Section(
    "ovn-controller on the hosts",
    (
        Timeline(
            title="Hosts where ovn-controller does not answer",
            asks=ask("max by (host) (ovn_controller_up == 0)", "{{host}}"),
            says="Existing flows go on; nothing new works there.",
            alerts=("OvnControllerDown",),
            states=DOWN_UP,
            empty="all answer",
        ),
        Timeline(
            title="Hosts that are not connected to the Southbound database",
            asks=ask("max by (host) (ovn_controller_southbound_connected == 0)", "{{host}}"),
            says="The same: what is there goes on, and nothing new comes.",
            alerts=("OvnControllerDisconnected",),
            states=NO_YES,
            empty="all are connected",
        ),
        Lines(
            title="Recomputes, busiest hosts",
            asks=ask(most(rate("ovn_controller_engine_recomputes_total", "host")), "{{host}}"),
            says="All flows of the host computed anew. Normal: rare.",
            unit="ops",
        ),
        Lines(
            title="Time of its work, 95th percentile, slowest",
            asks=ask(most("max by (host, stopwatch) (ovn_controller_stopwatch_p95_seconds)"), "{{host}} {{stopwatch}}"),
            says="flow-generation and flow-installation: how long a new port waits for its flows.",
            unit="s",
        ),
        Lines(
            title="Interfaces that are not wired",
            asks=ask(
                'max by (host, state) (ovn_controller_interfaces{state=~"not_installed|not_bound"}) > 0', "{{host}} {{state}}"
            ),
            says="They name a Neutron port, and have no binding or no flows. Normal: for seconds only.",
            unit="short",
            alerts=("OvnInterfacesUnwired",),
            empty="none",
        ),
        Table(
            title="Interfaces in a wrong state",
            asks=(
                Ask(
                    "1000 * min by (host, interface, port_id, state) (ovn_controller_interface_wrong_since_timestamp_seconds)",
                    "since",
                ),
            ),
            says="Plugged, and not bound, or without flows.",
            unit="dateTimeFromNow",
            alerts=("OvnInterfacesUnwired",),
            columns={"host": "host", "interface": "interface", "port_id": "Neutron port", "state": "state"},
            opens=Opens("ovs", ("host",)),
            empty="none",
        ),
    ),
)

PAGE = Page(
    name="ovn",
    title="OVN",
    says="Do the databases have a leader, does what Neutron wants arrive at the hosts, and how long does it take.",
    variables=(
        Variable("cluster", "ovn_verdict", "Cluster"),
        Variable("host", '{__name__=~"ovn_chassis_behind_seconds|ovn_controller_up"}', "Host"),
    ),
    alerts_by=("cluster",),
    sections=(_FIRST, _DATABASES, _PORTS, _NORTHD, _CONTROLLERS),
)
