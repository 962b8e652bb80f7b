"""Its processes as the kernel sees them: there or not, stopped, blocked, dead. Proof STOPPED."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated

from clients.model import Deadline
from probes.model import Context, Evidence, Finding, Process
from probes.proc.census import Part, census
from probes.proc.descriptors import files_limit, files_of
from probes.proc.reading import ProcError
from probes.proc.threads import thread, waits_in

NAME = "process"
STATES = {
    "T": "is stopped by a signal (SIGSTOP)",
    "t": "is stopped by a debugger",
    "Z": "is dead and not collected by its parent (zombie)",
    "X": "is dead",
}
"""States in which a process does nothing, whatever is asked of it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """From when on a state counts."""

    blocked_after: Annotated[float, "seconds"] = 60.0
    """In one and the same uninterruptible sleep (state D) of its main thread for so long. Slow disks take seconds."""
    files_full: float = 0.98
    """Share of its limit of open files from which it should get no work (UNFIT). Not lower: until the limit is reached it
    does all its work, and taking a whole service out of its load balancer for a warning would be worse than the fault."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What cannot be right, as (key, what is wrong)."""
        if self.blocked_after <= 0:
            yield "blocked_after", "must be more than 0 seconds"
        if not 0 < self.files_full <= 1:
            yield "files_full", "must be above 0 and at most 1, a share of the limit"


def make(settings: Settings, context: Context) -> "ProcessCheck":
    """The check."""
    return ProcessCheck(settings, context)


class ProcessCheck:
    """Not for several threads at once. It holds nothing open."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self._settings = settings
        self._context = context
        self._was_there = False
        self._blocked: dict[tuple[int, int], tuple[int, float]] = {}
        """Of a process in state D: the switches of its main thread, and since when they are the same."""

    def look(self, deadline: Deadline) -> Iterable[Evidence]:
        """Look at the state of each."""
        now = deadline.clock()
        processes = self._context.processes()
        if not processes:
            return [self._missing(now)]
        self._was_there = True
        self._blocked = {(one.pid, one.started): seen for one in processes if (seen := self._sleep(one, now)) is not None}
        main, *workers = [self._part(one, now) for one in processes]
        figures = {"workers": float(len(workers)), "threads": float(sum(one.threads for one in processes))}
        figures |= self._files(processes)
        if main.finding is Finding.STUCK:
            return [Evidence(NAME, Finding.STUCK, now, f"its main process, pid {main.pid}, {main.text}", figures=figures)]
        full = figures.get("files_ratio", 0.0)
        if full >= self._settings.files_full:
            text = f"{full:.0%} of the files that it may open are open: it can soon accept nothing; is there a leak?"
            return [Evidence(NAME, Finding.UNFIT, now, text, figures=figures)]
        return census(NAME, now, [main, *workers], figures)

    def close(self) -> None:
        """Nothing is held."""

    def _missing(self, now: float) -> Evidence:
        if self._was_there:
            return Evidence(NAME, Finding.GONE, now, "its process is gone")
        text = "none of its processes is to be seen: not started yet, or not in our pid namespace (shareProcessNamespace)"
        return Evidence(NAME, Finding.NOT_YET, now, text)

    def _sleep(self, one: Process, now: float) -> tuple[int, float] | None:
        """The sleep that a process in state D is in: it has not been switched since."""
        if one.state != "D":
            return None
        try:
            switches = thread(self._context.proc, one.pid, one.pid).switches
        except ProcError:
            return None
        before = self._blocked.get((one.pid, one.started))
        return before if before is not None and before[0] == switches else (switches, now)

    def _part(self, one: Process, now: float) -> Part:
        if one.state in STATES:
            return Part(one.pid, Finding.STUCK, STATES[one.state])
        blocked = self._blocked.get((one.pid, one.started))
        if blocked is not None and now - blocked[1] >= self._settings.blocked_after:
            where = waits_in(self._context.proc, one.pid, one.pid)
            text = f"is blocked in the kernel for {now - blocked[1]:.0f} s (state D{f', in {where}' if where else ''})"
            return Part(one.pid, Finding.STUCK, text)
        return Part(one.pid, Finding.FINE, f"is there (state {one.state})")

    def _files(self, processes: Iterable[Process]) -> dict[str, float]:
        """Open files of the process that is nearest to its limit; nothing where none can be told."""
        found = []
        for one in processes:
            limit = files_limit(self._context.proc, one.pid)
            try:
                number = files_of(self._context.proc, one.pid)
            except ProcError:
                continue  # ended, or not ours before Linux 6.2
            if limit:
                found.append((number / limit, number, limit))
        if not found:
            return {}
        ratio, number, limit = max(found)
        return {"files": float(number), "files_limit": float(limit), "files_ratio": ratio}
