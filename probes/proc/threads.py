"""`/proc/PID/task`: the threads of a process, and whether they have run. It needs no privilege beside seeing the process."""

from dataclasses import dataclass
from pathlib import Path

from probes.proc.processes import stat, status, switches
from probes.proc.reading import GoneError, ProcError, numbers, read


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread. `switches`: of both kinds, moves whenever it has run, however short; `ticks`: processor time, by 10 ms."""

    tid: int
    name: str
    state: str
    ticks: int
    switches: int


def switches_of(proc: Path, pid: int) -> dict[int, int]:
    """Switches of each thread by its id. One file a thread: 300 threads take some 2 ms. Raises ProcError.

    The file `status` of the process itself tells those of its first thread only.
    """
    found = {}
    for tid in numbers(f"{proc}/{pid}/task"):
        try:
            seen = switches(read(f"{proc}/{pid}/task/{tid}/status"))
        except GoneError:
            continue  # ended since the folder was listed
        if seen is not None:
            found[tid] = seen
    return found


def thread(proc: Path, pid: int, tid: int) -> Thread:
    """One thread in full. Raises ProcError."""
    folder = f"{proc}/{pid}/task/{tid}"
    seen, more = stat(read(f"{folder}/stat")), status(read(f"{folder}/status"))
    if seen is None or more is None:
        raise ProcError(f"{folder}/stat or status is not as proc(5) says")
    return Thread(tid, seen.name, seen.state, seen.ticks, more.switches)


def threads_of(proc: Path, pid: int) -> list[Thread]:
    """All of them in full, by id. Raises ProcError where the process is gone."""
    found = []
    for tid in sorted(numbers(f"{proc}/{pid}/task")):
        try:
            found.append(thread(proc, pid, tid))
        except GoneError:
            continue  # ended since the folder was listed
    return found


def waits_in(proc: Path, pid: int, tid: int) -> str:
    """The function of the kernel in which a thread sleeps; "" where it runs or we may not know (CAP_SYS_PTRACE)."""
    try:
        name = read(f"{proc}/{pid}/task/{tid}/wchan", 256).decode(errors="replace").strip("\0\n ")
    except ProcError:
        return ""
    return "" if name == "0" else name
