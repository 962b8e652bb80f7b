"""`python -m benchmarks.collect`: tail -> merge -> forward with acknowledgement, beside Fluent Bit doing the same."""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks import logs
from benchmarks.collect.agents import Program, Running, fluent_bit, stratoscope
from benchmarks.peers import find_fluent_bit
from benchmarks.report import machine, table

RATES = (1_000, 20_000)
FILES = (1, 100, 5_000)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; prints tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.collect", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="of writing, for each figure (20)")
    parser.add_argument("--size", type=int, default=64, help="MB of the backlog (64)")
    parser.add_argument("--only", choices=("backlog", "delay", "files"), help="only this part")
    asked = parser.parse_args(arguments)
    programs = [Program("stratoscope collect", stratoscope)]
    path = find_fluent_bit()
    if path is None:
        _say("!!! FLUENT BIT WAS LEFT OUT: no `fluent-bit` on PATH, and FLUENT_BIT names none. !!!\n")
    else:
        programs.append(fluent_bit(path))
    _say(machine())
    if asked.only in (None, "backlog"):
        _say(f"\n## A backlog of {asked.size} MB\n\n{table([_BACKLOG, *(_backlog(one, asked.size) for one in programs)])}")
    if asked.only in (None, "delay"):
        rows = [_delay(one, rate, asked.seconds) for rate in RATES for one in programs]
        _say(f"\n## From writing to acknowledgement, {asked.seconds:g} s each\n\n{table([_DELAY, *rows])}")
    if asked.only in (None, "files"):
        rows = [_files(one, files, asked.seconds) for files in FILES for one in programs]
        _say(f"\n## 1,000 lines/s over so many files, {asked.seconds:g} s each\n\n{table([_FILES, *rows])}")
    return 0


_BACKLOG = ("program", "CPU s", "CPU ms per MB", "wall s", "peak MB", "events")
_DELAY = ("program", "lines/s", "p50 ms", "p99 ms", "CPU % of a core", "peak MB", "lines lost")
_FILES = ("program", "files", "CPU % of a core", "CPU % when nothing is written", "peak MB", "lines lost")


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="stratoscope-bench-") as folder:
        yield Path(folder)


def _backlog(program: Program, size: int) -> tuple[str, ...]:
    """Reading what is there already. It is over when the program has taken no more CPU time for a while."""
    with _folder() as folder:
        written = logs.write(folder / "nova-compute.log", size << 20, "plain")
        begun, running = time.monotonic(), Running(program, folder)
        last, since = 0.0, begun
        while time.monotonic() < since + 4:
            time.sleep(0.1)
            if running.cpu() > last + 0.03:
                last, since = running.cpu(), time.monotonic()
        cpu, memory = running.cpu(), running.memory()
        running.stop()
    each = f"{cpu / size * 1000:.0f}"
    return program.name, f"{cpu:.2f}", each, f"{since - begun:.1f}", f"{memory >> 20}", f"{written.events:,} true"


def _delay(program: Program, rate: int, seconds: float) -> tuple[str, ...]:
    with _folder() as folder:
        share, memory, told, lost, _ = _written_to(program, folder, 1, rate, seconds)
    times = f"{told['p50']:,.0f}", f"{told['p99']:,.0f}"
    return program.name, f"{rate:,}", *times, f"{share:.1f}", f"{memory >> 20}", f"{lost:,}"


def _files(program: Program, files: int, seconds: float) -> tuple[str, ...]:
    with _folder() as folder:
        share, memory, _, lost, idle = _written_to(program, folder, files, 1_000, seconds)
    return program.name, f"{files:,}", f"{share:.1f}", f"{idle:.1f}", f"{memory >> 20}", f"{lost:,}"


def _written_to(
    program: Program, folder: Path, files: int, rate: int, seconds: float
) -> tuple[float, int, dict[str, float], int, float]:
    """CPU share while a writer wrote, peak memory, what the peer saw, lines it did not see, and CPU share afterwards."""
    running = Running(program, folder)
    time.sleep(3)  # it has started
    before = running.cpu()
    words = [sys.executable, "-m", "benchmarks.collect.writer", str(folder), str(files), str(rate), str(seconds)]
    written = int(subprocess.run(words, capture_output=True, text=True, check=True).stdout)  # noqa: S603  our own words
    share = (running.cpu() - before) / seconds * 100
    time.sleep(8)  # the last records, and what was behind
    quiet = running.cpu()
    time.sleep(5)
    idle, memory = (running.cpu() - quiet) / 5 * 100, running.memory()
    told = running.stop()
    return share, memory, told, written - int(told["lines"]), idle


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
