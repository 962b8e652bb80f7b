"""Every metric of the OVN exporter."""

from dataclasses import dataclass

from exporters.metrics import Metric
from exporters.ovn.controller import INTERFACE_STATES
from exporters.ovn.northd import STATUSES
from exporters.ovn.ports import GATEWAY_STATES, PORT_STATES
from exporters.ovn.raft import ROLES
from exporters.ovn.verdict import REASONS, STATES

_CLUSTER = ("cluster",)
_DATABASE = ("cluster", "db")
_SERVER = ("cluster", "db", "server")
_PEER = ("cluster", "db", "server", "peer")
_CHASSIS = ("cluster", "host", "chassis")
_NORTHD = ("cluster", "run_dir")
_HOST = ("host",)

VERDICT = Metric(
    "ovn_verdict", "stateset", "State of OVN: of its central part where host is empty, else of that host's ovn-controller.",
    "all of it", ("cluster", "host"), states=STATES,
)  # fmt: skip
REASON = Metric("ovn_reason", "stateset", "Why it is in this state.", "all of it", ("cluster", "host"), states=tuple(REASONS))

# -- the databases -----------------------------------------------------------------------------------------------------

DATABASE_UP = Metric(
    "ovn_database_up", "gauge", "Whether the server at this address answered.", "its address", ("cluster", "db", "remote")
)
CONTROL_UP = Metric(
    "ovn_database_control_up", "gauge", "Whether this control socket answered.", "its path", ("cluster", "db", "control")
)
TABLES_UP = Metric("ovn_database_copied", "gauge", "Whether the tables of the database are known now.", "monitor", _DATABASE)
SERVER_INFO = Metric(
    "ovn_database_server_info", "info", "A server of a database.", "_Server.Database", _SERVER, told=("remote", "cluster_id")
)
LEADER = Metric("ovn_raft_leader", "gauge", "Whether the server leads.", "_Server.Database.leader", _SERVER)
CONNECTED = Metric(
    "ovn_raft_connected", "gauge", "Whether the server is connected to a majority.", "_Server.Database.connected", _SERVER
)
INDEX = Metric("ovn_raft_index", "gauge", "Last entry of the log that it has.", "_Server.Database.index", _SERVER)
ROLE = Metric("ovn_raft_role", "stateset", "Its role.", "cluster/status Role", _SERVER, states=ROLES)
MEMBER = Metric("ovn_raft_member", "gauge", "Whether it is a full member.", "cluster/status Status", _SERVER)
TERM = Metric("ovn_raft_term", "gauge", "Term; it grows with each election.", "cluster/status Term", _SERVER)
ELECTION_TIMER = Metric(
    "ovn_raft_election_timer_seconds", "gauge", "Silence of the leader after which others want to lead.",
    "cluster/status Election timer", _SERVER,
)  # fmt: skip
LOG_ENTRIES = Metric("ovn_raft_log_entries", "gauge", "Entries since the last compaction.", "cluster/status Log", _SERVER)
UNCOMMITTED = Metric("ovn_raft_uncommitted_entries", "gauge", "Entries that no majority has yet.", "cluster/status", _SERVER)
UNAPPLIED = Metric("ovn_raft_unapplied_entries", "gauge", "Entries not applied yet.", "cluster/status", _SERVER)
SERVERS = Metric("ovn_raft_servers", "gauge", "Servers of the cluster, itself included.", "cluster/status Servers", _SERVER)
CONNECTED_PEERS = Metric(
    "ovn_raft_connected_peers", "gauge", "Other servers that it is connected to.", "cluster/status Connections", _SERVER
)
DISCONNECTIONS = Metric(
    "ovn_raft_disconnections_total", "counter", "Connections to other servers that broke.", "cluster/status", _SERVER
)
PEER_NEXT = Metric("ovn_raft_peer_next_index", "gauge", "Next entry that the leader will send it.", "cluster/status", _PEER)
PEER_MATCH = Metric("ovn_raft_peer_match_index", "gauge", "Last entry that it is known to have.", "cluster/status", _PEER)
PEER_SILENT = Metric(
    "ovn_raft_peer_silent_seconds", "gauge", "Time since the server last heard of it.", "cluster/status last msg", _PEER
)
STORAGE_OK = Metric(
    "ovn_database_storage_ok", "gauge", "Whether it can write its file.", "ovsdb-server/get-db-storage-status", _SERVER
)
DATABASE_MEMORY = Metric(
    "ovn_database_memory_objects", "gauge", "Objects that ovsdb-server holds.", "memory/show", (*_SERVER, "kind")
)
DATABASE_SIZE = Metric("ovn_database_size_bytes", "gauge", "Size of the file.", "stat of the setting file", _DATABASE)

# -- how far the configuration came --------------------------------------------------------------------------------------

