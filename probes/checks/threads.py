"""Whether the threads of a service run: proof STILL when none does, or when one spins in one place.

A service that has periodic work wakes up for it (heartbeats, timers; docs/probes/kernel-evidence.md has the measured gaps).
One that only waits for requests may sleep for hours in good health, and must not be judged by this.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from clients.model import Deadline
from probes.model import Context, Evidence, Finding, Process
from probes.proc.census import Part, census, workers_of
from probes.proc.processes import stat
from probes.proc.reading import ProcError, read
from probes.proc.threads import switches_of, thread, waits_in

NAME = "threads"


@dataclass(frozen=True, slots=True)
class Settings:
    """What counts as still."""

    still_after: Annotated[float, "seconds"] = 30.0
    """Nothing has run for so long. Idle oslo services were seen to sleep for 5 s at the longest; see the page."""
    thread: Literal["any", "main"] = "any"
    """Whose running counts. `main` for services on eventlet, where all work is done by the main thread and the others
    (heartbeat of the broker's connection, native pool) run on beside it when it is blocked. With the threading executor the
    main thread only waits, for a minute and more: `any`, the default."""
    busy: float = 0.95
    """Share of one processor from which the main thread counts as spinning."""
    samples: int = 3
    """Looks in a row at which it spins, and its innermost frame is the same one."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What cannot be right, as (key, what is wrong)."""
        if self.still_after < 6:
            yield "still_after", "must be at least 6 seconds: a healthy service sleeps for 5"
        if not 0.5 <= self.busy <= 1:
            yield "busy", "must be from 0.5 to 1, a share of one processor"
        if self.samples < 2:
            yield "samples", "must be at least 2: one look says nothing of the next"


def make(settings: Settings, context: Context) -> "ThreadsCheck":
    """The check. Where the context knows no `top_frame` a main thread that spins is told in figures and is no proof."""
    return ThreadsCheck(settings, context)


@dataclass(slots=True)
class _Watched:
    """What is remembered of one process from look to look.

    Switches are read only when no processor time was used, so they may be older than the last look: what has moved since then
    is credited once, and the proof comes one look later.
    """

    looked_at: float
    moved_at: float
    ticks: int
    main_ticks: int
    switches: dict[int, int] = field(default_factory=dict)
    first: bool = True
    """Seen once only: there is nothing to compare with."""
    main_share: float = 0.0
    others_share: float = 0.0
    frames: list[str] = field(default_factory=list)


class ThreadsCheck:
    """Not for several threads at once. It holds nothing open."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self._settings = settings
        self._context = context
        self._watched: dict[tuple[int, int], _Watched] = {}
        self._ticks_per_second = os.sysconf("SC_CLK_TCK")

    def look(self, deadline: Deadline) -> Iterable[Evidence]:
        """Read the counters of its processes and compare them with those of the look before."""
        now = deadline.clock()
        processes = workers_of(self._context.processes())
        seen = [(one, watched) for one in processes if (watched := self._compared(one, now)) is not None]
        self._watched = {(one.pid, one.started): watched for one, watched in seen}
        if not seen:
            return [Evidence(NAME, Finding.UNKNOWN, now, "none of its processes is to be seen; share the pid namespace")]
        parts = [self._part(one, watched, now) for one, watched in seen]
        figures = {
            "processes": float(len(seen)),
            "still_seconds": min(now - watched.moved_at for _, watched in seen),
            "main_thread_busy_ratio": max(watched.main_share for _, watched in seen),
            "other_threads_busy_ratio": max(watched.others_share for _, watched in seen),
        }
        return census(NAME, now, parts, figures)

    def close(self) -> None:
        """Nothing is held."""

    def _compared(self, one: Process, now: float) -> _Watched | None:
        """The process' counters of now beside those of before; None when it has ended."""
        proc = self._context.proc
        try:
            ticks, main_ticks = _ticks(proc, one.pid, one.pid, whole=True), _ticks(proc, one.pid, one.pid, whole=False)
            watched = self._watched.get((one.pid, one.started))
            if watched is None:
                return _Watched(now, now, ticks, main_ticks, self._switches(one.pid))
            if self._has_run(one.pid, watched, ticks, main_ticks):
                watched.moved_at = now
        except ProcError:
            return None
        self._weigh(one.pid, watched, ticks, main_ticks, now)
        return watched

    def _has_run(self, pid: int, watched: _Watched, ticks: int, main_ticks: int) -> bool:
        """Processor time tells most of it by two files; what used less than 10 ms of it is found by its switches."""
        used = main_ticks > watched.main_ticks if self._settings.thread == "main" else ticks > watched.ticks
        if used:
            return True
        before, watched.switches = watched.switches, self._switches(pid)
        return watched.switches != before

    def _switches(self, pid: int) -> dict[int, int]:
        if self._settings.thread == "main":
            return {pid: thread(self._context.proc, pid, pid).switches}
        return switches_of(self._context.proc, pid)

    def _weigh(self, pid: int, watched: _Watched, ticks: int, main_ticks: int, now: float) -> None:
        """Shares of a processor since the last look, and the frame in which the main thread spins if it does."""
        passed = (now - watched.looked_at) * self._ticks_per_second
        main, all_of_them = main_ticks - watched.main_ticks, ticks - watched.ticks
        if passed > 0:
            watched.main_share, watched.others_share = main / passed, max(0, all_of_them - main) / passed
        watched.looked_at, watched.ticks, watched.main_ticks, watched.first = now, ticks, main_ticks, False
        frame = self._context.top_frame(pid) if self._spins(watched) else None
        watched.frames = [*watched.frames, frame][-self._settings.samples :] if frame else []

    def _spins(self, watched: _Watched) -> bool:
        return watched.main_share >= self._settings.busy and watched.others_share < 1 - self._settings.busy

    def _part(self, one: Process, watched: _Watched, now: float) -> Part:
        still = now - watched.moved_at
        if still >= self._settings.still_after:
            where = waits_in(self._context.proc, one.pid, one.pid)
            whose = "its main thread has" if self._settings.thread == "main" else f"none of its {one.threads} threads has"
            asleep = f", main thread in {where}" if where else ""
            return Part(one.pid, Finding.STUCK, f"{whose} run for {still:.0f} s (state {one.state}{asleep})")
        if len(watched.frames) == self._settings.samples and len(set(watched.frames)) == 1:
            text = f"its main thread uses {watched.main_share:.0%} of a processor and is always at {watched.frames[0]}"
            return Part(one.pid, Finding.STUCK, text)
        if watched.first:
            return Part(one.pid, Finding.UNKNOWN, "is looked at for the first time: the next look tells whether it runs")
        if still > 0:
            return Part(one.pid, Finding.UNKNOWN, f"has not run for {still:.0f} s, which is too short to tell")
        if self._spins(watched):
            return Part(one.pid, Finding.FINE, f"runs; its main thread alone uses {watched.main_share:.0%} of a processor")
        return Part(one.pid, Finding.FINE, "runs")


def _ticks(proc: Path, pid: int, tid: int, *, whole: bool) -> int:
    """Processor time of a process (`whole`) or of one of its threads. Raises ProcError."""
    path = f"{proc}/{pid}/stat" if whole else f"{proc}/{pid}/task/{tid}/stat"
    seen = stat(read(path))
    if seen is None:
        raise ProcError(f"{path} is not as proc(5) says")
    return seen.ticks
