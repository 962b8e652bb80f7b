"""Looking at something with a check, as whoever runs the checks would."""

import subprocess
import time
from collections.abc import Iterable

from clients.model import Deadline
from probes.model import Check, Context, Evidence, Finding, Process
from tests.servers.process import wait_until

PATIENT = 30.0
"""Seconds that a target which lives may take to answer here: the machine may be busy."""
SHORT = 0.4
"""Seconds that are waited for one that never will."""
CONTEXT = Context("service")
OPEN: list[Check] = []
"""What was looked with."""


def context(*processes: Process) -> Context:
    """Of a service with these processes."""
    return Context("service", lambda: processes)


def process(*command: str) -> Process:
    """A process with this command line."""
    return Process(7, 1, command[0].rpartition("/")[2][:15], command, 0, "S", 1)


def look(check: Check, seconds: float = PATIENT) -> Evidence:
    """The only evidence of a look."""
    (evidence,) = look_all(check, seconds)
    return evidence


def look_all(check: Check, seconds: float = PATIENT) -> tuple[Evidence, ...]:
    """All evidence of a look, each of which is one line and took no longer than it may."""
    if check not in OPEN:
        OPEN.append(check)
    begun = time.monotonic()
    found = tuple(check.look(Deadline.after(seconds)))
    assert found
    for evidence in found:
        assert "\n" not in evidence.text
        assert evidence.text.isprintable()
        assert begun <= evidence.at <= time.monotonic()
        assert evidence.seconds >= 0
    return found


def until(check: Check, finding: Finding, seconds: float = PATIENT) -> Evidence:
    """The first evidence with this finding."""
    found: list[Evidence] = []

    def holds() -> bool:
        found[:] = [one for one in look_all(check, seconds) if one.finding is finding]
        return bool(found)

    wait_until(holds, f"the check finds {finding}", pause=0.1)
    return found[0]


def time_wait(*ports: int) -> int:
    """Sockets of these ports, on either side, that stand in TIME_WAIT."""
    lines = subprocess.run(["cat", "/proc/net/tcp"], capture_output=True, text=True, check=True).stdout.splitlines()[1:]
    wanted = {f"{port:04X}" for port in ports}
    return sum(1 for line in lines if (row := line.split())[3] == "06" and _ports(row) & wanted)


def _ports(row: Iterable[str]) -> set[str]:
    local, remote = list(row)[1:3]
    return {local.rpartition(":")[2], remote.rpartition(":")[2]}


def about_connections(log: str) -> list[str]:
    """The lines of an OVS daemon's log that tell of those who connect; others tell how slow the machine is."""
    return [line for line in log.splitlines() if any(word in line for word in ("jsonrpc", "unixctl", "stream", "reconnect"))]
