"""What the sidecar tells of its own process, by the names that all of Prometheus' clients use."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from exporters.metrics import Metric
from stratoscope.export.own import BUILD, RELOADED, RELOADED_AT
from stratoscope.probe.lines import Lines

CPU = Metric("process_cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds.", "/proc/self/stat")
RESIDENT = Metric("process_resident_memory_bytes", "gauge", "Resident memory size in bytes.", "/proc/self/statm")
VIRTUAL = Metric("process_virtual_memory_bytes", "gauge", "Virtual memory size in bytes.", "/proc/self/statm")
FILES = Metric("process_open_fds", "gauge", "Number of open file descriptors.", "/proc/self/fd")
STARTED = Metric(
    "process_start_time_seconds", "gauge", "Start time of the process since unix epoch in seconds.", "its first moment"
)
METRICS = (BUILD, RELOADED, RELOADED_AT, CPU, RESIDENT, VIRTUAL, FILES, STARTED)


class Own:
    """Their values."""

    def __init__(self, version: str, wall: Callable[[], float] = time.time, proc: Path = Path("/proc/self")) -> None:
        self._version = version
        self._wall = wall
        self._proc = proc
        self._started = wall()
        self._right, self._at = True, self._started

    def reloaded(self, *, right: bool) -> None:
        """The settings were read again, and are in force if they were right."""
        self._right, self._at = right, self._wall() if right else self._at

    def add_to(self, lines: Lines) -> None:
        """All of them, now."""
        lines.info(BUILD, {"version": self._version})
        lines.add(RELOADED, float(self._right))
        lines.add(RELOADED_AT, self._at)
        used = os.times()
        lines.add(CPU, used.user + used.system)
        pages = (self._proc / "statm").read_text().split()
        lines.add(VIRTUAL, float(pages[0]) * os.sysconf("SC_PAGE_SIZE"))
        lines.add(RESIDENT, float(pages[1]) * os.sysconf("SC_PAGE_SIZE"))
        lines.add(FILES, float(len(os.listdir(self._proc / "fd"))))  # noqa: PTH208  no paths are made for a number
        lines.add(STARTED, self._started)
