"""Open vSwitch on the hosts: does it answer, does it lose packets, is it saturated, which ports are broken."""

from dashboards.source.model import Ask, Lines, Page, Section, Table, Timeline, Variable, ask
from dashboards.source.promql import both, least, most, rate, total
from dashboards.source.states import DOWN_UP, HOLDS, holding, number_of, states_of

_HIT, _MISSED = "ovs_datapath_lookups_hit_total", "ovs_datapath_lookups_missed_total"
_DROPPED = rate("ovs_interface_rx_dropped_total", "host", "interface")
_PACKETS = rate("ovs_interface_rx_packets_total", "host", "interface")
_PORT = {"host": "host", "bridge": "bridge", "interface": "interface", "port_id": "Neutron port"}

_FIRST = Section(
    "",
    (
        Lines(
            title="Hosts by verdict",
            asks=ask(total("ovs_verdict", "ovs_verdict"), "{{ovs_verdict}}"),
            says="saturated: upcalls are lost or held back; stalled: no configuration is applied; down: no answer.",
            unit="short",
            alerts=("OvsVswitchdDown", "OvsDatabaseDown"),
            stacked=True,
            of_states=states_of("ovs_verdict"),
        ),
        Table(
            title="Hosts that are not healthy, and why",
            asks=(Ask(holding("ovs_reason", "host"), "holds"),),
            says="Each reason is a row.",
            unit="short",
            alerts=("OvsFlowLimitShrunk",),
            columns={"host": "host", "ovs_reason": "reason"},
            empty="all are healthy",
        ),
        Lines(
            title="Packets lost for want of room in the handlers, worst hosts",
            asks=ask(most(rate("ovs_datapath_lookups_lost_total", "host")), "{{host}}")
            + ask(most(rate("ovs_pmd_upcalls_failed_total", "host")), "{{host}} DPDK"),
            says="First packets of connections, gone. Normal: 0.",
            unit="pps",
            alerts=("OvsUpcallsLost",),
            limits=("OvsUpcallsLost",),
        ),
        Lines(
            title="Flows, share of the limit, worst hosts",
            asks=ask(most("max by (host) (ovs_upcall_flows / ovs_upcall_flow_limit)"), "{{host}}"),
            says="At 100 % flows are thrown out early, and their packets go to the handlers again.",
            unit="percentunit",
            alerts=("OvsFlowTableNearLimit",),
            limits=("OvsFlowTableNearLimit",),
        ),
        Lines(
            title="Flow limit, tightest hosts",
            asks=ask(least("min by (host) (ovs_upcall_flow_limit)"), "{{host}}"),
            says="Normal: 200 000. ovs-vswitchd lowers it when its revalidators cannot keep up.",
            unit="short",
            alerts=("OvsFlowLimitShrunk",),
        ),
        Lines(
            title="Time to dump all flows, worst hosts",
            asks=ask(most("max by (host) (ovs_upcall_dump_duration_seconds)"), "{{host}}"),
            says="Over 1.3 s the flow limit shrinks; over 2 s it is halved again and again.",
            unit="s",
            alerts=("OvsFlowLimitShrunk",),
        ),
    ),
)