NB_CFG = Metric("ovn_nb_cfg", "gauge", "Number of the configuration that is wanted.", "NB_Global.nb_cfg", _CLUSTER)
SB_CFG = Metric("ovn_sb_cfg", "gauge", "Number that ovn-northd has written.", "NB_Global.sb_cfg", _CLUSTER)
HV_CFG = Metric(
    "ovn_hv_cfg", "gauge", "Number that all chassis have followed; left out without any chassis, as it then says nothing.",
    "NB_Global.hv_cfg", _CLUSTER,
)  # fmt: skip
NB_TIME = Metric("ovn_nb_cfg_timestamp_seconds", "gauge", "When it was raised.", "NB_Global.nb_cfg_timestamp", _CLUSTER)
SB_TIME = Metric("ovn_sb_cfg_timestamp_seconds", "gauge", "When it was written.", "NB_Global.sb_cfg_timestamp", _CLUSTER)
HV_TIME = Metric("ovn_hv_cfg_timestamp_seconds", "gauge", "When all had followed.", "NB_Global.hv_cfg_timestamp", _CLUSTER)
SB_BEHIND = Metric(
    "ovn_southbound_behind_seconds", "gauge", "For how long ovn-northd has not written what is wanted; 0: it has.",
    "NB_Global.nb_cfg and sb_cfg, looked at repeatedly", _CLUSTER,
)  # fmt: skip
CHASSIS = Metric("ovn_chassis", "gauge", "Chassis that are registered.", "table Chassis", _CLUSTER)
CHASSIS_LAG = Metric(
    "ovn_chassis_nb_cfg_lag",
    "gauge",
    "Numbers that the chassis is behind.",
    "NB_Global.nb_cfg - Chassis_Private.nb_cfg",
    _CHASSIS,
)
CHASSIS_BEHIND = Metric(
    "ovn_chassis_behind_seconds", "gauge", "For how long the chassis has not followed what is wanted; 0: it has.",
    "Chassis_Private.nb_cfg, looked at repeatedly", _CHASSIS,
)  # fmt: skip
CHASSIS_TIME = Metric(
    "ovn_chassis_nb_cfg_timestamp_seconds", "gauge", "When it last followed a new number.", "Chassis_Private.nb_cfg_timestamp",
    _CHASSIS,
)  # fmt: skip
METADATA_LAG = Metric(
    "ovn_chassis_metadata_nb_cfg_lag", "gauge", "Numbers that Neutron's metadata agent on it is behind.",
    "Chassis_Private.external_ids:neutron:ovn-metadata-sb-cfg", _CHASSIS,
)  # fmt: skip

# -- ports and gateways --------------------------------------------------------------------------------------------------

LOGICAL_PORTS = Metric(
    "ovn_logical_switch_ports", "gauge", "Ports of servers by what Neutron reads (up, down, unset).", "Logical_Switch_Port.up",
    ("cluster", "up"),
)  # fmt: skip
PORTS = Metric(
    "ovn_ports", "gauge", f"Ports of servers by state ({', '.join(PORT_STATES)}).",
    "Port_Binding.up, chassis, requested_chassis", ("cluster", "state"),
)  # fmt: skip
PORT_WRONG = Metric(
    "ovn_port_wrong_since_timestamp_seconds", "gauge", "Since when the port has been in a wrong state; no series for others.",
    "Port_Binding", ("cluster", "host", "port_id", "state"),
)  # fmt: skip
PORTS_LEFT_OUT = Metric(
    "ovn_wrong_ports_left_out", "gauge", "Wrong ports without a series of their own.", "the setting max_wrong_ports", _CLUSTER
)
GATEWAYS = Metric(
    "ovn_gateway_ports", "gauge", f"Gateway ports of routers by state ({', '.join(GATEWAY_STATES)}).",
    "Port_Binding chassisredirect, HA_Chassis, Gateway_Chassis", ("cluster", "state"),
)  # fmt: skip
GATEWAYS_ACTIVE = Metric(
    "ovn_gateway_ports_active", "gauge", "Gateway ports of routers that the host has.", "Port_Binding chassisredirect",
    ("cluster", "host"),
)  # fmt: skip
SESSIONS = Metric("ovn_bfd_sessions", "gauge", "BFD sessions of static routes by state.", "BFD.status", ("cluster", "state"))
ROWS = Metric("ovn_southbound_rows", "gauge", "Rows of a table.", "monitor", ("cluster", "table"))

# -- daemons ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Work:
    """What ovn-northd and ovn-controller both tell of their work."""

    samples: Metric
    longest: Metric
    shortest: Metric
    p95: Metric
    short_average: Metric
    long_average: Metric
    recompute: Metric
    compute: Metric
    cancel: Metric
    coverage: Metric
    memory: Metric

    def all(self) -> tuple[Metric, ...]:
        """All of them."""
        return tuple(getattr(self, name) for name in self.__slots__)


