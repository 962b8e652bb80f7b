"""`python -m benchmarks.agents`: tiers S to XL, each exporter in turn on the same generated cloud; prints a table."""

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence

from benchmarks.agents.cloud import SIZES, Cloud, Size
from benchmarks.agents.exporters import KINDS, Taken

_HEAD = (
    "| tier | services + agents | exporter | look p50 | render p50 | scrape p50 | scrape p99 | scrape size |"
    " CPU per round | memory | requests per round | bytes from the APIs per round |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|---|"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what the arguments say; 0, or 1 if an exporter failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.agents", description=__doc__)
    parser.add_argument("--rounds", type=int, default=30, help="looks and scrapes of each exporter (30)")
    parser.add_argument("--tiers", nargs="+", choices=[size.name for size in SIZES], default=[size.name for size in SIZES])
    asked = parser.parse_args(arguments)
    _debian()
    _say(_HEAD)
    for size in SIZES:
        if size.name in asked.tiers and not _compared(size, asked.rounds):
            return 1
    return 0


def _debian() -> None:
    """The peer that apt has. In Debian 12 it is Python 2 code under Python 3: it does not start, which is told."""
    path = shutil.which("prometheus-openstack-exporter")
    if path is None:
        _say("!!! prometheus-openstack-exporter was left out: it is not on PATH !!!\n")
        return
    tried = subprocess.run([path, "--help"], capture_output=True, text=True, check=False)  # noqa: S603  found on PATH
    last = (tried.stderr.strip() or "it starts, and is not known here").splitlines()[-1]
    _say(f"!!! {path} was left out: {last} !!!\n")


def _compared(size: Size, rounds: int) -> bool:
    with Cloud(size) as cloud:
        for kind in KINDS:
            command = [sys.executable, "-m", "benchmarks.agents.exporters", kind, cloud.auth_url, str(rounds)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  our own module
            if done.returncode:
                sys.stderr.write(f"{kind} failed:\n{done.stderr}\n")
                return False
            _say(_row(size, kind, Taken(**json.loads(done.stdout)), cloud.cost(), rounds))
    return True


def _row(size: Size, kind: str, taken: Taken, cost: tuple[int, int], rounds: int) -> str:
    requests, received = cost
    cells = (
        size.name,
        f"{size.services:,} + {size.agents:,}",
        kind,
        f"{_quantile(taken.fetches, 0.5) * 1000:.0f} ms" if any(taken.fetches) else "in the scrape",
        f"{_quantile(taken.renders, 0.5) * 1000:.0f} ms" if any(taken.renders) else "in the scrape",
        f"{_quantile(taken.scrapes, 0.5) * 1000:.1f} ms",
        f"{_quantile(taken.scrapes, 0.99) * 1000:.1f} ms",
        f"{taken.size / 1e6:.2f} MB",
        f"{taken.cpu * 1000:.0f} ms",
        f"{taken.memory / 1e6:.0f} MB",
        f"{requests / rounds:.1f}",
        f"{received / rounds / 1e6:.2f} MB",
    )
    return f"| {' | '.join(cells)} |"


def _quantile(values: list[float], share: float) -> float:
    """Nearest rank."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