_PORTS = Section(
    "Ports",
    (
        Table(
            title="Interfaces in error",
            asks=(Ask("max by (host, bridge, interface, port_id) (ovs_interface_error)", "error"),),
            says="ovs-vswitchd could not make them: the device is gone, most likely. Their port in Neutron is dead.",
            unit="short",
            alerts=("OvsInterfaceError",),
            columns=_PORT,
            empty="none",
        ),
        Table(
            title="Ports on the dead VLAN",
            asks=(Ask("max by (host, bridge, interface, port_id) (ovs_port_dead_vlan)", "dead"),),
            says="Neutron's agent has cut them off (tag 4095), as it does not know them or could not wire them.",
            unit="short",
            alerts=("OvsPortDeadVlan",),
            columns=_PORT,
            empty="none",
        ),
        Lines(
            title="Packets received and dropped, share, worst ports",
            asks=ask(most(f"{_DROPPED} / ({_PACKETS} + 10)"), "{{host}} {{interface}}"),
            says="As the alert counts it: 10 packets a second are added, so that idle ports are quiet. Normal: 0.",
            unit="percentunit",
            alerts=("OvsInterfaceDrops",),
            limits=("OvsInterfaceDrops",),
        ),
        Lines(
            title="Errors, worst ports",
            asks=ask(
                most(both("ovs_interface_rx_errors_total", "ovs_interface_tx_errors_total", "host", "interface")),
                "{{host}} {{interface}}",
            ),
            says="Normal: 0. Of a card or a bond: cable, transceiver or MTU.",
            unit="pps",
            alerts=("OvsInterfaceErrors",),
            limits=("OvsInterfaceErrors",),
        ),
        Lines(
            title="Hosts with interfaces in error, or ports on the dead VLAN",
            asks=ask("sum by (host) (ovs_bridge_interfaces_in_error) > 0", "{{host}} in error")
            + ask("sum by (host) (ovs_bridge_ports_on_dead_vlan) > 0", "{{host}} dead VLAN"),
            says="How many.",
            unit="short",
            alerts=("OvsInterfaceError", "OvsPortDeadVlan"),
            empty="none",
        ),
        Lines(
            title="Ports of a host",
            asks=ask(most(total("ovs_bridge_ports", "host")), "{{host}}"),
            says="Each makes a resync of Neutron's agent longer.",
            unit="short",
            alerts=("OvsPortsTooMany",),
            limits=("OvsPortsTooMany",),
        ),
        Lines(
            title="Traffic, busiest ports",
            asks=ask(
                most(rate("ovs_interface_rx_bytes_total", "host", "interface")),
                "{{host}} {{interface}} in",
            )
            + ask(
                most(rate("ovs_interface_tx_bytes_total", "host", "interface")),
                "{{host}} {{interface}} out",
            ),
            says="In: received from the port.",
            unit="Bps",
        ),
        Lines(
            title="Packets, busiest ports",
            asks=ask(
                most(rate("ovs_interface_rx_packets_total", "host", "interface")),
                "{{host}} {{interface}} in",
            )
            + ask(
                most(rate("ovs_interface_tx_packets_total", "host", "interface")),
                "{{host}} {{interface}} out",
            ),
            says="In: received from the port.",
            unit="pps",
        ),
    ),
)

_CONNECTED = Section(
    "Daemons, connections, bonds",
    (
        Timeline(
            title="Daemons that do not answer",
            asks=ask("max by (host) (ovs_vswitchd_up == 0)", "{{host}} ovs-vswitchd")
            + ask("max by (host) (ovs_database_up == 0)", "{{host}} ovsdb-server"),
            says="Without ovs-vswitchd nothing new is wired, and flows run out; without ovsdb-server nothing can be changed.",
            alerts=("OvsVswitchdDown", "OvsDatabaseDown"),
            states=DOWN_UP,
            empty="all answer",
        ),
        Table(
            title="Hosts whose Open vSwitch cannot be read",
            asks=(Ask('max by (instance, target) (stratoscope_exporter_success{exporter="ovs"} == 0)', "read"),),
            says="Both daemons are down, or the exporter may not open their sockets.",
            unit="short",
            alerts=("OvsUnreachable",),
            columns={"instance": "exporter", "target": "target"},
            empty="all are read",
        ),
        Timeline(
            title="Controllers that are not connected",
            asks=ask("max by (host, bridge) (ovs_controller_connected == 0)", "{{host}} {{bridge}}"),
            says="With fail_mode secure the bridge makes no new flows: Neutron's agent, or ovn-controller, is gone.",
            alerts=("OvsControllerDisconnected",),
            states=DOWN_UP,
            empty="all are connected",
        ),
        Timeline(
            title="Tunnels that BFD calls down",
            asks=ask("max by (host, interface) (ovs_interface_bfd_up == 0)", "{{host}} {{interface}}"),
            says="The other end does not answer. OVN moves gateways away from a host whose tunnels are down.",
            alerts=("OvsTunnelDown",),
            states=DOWN_UP,
            empty="all are up",
        ),
        Table(
            title="Bonds",
            asks=(
                Ask("min by (host, bond) (ovs_bond_members_enabled)", "carry traffic", "short"),
                Ask("max by (host, bond) (ovs_bond_members)", "members", "short"),
            ),
            says="A bond with fewer members than it has loses bandwidth, and the next cable takes the host away.",
            unit="short",
            alerts=("OvsBondDegraded",),
            columns={"host": "host", "bond": "bond"},
            empty="no bonds",
        ),
        Timeline(
            title="LACP",
            asks=ask(number_of("ovs_lacp_member_state", "host", "bond", "interface"), "{{host}} {{bond}} {{interface}}"),
            says="current: it hears the switch; expired: it did; defaulted: it never has.",
            alerts=("OvsBondDegraded",),
            states=states_of("ovs_lacp_member_state"),
            empty="no LACP",
        ),
    ),
)

