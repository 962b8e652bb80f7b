"""Stacks of Python processes, by py-spy, without stopping them.

`--nonblocking`: py-spy then only reads memory. Without it, it attaches as a debugger, and (tried with 0.4.3) fails on a process
that is stopped, can leave one stopped when it is killed itself, and makes a slow one slower. A process that hangs does not
change under the eyes of a reader; one that runs may give a torn dump, which is why there are several. Never `--locals`: they
hold passwords.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import orjson

from clients.model import Deadline, TargetError
from probes.blackbox.model import Entry, Occasion, Signature
from probes.blackbox.running import Output, py_spy, run
from probes.blackbox.settings import BlackBoxSettings
from probes.blackbox.signature import Dump, StackFrame
from probes.model import Process

STEP = "stacks"
_LIMIT = 4 << 20
"""Bytes of one dump: 300 threads of 30 frames have 2.5 MB, as every frame is told in full."""
_EACH = 3.0
"""Seconds for one dump. One takes 20 ms; a host in need of memory may take a hundred times that."""
_THREADS = 400
_FRAMES = 100
PRIVILEGE = (
    "run the sidecar with the service's user id or the capability SYS_PTRACE, in one pid namespace (shareProcessNamespace)"
)
_NO_PYTHON = "is no Python program, or one that py-spy does not know: it has no Python stacks"
_REASONS = (
    (
        re.compile(r"permission denied|elevated permissions|operation not permitted", re.IGNORECASE),
        f"not permitted; {PRIVILEGE}",
    ),
    (re.compile(r"find python version|python interpreter", re.IGNORECASE), _NO_PYTHON),
    (re.compile(r"no such (?:file|process)|check that the process is running", re.IGNORECASE), "has ended"),
)
Run = Callable[[Sequence[str], Deadline, int], Output]


def gather(
    occasion: Occasion,
    settings: BlackBoxSettings,
    deadline: Deadline,
    *,
    sleep: Callable[[float], None] = time.sleep,
    run: Run = run,
) -> Iterator[Entry]:
    """An entry for each dump, in rounds over the processes; one that could not be looked into is tried once only."""
    processes = list(occasion.looked_into(settings.processes))
    if not processes:
        yield Entry(STEP, "", lost=f"no process of the service is seen; {PRIVILEGE}")
    for number in range(1, settings.dumps + 1):
        if number > 1 and processes:
            sleep(min(settings.pause, max(0.0, deadline.at - deadline.clock())))
        for process in tuple(processes):
            entry = _dumped(process, f"dump {number} of {settings.dumps}", deadline, run)
            if entry.lost:
                processes.remove(process)
            yield entry


def dump_of(entry: Entry) -> Dump | None:
    """The main thread out of an entry of this step."""
    if entry.step != STEP or not entry.data:
        return None
    data: Any = entry.data
    for stack in data["stacks"]:
        if any(thread["tid"] == data["pid"] or thread["name"] == "MainThread" for thread in stack["threads"]):
            return Dump(data["pid"], tuple(StackFrame(*frame) for frame in stack["frames"]))
    return Dump(data["pid"], ())


def printed(dumps: Sequence[Dump], signature: Signature | None) -> str:
    """The main thread that the signature is of, as it stood last: 40 frames, the innermost first."""
    last = next((dump for dump in reversed(dumps) if signature and dump.pid == signature.pid and dump.main), None)
    frames = last.main[:40] if last else ()
    return "\n".join(f"{frame.function} ({frame.file}:{frame.line})" for frame in frames)


def top_frame(pid: int, run: Run = run) -> str | None:
    """The function in which the main thread of a Python process is, and its file; None where that cannot be told.

    Without the line: a loop that never ends has several.
    """
    dump = dump_of(_stacks(pid, "", Deadline.after(_EACH), run))
    return f"{dump.main[0].function} ({dump.main[0].file})" if dump is not None and dump.main else None


def _dumped(process: Process, which: str, deadline: Deadline, run: Run) -> Entry:
    return _stacks(process.pid, f"{process.name} ({process.pid}), {which}", deadline, run)


def _stacks(pid: int, about: str, deadline: Deadline, run: Run) -> Entry:
    command = [py_spy(), "dump", "--nonblocking", "--json", "--pid", str(pid)]
    try:
        output = run(command, deadline.within(_EACH), _LIMIT)
    except TargetError as error:
        return Entry(STEP, about, lost=f"py-spy: {error}")
    except OSError as error:
        return Entry(STEP, about, lost=f"py-spy cannot be run: {(error.strerror or str(error)).lower()}; is it installed?")
    if output.code:
        return Entry(STEP, about, lost=f"py-spy: {_reason(output.error)}")
    try:
        stacks = _grouped(orjson.loads(output.out)[:_THREADS])
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        return Entry(STEP, about, lost=f"py-spy: its output is not understood ({type(error).__name__}: {error})"[:200])
    return Entry(STEP, about, "\n\n".join(map(_printed, stacks)), {"pid": pid, "stacks": stacks})


def _reason(said: str) -> str:
    """Why, out of some lines and a Rust backtrace."""
    told = said.partition("\nStack backtrace")[0]
    known = next((reason for pattern, reason in _REASONS if pattern.search(told)), None)
    return known or " ".join(told.split())[:200] or "failed without a word"


def _grouped(threads: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Threads by their stacks, in their order: of a pool of 200 threads, 198 wait in one place, which is told once."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for raw in threads:
        frames = tuple((frame["filename"], frame["name"], frame["line"]) for frame in raw["frames"][:_FRAMES])
        told = {"tid": raw["os_thread_id"] or 0, "name": raw["thread_name"] or ""}
        groups.setdefault(frames, []).append(told | {"running": raw["active"], "holds_gil": raw["owns_gil"]})
    return [{"threads": named, "frames": [list(frame) for frame in frames]} for frames, named in groups.items()]


def _printed(stack: Mapping[str, Any]) -> str:
    """The innermost frame first, as py-spy prints it."""
    heads = []
    for thread in stack["threads"]:
        words = ["running" if thread["running"] else "idle", *(["holds the GIL"] if thread["holds_gil"] else [])]
        heads.append(f'Thread {thread["tid"]} "{thread["name"]}" ({", ".join(words)})')
    return "\n".join([*heads, *(f"    {name} ({file}:{line})" for file, name, line in stack["frames"])])
