"""A service that logs at a given rate and has its log rotated all the time; a process of its own, as in life.

`python -m tests.collectors.files.writer SCHEME PATH LINES RATE SECONDS KEEP`: rotates every SECONDS, and keeps KEEP old files.
"""

import gzip
import itertools
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

LINE = b"2026-11-26 22:15:00.%03d 7 INFO nova.compute.manager [-] line %d of the torture\n"


def numbered(path: Path, keep: int) -> None:
    """logrotate: nova.log.1 becomes nova.log.2, ..., nova.log becomes nova.log.1."""
    for number in range(keep, 0, -1):
        old = path.with_name(f"{path.name}.{number}")
        if old.exists():
            old.rename(path.with_name(f"{path.name}.{number + 1}"))
    path.rename(path.with_name(f"{path.name}.1"))
    path.with_name(f"{path.name}.{keep + 1}").unlink(missing_ok=True)


def dated() -> Callable[[Path, int], None]:
    """0.log becomes 0.log.20261126-221501, the one before it is packed, the oldest are removed: the kubelet, in its order."""
    moment = itertools.count(1)

    def rotate(path: Path, keep: int) -> None:
        names = sorted(one.name for one in path.parent.glob(f"{path.name}.*"))
        for name in names[: max(0, len(names) - keep + 1)]:
            path.with_name(name).unlink()
        for name in names[max(0, len(names) - keep + 1) :]:
            if not name.endswith(".gz"):
                pack(path.with_name(name))
        second = next(moment)
        path.rename(path.with_name(f"{path.name}.20261126-{second // 3600:02}{second // 60 % 60:02}{second % 60:02}"))

    return rotate


def pack(path: Path) -> None:
    temporary = path.with_name(f"{path.name}.tmp")
    temporary.write_bytes(gzip.compress(path.read_bytes(), 1))
    temporary.rename(path.with_name(f"{path.name}.gz"))
    path.unlink()


def main(scheme: str, name: str, lines: int, rate: int, seconds: float, keep: int) -> None:
    path = Path(name)
    rotate = {"numbered": numbered, "kubelet": dated()}[scheme]
    started = rotated = time.monotonic()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for number in range(lines):
        os.write(descriptor, LINE % (number % 1000, number))
        now = time.monotonic()
        if now - rotated > seconds:
            rotated = now
            rotate(path, keep)
            os.write(descriptor, LINE % (0, -number))  # the writer has not noticed yet
            os.close(descriptor)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        if number % 50 == 0:
            time.sleep(max(0.0, started + number / rate - now))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]), int(sys.argv[6]))
