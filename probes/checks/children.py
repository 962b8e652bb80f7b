"""Children that do the work of a Neutron agent: dnsmasq of each network, haproxy for metadata, keepalived of each HA router.

The agent may answer all pings while a network has no DHCP. That makes it PARTIAL, and never hung: killing the agent would not
bring a child back any sooner than the agent itself does.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from clients.model import Deadline
from probes.model import Context, Evidence, Finding
from probes.proc.pidfiles import Alive, alive, children_in
from probes.proc.reading import ProcError

NAME = "children"
_TOLD = 10
"""Missing children that get evidence of their own; the figures count all."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Which children, and where their pid files are."""

    programs: tuple[Literal["dnsmasq", "haproxy", "keepalived"], ...] = ("dnsmasq",)
    """dnsmasq for the DHCP agent; haproxy for L3, DHCP and (OVN) metadata agents; keepalived for the L3 agent with HA."""
    state_path: Path = Path("/var/lib/neutron")
    """Neutron's own setting of that name, as it is mounted where the probe runs."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What cannot be right, as (key, what is wrong)."""
        if not self.programs:
            yield "programs", "must name at least one of dnsmasq, haproxy, keepalived"
        if not self.state_path.is_absolute():
            yield "state_path", "must be an absolute path, as /var/lib/neutron is"


def make(settings: Settings, context: Context) -> "ChildrenCheck":
    """The check."""
    return ChildrenCheck(settings, context)


class ChildrenCheck:
    """Not for several threads at once. It holds nothing open."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self._settings = settings
        self._context = context
        self._were_seen = False
        self._pids: dict[Path, int] = {}

    def look(self, deadline: Deadline) -> Iterable[Evidence]:
        """Read the pid files and look each child up."""
        now = deadline.clock()
        settings = self._settings
        try:
            expected = [child for program in settings.programs for child in children_in(settings.state_path, program)]
            found = alive(self._context.proc, expected, self._pids)
        except ProcError as error:
            return [Evidence(NAME, Finding.UNKNOWN, now, str(error))]
        bad = [one for one in found if one.wrong]
        self._pids = {one.child.file: one.pid for one in found if one.pid is not None}
        self._were_seen = self._were_seen or bool(self._pids)
        figures = {"children": float(len(found)), "children_missing": float(len(bad))}
        if found and not self._were_seen:
            return [self._unseen(found, now, figures)]
        if not bad:
            text = f"all {len(found)} children ({', '.join(settings.programs)}) run"
            return [Evidence(NAME, Finding.FINE, now, text, figures=figures)]
        text = f"{len(bad)} of {len(found)} children do not run: {'; '.join(_told(one) for one in bad[:3])}"
        text += " ..." if len(bad) > 3 else ""
        each = [Evidence(NAME, Finding.PARTIAL, now, _told(one), about=one.child.about) for one in bad[:_TOLD]]
        return [Evidence(NAME, Finding.PARTIAL, now, text, figures=figures), *each]

    def close(self) -> None:
        """Nothing is held."""

    def _unseen(self, found: list[Alive], now: float, figures: dict[str, float]) -> Evidence:
        """None was ever seen: they may well run where we cannot look, or the agent has not started them again yet."""
        if not self._context.processes():
            why = "the agent itself is not to be seen either; share the pid namespace"
        else:
            why = "they run in another pid namespace (hostPID shows all), or the agent has not started them yet"
        text = f"none of {len(found)} children is to be seen: {why}"
        return Evidence(NAME, Finding.UNKNOWN, now, text, figures=figures)


def _told(one: Alive) -> str:
    return f"{one.child.program} of {one.child.about} {one.wrong}"
