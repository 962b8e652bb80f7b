"""The half that only ovs-vswitchd tells, over its control socket.

All commands run in its main thread, between its other work. What they cost there with 512 ports: coverage/show 2.8 ms,
dpctl/show 7 ms, the others less than 1 ms. `dpctl/show -s` (80 ms) and any dump of flows are never asked.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from clients.model import Deadline
from clients.unixctl import CommandError, Unixctl
from exporters.ovs.bonds import Bond, Lacp, LacpCounters, bonds, lacp, lacp_counters
from exporters.ovs.daemon import coverage, memory
from exporters.ovs.datapath import Datapath, Upcalls, datapaths, upcalls
from exporters.ovs.macs import Macs, macs
from exporters.ovs.pmd import Queues, Thread, queues, threads

Read = TypeVar("Read")

EVENTS = tuple(
    """
    bridge_reconfigure ofproto_dpif_expired ofproto_flush ofproto_update_port packet_in_overflow ofproto_packet_out
    rev_reconfigure rev_bond rev_port_toggled rev_flow_table rev_mac_learning rev_stp rev_rstp rev_mcast_snooping
    dpif_flow_put dpif_flow_del dpif_flow_flush dpif_flow_get dpif_execute dpif_port_add dpif_port_del
    upcall_flow_limit_hit upcall_flow_limit_kill upcall_flow_limit_grew upcall_flow_limit_reduced upcall_flow_limit_scaled
    upcall_ukey_contention upcall_ukey_replace handler_duplicate_upcall revalidate_missed_dp_flow
    dumped_duplicate_flow dumped_new_flow dumped_inconsistent_flow
    netlink_overflow netlink_recv_jumbo nln_changed rconn_overflow rconn_discarded rconn_queued rconn_sent
    vconn_open vconn_received vconn_sent txn_error txn_aborted txn_try_again txn_success poll_zero_timeout
    mac_learning_learned mac_learning_expired mac_learning_evicted mac_learning_moved conntrack_full
    xlate_actions xlate_actions_oversize xlate_actions_too_many_output
    drop_action_of_pipeline drop_action_bridge_not_found drop_action_recursion_too_deep drop_action_too_many_resubmit
    drop_action_stack_too_deep drop_action_no_recirculation_context drop_action_recirculation_conflict
    drop_action_too_many_mpls_labels drop_action_invalid_tunnel_metadata drop_action_unsupported_packet_type
    drop_action_congestion drop_action_forwarding_disabled
    datapath_drop_meter datapath_drop_upcall_error datapath_drop_lock_error datapath_drop_userspace_action_error
    datapath_drop_tunnel_push_error datapath_drop_tunnel_pop_error datapath_drop_recirc_error datapath_drop_invalid_port
    datapath_drop_invalid_bond datapath_drop_invalid_tnl_port datapath_drop_rx_invalid_packet datapath_drop_sample_error
    datapath_drop_nsh_decap_error
    """.split()
)
"""Events of `coverage/show` that are kept: OVS 3.1 knows 151, most of them about its own insides."""
BRIDGES = 64
"""Bridges that are asked for their MAC table: one command each."""


@dataclass(frozen=True, slots=True)
class Conntrack:
    """Connections that a userspace datapath tracks, and how many it may. Those of the kernel are in node_exporter."""

    datapath: str
    connections: int
    limit: int | None


@dataclass(frozen=True, slots=True)
class Vswitchd:
    """What it said; empty where it did not know a command, or had nothing to tell."""

    coverage: Mapping[str, int]
    memory: Mapping[str, int]
    datapaths: Sequence[Datapath]
    upcalls: Sequence[Upcalls]
    bonds: Sequence[Bond]
    lacp: Sequence[Lacp]
    lacp_counters: Sequence[LacpCounters]
    macs: Mapping[str, Macs]
    threads: Sequence[Thread]
    queues: Queues
    conntrack: Conntrack | None


def ask(daemon: Unixctl, deadline: Deadline) -> Vswitchd:
    """Ask one command after the other. Raises TargetError."""

    def read(parse: Callable[[str], Read], command: str, *words: str) -> Read:
        try:
            return parse(daemon.ask(command, *words, deadline=deadline))
        except CommandError:
            return parse("")  # not known to this version or this datapath: nothing to report

    paths = read(datapaths, "dpctl/show")
    found = read(bonds, "bond/show")
    with_lacp = any(bond.lacp not in {"", "off"} for bond in found)
    # There is one backer for each type, and two types: `system@ovs-system` in the kernel, `netdev@ovs-netdev` here.
    userspace = next((path.name for path in paths if not path.name.startswith("system@")), None)
    connections = read(_number, "dpctl/ct-get-nconns", userspace) if userspace else None
    return Vswitchd(
        coverage=read(lambda text: coverage(text, EVENTS) if text else {}, "coverage/show"),
        memory=read(memory, "memory/show"),
        datapaths=paths,
        upcalls=read(upcalls, "upcall/show"),
        bonds=found,
        lacp=read(lacp, "lacp/show") if with_lacp else (),
        lacp_counters=read(lacp_counters, "lacp/show-stats") if with_lacp else (),
        macs={bridge: read(macs, "fdb/stats-show", bridge) for bridge in read(str.split, "ofproto/list")[:BRIDGES]},
        threads=read(threads, "dpif-netdev/pmd-stats-show", userspace) if userspace else (),
        queues=read(queues, "dpif-netdev/pmd-rxq-show", userspace) if userspace else Queues((), {}),
        conntrack=None
        if userspace is None or connections is None
        else Conntrack(userspace, connections, read(_number, "dpctl/ct-get-maxconns", userspace)),
    )


def _number(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None
