"""A control command of an OVS or OVN daemon (`ovs-appctl -t TARGET COMMAND`), which its main loop answers between its work.

Only cheap commands are for probes: `version`, `connection-status`, `status`, `ofproto/list`, `cluster/status` take less than a
millisecond of the daemon; dumps of flows stop its work.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from clients.model import Deadline, TargetError
from clients.unixctl import CommandError, Unixctl, find
from probes.checks.looking import Kept, Look, Past, shown
from probes.model import Context, Evidence, Finding

FOLDERS = ("/run/openvswitch", "/run/ovn", "/var/run/openvswitch", "/var/run/ovn")


@dataclass(frozen=True, slots=True)
class Settings:
    """Whom to ask, what, and what a good answer is."""

    target: str
    """Name of the daemon (`ovs-vswitchd`, `ovn-controller`, `ovn-northd`, `ovnsb_db`), or the absolute path of its control
    socket, in which `*` stands for the pid."""
    command: str = "version"
    """Default: what every daemon knows, and any that moves answers."""
    arguments: tuple[str, ...] = ()
    """Of the command."""
    line: tuple[str, ...] = ()
    """One of these must be a whole line of the answer: `connected` and not `not connected`, which contains it. Default: any
    answer is fine."""
    without: tuple[str, ...] = ()
    """None of these may be a whole line of the answer: `Leader: unknown`."""
    otherwise: Literal["unfit", "dependency"] = "unfit"
    """What it is when the lines say no: the daemon is not fit for work (`unfit`), or what it is connected to is down
    (`dependency`), which no restart of it would mend."""
    about: str = ""
    """What that dependency is called: `southbound`, `ovsdb`, `raft peers`."""
    folders: tuple[str, ...] = FOLDERS
    """Where control sockets are looked for."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """A dependency without a name, no target."""
        if not self.target:
            yield "target", "is empty; name a daemon, as ovs-vswitchd, or the path of its control socket"
        if self.otherwise == "dependency" and not self.about:
            yield "about", "is missing; say what the daemon depends on, as southbound"


class Command:
    """FINE: answered, with the lines that should be there. SILENT: no answer in time; the connection is kept, and asked again.

    Without the lines: DEPENDENCY where the settings say so; else NOT_YET, and UNFIT once it was fine. NOT_YET, and GONE once it
    was fine: nobody listens. UNKNOWN: no permission, or the daemon does not know the command.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._patterns = patterns(settings.target, settings.folders)
        self._past = Past()
        self._daemon = Kept(lambda deadline: find(self._patterns, settings.target, deadline))

    def look(self, deadline: Deadline) -> tuple[Evidence, ...]:
        """Ask once."""
        look = Look(deadline)
        asked = f"{Path(self._settings.target).name} {' '.join((self._settings.command, *self._settings.arguments))}"
        try:
            answer = self._daemon.ask(lambda daemon: self._ask(daemon, deadline), deadline)
        except CommandError as refused:
            return (look.saw(Finding.UNKNOWN, f"{asked}: answers, and does not do it: {shown(str(refused))}"),)
        except TargetError as failed:
            return (look.saw(self._past.without_answer(failed), str(failed)),)
        return (self._judged(look, answer, asked),)

    def close(self) -> None:
        """Hang up."""
        self._daemon.close()

    def _ask(self, daemon: Unixctl, deadline: Deadline) -> str:
        return daemon.ask(self._settings.command, *self._settings.arguments, deadline=deadline)

    def _judged(self, look: Look, answer: str, asked: str) -> Evidence:
        said = f"{asked}: {shown(answer) or 'an empty answer'}"
        wrong = missing(answer, self._settings)
        if not wrong:
            self._past.fine = True
            return look.saw(Finding.FINE, said)
        if self._settings.otherwise == "dependency":
            return look.saw(Finding.DEPENDENCY, f"{said}; {wrong}", self._settings.about)
        return look.saw(self._past.lacking(), f"{said}; {wrong}")


def missing(answer: str, settings: Settings) -> str:
    """What is wrong with an answer; empty where nothing is."""
    lines = {line.strip() for line in answer.splitlines()}
    if settings.line and lines.isdisjoint(settings.line):
        return f"no line {' or '.join(map(repr, settings.line))}"
    if bad := lines.intersection(settings.without):
        return f"{', '.join(sorted(bad))!r} should not be there"
    return ""


def patterns(target: str, folders: tuple[str, ...]) -> tuple[str, ...]:
    """The globs of a daemon's control socket: `NAME.PID.ctl`, or `NAME.ctl` where it was told so (OVN's databases)."""
    if target.startswith("/"):
        return (target,)
    return tuple(f"{folder}/{target}{end}" for folder in folders for end in (".[0-9]*.ctl", ".ctl"))


def make(settings: Settings, context: Context) -> Command:  # noqa: ARG001  the contract of a check's module
    """The check."""
    return Command(settings)
