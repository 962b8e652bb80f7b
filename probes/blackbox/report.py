"""A Guru Meditation Report: the service's own account of its threads, green threads and configuration (oslo.reports).

A signal that a process does not handle kills it, and on some services SIGUSR2 means something else (on ironic-conductor it
drains). So one is sent only if the profile names it and `/proc/PID/status` says that the process catches it, does not block it,
and can run at all; through a pidfd, so that it cannot hit another process that got the pid. Where the service watches a file
instead (`[oslo_reports] file_event_handler`), that file is touched and no signal sent.

It comes last, as it needs the hung process itself: one that is stuck in C code runs no handler. The signal then stays pending,
and the report is printed when (and if) the process moves again.
"""

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from clients.model import Deadline
from probes.blackbox.model import Entry, Occasion
from probes.blackbox.settings import BlackBoxSettings
from probes.model import Process
from probes.proc.processes import started
from probes.proc.reading import ProcError, read

STEP = "report"
_LIMIT = 1 << 20
"""Bytes of a report that are kept."""
_PAUSE = 0.1
_QUIET = 0.5
"""Seconds without growth after which a report counts as written to its end."""
_BEGIN = b"Guru Meditation"
_MASK = re.compile(rb"^(SigPnd|ShdPnd|SigBlk|SigIgn|SigCgt):\s*([0-9a-fA-F]{1,32})$", re.MULTILINE)
_STATE = re.compile(rb"^State:\s*(\S)", re.MULTILINE)


def gather(
    occasion: Occasion,
    settings: BlackBoxSettings,
    deadline: Deadline,
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Entry]:
    """The report of the first process that is looked into, or why there is none."""
    if not settings.report:
        yield Entry(STEP, "", "switched off by `report: false`")
        return
    wait = deadline.within(settings.report_seconds)
    before = _Before(occasion, settings)
    file = occasion.report_file or settings.report_file
    if file is None and not occasion.profile.report_signal:
        yield Entry(STEP, "", f"not asked for: {occasion.profile.name} has no signal for it, or it means something else there")
        return
    asked = _touched(file) if file else _signalled(occasion)
    yield asked
    if asked.lost:
        return
    while not (found := before.report(wait.clock())) and wait.clock() < wait.at:
        sleep(_PAUSE)
    if found:
        yield found
    else:
        told = "it did not come; a process that hangs in C code writes it when it moves again, if ever"
        yield Entry(STEP, "", lost=f"{told}. Else look at the service's standard error")


def refusal(status: bytes, number: int) -> str:
    """Why a process with this `/proc/PID/status` must not or need not get the signal; "" where it may."""
    masks = {name: int(value, 16) for name, value in _MASK.findall(status)}
    bit = 1 << (number - 1)
    name = signal.Signals(number).name
    state = _STATE.search(status)
    letter = state[1].decode(errors="replace") if state else "?"
    reasons = (
        (b"SigCgt" not in masks or state is None, "its signal masks cannot be read"),
        (masks.get(b"SigIgn", 0) & bit, f"it ignores {name}"),
        (not masks.get(b"SigCgt", 0) & bit, f"it does not handle {name}, which would kill it"),
        (masks.get(b"SigBlk", 0) & bit, f"it blocks {name}"),
        (masks.get(b"SigPnd", 0) & bit, f"an earlier {name} still waits to be handled: it runs no handlers"),
        (masks.get(b"ShdPnd", 0) & bit, f"an earlier {name} still waits to be handled: it runs no handlers"),
        (letter in "TtZX", f"it is in state {letter}, in which no handler runs"),
    )
    return next((reason for holds, reason in reasons if holds), "")


def _touched(path: Path) -> Entry:
    try:
        os.utime(path)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        return Entry(STEP, str(path), lost=f"{path}: {reason}; share the folder of [oslo_reports] file_event_handler")
    return Entry(STEP, str(path), "touched, as [oslo_reports] file_event_handler watches it")


def _signalled(occasion: Occasion) -> Entry:
    name = occasion.profile.report_signal
    process = next(iter(occasion.looked_into(1)), None)
    if process is None:
        return Entry(STEP, "", lost="no process of the service is seen; set shareProcessNamespace: true in the pod")
    about = f"{process.name} ({process.pid})"
    try:
        lost = _send(occasion.proc, process, signal.Signals[name])
    except ProcError as error:
        lost = str(error)
    except PermissionError:
        lost = "not permitted; run the sidecar with the service's user id, or add the capability KILL"
    except OSError as error:
        lost = (error.strerror or str(error)).lower()
    return Entry(STEP, about, lost=lost) if lost else Entry(STEP, about, f"{name} sent; it handles it")


def _send(proc: Path, process: Process, number: signal.Signals) -> str:
    """Send it unless there is a reason not to, which is returned. Raises ProcError, OSError."""
    descriptor = os.pidfd_open(process.pid)
    try:
        if started(proc, process.pid) != process.started:
            return "it has ended, and its pid is another's now"
        if reason := refusal(read(proc / str(process.pid) / "status"), number):
            return reason
        signal.pidfd_send_signal(descriptor, number)
    finally:
        os.close(descriptor)
    return ""


class _Before:
    """Where a report may come to, and what was there before it was asked for."""

    def __init__(self, occasion: Occasion, settings: BlackBoxSettings) -> None:
        self._folder = settings.report_folder
        self._files = set(self._listed())
        self._logs = {path: _size(path) for path in occasion.log_files}
        self._grown: dict[Path, tuple[int, float]] = {}

    def report(self, now: float) -> Entry | None:
        """The report, once it is there and no more comes: it may be read in the midst of being written."""
        for path in sorted(set(self._listed()) - self._files):
            if self._settled(path, now):
                return _entry(path, _from(path, 0))
        for path, start in self._logs.items():
            data = _from(path, start)
            if _BEGIN in data and self._settled(path, now):
                return _entry(path, data[data.rindex(b"\n", 0, data.index(_BEGIN)) + 1 :] if b"\n" in data else data)
        return None

    def _settled(self, path: Path, now: float) -> bool:
        size = _size(path)
        known, since = self._grown.get(path, (-1, now))
        if known != size or not size:
            self._grown[path] = (size, now)
            return False
        return now - since >= _QUIET

    def _listed(self) -> list[Path]:
        """None where it cannot be read: the box then says that no report came."""
        if self._folder is None:
            return []
        try:
            return [path for path in self._folder.iterdir() if "gurumeditation" in path.name]
        except OSError:
            return []


def _entry(path: Path, data: bytes) -> Entry:
    cut = "" if len(data) < _LIMIT else f", the first {_LIMIT} bytes"
    return Entry(STEP, f"Guru Meditation Report, from {path}{cut}", data.decode("utf-8", "backslashreplace"))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _from(path: Path, start: int) -> bytes:
    """What came after `start`; from the beginning where the file is a new one."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:  # noqa: PTH123  it is open already
            file.seek(start if os.fstat(descriptor).st_size >= start else 0)
            return file.read(_LIMIT)
    except OSError:
        return b""
