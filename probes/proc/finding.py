"""Finds the processes of a service: the main one, and its workers.

On a node whose process ids we share (hostPID) there are thousands, of many pods: the whole of /proc is walked only until the
main process is found, and again when it is gone. In between, a call reads a few files.
"""

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from probes.model import Process
from probes.proc.cgroups import groups, same_pod
from probes.proc.processes import command, process, stat
from probes.proc.reading import GoneError, ProcError, numbers, read

WRAPPERS = frozenset(
    "sh bash dash ash busybox tini dumb-init catatonit docker-init sudo su runuser setpriv env timeout tail less grep vi vim "
    "nano cat kubectl nsenter strace gdb py-spy privsep-helper stratoscope".split()
)
"""Programs that name a service on their command line and are not it: what starts it, looks at it, works for it as root, or is
we ourselves. So does oslo.rootwrap, of which each service has a copy of its own name."""
_COMMAND_LIMIT = 1 << 16
_CHILDREN_LIMIT = 1 << 16

Finder = Callable[[], Sequence[Process]]


def finder(patterns: Sequence[str], uid: int | None = None, proc: Path = Path("/proc")) -> Finder:
    """What finds the processes whose joined command line one of `patterns` (regular expressions) is found in.

    The main one comes first: the parent of the workers, which are its children that fit as well or have the same command.
    Processes of other pods are left out where their control group tells them apart. `uid`: only those of this user. What is
    given back may be called from several threads; it gives nothing where there is none, or it cannot be seen.
    """
    return _Finder([re.compile(pattern) for pattern in patterns], uid, proc)


class _Finder:
    def __init__(self, patterns: Sequence[re.Pattern[str]], uid: int | None, proc: Path) -> None:
        self._patterns = patterns
        self._uid = uid
        self._proc = proc
        self._main: Process | None = None
        self._lock = threading.Lock()

    def __call__(self) -> Sequence[Process]:
        with self._lock:
            return self._again() or self._walk()

    def _again(self) -> Sequence[Process]:
        """The main one that is known already, with its children of now; nothing where it is gone."""
        if self._main is None:
            return ()
        before = self._main
        try:
            now = process(self._proc, before.pid)
            children = _children(self._proc, before.pid)
        except ProcError:
            self._main = None
            return ()
        if now.started != before.started or (now.command and not self._fits(now.command)):
            self._main = None
            return ()
        main = now if now.command else replace(now, command=before.command)  # a zombie has none any more
        self._main = main
        return (main, *(worker for worker in self._seen(children) if self._works_for(main, worker)))

    def _walk(self) -> Sequence[Process]:
        """All of /proc: of each process the command line, and of those that fit the rest."""
        try:
            pids = list(numbers(self._proc))
            own = groups(read(self._proc / "self" / "cgroup"))
        except ProcError:
            return ()
        fitting = [one for one in self._seen(self._named(pids)) if self._is_ours(one, own)]
        by_pid = {one.pid: one for one in fitting}
        roots = [one for one in fitting if one.parent not in by_pid]
        if not roots:
            return ()
        workers = {root.pid: [one for one in fitting if one.parent == root.pid] for root in roots}
        self._main = max(roots, key=lambda root: (len(workers[root.pid]), -root.started))
        # Not those of the walk: a worker with a title of its own does not fit the patterns and is one all the same.
        return self._again()

    def _named(self, pids: Sequence[int]) -> Iterator[int]:
        for pid in pids:
            try:
                words = command(read(f"{self._proc}/{pid}/cmdline", _COMMAND_LIMIT))
            except ProcError:
                continue  # ended, or hidden from us (hidepid)
            if words and self._fits(words):
                yield pid

    def _fits(self, words: Sequence[str]) -> bool:
        program = PurePosixPath(_program(words)).name
        if program in WRAPPERS or "-rootwrap" in program:
            return False
        joined = " ".join(words)
        return any(pattern.search(joined) for pattern in self._patterns)

    def _seen(self, pids: Iterable[int]) -> Iterator[Process]:
        for pid in pids:
            try:
                yield process(self._proc, pid)
            except ProcError:
                continue  # ended since it was listed

    def _is_ours(self, one: Process, own: dict[str, str]) -> bool:
        if self._uid not in {None, one.uid}:
            return False
        try:
            return same_pod(own, groups(read(f"{self._proc}/{one.pid}/cgroup"))) is not False
        except ProcError:
            return False

    def _works_for(self, main: Process, child: Process) -> bool:
        """A zombie has no command left: its name tells, which a fork leaves as it was."""
        if child.parent != main.pid:
            return False
        if not child.command:
            return child.name == main.name
        return child.command == main.command or self._fits(child.command)


def _program(words: Sequence[str]) -> str:
    """The program, or the script that an interpreter runs: `/usr/bin/python3 -u /usr/bin/stratoscope probe` is stratoscope."""
    first = PurePosixPath(words[0]).name
    if not first.startswith("python"):
        return words[0]
    script = next((word for word in words[1:] if not word.startswith("-")), "")
    return script or words[0]


def _children(proc: Path, pid: int) -> list[int]:
    """Children of a process: of each of its threads, as one that is not the first may have forked. Raises ProcError."""
    found = []
    told = False
    for tid in numbers(f"{proc}/{pid}/task"):
        try:
            listed = read(f"{proc}/{pid}/task/{tid}/children", _CHILDREN_LIMIT)
        except GoneError:
            continue  # the thread has ended
        told = True
        found += [int(word) for word in listed.split() if word.isdigit()]
    return found if told else _children_of_old(proc, pid)


def _children_of_old(proc: Path, pid: int) -> list[int]:
    """The same where the kernel has no such file (CONFIG_PROC_CHILDREN): all processes are asked for their parent."""
    found = []
    for other in numbers(proc):
        try:
            seen = stat(read(f"{proc}/{other}/stat"))
        except ProcError:
            continue  # ended since it was listed
        if seen is not None and seen.parent == pid:
            found.append(other)
    return found
