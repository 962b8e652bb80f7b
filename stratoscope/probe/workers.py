"""Kills one hung worker of several, where the settings ask for it: its parent starts another, and the siblings go on."""

import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

from probes.model import Process, Verdict
from probes.proc.processes import started
from stratoscope.probe.aside import Aside
from stratoscope.probe.happenings import Happenings

PAUSE = 60.0
"""Seconds between two kills of one service: the next worker must have come up before."""


class Workers:
    """The workers of one service. `processes` gives the main one first; it may hang, and is asked beside the loop."""

    def __init__(
        self,
        processes: Callable[[], Sequence[Process]],
        happenings: Happenings,
        proc: Path,
        hold: Callable[[int], int] = os.pidfd_open,
    ) -> None:
        self._hold = hold
        self._processes = processes
        self._happenings = happenings
        self._proc = proc
        self._aside = Aside("worker")
        self._next = float("-inf")

    def look(self, verdict: Verdict) -> None:
        """Kill the first worker that the verdict calls hung, if it is time for one."""
        if verdict.hung_workers and verdict.at >= self._next and self._aside.begin(lambda: self._kill(verdict)):
            self._next = verdict.at + PAUSE

    def _kill(self, verdict: Verdict) -> None:
        name = verdict.hung_workers[0]
        main, *workers = self._processes() or (None,)
        worker = next((one for one in workers if one is not None and str(one.pid) == name), None)
        if main is None or worker is None:
            self._happenings.worker_spared(verdict, name, "it is no child of the main process that can be seen from here")
            return
        try:
            if kill(worker, self._proc, self._hold):
                self._happenings.worker_killed(verdict, worker.pid, verdict.reason)
            else:
                self._happenings.worker_spared(verdict, name, "it has ended by itself")
        except OSError as error:
            why = f"{(error.strerror or str(error)).lower()}; it takes the same user, or CAP_KILL"
            self._happenings.worker_spared(verdict, name, why)


def kill(worker: Process, proc: Path, hold: Callable[[int], int] = os.pidfd_open) -> bool:
    """SIGKILL to this very process; False where its pid is another's now, or nobody's. Raises OSError.

    The descriptor holds on to the process: nobody else can have the pid between the look at its start time and the signal.
    """
    try:
        held = hold(worker.pid)
    except ProcessLookupError:
        return False
    try:
        if started(proc, worker.pid) != worker.started:
            return False
        signal.pidfd_send_signal(held, signal.SIGKILL)
    except ProcessLookupError:
        return False
    finally:
        os.close(held)
    return True
