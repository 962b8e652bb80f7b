"""What the kernel knows of the processes: threads, limits, sockets, memory, pressure. No privilege beside seeing them, mostly.

Files that are short and made for the eye (`status`, `limits`, `io`) are taken as they are: nothing is lost by being understood.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from clients.model import Deadline
from probes.blackbox.model import Entry, Occasion
from probes.blackbox.settings import BlackBoxSettings
from probes.model import Process
from probes.proc import net
from probes.proc.cgroups import usage_of
from probes.proc.descriptors import files_of, sockets_of
from probes.proc.pressure import pressure
from probes.proc.reading import TABLE_LIMIT, DeniedError, ProcError, read
from probes.proc.threads import Thread, threads_of, waits_in

_FILE = 1 << 14
_APART = 1.0
"""Seconds between two looks at the threads."""
_THREADS = 400
_ROWS = 500
UNSEEN = "no process of the service is seen; set shareProcessNamespace: true (or hostPID) in the pod"
_PRIVILEGE = "run the sidecar with the service's user id, or add the capability SYS_PTRACE"


def threads(
    occasion: Occasion, settings: BlackBoxSettings, deadline: Deadline, *, sleep: Callable[[float], None] = time.sleep
) -> Iterator[Entry]:
    """Each thread: its state, where in the kernel it sleeps, and whether it has run between two looks."""
    processes = occasion.looked_into(settings.processes)
    if not processes:
        yield Entry("threads", "", lost=UNSEEN)
        return
    before = {process: _threads(occasion.proc, process) for process in processes}
    sleep(min(_APART, max(0.0, deadline.at - deadline.clock())))
    for process in processes:
        earlier, now = before[process], _threads(occasion.proc, process)
        if isinstance(earlier, Entry) or isinstance(now, Entry):
            yield now if isinstance(now, Entry) else Entry("threads", _about(process), lost="it had no threads a moment ago")
        else:
            yield _compared(occasion.proc, process, earlier, now)


def status(occasion: Occasion, settings: BlackBoxSettings, _: Deadline) -> Iterator[Entry]:
    """`status`, `limits`, `io` and the number of open files of each process."""
    processes = occasion.looked_into(settings.processes)
    if not processes:
        yield Entry("status", "", lost=UNSEEN)
    for process in processes:
        folder = occasion.proc / str(process.pid)
        yield Entry("status", _about(process), f"command: {' '.join(process.command)}\n{_open_files(occasion.proc, process)}")
        for name in ("status", "limits", "io"):
            try:
                yield Entry("status", f"{_about(process)}, {name}", read(folder / name, _FILE).decode("utf-8", "replace"))
            except ProcError as error:
                yield Entry("status", f"{_about(process)}, {name}", lost=str(error))


def sockets(occasion: Occasion, settings: BlackBoxSettings, _: Deadline) -> Iterator[Entry]:
    """The TCP and UDP sockets of the processes; where we may not look whose they are, those of their users."""
    processes = occasion.looked_into(settings.processes)
    if not processes:
        yield Entry("sockets", "", lost=UNSEEN)
        return
    owners: dict[int, int] = {}
    denied = ""
    for process in processes:
        try:
            owners.update(dict.fromkeys(sockets_of(occasion.proc, process.pid), process.pid))
        except DeniedError:
            denied = f"whose sockets they are is not told, so all of the same user are here; {_PRIVILEGE}"
        except ProcError as error:
            yield Entry("sockets", _about(process), lost=str(error))
    users = {process.uid for process in processes} if denied else set[int]()
    if denied:
        yield Entry("sockets", "", lost=denied)
    # The tables are those of a process' own network namespace, which the pod's containers share; a host's may differ.
    folder = occasion.proc / str(processes[0].pid) / "net"
    for name in ("tcp", "tcp6", "udp", "udp6"):
        yield from _table(folder / name, owners, users)


def memory(occasion: Occasion, settings: BlackBoxSettings, _: Deadline) -> Iterator[Entry]:
    """What the container uses, and how long the node's tasks wait for processor, memory and disk."""
    for process in occasion.looked_into(settings.processes)[:1]:
        used = asdict(usage_of(occasion.proc, process.pid))
        lost = "" if any(value is not None for value in used.values()) else f"its control group is not seen; {_PRIVILEGE}"
        known = {key: value for key, value in used.items() if value is not None}
        yield Entry("memory", f"control group of {_about(process)}", _keyed(known), known, lost)
    for name in ("cpu", "memory", "io"):
        path = occasion.proc / "pressure" / name
        try:
            raw = read(path, _FILE)
        except ProcError as error:
            yield Entry("memory", f"pressure on {name} of the node", lost=f"{error}; the kernel needs psi=1")
            continue
        figures = {kind: asdict(line) for kind, line in pressure(raw).items()}
        yield Entry("memory", f"pressure on {name} of the node", raw.decode("utf-8", "replace"), figures)
    try:
        yield Entry("memory", "of the node", read(occasion.proc / "meminfo", _FILE).decode("utf-8", "replace"))
    except ProcError as error:
        yield Entry("memory", "of the node", lost=str(error))


