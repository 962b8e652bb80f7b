"""Runs a command as a whole process and asks the operating system what it took.

Several commands are run in turn, round by round, so that a machine that slows down slows all of them.
"""

import os
import resource
import signal
import statistics
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers import Command, Peer

_LOOK = 0.1
_QUIET = 3.0
_SILENT = 30.0
"""Seconds: between two looks at an output, until it is taken as whole, and until a program counts as one that writes none."""


class RunError(Exception):
    """A measured command failed."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run took. `cpu`: seconds of user and system time, of all its threads. `memory`: peak resident bytes.

    `memory` is None where it is less than that of this process, from which a child inherits the mark (getrusage(2)).
    `events` are the lines that it wrote.
    """

    cpu: float
    memory: int | None
    events: int


@dataclass(frozen=True, slots=True)
class Result:
    """The runs of one peer on one file."""

    peer: str
    form: str
    runs: tuple[Run, ...]

    @property
    def least(self) -> float:
        """CPU seconds of the quickest run: the others were disturbed."""
        return min(run.cpu for run in self.runs)

    @property
    def median(self) -> float:
        """CPU seconds of the run in the middle."""
        return statistics.median(run.cpu for run in self.runs)

    @property
    def memory(self) -> int | None:
        """Peak resident bytes of the largest run."""
        known = [run.memory for run in self.runs if run.memory is not None]
        return max(known, default=None)

    @property
    def events(self) -> int:
        """Events that the last run wrote."""
        return self.runs[-1].events


def compare(peers: Sequence[Peer], log: Path, form: str, rounds: int) -> list[Result]:
    """Run all peers that can read `form` on `log`, `rounds` times, each second round backwards."""
    chosen = [peer for peer in peers if form in peer.forms]
    runs: dict[str, list[Run]] = {peer.name: [] for peer in chosen}
    out = log.with_suffix(".out")
    for number in range(rounds):
        for peer in chosen[:: -1 if number % 2 else 1]:
            out.unlink(missing_ok=True)
            runs[peer.name].append(run(peer.command(log, form, out), out, peer.gives_events))
    out.unlink(missing_ok=True)
    return [Result(name, form, tuple(made)) for name, made in runs.items()]


def run(command: Command, out: Path, count: bool = True) -> Run:
    """Run a command to its end; its standard output goes to `out` if it does not write there itself. Raises RunError."""
    target = Path(os.devnull) if command.endless else out
    errors = out.with_suffix(".err")
    with target.open("wb") as stdout, errors.open("wb") as stderr:
        child = subprocess.Popen(  # noqa: S603  the commands stand in peers.py
            command.words, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr,
            cwd=command.folder, env={**os.environ, **command.environment},
        )  # fmt: skip
        if command.endless:
            _stop_when_quiet(child, out)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    said = errors.read_text(errors="replace").strip()
    errors.unlink()
    if child.returncode:
        raise RunError(f"{' '.join(command.words)} ended with {child.returncode}: {said[-500:]}")
    memory = usage.ru_maxrss * 1024
    ours = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return Run(usage.ru_utime + usage.ru_stime, memory if memory > ours else None, _lines(out) if count else 0)


def _stop_when_quiet(child: subprocess.Popen[bytes], out: Path) -> None:
    """Wait until the output is there and has not grown for a while. The waiting costs the child next to no CPU time."""
    size, since = 0, time.monotonic()
    while not size or time.monotonic() - since < _QUIET:
        time.sleep(_LOOK)
        now = out.stat().st_size if out.exists() else 0
        if now != size:
            size, since = now, time.monotonic()
        elif time.monotonic() - since > _SILENT:
            break
    child.send_signal(signal.SIGTERM)


def _lines(path: Path) -> int:
    if not path.exists():
        return 0
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
