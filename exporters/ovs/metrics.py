"""Every metric of the Open vSwitch exporter."""

from collections.abc import Mapping

from exporters.metrics import Metric
from exporters.ovs.verdict import REASONS, STATES

_HOST = ("host",)
_BRIDGE = ("host", "bridge")
_INTERFACE = ("host", "bridge", "interface", "port_id")
_DATAPATH = ("host", "datapath")
_THREAD = ("host", "numa", "core")
_MEMBER = ("host", "bond", "interface")

# -- the host ----------------------------------------------------------------------------------------------------------

INFO = Metric(
    "ovs_info", "info", "Open vSwitch on this host.", "table Open_vSwitch", _HOST,
    told=("system_id", "version", "schema_version", "dpdk", "hw_offload"),
)  # fmt: skip
OVN_SETTINGS = Metric(
    "ovs_ovn_settings_info", "info", "What ovn-controller is told on this host.", "Open_vSwitch.external_ids:ovn-*", _HOST,
    told=("remote", "encap_type", "encap_ip", "bridge_mappings", "monitor_all", "remote_probe_interval"),
)  # fmt: skip
VERDICT = Metric("ovs_verdict", "stateset", "State of Open vSwitch on this host.", "all of it", _HOST, states=STATES)
REASON = Metric("ovs_reason", "stateset", "Why it is in this state.", "all of it", _HOST, states=tuple(REASONS))
VSWITCHD_UP = Metric("ovs_vswitchd_up", "gauge", "Whether ovs-vswitchd answered.", "its control socket", _HOST)
DATABASE_UP = Metric("ovs_database_up", "gauge", "Whether ovsdb-server answered.", "db.sock", _HOST)
CONFIG_PENDING = Metric(
    "ovs_config_pending", "gauge", "Changes of the configuration that ovs-vswitchd has not applied yet.",
    "Open_vSwitch.next_cfg - cur_cfg", _HOST,
)  # fmt: skip
CONFIG_STUCK = Metric(
    "ovs_config_stuck_seconds", "gauge", "For how long ovs-vswitchd has applied nothing though changes are pending.",
    "Open_vSwitch.cur_cfg, looked at repeatedly", _HOST,
)  # fmt: skip
MANAGER_CONNECTED = Metric(
    "ovs_manager_connected", "gauge", "Whether ovsdb-server is connected to this manager.", "Manager.is_connected",
    ("host", "remote"),
)  # fmt: skip
CONTROLLER_CONNECTED = Metric(
    "ovs_controller_connected", "gauge", "Whether the bridge is connected to this OpenFlow controller.",
    "Controller.is_connected", ("host", "bridge", "remote"),
)  # fmt: skip

# -- bridges and interfaces --------------------------------------------------------------------------------------------

BRIDGE_INFO = Metric(
    "ovs_bridge_info", "info", "A bridge.", "table Bridge", _BRIDGE, told=("datapath_type", "datapath_id", "fail_mode")
)
BRIDGE_PORTS = Metric("ovs_bridge_ports", "gauge", "Ports of the bridge.", "Bridge.ports", _BRIDGE)
BRIDGE_ERRORS = Metric(
    "ovs_bridge_interfaces_in_error", "gauge", "Interfaces of the bridge that ovs-vswitchd could not make.",
    "Interface.error, ofport -1", _BRIDGE,
)  # fmt: skip
BRIDGE_DEAD = Metric(
    "ovs_bridge_ports_on_dead_vlan", "gauge", "Ports of the bridge that Neutron's agent has cut off.", "Port.tag 4095", _BRIDGE
)
INTERFACES_LEFT_OUT = Metric(
    "ovs_interfaces_left_out", "gauge", "Interfaces without series of their own, as there are more than max_interfaces.",
    "the setting max_interfaces", _HOST,
)  # fmt: skip
INTERFACE_INFO = Metric(
    "ovs_interface_info", "info", "An interface; port_id is the Neutron port, vm the Nova server.",
    "Interface.type, external_ids; Port.tag", _INTERFACE, told=("port", "type", "vlan", "mac", "vm"),
)  # fmt: skip
INTERFACE_ERROR = Metric(
    "ovs_interface_error", "gauge", "Is 1 for an interface that ovs-vswitchd could not make; no series for others.",
    "Interface.error, ofport -1", _INTERFACE,
)  # fmt: skip
PORT_DEAD = Metric(
    "ovs_port_dead_vlan", "gauge", "Is 1 for a port that Neutron's agent has cut off; no series for others.", "Port.tag 4095",
    _INTERFACE,
)  # fmt: skip
OFPORT = Metric(
    "ovs_interface_ofport", "gauge", "OpenFlow port number, -1 where it could not be made.", "Interface.ofport", _INTERFACE
)
ADMIN_UP = Metric("ovs_interface_admin_up", "gauge", "Whether it is switched on.", "Interface.admin_state", _INTERFACE)
LINK_UP = Metric("ovs_interface_link_up", "gauge", "Whether it has a carrier.", "Interface.link_state", _INTERFACE)
LINK_RESETS = Metric(
    "ovs_interface_link_resets_total", "counter", "Changes of the carrier.", "Interface.link_resets", _INTERFACE
)
LINK_SPEED = Metric(
    "ovs_interface_link_speed_bytes_per_second", "gauge", "Speed of the link; not for ports of servers, where it says nothing.",
    "Interface.link_speed", _INTERFACE,
)  # fmt: skip
MTU = Metric("ovs_interface_mtu_bytes", "gauge", "Largest packet.", "Interface.mtu", _INTERFACE)
BFD_UP = Metric("ovs_interface_bfd_up", "gauge", "Whether BFD says the tunnel is up.", "Interface.bfd_status:state", _INTERFACE)
BFD_FORWARDING = Metric(
    "ovs_interface_bfd_forwarding", "gauge", "Whether BFD lets the interface forward.", "Interface.bfd_status:forwarding",
    _INTERFACE,
)  # fmt: skip
BFD_FLAPS = Metric(
    "ovs_interface_bfd_flaps_total", "counter", "Changes of BFD's forwarding state.", "Interface.bfd_status:flap_count",
    _INTERFACE,
)  # fmt: skip
CFM_FAULT = Metric("ovs_interface_cfm_fault", "gauge", "Whether CFM sees a fault.", "Interface.cfm_fault", _INTERFACE)


