"""A service that logs: numbered records, some with a traceback, into a file that is renamed again and again.

Run in a thread or as a process: `python -m tests.torture.writer LOG COUNT [RECORDS_PER_SECOND] [RECORDS_PER_FILE]`.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

TICK = 0.02
"""Seconds between two writes."""
EVERY = 10
"""Each so manieth record has a traceback."""


def record(number: int) -> bytes:
    """One record; its number stands in its head, and in the last line of its traceback if it has one."""
    second, milli = divmod(number, 1000)
    head = f"2026-11-23 {second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02}.{milli:03} 7"
    if number % EVERY:
        return f"{head} INFO nova.compute.manager [-] record {number} {'.' * 60}\n".encode()
    prefix = f"{head} ERROR nova.compute.manager "
    trace = ("Traceback (most recent call last):", '  File "/opt/nova/manager.py", line 7, in run', "    go()")
    lines = [f"{head} ERROR nova.compute.manager [-] record {number} failed: ValueError: {number}"]
    lines += [f"{prefix}{line}" for line in (*trace, f"ValueError: {number}", "")]
    return "\n".join([*lines, ""]).encode()


class Writer:
    """Writes records into `log`. `per_file`: so many, and then the file is renamed: log -> log.1 -> log.2 ..."""

    def __init__(self, log: Path, per_file: int) -> None:
        self._log = log
        self._per_file = per_file
        self._file = log.open("ab", buffering=0)
        self._in_file = 0
        self._rotations = 0
        self.written = 0

    def write(self, count: int) -> None:
        """The next records."""
        for _ in range(count):
            if self._in_file == self._per_file:
                self._rotate()
            self._file.write(record(self.written))
            self.written += 1
            self._in_file += 1

    def _rotate(self) -> None:
        for number in range(self._rotations, 0, -1):
            Path(f"{self._log}.{number}").rename(f"{self._log}.{number + 1}")
        self._log.rename(f"{self._log}.1")
        self._rotations += 1
        self._in_file = 0
        self._file.close()
        self._file = self._log.open("ab", buffering=0)

    def close(self) -> None:
        """Write no more."""
        self._file.close()


def write(writer: Writer, count: int, rate: float, stopped: Callable[[], bool] = lambda: False) -> None:
    """Write `count` records, `rate` of them a second, or until it is stopped."""
    begun = time.monotonic()
    while writer.written < count and not stopped():
        due = min(count, int((time.monotonic() - begun) * rate))
        writer.write(due - writer.written)
        time.sleep(TICK)


if __name__ == "__main__":
    log, count, rate, per_file = sys.argv[1:]
    write(Writer(Path(log), int(per_file)), int(count), float(rate))
