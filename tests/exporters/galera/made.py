"""Nodes and clusters that are made up, for what one cannot record."""

from collections.abc import Iterable

from exporters.galera.history import History
from exporters.galera.node import Failure, Node, Peer, Word
from exporters.galera.snapshot import Snapshot

HISTORY = "f39510cc-e6ee-11f1-a2a6-d2bd5d255cac"
OPTIONS = "gcache.size = 1M; gcs.fc_limit = 16; pc.weight = 1; "


def node(
    number: int,
    size: int = 3,
    *,
    status: dict[str, str] | None = None,
    variables: dict[str, str] | None = None,
    peers: tuple[Peer, ...] | None = None,
    asked_at: float = 0.0,
) -> Node:
    """Member `db<number>` of a healthy Primary component of `size`; `status` and `variables` say otherwise."""
    listed = ",".join(f"10.0.0.{other}:3306" for other in range(1, size + 1))
    usual = {
        "local_state_uuid": HISTORY,
        "gcomm_uuid": f"00000000-0000-0000-0000-00000000000{number}",
        "last_committed": "1000",
        "local_cached_downto": "1",
        "replicated_bytes": "0",
        "received_bytes": "0",
        "flow_control_paused_ns": "0",
        "local_recv_queue": "0",
        "local_state": "4",
        "local_state_comment": "Synced",
        "incoming_addresses": listed,
        "cluster_weight": str(size),
        "cluster_size": str(size),
        "cluster_conf_id": "7",
        "cluster_status": "Primary",
        "local_index": str(number - 1),
        "evs_state": "OPERATIONAL",
        "evs_delayed": "",
        "desync_count": "0",
        "ready": "ON",
        "connected": "ON",
    }
    named = {"node_name": f"db{number}", "node_incoming_address": f"10.0.0.{number}:3306", "provider_options": OPTIONS}
    return Node(target(number), usual | (status or {}), named | (variables or {}), peers, asked_at=asked_at)


def target(number: int) -> str:
    """Where it is read."""
    return f"db{number}.test:3306"


def failure(number: int, word: Word = "unreachable") -> Failure:
    """`db<number>` gave no answer."""
    return Failure(target(number), word, f"{target(number)}: {word}")


def after(*readings: Iterable[Node | Failure], every: float = 15.0, wanted: int | None = None) -> Snapshot:
    """The last of several readings."""
    history = History()
    for turn, nodes in enumerate(readings):
        known = tuple(nodes)
        history = history.after(known, turn * every)
    return Snapshot("main", turn * every, known, history, configured=len(known), wanted=wanted)


def healthy(size: int = 3) -> list[Node]:
    """All members of a healthy cluster."""
    return [node(number, size) for number in range(1, size + 1)]
