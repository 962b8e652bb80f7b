"""The children that Neutron's agents keep, by their pid files below `state_path` (neutron/agent/linux), and which are alive.

The number in a file counts in the pid namespace of the agent, and may be another program's by now. So a child is known by
its program and by the id on its command line (Neutron itself goes by that), and is looked for under other numbers too.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from probes.proc.processes import Stat, command, stat
from probes.proc.reading import ProcError, numbers, read

LAYOUTS: Mapping[str, tuple[str, re.Pattern[str]]] = {
    "dnsmasq": ("dhcp", re.compile(r"(?P<id>[^/]+)/pid")),
    "haproxy": ("external/pids", re.compile(r"(?P<id>[^./]+)\.pid(?:\.haproxy)?")),
    "keepalived": ("ha_confs", re.compile(r"(?P<id>[^./]+)\.pid(?:\.keepalived)?(?:-vrrp)?")),
}
"""By program: the folder below `state_path`, and what a pid file in it is called. keepalived has two for each router."""
_PID_LIMIT = 64
_COMMAND_LIMIT = 1 << 16
STOPPED = frozenset("TtZX")


@dataclass(frozen=True, slots=True)
class Child:
    """A child that should be there. `about`: the id of its network or router. `pid`: as the file says; None without one."""

    program: str
    about: str
    pid: int | None
    file: Path


@dataclass(frozen=True, slots=True)
class Alive:
    """What became of a child. `pid`: in our pid namespace; None: not seen. `wrong`: what is not as it should be, else ""."""

    child: Child
    pid: int | None
    wrong: str = ""


def children_in(state_path: Path, program: str) -> list[Child]:
    """Those that the files speak of. Raises ProcError where the folder cannot be read; none where an agent has none yet."""
    folder, shape = LAYOUTS[program]
    found = []
    for name in sorted(_names(state_path / folder)):
        if matched := shape.fullmatch(name):
            file = state_path / folder / name
            found.append(Child(program, matched["id"], _pid(file), file))
    return found


def _names(folder: Path) -> Iterator[str]:
    """Files in a folder, and one level below it for those of dnsmasq. Raises ProcError."""
    try:
        for entry in folder.iterdir():
            yield entry.name
            if entry.is_dir() and (entry / "pid").exists():
                yield f"{entry.name}/pid"
    except FileNotFoundError:
        return
    except OSError as error:
        raise ProcError(f"{folder}: {(error.strerror or str(error)).lower()}; mount it, readable for the probe") from error


def _pid(file: Path) -> int | None:
    """None for a file that is empty (being written), of something else, or gone."""
    try:
        word = read(file, _PID_LIMIT).strip()
    except ProcError:
        return None
    return int(word) if word.isdigit() and len(word) <= 10 else None


def alive(proc: Path, expected: list[Child], known: Mapping[Path, int]) -> list[Alive]:
    """Each child by its number first; those that are not found so by one walk over all processes.

    `known`: by pid file the number under which a child was found before, where the file counts in another pid namespace.
    """
    found: dict[Child, int] = {}
    for child in expected:
        for pid in (child.pid, known.get(child.file)):
            if pid is not None and child not in found and _is(child, _command(proc, pid)):
                found[child] = pid
    missing = [child for child in expected if child not in found]
    if missing:
        found |= _walked(proc, missing, frozenset(found.values()))
    return [_state(proc, child, found.get(child)) for child in expected]


def _walked(proc: Path, missing: list[Child], known: Collection[int]) -> dict[Child, int]:
    """A process is one child only: both of keepalived have the same command line."""
    found: dict[Child, int] = {}
    for pid in sorted(numbers(proc)):
        words = () if pid in known else _command(proc, pid)
        if words and PurePosixPath(words[0]).name in LAYOUTS:
            its = next((child for child in missing if child not in found and _is(child, words)), None)
            if its is not None:
                found[its] = pid
    return found


def _is(child: Child, words: tuple[str, ...]) -> bool:
    return bool(words) and PurePosixPath(words[0]).name == child.program and any(child.about in word for word in words[1:])


def _command(proc: Path, pid: int) -> tuple[str, ...]:
    try:
        return command(read(f"{proc}/{pid}/cmdline", _COMMAND_LIMIT))
    except ProcError:
        return ()


def _state(proc: Path, child: Child, pid: int | None) -> Alive:
    if pid is None:
        now = _stat(proc, child.pid) if child.pid is not None else None
        if now is None:
            return Alive(child, None, "is not running" if child.pid is not None else f"has no number in {child.file}")
        return Alive(child, None, f"is not running: pid {child.pid} is {now.name!r}")
    now = _stat(proc, pid)
    if now is None:
        return Alive(child, None, "has just ended")
    return Alive(child, pid, f"does not move: pid {pid} is in state {now.state}" if now.state in STOPPED else "")


def _stat(proc: Path, pid: int) -> Stat | None:
    try:
        return stat(read(f"{proc}/{pid}/stat"))
    except ProcError:
        return None
