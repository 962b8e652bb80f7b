"""What one look costs, of many."""

import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of one look or one command."""

    cpu: float
    p50: float
    p99: float


def cost(done: Callable[[], object], rounds: int) -> Cost:
    """Of what is done so often, after a first time that does not count. Commands count as well, once they have ended."""
    done()
    walls = []
    before = _used()
    for _ in range(rounds):
        begun = time.perf_counter()
        done()
        walls.append((time.perf_counter() - begun) * 1e3)
    cpu = (_used() - before) / rounds * 1e3
    walls.sort()
    return Cost(cpu, statistics.median(walls), walls[min(rounds - 1, round(rounds * 0.99))])


def _used() -> float:
    """Seconds of processor time of this process and of its children that have ended."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)
