"""ovn-northd: whether it is the one that works, and how hard."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clients.model import Deadline
from clients.unixctl import CommandError, Unixctl
from exporters.ovn.work import EngineNode, Stopwatch, engine, stopwatches
from exporters.ovs.daemon import coverage, memory

STATUSES = ("active", "standby", "paused")
EVENTS = ("poll_zero_timeout", "txn_success", "txn_error", "txn_aborted", "txn_try_again", "northd_run_lflow_compute")


@dataclass(frozen=True, slots=True)
class Northd:
    """What it said. `status` is None where the word is not known here."""

    status: str | None
    northbound: bool
    southbound: bool
    stopwatches: Sequence[Stopwatch]
    engine: Sequence[EngineNode]
    coverage: Mapping[str, int]
    memory: Mapping[str, int]


def ask(daemon: Unixctl, deadline: Deadline) -> Northd:
    """Ask one command after the other. Raises TargetError."""

    def said(command: str) -> str:
        try:
            return daemon.ask(command, deadline=deadline)
        except CommandError:
            return ""

    status = said("status").strip().removeprefix("Status: ")
    events = said("coverage/show")
    return Northd(
        status=status if status in STATUSES else None,
        northbound=said("nb-connection-status").strip() == "connected",
        southbound=said("sb-connection-status").strip() == "connected",
        stopwatches=stopwatches(said("stopwatch/show")),
        engine=engine(said("inc-engine/show-stats")),
        coverage=coverage(events, EVENTS) if events else {},
        memory=memory(said("memory/show")),
    )
