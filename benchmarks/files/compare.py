"""Sweeps over quiet and over growing files, beside the least that anybody must do: ask the system for each file's size.

ms/s: milliseconds of CPU in a second, with the five sweeps that the pipeline makes in it. The least of the rounds counts, of
memory and open files the most.
"""

import argparse
import gc
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from collectors.files.source import FileSource

COUNTS = (1, 100, 5_000)
SWEEPS = 50
PER_SECOND = 5
"""Sweeps of the pipeline in a second."""
LINE = (
    b"2026-11-26T22:15:00.123456789Z stdout F 2026-11-26 22:15:00.123 7 INFO nova.compute.manager [-] a line of a quiet pod\n"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.files", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="rounds, of which the least counts (3)")
    asked = parser.parse_args(arguments)
    sys.stdout.write("| files | quiet, ms/s | of asking for sizes | growing, ms/s | first sweep, ms | KB a file | open |\n")
    sys.stdout.write("|-------|-------------|---------------------|---------------|-----------------|-----------|------|\n")
    for count in COUNTS:
        columns = list(zip(*(_measured(count) for _ in range(asked.rounds)), strict=True))
        quiet, sizes, growing, first = (min(column) for column in columns[:4])
        memory, opened = (max(column) for column in columns[4:])
        row = (f"{count:,}", f"{quiet:.1f}", f"{quiet / sizes:.1f}", f"{growing:.1f}", f"{first:.0f}", f"{memory / count:.1f}")
        sys.stdout.write(f"| {' | '.join(row)} | {opened:.0f} |\n")
        sys.stdout.flush()
    return 0


def _measured(count: int) -> tuple[float, float, float, float, float, float]:
    with tempfile.TemporaryDirectory(prefix="stratoscope-bench-") as name:
        paths = [_written(Path(name), number) for number in range(count)]
        gc.collect()
        memory, descriptors = _resident(), _descriptors()
        source = FileSource([name], follow=True, report=print)
        first = _cpu(lambda: _sweep(source))
        quiet = _per_second(lambda: _sweep(source))
        memory, descriptors = _resident() - memory, _descriptors() - descriptors
        sizes = _per_second(lambda: [os.stat(path).st_size for path in paths])  # noqa: PTH116  the least is wanted
        growing = _per_second(lambda: _sweep(source), before=lambda: _grow(paths))
        source.close()
    return quiet, sizes, growing, first, memory, descriptors


def _written(folder: Path, number: int) -> str:
    place = folder / f"openstack_nova-{number}_{number:08x}-0000-4000-8000-000000000000" / "nova"
    place.mkdir(parents=True)
    (place / "0.log").write_bytes(b"%d %b" % (number, LINE * 20))
    return str(place / "0.log")


def _grow(paths: Sequence[str]) -> None:
    """One in ten writes a line."""
    for path in paths[:: 10 if len(paths) > 1 else 1]:
        with open(path, "ab") as file:  # noqa: PTH123  as above
            file.write(LINE)


def _sweep(source: FileSource) -> None:
    for _ in source.poll():
        pass


def _per_second(work: Callable[[], object], before: Callable[[], object] = lambda: None) -> float:
    """CPU milliseconds of a second's sweeps: the mean, as every fifth one lists the folders too."""
    costs = []
    for _ in range(SWEEPS):
        before()
        costs.append(_cpu(work))
    return statistics.fmean(costs) * PER_SECOND


def _cpu(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return (time.process_time() - begun) * 1000


def _resident() -> float:
    """KB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024


def _descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())
