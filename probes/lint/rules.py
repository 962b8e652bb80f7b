"""All rules, as a literal table. Pure: each is a function of the facts.

An option that cannot be read (not a number, a reference to nothing) is nobody's doubt here: the check that needs it says so.
"""

from collections.abc import Iterator

from probes.lint.model import Doubt, Facts, Rule, Severity

MARGIN = 15.0
"""Seconds that a pod's end needs beside the service's own: preStop's settling, closing of connections, the kubelet itself."""
_RABBIT = "oslo_messaging_rabbit"
_TRUE = frozenset({"true", "1", "on", "yes"})
_OSLO_GRACE = 60.0
_NOVA_GRACE = 180.0
"""Of nova 2026.1 and newer; older ones have oslo.service's. The longer one is the one to have room for."""
_HEARTBEAT = 60.0


def lint(facts: Facts) -> Iterator[Doubt]:
    """What is doubtful, in the order of the table."""
    for rule in RULES:
        if said := rule.holds(facts):
            yield Doubt(rule.name, rule.severity, f"{said}; {rule.advice}")


def _grace_period(facts: Facts) -> str:
    if facts.grace is None:
        return ""
    own = _number(facts, "DEFAULT", "graceful_shutdown_timeout")
    known = own is not None
    if own is None:
        own = _NOVA_GRACE if facts.profile.startswith("nova-") else _OSLO_GRACE
    said = f"graceful_shutdown_timeout = {own:g}" if known else f"graceful_shutdown_timeout is not set and may be {own:g}"
    if known and own == 0:
        return f"{said}, so it waits without end for its work, and is killed after {facts.grace:g} s"
    if facts.grace < own + MARGIN:
        return f"{said}, and terminationGracePeriodSeconds = {facts.grace:g}: it may be killed in the midst of its shutdown"
    return ""


def _manager_timeout(facts: Facts) -> str:
    manager = _number(facts, "DEFAULT", "manager_shutdown_timeout")
    whole = _number(facts, "DEFAULT", "graceful_shutdown_timeout")
    if manager is None or manager <= (whole := _NOVA_GRACE if whole is None else whole):
        return ""
    return f"manager_shutdown_timeout = {manager:g} is more than graceful_shutdown_timeout = {whole:g}"


def _quorum_queue_typo(facts: Facts) -> str:
    if facts.options(_RABBIT, "rabbit_quorum_queues") is None or facts.options(_RABBIT, "rabbit_quorum_queue") is not None:
        return ""
    return f"[{_RABBIT}] rabbit_quorum_queues is no option, so its queues are classic ones"


def _queue_manager(facts: Facts) -> str:
    if facts.exec_probes is not True or not _flag(facts, _RABBIT, "use_queue_manager"):
        return ""
    return f"[{_RABBIT}] use_queue_manager is on, and health-probe.py is there: two of it take each other's replies"


def _transient_quorum(facts: Facts) -> str:
    if not _flag(facts, _RABBIT, "rabbit_transient_quorum_queue") or _flag(facts, _RABBIT, "use_queue_manager"):
        return ""
    return f"[{_RABBIT}] rabbit_transient_quorum_queue is on without use_queue_manager: each new queue costs RabbitMQ an atom"


def _rpc_ping(facts: Facts) -> str:
    if not facts.rpc or _flag(facts, "DEFAULT", "rpc_ping_enabled"):
        return ""
    return "[DEFAULT] rpc_ping_enabled is off, so it is pinged by a method of its own"


def _heartbeat_off(facts: Facts) -> str:
    heartbeat = _number(facts, _RABBIT, "heartbeat_timeout_threshold")
    return (
        ""
        if heartbeat != 0
        else f"[{_RABBIT}] heartbeat_timeout_threshold = 0: it does not notice that a broker's host is gone"
    )


def _heartbeat_late(facts: Facts) -> str:
    if not facts.rpc or facts.hang_after is None:
        return ""
    heartbeat = _number(facts, _RABBIT, "heartbeat_timeout_threshold")
    heartbeat = _HEARTBEAT if heartbeat is None else heartbeat
    if not heartbeat or facts.hang_after > heartbeat:
        return ""
    said = f"it may take {heartbeat:g} s (heartbeat_timeout_threshold) until it notices that its broker's host is gone"
    return f"{said}, and after {facts.hang_after:g} s (hang_after) it may count as hung"


def _host_override(facts: Facts) -> str:
    host = facts.options("DEFAULT", "host")
    if not facts.target or not host or host.strip() == facts.target:
        return ""
    return f"its [DEFAULT] host is {host.strip()}, and {facts.target} is pinged: nobody listens there"


RULES = (
    Rule(
        "grace_period",
        Severity.WARNING,
        "The pod's grace period is shorter than the service's own graceful shutdown and 15 s.",
        f"set terminationGracePeriodSeconds to graceful_shutdown_timeout + {MARGIN:g} at least, and drain.margin likewise",
        _grace_period,
    ),
    Rule(
        "manager_timeout",
        Severity.WARNING,
        "nova waits longer for its running work than for its whole shutdown.",
        "make manager_shutdown_timeout 20 s less than graceful_shutdown_timeout",
        _manager_timeout,
    ),
    Rule(
        "quorum_queue_typo",
        Severity.WARNING,
        "`rabbit_quorum_queues` stands in the file; the option's name is `rabbit_quorum_queue`.",
        "drop the s; the queues are made anew then, as a queue cannot change its type",
        _quorum_queue_typo,
    ),
    Rule(
        "queue_manager",
        Severity.WARNING,
        "oslo.messaging's queue manager gives both exec probes of a pod the same reply queue.",
        "remove the exec probes, if that is not done yet: this probe takes their place",
        _queue_manager,
    ),
    Rule(
        "transient_quorum",
        Severity.WARNING,
        "Quorum queues with random names use up RabbitMQ's atoms, of which there are 5,000,000 until it stops.",
        "set use_queue_manager = true, which gives them fixed names",
        _transient_quorum,
    ),
    Rule(
        "rpc_ping",
        Severity.INFO,
        "oslo.messaging's own ping is off.",
        "set rpc_ping_enabled = true: it asks nothing of the service's code, and never logs",
        _rpc_ping,
    ),
    Rule(
        "heartbeat_off",
        Severity.WARNING,
        "Heartbeats to the broker are off.",
        "leave heartbeat_timeout_threshold at 60",
        _heartbeat_off,
    ),
    Rule(
        "heartbeat_late",
        Severity.INFO,
        "A service counts as hung before it can notice that its broker's host is gone.",
        "set hang_after to more than heartbeat_timeout_threshold",
        _heartbeat_late,
    ),
    Rule(
        "host_override",
        Severity.WARNING,
        "The service listens under another host name than the one that is pinged.",
        "leave the check's `server` out: it is read from the service's own file",
        _host_override,
    ),
)


def _flag(facts: Facts, section: str, name: str) -> bool:
    return (facts.options(section, name) or "").strip().lower() in _TRUE


def _number(facts: Facts, section: str, name: str) -> float | None:
    try:
        return float(facts.options(section, name) or "")
    except ValueError:
        return None
