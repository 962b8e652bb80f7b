"""`/proc/PID/{stat,status,cmdline,limits}`: bytes in, values out. None for what is not such a file; nothing here raises.

A process chooses its own name and command line, so both may hold anything: parentheses, newlines, bytes of no encoding.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from probes.model import Process
from probes.proc.reading import GoneError, ProcError, read

_STAT = re.compile(rb"(\d{1,10}) \((.*)\) ([A-Za-z])((?: -?\d{1,20}){19,100})\s*", re.DOTALL)
"""The name ends at the last parenthesis: behind it stand numbers only, whatever the name looks like."""
_PARENT, _USER_TICKS, _SYSTEM_TICKS, _THREADS, _STARTED = 0, 10, 11, 16, 18
_STATUS = re.compile(rb"^(State|Uid|NSpid|Threads|(?:non)?voluntary_ctxt_switches):\s*(.*)$", re.MULTILINE)
_SWITCHES = re.compile(rb"\nvoluntary_ctxt_switches:\s*(\d{1,20})\nnonvoluntary_ctxt_switches:\s*(\d{1,20})\s")
_OPEN_FILES = re.compile(rb"^Max open files +(\d{1,20}|unlimited) ", re.MULTILINE)
_COMMAND_LIMIT = 1 << 16
"""Bytes of a command line: those of OpenStack are below 1 KiB; a Java one may have 10."""


@dataclass(frozen=True, slots=True)
class Stat:
    """Of a process, or of one thread where it was read below `task`. Ticks are 1/SC_CLK_TCK seconds (10 ms).

    `started`: ticks after boot. A pid is given to another process one day; the pair of both never comes again.
    """

    pid: int
    name: str
    state: str
    parent: int
    ticks: int
    threads: int
    started: int


@dataclass(frozen=True, slots=True)
class Status:
    """Of a process or a thread. `uid`: the effective one. `pids`: its pid in our pid namespace, then in each one further in.

    `switches`: how often it gave up the processor (waiting) or lost it; moves whenever it has run.
    """

    state: str
    uid: int
    pids: tuple[int, ...]
    threads: int
    switches: int


def stat(data: bytes) -> Stat | None:
    """Read `stat`."""
    found = _STAT.fullmatch(data)
    if found is None:
        return None
    rest = [int(number) for number in found[4].split()]
    return Stat(
        pid=int(found[1]),
        name=_text(found[2]),
        state=found[3].decode(),
        parent=rest[_PARENT],
        ticks=rest[_USER_TICKS] + rest[_SYSTEM_TICKS],
        threads=rest[_THREADS],
        started=rest[_STARTED],
    )


def status(data: bytes) -> Status | None:
    """Read `status`. The kernel escapes a newline in the name, so no name can forge a line."""
    said: dict[bytes, bytes] = {}
    for key, value in _STATUS.findall(data):
        said.setdefault(key, value)
    uids = _integers(said.get(b"Uid", b""))
    if b"State" not in said or len(uids) < 2:
        return None
    switches = sum(
        sum(_integers(said.get(key, b""))[:1]) for key in (b"voluntary_ctxt_switches", b"nonvoluntary_ctxt_switches")
    )
    return Status(
        state=said[b"State"][:1].decode(errors="replace"),
        uid=uids[1],
        pids=_integers(said.get(b"NSpid", b"")),
        threads=(_integers(said.get(b"Threads", b"")) or (1,))[0],
        switches=switches,
    )


def switches(data: bytes) -> int | None:
    """The switches alone out of `status`, thirty times as fast: a service may have hundreds of threads."""
    found = _SWITCHES.match(data, max(0, data.rfind(b"\nvoluntary_ctxt_switches:")))
    return int(found[1]) + int(found[2]) if found else None


def command(data: bytes) -> tuple[str, ...]:
    """Read `cmdline`: the arguments; empty for a zombie or a thread of the kernel.

    A process that has written its title over its arguments (setproctitle) gives one word with spaces in it.
    """
    stripped = data.rstrip(b"\0")
    return tuple(_text(word) for word in stripped.split(b"\0")) if stripped else ()


def open_files(limits: bytes) -> int | None:
    """The soft limit of open files out of `limits`; None where there is none."""
    found = _OPEN_FILES.search(limits)
    return None if found is None or found[1] == b"unlimited" else int(found[1])


def process(proc: Path, pid: int) -> Process:
    """One process now. Raises ProcError: GoneError when it ended before all was read, or its pid became another's."""
    folder = f"{proc}/{pid}"
    seen = stat(read(f"{folder}/stat"))
    words = command(read(f"{folder}/cmdline", _COMMAND_LIMIT))
    more = status(read(f"{folder}/status"))
    if seen is None or more is None:
        raise ProcError(f"{folder}/stat or status is not as proc(5) says")
    if started(proc, pid) != seen.started:
        raise GoneError(f"{folder}: it ended while it was looked at")
    return Process(pid, seen.parent, seen.name, words, more.uid, seen.state, seen.started, seen.threads)


def started(proc: Path, pid: int) -> int | None:
    """When the process that has this pid now was started (ticks after boot); None if there is none.

    To be asked right before a process is acted upon: is it still the one that was meant?
    """
    try:
        now = stat(read(f"{proc}/{pid}/stat"))
    except ProcError:
        return None
    return None if now is None else now.started


def _text(data: bytes) -> str:
    return data.decode(errors="replace")


def _integers(data: bytes) -> tuple[int, ...]:
    return tuple(int(word) for word in data.split() if word.isdigit() and len(word) <= 20)