def _work(daemon: str, labels: tuple[str, ...]) -> Work:
    def watch(name: str, kind: str, meaning: str, printed: str) -> Metric:
        made = f"{daemon}_stopwatch_{name}"
        return Metric(
            made, "counter" if kind == "counter" else "gauge", meaning, f"stopwatch/show: {printed}", (*labels, "stopwatch")
        )

    def engine(name: str, meaning: str) -> Metric:
        source = f"inc-engine/show-stats: {name}"
        return Metric(f"{daemon}_engine_{name}s_total", "counter", meaning, source, (*labels, "engine_node"))

    return Work(
        samples=watch("samples_total", "counter", "Times that it was done.", "Total samples"),
        longest=watch("max_seconds", "gauge", "Longest time it took.", "Maximum"),
        shortest=watch("min_seconds", "gauge", "Shortest time it took.", "Minimum"),
        p95=watch("p95_seconds", "gauge", "Time that 95 % of them took at most.", "95th percentile"),
        short_average=watch("short_average_seconds", "gauge", "Average of the last ones.", "Short term average"),
        long_average=watch("long_average_seconds", "gauge", "Average of many.", "Long term average"),
        recompute=engine("recompute", "Times that the node was computed anew, which costs the most."),
        compute=engine("compute", "Times that only what changed was computed."),
        cancel=engine("cancel", "Times that a computation was given up (abort, in older versions)."),
        coverage=Metric(
            f"{daemon}_coverage_events_total", "counter", "Events inside it, from a list of those that mean something.",
            "coverage/show: total", (*labels, "event"),
        ),
        memory=Metric(
            f"{daemon}_memory_objects", "gauge", "Objects, or kilobytes (-KB), that it holds.", "memory/show",
            (*labels, "kind"),
        ),
    )  # fmt: skip


NORTHD_UP = Metric("ovn_northd_up", "gauge", "Whether ovn-northd answered.", "its control socket", _NORTHD)
NORTHD_STATUS = Metric("ovn_northd_status", "stateset", "Whether it is the one that works.", "status", _NORTHD, states=STATUSES)
NORTHD_CONNECTED = Metric(
    "ovn_northd_connected", "gauge", "Whether it is connected to the database.", "nb-connection-status, sb-connection-status",
    (*_NORTHD, "db"),
)  # fmt: skip
NORTHD = _work("ovn_northd", _NORTHD)
CONTROLLER_UP = Metric("ovn_controller_up", "gauge", "Whether ovn-controller answered.", "its control socket", _HOST)
CONTROLLER_CONNECTED = Metric(
    "ovn_controller_southbound_connected",
    "gauge",
    "Whether it is connected to the Southbound database.",
    "connection-status",
    _HOST,
)
CONTROLLER = _work("ovn_controller", _HOST)
INTERFACES = Metric(
    "ovn_controller_interfaces", "gauge", f"Interfaces that name a Neutron port, by state ({', '.join(INTERFACE_STATES)}).",
    "Interface.external_ids:iface-id, ovn-installed; debug/dump-local-bindings", ("host", "state"),
)  # fmt: skip
INTERFACE_WRONG = Metric(
    "ovn_controller_interface_wrong_since_timestamp_seconds", "gauge",
    "Since when the interface has been in a wrong state; no series for others.", "as above",
    ("host", "interface", "port_id", "state"),
)  # fmt: skip
INTERFACES_LEFT_OUT = Metric(
    "ovn_controller_wrong_interfaces_left_out", "gauge", "Wrong interfaces without a series of their own.",
    "the setting max_wrong_ports", _HOST,
)  # fmt: skip
CACHE_ENABLED = Metric("ovn_controller_flow_cache_enabled", "gauge", "Whether it is used.", "lflow-cache/show-stats", _HOST)
CACHE_ENTRIES = Metric("ovn_controller_flow_cache_entries", "gauge", "Logical flows in it.", "lflow-cache/show-stats", _HOST)
CACHE_HIGHEST = Metric(
    "ovn_controller_flow_cache_highest_entries", "gauge", "Most that it had.", "lflow-cache/show-stats high-watermark", _HOST
)
CACHE_TRIMS = Metric("ovn_controller_flow_cache_trims_total", "counter", "Times it was cut.", "lflow-cache/show-stats", _HOST)
CACHE_MEMORY = Metric("ovn_controller_flow_cache_bytes", "gauge", "Memory that it takes.", "lflow-cache/show-stats", _HOST)

METRICS: tuple[Metric, ...] = (
    *(made for made in dict(globals()).values() if isinstance(made, Metric)),
    *NORTHD.all(),
    *CONTROLLER.all(),
)
"""All of them."""
