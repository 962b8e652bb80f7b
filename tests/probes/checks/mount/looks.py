"""Looks at mounts, and what they leave behind."""

import os
from pathlib import Path

from clients.model import Deadline
from probes.checks.mount import MountCheck
from probes.model import Evidence

FORKING = "ignore:.*use of fork:DeprecationWarning"
"""Python 3.12 and newer warn of a fork beside threads. The child makes system calls only."""


def looked(check: MountCheck, seconds: float = 90) -> Evidence:
    """What one look finds."""
    (found,) = check.look(Deadline.after(seconds))
    return found


def children() -> set[int]:
    """Our own, dead or alive."""
    me = str(os.getpid())
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            if stat.rpartition(")")[2].split()[1] == me:
                found.add(int(entry.name))
    return found
