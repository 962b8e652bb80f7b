"""All steps of a black box, in their order, as a literal table: what a dying process can take away comes first."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from clients.model import Deadline
from probes.blackbox import kernel, report, stacks, told
from probes.blackbox.model import Entry, Occasion
from probes.blackbox.settings import BlackBoxSettings

Gather = Callable[[Occasion, BlackBoxSettings, Deadline], Iterable[Entry]]


@dataclass(frozen=True, slots=True)
class Step:
    """`seconds`: after which it is left behind, if it hangs, and the next begins."""

    name: str
    gather: Gather
    seconds: float


STEPS = (
    Step("stacks", stacks.gather, 12.0),
    Step("threads", kernel.threads, 4.0),
    Step("status", kernel.status, 3.0),
    Step("sockets", kernel.sockets, 3.0),
    Step("memory", kernel.memory, 3.0),
    Step("broker", told.views, 1.0),
    Step("evidence", told.evidence, 1.0),
    Step("log", told.logs, 3.0),
    Step("report", report.gather, 15.0),
)
"""The report is last: it needs the process itself, and may change what it does."""