def _statistic(key: str, name: str, meaning: str) -> tuple[str, Metric]:
    return key, Metric(f"ovs_interface_{name}_total", "counter", meaning, f"Interface.statistics:{key}", _INTERFACE)


STATISTICS: Mapping[str, Metric] = dict(
    (
        _statistic("rx_packets", "rx_packets", "Packets received from it."),
        _statistic("rx_bytes", "rx_bytes", "Bytes received from it."),
        _statistic("rx_dropped", "rx_dropped", "Packets received from it and dropped."),
        _statistic("rx_errors", "rx_errors", "Errors in receiving from it."),
        _statistic("tx_packets", "tx_packets", "Packets sent to it."),
        _statistic("tx_bytes", "tx_bytes", "Bytes sent to it."),
        _statistic("tx_dropped", "tx_dropped", "Packets for it that were dropped."),
        _statistic("tx_errors", "tx_errors", "Errors in sending to it."),
        _statistic("ovs_rx_qos_drops", "rx_qos_drops", "Packets dropped by the policer, received (DPDK)."),
        _statistic("ovs_tx_qos_drops", "tx_qos_drops", "Packets dropped by the policer, to be sent (DPDK)."),
        _statistic("ovs_tx_failure_drops", "tx_failure_drops", "Packets dropped as its queue was full (DPDK)."),
        _statistic("ovs_tx_mtu_exceeded_drops", "tx_mtu_exceeded_drops", "Packets dropped as too large (DPDK)."),
        _statistic("ovs_tx_retries", "tx_retries", "Attempts to send again to a guest that was slow (DPDK)."),
        _statistic("upcall_packets", "upcall_packets", "Packets that found no flow and were taken up (kernel 6.3 or newer)."),
        _statistic(
            "upcall_errors", "upcall_errors", "Packets that found no flow and could not be taken up (kernel 6.3 or newer)."
        ),
    )
)
"""Statistics that each interface may have. Drivers add dozens; what is not here is left out."""
CARD_STATISTICS: Mapping[str, Metric] = dict(
    (
        _statistic("rx_crc_err", "rx_crc_errors", "Frames with a bad checksum."),
        _statistic("rx_frame_err", "rx_frame_errors", "Frames with bad alignment."),
        _statistic("rx_over_err", "rx_overruns", "Packets that came faster than they were taken."),
        _statistic("rx_missed_errors", "rx_missed", "Packets that the card had no room for."),
        _statistic("collisions", "collisions", "Collisions."),
    )
)
"""Statistics of cards and tunnels, not of the ports of servers: there they are always 0."""

# -- the datapath ------------------------------------------------------------------------------------------------------

