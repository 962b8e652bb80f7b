"""What the variables of a Galera node mean for its readiness. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from probes.model import Finding

_OF_STATUS = (
    "wsrep_cluster_status", "wsrep_local_state", "wsrep_local_state_comment", "wsrep_ready", "wsrep_connected",
    "wsrep_cluster_size", "wsrep_flow_control_paused", "wsrep_local_recv_queue", "threads_connected",
)  # fmt: skip
_OF_VARIABLES = (
    "wsrep_on", "wsrep_desync", "wsrep_reject_queries", "wsrep_sst_donor_rejects_queries", "pxc_maint_mode", "read_only",
    "max_connections",
)  # fmt: skip
NAMES = frozenset(_OF_STATUS + _OF_VARIABLES)


def _show(what: str, names: tuple[str, ...]) -> str:
    return f"SHOW GLOBAL {what} WHERE Variable_name IN ({', '.join(map(repr, names))})"


STATUS = _show("STATUS", _OF_STATUS)
VARIABLES = _show("VARIABLES", _OF_VARIABLES)

_JOINING = "1"


@dataclass(frozen=True, slots=True)
class Rules:
    """What readiness wants: see the settings of the check `mysql`."""

    cluster: bool = True
    donor: bool = True
    writable: bool = True


@dataclass(frozen=True, slots=True)
class Said:
    """A finding and its reason."""

    finding: Finding
    text: str
    about: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)


def judged(values: Mapping[str, str], rules: Rules) -> Said:
    """The first thing that is wrong, or FINE. `values`: by names in small letters; what a server does not have is not there."""
    figures = {
        short: float(values[name])
        for short, name in (
            ("cluster_size", "wsrep_cluster_size"),
            ("flow_control_paused", "wsrep_flow_control_paused"),
            ("receive_queue", "wsrep_local_recv_queue"),
            ("connections", "threads_connected"),
            ("connections_limit", "max_connections"),
        )
        if _is_number(values.get(name, ""))
    }
    finding, text, about = _membership(values, rules) or _service(values, rules) or (Finding.FINE, _well(values), "")
    return Said(finding, text, about, figures)


Reason = tuple[Finding, str, str]


def _membership(values: Mapping[str, str], rules: Rules) -> Reason | None:
    """Whether it is in the cluster that serves."""
    if not rules.cluster:
        return None
    status = values.get("wsrep_cluster_status", "")
    if not status or _off(values.get("wsrep_on", "ON")):
        return Finding.UNFIT, "it is no member of a cluster (wsrep_on is OFF); set `cluster` to false where that is right", ""
    comment = values.get("wsrep_local_state_comment", "")
    if values.get("wsrep_local_state") == _JOINING or comment.lower().startswith("joining"):
        return Finding.NOT_YET, f"it joins: {comment}", ""
    if status.lower() != "primary":
        size = values.get("wsrep_cluster_size", "?")
        return Finding.DEPENDENCY, f"its component is {status}, of {size}: it needs its peers, and no restart", "peers"
    return _member(values, rules, comment)


def _member(values: Mapping[str, str], rules: Rules, comment: str) -> Reason | None:
    """What a member of the Primary component is at."""
    match values.get("wsrep_local_state", ""):
        case "2":
            return _donor(values, rules, comment)
        case "3":
            return Finding.NOT_YET, f"it catches up: {comment}", ""
        case "4":
            return None
        case other:
            return Finding.UNFIT, f"its state is {other} {comment}", ""


def _donor(values: Mapping[str, str], rules: Rules, comment: str) -> Reason | None:
    if _on(values.get("wsrep_desync", "")):
        return Finding.UNFIT, f"{comment}: desynced by hand (wsrep_desync is ON)", ""
    if _on(values.get("wsrep_sst_donor_rejects_queries", "")):
        return Finding.UNFIT, f"{comment}: it feeds another node and rejects queries meanwhile", ""
    return None if rules.donor else (Finding.UNFIT, f"{comment}: it feeds another node", "")


def _service(values: Mapping[str, str], rules: Rules) -> Reason | None:
    """Whether it should get work."""
    if (mode := values.get("pxc_maint_mode", "DISABLED")).upper() != "DISABLED":
        return Finding.UNFIT, f"in maintenance (pxc_maint_mode is {mode})", ""
    if (rejects := values.get("wsrep_reject_queries", "NONE")).upper() != "NONE":
        return Finding.UNFIT, f"it rejects queries (wsrep_reject_queries is {rejects})", ""
    if rules.cluster and not _on(values.get("wsrep_ready", "")):
        return Finding.UNFIT, "it is not ready for SQL (wsrep_ready is OFF)", ""
    if rules.writable and _on(values.get("read_only", "")):
        return Finding.UNFIT, "it is read-only", ""
    used, limit = values.get("threads_connected", ""), values.get("max_connections", "")
    if _is_number(used) and _is_number(limit) and float(used) >= float(limit) > 0:
        return Finding.DRAINED, f"{used} of {limit} connections are in use: alive, and nobody else gets in", ""
    return None


def _well(values: Mapping[str, str]) -> str:
    names = ("wsrep_cluster_status", "wsrep_local_state_comment", "wsrep_cluster_size")
    status, comment, size = (values.get(name, "?") for name in names)
    return f"{status}, {comment}, of {size}" if names[0] in values else "answers"


def _on(text: str) -> bool:
    return text.upper() in {"ON", "1", "YES", "TRUE"}


def _off(text: str) -> bool:
    return text.upper() in {"OFF", "0", "NO", "FALSE"}


def _is_number(text: str) -> bool:
    return len(text) < 20 and text.replace(".", "", 1).isdigit() and text.isascii()
