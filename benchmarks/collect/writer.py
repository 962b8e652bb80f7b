"""Writes log lines at a rate, into one file or many: `python -m benchmarks.collect.writer FOLDER FILES RATE SECONDS`.

Each line tells when it was written. The files are kept open; the lines go to them in turn, a hundred writes a second.
"""

import resource
import sys
import time
from pathlib import Path

TICK = 0.01


def main(folder: Path, files: int, rate: float, seconds: float) -> None:
    """Until `seconds` are over; prints how many lines were written."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (files + 100, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    logs = [(folder / f"nova-{number}.log").open("ab", buffering=0) for number in range(files)]
    begun, written = time.monotonic(), 0
    while (passed := time.monotonic() - begun) < seconds:
        due = int(passed * rate)
        parts: dict[int, list[str]] = {}
        for number in range(written, due):
            parts.setdefault(number % files, []).append(line(number))
        for number, lines in parts.items():
            logs[number].write("".join(lines).encode())
        written = due
        time.sleep(TICK)
    sys.stdout.write(f"{written}\n")


def line(number: int) -> str:
    """One record of one line, of the usual length."""
    now = time.time_ns()
    second = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(now // 1_000_000_000))
    context = "None req-5f1c1b2e-0000-4000-8000-000000000002 8a2b3c 9d8e7f - - default default"
    return (
        f"{second}.{now // 1_000_000 % 1000:03} 7 INFO nova.compute.manager [{context}] [instance: "
        f"5f1c1b2e-3f6a-4c11-9d3e-{number % 1000:012}] VM Resumed (Lifecycle Event), written at {now}\n"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4]))
