"""The verdicts, worst last, and the reasons for them: a reason makes the verdict at least as bad as the table says.

One that says `healthy` is told and changes nothing: with the default gcache of 128 MB the headroom of a busy cluster is always
low, which will cost a full copy one day and harms nobody now.
"""

from dataclasses import dataclass
from typing import Literal

State = Literal["healthy", "joining", "degraded", "quorum_at_risk", "unknown", "read_only", "split_brain", "down"]

STATES: dict[State, str] = {
    "healthy": "All members are there, keep up, and can be replaced.",
    "joining": "A member is on its way in; all others are well.",
    "degraded": "The cluster works, and something in it does not.",
    "quorum_at_risk": "The cluster works; if one more member is lost it stops taking statements.",
    "unknown": "Nodes answer, but not to us, so nothing is known.",
    "read_only": "No node takes writes: there is no Primary component, or nobody in it is ready.",
    "split_brain": "Two parts take writes without knowing of each other.",
    "down": "No node answers.",
}
SEVERITY = {state: number for number, state in enumerate(STATES)}


@dataclass(frozen=True, slots=True)
class Reason:
    """`state`: what the cluster is at best while the reason holds. `meaning`: for the reference and the page."""

    state: State
    meaning: str


REASONS: dict[str, Reason] = {
    "node_joining": Reason("joining", "A node receives what it has missed (IST), or catches up after it."),
    "node_joining_by_sst": Reason(
        "joining", "A node receives a full copy; the donor says so, the node itself does not answer yet."
    ),
    "node_unreachable": Reason("degraded", "Nobody answers at a node's address."),
    "node_timeout": Reason("degraded", "A node's host does not answer a connection."),
    "node_silent": Reason("degraded", "A node takes connections and says nothing: frozen, or overloaded."),
    "node_refused": Reason("degraded", "A node refuses our user: password, host, GRANT."),
    "node_too_many_connections": Reason("degraded", "All connections of a node are in use."),
    "node_tls": Reason("degraded", "A node and we do not agree on TLS."),
    "node_malformed": Reason("degraded", "What answers at a node's address is no Galera node."),
    "node_not_primary": Reason("degraded", "A node is cut off from the Primary component."),
    "node_not_ready": Reason("degraded", "A node of the Primary component refuses statements."),
    "node_desynced": Reason("degraded", "A node is allowed to fall behind: FTWRL, a backup, wsrep_desync."),
    "node_inconsistent": Reason("degraded", "A node found that its data differ, and has left; it needs a full copy."),
    "node_lagging": Reason("degraded", "A node is behind the foremost by more than thresholds.lag write sets."),
    "node_queueing": Reason("degraded", "A node has more than thresholds.recv_queue write sets still to apply."),
    "node_rejects_queries": Reason("degraded", "An operator has set wsrep_reject_queries."),
    "node_evicted": Reason("degraded", "The group has evicted a node for good; it must be restarted."),
    "other_history": Reason("degraded", "A node's data belong to another history; it can come in by a full copy only."),
    "member_missing": Reason("degraded", "The component is smaller than it should be."),
    "full_copy_needed": Reason("degraded", "A member is away for too long: it will need a full copy."),
    "flow_control": Reason("degraded", "Replication stood still for more than thresholds.paused of the last minutes."),
    "pause_requested": Reason("degraded", "A node has just asked all others to pause, while flow control is a reason."),
    "peer_delayed": Reason("degraded", "Members find another one late; the group will evict it if that lasts."),
    "ist_headroom_low": Reason("healthy", "A member that leaves now needs a full copy sooner than thresholds.ist_headroom."),
    "view_unsettled": Reason("degraded", "The members are agreeing on who is one of them."),
    "views_flapping": Reason("degraded", "Membership changed more than thresholds.view_changes times within an hour."),
    "one_loss_from_no_quorum": Reason("quorum_at_risk", "The loss of one more member ends the quorum."),
    "no_node_readable": Reason("unknown", "No node let us read it, and at least one answers."),
    "no_primary_seen": Reason("unknown", "The nodes that were read are in no Primary component; others answer, but not to us."),
    "no_primary": Reason("read_only", "No node is in a Primary component."),
    "no_node_ready": Reason("read_only", "There is a Primary component, and none of its nodes takes statements."),
    "separate_primaries": Reason("split_brain", "There are Primary components that do not know of each other."),
    "no_node_answers": Reason("down", "No node answers at all."),
}
