"""`python -m benchmarks.frame.scrape`: one scrape of so many series, by our frame and by prometheus_client, in one run.

Both are given the same families, and both answers are packed as Prometheus asks for it. CPU seconds, the best of some rounds.
"""

import argparse
import gzip
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.openmetrics.exposition import generate_latest
from prometheus_client.registry import Collector

from benchmarks.report import table
from exporters.frame.exposition import joined, render
from exporters.frame.plan import Plan

_SIZES = (5_000, 50_000, 200_000)
_FAMILIES = 10
_HEAD = ("series", "MB", "prometheus_client ms", "ours, new snapshot", "ours, same snapshot", "packing", "theirs : ours")
_LEVEL = 1


class _Same(Collector):
    def __init__(self, families: list[Family]) -> None:
        self._families = families

    def collect(self) -> Iterable[Family]:
        return self._families


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a table; 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.frame.scrape", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="of each (5)")
    parser.add_argument("--series", type=int, nargs="+", default=_SIZES, help="how many (5000 50000 200000)")
    asked = parser.parse_args(arguments)
    rows: list[tuple[str, ...]] = [_HEAD]
    rows += (_row(size, asked.rounds) for size in asked.series)
    sys.stdout.write(table(rows) + "\n")
    return 0


def _row(size: int, rounds: int) -> tuple[str, ...]:
    families = _families(size)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Same(families))
    encode: Any = generate_latest
    limit = max(size, Plan("scrape", 1.0, 1.0).max_series)
    metrics = render(families, limit).metrics
    theirs = _best(lambda: encode(registry), rounds)
    new = _best(lambda: joined(render(families, limit).metrics, openmetrics=True), rounds)
    same = _best(lambda: joined(metrics, openmetrics=True), rounds)
    body = joined(metrics, openmetrics=True)
    packing = _best(lambda: gzip.compress(body, _LEVEL), rounds)
    spent = (f"{seconds * 1000:.1f}" for seconds in (theirs, new, same, packing))
    return (f"{size:,}", f"{len(body) / 1e6:.1f}", *spent, f"{theirs / new:.1f} (new), {theirs / same:.0f} (same)")


def _families(size: int) -> list[Family]:
    families: list[Family] = []
    for number in range(_FAMILIES):
        family = GaugeMetricFamily(f"made_value_{number}", "A value.", labels=("cluster", "host", "topic", "state"))
        for index in range(size // _FAMILIES):
            family.add_metric(("main", f"compute-{index:05}.example.org", f"topic-{index % 50}", "up"), index * 1.5)
        families.append(family)
    return families


def _best(work: Callable[[], object], rounds: int) -> float:
    """CPU seconds."""
    best = float("inf")
    for _ in range(rounds):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best


if __name__ == "__main__":
    sys.exit(main())