LOOKUPS_HIT = Metric("ovs_datapath_lookups_hit_total", "counter", "Packets that found a flow.", "dpctl/show", _DATAPATH)
LOOKUPS_MISSED = Metric(
    "ovs_datapath_lookups_missed_total", "counter", "Packets that found no flow and were taken up.", "dpctl/show", _DATAPATH
)
LOOKUPS_LOST = Metric(
    "ovs_datapath_lookups_lost_total", "counter", "Packets that found no flow and were dropped as no handler had room.",
    "dpctl/show", _DATAPATH,
)  # fmt: skip
DATAPATH_FLOWS = Metric("ovs_datapath_flows", "gauge", "Flows in the datapath.", "dpctl/show", _DATAPATH)
DATAPATH_PORTS = Metric("ovs_datapath_ports", "gauge", "Ports of the datapath.", "dpctl/show", _DATAPATH)
MASKS = Metric("ovs_datapath_masks", "gauge", "Masks that a packet may have to be tried with.", "dpctl/show", _DATAPATH)
MASK_HITS = Metric("ovs_datapath_mask_hits_total", "counter", "Masks that packets were tried with.", "dpctl/show", _DATAPATH)
CACHE_HITS = Metric("ovs_datapath_cache_hits_total", "counter", "Packets whose mask was cached.", "dpctl/show", _DATAPATH)
CONNECTIONS = Metric(
    "ovs_conntrack_connections", "gauge", "Connections tracked by a userspace datapath.", "dpctl/ct-get-nconns", _DATAPATH
)
CONNECTIONS_LIMIT = Metric(
    "ovs_conntrack_connections_limit", "gauge", "Connections that it may track.", "dpctl/ct-get-maxconns", _DATAPATH
)
UPCALL_FLOWS = Metric("ovs_upcall_flows", "gauge", "Flows at the last dump.", "upcall/show: current", _DATAPATH)
UPCALL_FLOWS_AVERAGE = Metric("ovs_upcall_flows_average", "gauge", "Flows, averaged.", "upcall/show: avg", _DATAPATH)
UPCALL_FLOWS_MAX = Metric("ovs_upcall_flows_max", "gauge", "Most flows so far.", "upcall/show: max", _DATAPATH)
UPCALL_FLOW_LIMIT = Metric(
    "ovs_upcall_flow_limit", "gauge", "Flows that ovs-vswitchd allows itself; it lowers the limit when dumps take too long.",
    "upcall/show: limit", _DATAPATH,
)  # fmt: skip
UPCALL_OFFLOADED = Metric("ovs_upcall_offloaded_flows", "gauge", "Flows that the card has.", "upcall/show", _DATAPATH)
DUMP_DURATION = Metric(
    "ovs_upcall_dump_duration_seconds", "gauge", "Time that the last dump of all flows took; over 1.3 s the limit shrinks.",
    "upcall/show: dump duration", _DATAPATH,
)  # fmt: skip
REVALIDATORS = Metric("ovs_upcall_revalidators", "gauge", "Threads that revalidate flows.", "upcall/show", _DATAPATH)
REVALIDATOR_KEYS = Metric(
    "ovs_upcall_revalidator_keys", "gauge", "Flows that these threads look after.", "upcall/show: keys", _DATAPATH
)
COVERAGE = Metric(
    "ovs_coverage_events_total", "counter", "Events inside ovs-vswitchd, from a list of those that mean something.",
    "coverage/show: total", ("host", "event"),
)  # fmt: skip
MEMORY = Metric(
    "ovs_memory_objects", "gauge", "Objects that ovs-vswitchd holds (rules: all OpenFlow flows).", "memory/show",
    ("host", "kind"),
)  # fmt: skip

# -- threads of a userspace datapath ------------------------------------------------------------------------------------

