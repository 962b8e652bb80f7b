"""Finds the profile of a service from the command lines of the processes in its pod. Pure.

A wrong profile is worse than none: where several fit nobody guesses, and the reason says what to write into the settings.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import PurePosixPath

from probes.model import Process, Profile
from probes.proc.finding import WRAPPERS
from probes.profiles.table import PROFILES

HELPERS = WRAPPERS | {"pause", "kolla_start", "ovs-appctl", "ovn-appctl", "ovs-vsctl", "ovn-nbctl", "ovn-sbctl"}
"""Programs that name a service on their command line and are not it."""
_SHOWN = 5
_INTERPRETER = re.compile(r"python[0-9.]*$")


class UnclearError(Exception):
    """No profile fits, or several do. `str()` says what is to be seen and what to do, in one line."""


def profile_of(processes: Sequence[Process], profiles: Iterable[Profile] = PROFILES, service: str = "") -> Profile:
    """The one profile that fits. Raises UnclearError.

    `service`: name of the container; where several fit and one of them is called so, it is that one.
    """
    fitting = {profile.name: (profile, one) for profile in profiles for one in _fitting(profile, processes)[:1]}
    if service in fitting:
        return fitting[service][0]
    if len(fitting) == 1:
        return next(iter(fitting.values()))[0]
    if fitting:
        told = ", ".join(f"{name} (pid {one.pid})" for name, (_, one) in sorted(fitting.items()))
        raise UnclearError(f"processes of several services are to be seen: {told}; write `profile: NAME` for this one")
    if not processes:
        raise UnclearError("no process is to be seen: set shareProcessNamespace in the pod, or write `profile: NAME`")
    told = "; ".join(shown(one) for one in processes[:_SHOWN])
    more = f" and {len(processes) - _SHOWN} more" if len(processes) > _SHOWN else ""
    raise UnclearError(f"no profile fits the processes that are to be seen ({told}{more}); write `profile: NAME`")


def fits(profile: Profile, one: Process) -> bool:
    """Whether a process belongs to a service with this profile."""
    if not one.command or program_of(one) in HELPERS or "-rootwrap" in program_of(one):
        return False
    joined = " ".join(one.command)
    return any(_compiled(pattern).search(joined) for pattern in profile.processes)


def program_of(one: Process) -> str:
    """The program's name, or that of the script that Python runs."""
    words = one.command
    if words and _INTERPRETER.match(PurePosixPath(words[0]).name):
        words = tuple(word for word in words[1:] if not word.startswith("-")) or words
    return PurePosixPath(words[0]).name if words else one.name


def shown(one: Process, width: int = 60) -> str:
    """Its command line for a person; cut, as arguments may be long, and may be secrets."""
    text = " ".join(" ".join(one.command).split()) or one.name
    return text if len(text) <= width else f"{text[: width - 3]}..."


def _fitting(profile: Profile, processes: Sequence[Process]) -> list[Process]:
    """Those that fit, the ones whose parent does not first: the main ones."""
    those = [one for one in processes if fits(profile, one)]
    pids = {one.pid for one in those}
    return sorted(those, key=lambda one: one.parent in pids)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