_INSIDE = Section(
    "Inside ovs-vswitchd",
    (
        Timeline(
            title="Verdict of each host",
            asks=ask(number_of("ovs_verdict", "host"), "{{host}}"),
            says="Choose hosts above; a page of 20 rows at a time.",
            alerts=("OvsVswitchdDown",),
            states=states_of("ovs_verdict"),
        ),
        Timeline(
            title="Reasons of each host",
            asks=ask(holding("ovs_reason", "host"), "{{host}} {{ovs_reason}}"),
            says="Empty when all is well.",
            alerts=("OvsFlowLimitShrunk",),
            states=HOLDS,
            empty="nothing is wrong",
        ),
        Lines(
            title="Share of packets that found their flow, worst hosts",
            asks=ask(least(f"{rate(_HIT, 'host')} / ({both(_HIT, _MISSED, 'host')} > 0)"), "{{host}}"),
            says="A low one means many short connections, or flows that are thrown out early.",
            unit="percentunit",
            most=1,
        ),
        Lines(
            title="Packets that found no flow (upcalls), busiest hosts",
            asks=ask(most(rate("ovs_datapath_lookups_missed_total", "host")), "{{host}}"),
            says="Each goes through a handler thread of ovs-vswitchd, one by one.",
            unit="pps",
        ),
        Lines(
            title="Flows in the datapath",
            asks=ask(most(total("ovs_datapath_flows", "host")), "{{host}}"),
            says="Flows that the kernel or the DPDK datapath has now.",
            unit="short",
        ),
        Lines(
            title="Revalidator threads",
            asks=ask(most("max by (host) (ovs_upcall_revalidators)"), "{{host}}"),
            says="Normal: a quarter of the cores and one.",
            unit="short",
        ),
        Lines(
            title="For how long no change of the configuration was applied",
            asks=ask(most("max by (host) (ovs_config_stuck_seconds)"), "{{host}}"),
            says="Normal: 0. ovs-vswitchd hangs, often in a call to DNS or to a device.",
            unit="s",
            alerts=("OvsConfigNotApplied",),
            limits=("OvsConfigNotApplied",),
        ),
        Lines(
            title="What happens most in ovs-vswitchd",
            asks=ask(most(rate("ovs_coverage_events_total", "host", "event")), "{{host}} {{event}}"),
            says="Coverage counters that mean something; a step tells what has changed.",
            unit="ops",
        ),
        Lines(
            title="Packets dropped in either direction, worst ports",
            asks=ask(
                most(both("ovs_interface_rx_dropped_total", "ovs_interface_tx_dropped_total", "host", "interface")),
                "{{host}} {{interface}}",
            ),
            says="Of a tap device, those for the guest: it does not take them.",
            unit="pps",
        ),
        Lines(
            title="MAC addresses that move between ports",
            asks=ask(most(rate("ovs_fdb_moved_total", "host", "bridge")), "{{host}} {{bridge}}"),
            says="Many tell of a loop.",
            unit="ops",
        ),
    ),
)

PAGE = Page(
    name="ovs",
    title="Open vSwitch",
    says="Does Open vSwitch answer on each host, does it lose packets, is it saturated, which ports are broken.",
    variables=(Variable("host", "ovs_verdict", "Host"),),
    alerts_by=("host",),
    sections=(_FIRST, _PORTS, _CONNECTED, _INSIDE),
)
