"""`python -m benchmarks`: generate logs, run stratoscope and its peers on them in turn, print tables."""

import argparse
import multiprocessing
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks import logs, measure, peers, report

_UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
_SIZES = (1 << 20, 10 << 20, 100 << 20)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what the arguments say; 0, or 1 if a measured program failed."""
    asked = _options().parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory(prefix="stratoscope-bench-", dir=asked.folder) as folder:
            if asked.write:
                _say(str(_generated(asked.write, asked.size, asked.form)))
                return 0
            _measure(asked, Path(folder))
    except measure.RunError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--size", type=_size, default=32 << 20, help="of the log that the programs are compared on (32M)")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each program (3)")
    parser.add_argument("--full", action="store_true", help="cost per line at 1 GB too")
    parser.add_argument("--only", choices=("peers", "flatness"), help="only this part")
    parser.add_argument("--folder", help="where the logs are put for the time (the system's temporary folder)")
    parser.add_argument("--write", type=Path, metavar="FILE", help="only write a log of --size and --form there")
    parser.add_argument("--form", choices=sorted(logs.FORMS), default="plain", help="of --write (plain)")
    return parser


def _measure(asked: argparse.Namespace, folder: Path) -> None:
    _say(report.machine())
    if asked.only in (None, "peers"):
        _compare(asked, folder)
    if asked.only in (None, "flatness"):
        _flatness(asked, folder)


def _compare(asked: argparse.Namespace, folder: Path) -> None:
    fluent_bit = peers.find_fluent_bit()
    if fluent_bit is None:
        _say("\n!!! FLUENT BIT WAS LEFT OUT: no `fluent-bit` on PATH, and FLUENT_BIT names none. !!!")
    written = {form: _generated(folder / f"{form}.log", asked.size, form) for form in logs.FORMS}
    chosen = peers.peers(fluent_bit)
    results = [one for form, log in written.items() for one in measure.compare(chosen, log.path, form, asked.rounds)]
    for log in written.values():
        log.path.unlink()
    _say(f"\n## Programs, {asked.size >> 20} MB, least of {asked.rounds} runs\n\n{report.speeds(results, written)}")


def _flatness(asked: argparse.Namespace, folder: Path) -> None:
    (ours,) = [peer for peer in peers.peers(None) if peer.name == peers.STRATOSCOPE]
    empty = folder / "empty.log"
    empty.touch()
    start = measure.compare([ours], empty, "plain", max(3, asked.rounds))[0].least
    costs = []
    for size in (*_SIZES, 1 << 30) if asked.full else _SIZES:
        log = _generated(folder / "size.log", size, "plain")
        rounds = asked.rounds if size < _SIZES[-1] else 1
        costs.append((log, measure.compare([ours], log.path, "plain", rounds)[0]))
        log.path.unlink()
    _say(f"\n## Cost per line by size, {start:.2f} s of start-up taken off\n\n{report.flatness(costs, start)}")


def _generated(path: Path, size: int, form: str) -> logs.Written:
    """Made in a child process: a program started from here inherits the mark of this one's peak memory."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(logs.write, (path, size, form))


def _size(text: str) -> int:
    unit = _UNITS.get(text[-1:].upper(), 0)
    try:
        return int(text[:-1]) * unit if unit else int(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("a number of bytes, or with K, M or G behind it: 32M") from error


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