def _threads(proc: Path, process: Process) -> list[Thread] | Entry:
    try:
        return threads_of(proc, process.pid)[:_THREADS]
    except ProcError as error:
        return Entry("threads", _about(process), lost=str(error))


def _compared(proc: Path, process: Process, before: list[Thread], now: list[Thread]) -> Entry:
    earlier = {thread.tid: thread for thread in before}
    rows = []
    for thread in now:
        first = earlier.get(thread.tid, thread)
        ticks, switches = thread.ticks - first.ticks, thread.switches - first.switches
        waits = waits_in(proc, process.pid, thread.tid)
        row = {"tid": thread.tid, "name": thread.name, "state": thread.state, "waits_in": waits}
        rows.append({**row, "ticks": ticks, "switches": switches})
    moved = sum(1 for row in rows if row["ticks"] or row["switches"])
    head = f"{moved} of {len(rows)} threads ran within {_APART:g} s; ticks (10 ms of processor) and switches in that time"
    lines = (f"{r['tid']:>9} {r['state']} {r['ticks']:>5} {r['switches']:>7} {r['waits_in']:<24} {r['name']}" for r in rows)
    columns = f"{'tid':>9} S {'ticks':>5} {'switches':>7} {'waits in':<24} name"
    return Entry("threads", _about(process), "\n".join((head, columns, *lines)), {"pid": process.pid, "threads": rows})


def _table(path: Path, owners: dict[int, int], users: set[int]) -> Iterator[Entry]:
    try:
        raw = read(path, TABLE_LIMIT)
    except ProcError as error:
        yield Entry("sockets", path.name, lost=str(error))
        return
    rows = []
    for row in net.inet(raw, drops=path.name.startswith("udp")):
        if row.inode in owners or row.uid in users:
            told = {"local": row.local, "remote": row.remote, "state": row.state, "rx": row.rx, "tx": row.tx}
            rows.append({**told, "pid": owners.get(row.inode), "uid": row.uid, "drops": row.drops})
    rows.sort(key=lambda row: -int(str(row["rx"])))
    text = "\n".join(_socket_line(row) for row in rows[:_ROWS]) or "none"
    if len(rows) > _ROWS:
        text += f"\nand {len(rows) - _ROWS} more, with less in their queues"
    yield Entry("sockets", f"{path.name}, those with most unread first", text, {"sockets": rows[:_ROWS], "count": len(rows)})


def _socket_line(row: dict[str, object]) -> str:
    whose = f"pid {row['pid']}" if row["pid"] else f"uid {row['uid']}"
    drops = f" dropped {row['drops']}" if row["drops"] else ""
    return f"unread {row['rx']:>8}  unsent {row['tx']:>8}  {row['state']:<11} {row['local']} <-> {row['remote']} {whose}{drops}"


def _open_files(proc: Path, process: Process) -> str:
    try:
        return f"open files: {files_of(proc, process.pid)}"
    except ProcError as error:
        return f"open files: {error}"


def _keyed(values: dict[str, float]) -> str:
    return "\n".join(f"{key}: {value}" for key, value in values.items())


def _about(process: Process) -> str:
    return f"{process.name} ({process.pid})"