PMD_PACKETS = Metric("ovs_pmd_packets_received_total", "counter", "Packets received.", "dpif-netdev/pmd-stats-show", _THREAD)
PMD_RECIRCULATIONS = Metric(
    "ovs_pmd_packet_recirculations_total",
    "counter",
    "Packets that went through once more.",
    "dpif-netdev/pmd-stats-show",
    _THREAD,
)
PMD_HITS = Metric(
    "ovs_pmd_cache_hits_total", "counter", "Packets that this cache knew.", "dpif-netdev/pmd-stats-show", (*_THREAD, "cache")
)
PMD_UPCALLS = Metric(
    "ovs_pmd_upcalls_total", "counter", "Packets that no cache knew, taken up.", "dpif-netdev/pmd-stats-show", _THREAD
)
PMD_FAILED = Metric(
    "ovs_pmd_upcalls_failed_total", "counter", "Packets that no cache knew, dropped.", "dpif-netdev/pmd-stats-show", _THREAD
)
PMD_IDLE = Metric(
    "ovs_pmd_idle_cycles_total", "counter", "CPU cycles spent polling in vain.", "dpif-netdev/pmd-stats-show", _THREAD
)
PMD_PROCESSING = Metric(
    "ovs_pmd_processing_cycles_total", "counter", "CPU cycles spent on packets.", "dpif-netdev/pmd-stats-show", _THREAD
)
PMD_OVERHEAD = Metric(
    "ovs_pmd_overhead_ratio", "gauge", "Share of the thread's cycles for other things.", "dpif-netdev/pmd-rxq-show", _THREAD
)
PMD_QUEUE = Metric(
    "ovs_pmd_queue_usage_ratio", "gauge", "Share of the thread's cycles that the queue takes.", "dpif-netdev/pmd-rxq-show",
    (*_THREAD, "interface", "queue"),
)  # fmt: skip

# -- bonds and MAC tables ------------------------------------------------------------------------------------------------

BOND_INFO = Metric("ovs_bond_info", "info", "A bond.", "bond/show", ("host", "bond"), told=("mode", "lacp"))
BOND_MEMBERS = Metric("ovs_bond_members", "gauge", "Interfaces of the bond.", "bond/show", ("host", "bond"))
BOND_ENABLED = Metric("ovs_bond_members_enabled", "gauge", "Those that carry traffic.", "bond/show", ("host", "bond"))
MEMBER_ENABLED = Metric("ovs_bond_member_enabled", "gauge", "Whether it carries traffic.", "bond/show: enabled", _MEMBER)
MEMBER_ACTIVE = Metric("ovs_bond_member_active", "gauge", "Whether it is the active member.", "bond/show", _MEMBER)
LACP_STATE = Metric(
    "ovs_lacp_member_state", "stateset", "Whether it hears the other side (current), did (expired), or never has (defaulted).",
    "lacp/show", _MEMBER, states=("current", "expired", "defaulted"),
)  # fmt: skip
LACP_ATTACHED = Metric("ovs_lacp_member_attached", "gauge", "Whether it is part of the aggregation.", "lacp/show", _MEMBER)
LACP_SENT = Metric("ovs_lacp_pdus_sent_total", "counter", "LACP units sent.", "lacp/show-stats", _MEMBER)
LACP_RECEIVED = Metric("ovs_lacp_pdus_received_total", "counter", "LACP units received.", "lacp/show-stats", _MEMBER)
LACP_BAD = Metric("ovs_lacp_pdus_bad_total", "counter", "LACP units that made no sense.", "lacp/show-stats", _MEMBER)
LACP_EXPIRED = Metric("ovs_lacp_expired_total", "counter", "Times that the other side fell silent.", "lacp/show-stats", _MEMBER)
LACP_DEFAULTED = Metric("ovs_lacp_defaulted_total", "counter", "Times that it was given up.", "lacp/show-stats", _MEMBER)
LACP_CARRIER = Metric("ovs_lacp_carrier_changes_total", "counter", "Changes of its carrier.", "lacp/show-stats", _MEMBER)
FDB_ENTRIES = Metric("ovs_fdb_entries", "gauge", "MAC addresses learned.", "fdb/stats-show", _BRIDGE)
FDB_LIMIT = Metric("ovs_fdb_entries_limit", "gauge", "MAC addresses that there is room for.", "fdb/stats-show", _BRIDGE)
FDB_STATIC = Metric("ovs_fdb_static_entries", "gauge", "MAC addresses that were set.", "fdb/stats-show", _BRIDGE)
FDB_LEARNED = Metric("ovs_fdb_learned_total", "counter", "MAC addresses learned so far.", "fdb/stats-show", _BRIDGE)
FDB_EXPIRED = Metric("ovs_fdb_expired_total", "counter", "MAC addresses forgotten with time.", "fdb/stats-show", _BRIDGE)
FDB_EVICTED = Metric("ovs_fdb_evicted_total", "counter", "MAC addresses forgotten for want of room.", "fdb/stats-show", _BRIDGE)
FDB_MOVED = Metric(
    "ovs_fdb_moved_total",
    "counter",
    "MAC addresses that moved to another port; many tell of a loop.",
    "fdb/stats-show",
    _BRIDGE,
)

METRICS: tuple[Metric, ...] = (
    *(made for made in dict(globals()).values() if isinstance(made, Metric)),
    *STATISTICS.values(),
    *CARD_STATISTICS.values(),
)
"""All of them, in the order of this page."""
