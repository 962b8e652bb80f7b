"""Our exporter as a process of its own, so that its memory is its own too: `python -m benchmarks.rabbitmq.asking`.

Arguments: the URLs of plugin and management API, how many fetches. Prints what it measured as one JSON object.
"""

import contextlib
import json
import re
import sys
import time
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics

from clients.model import Deadline
from exporters.rabbitmq.collector import RabbitmqCollector
from exporters.rabbitmq.settings import RabbitmqNode, RabbitmqSettings
from exporters.rabbitmq.snapshot import ClusterSnapshot
from parsers.secret import Secret

_SCRAPES = 200
_DEADLINE = 25.0


class _Shown:
    """The families of a snapshot, made anew for each scrape."""

    def __init__(self, collector: RabbitmqCollector, snapshot: ClusterSnapshot) -> None:
        self._collector = collector
        self._snapshot = snapshot

    def collect(self) -> Any:
        return self._collector.families(self._snapshot)


def main(prometheus: str, management: str, rounds: str) -> None:
    """Measure, and print it."""
    settings = RabbitmqSettings("main", "guest", Secret("guest"), (RabbitmqNode(prometheus, management),), node_timeout=20.0)
    idle_memory = _memory()
    with contextlib.closing(RabbitmqCollector(settings)) as collector:
        slow = _slow(collector)
        fast = [_fetched(collector) for _ in range(int(rounds))]
        snapshot = collector.fetch(Deadline.after(_DEADLINE))
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Shown(collector, snapshot))
        scrapes = {"text": _timed(generate_latest, registry), "openmetrics": _timed(openmetrics, registry)}
        series = sum(len(family.samples) for family in collector.families(snapshot))
        queues = sum(counts.queues for counts in snapshot.view.classes.values())
        body = len(generate_latest(registry))
    measured = {"slow": slow, "fast": fast, "scrapes": scrapes, "series": series, "queues": queues, "body": body}
    sys.stdout.write(json.dumps({**measured, "idle_memory": idle_memory, "memory": _memory()}) + "\n")


def _slow(collector: RabbitmqCollector) -> dict[str, float]:
    """Fetch until both listings are whole: what the slow lane takes in all, fast lanes included."""
    begun, cpu = time.monotonic(), time.process_time()
    fetches = 0
    while True:
        snapshot = collector.fetch(Deadline.after(_DEADLINE))
        fetches += 1
        if snapshot.slow.queues is not None and snapshot.slow.connections is not None:
            break
    told = {"seconds": time.monotonic() - begun, "cpu": time.process_time() - cpu, "fetches": fetches}
    connections = sum(snapshot.slow.connections.connections.values())
    return {**told, "requests": snapshot.requests, "bytes": snapshot.received, "connections": connections}


def _fetched(collector: RabbitmqCollector) -> dict[str, float]:
    before = collector.fetch(Deadline.after(_DEADLINE))
    begun, cpu = time.monotonic(), time.process_time()
    after = collector.fetch(Deadline.after(_DEADLINE))
    seconds, used = time.monotonic() - begun, time.process_time() - cpu
    return {
        "seconds": seconds,
        "cpu": used,
        "requests": after.requests - before.requests,
        "bytes": after.received - before.received,
    }


def _timed(render: Any, registry: CollectorRegistry) -> list[float]:
    times = []
    for _ in range(_SCRAPES):
        begun = time.perf_counter()
        render(registry)
        times.append(time.perf_counter() - begun)
    return sorted(times)


def _memory() -> int:
    """Peak resident bytes of this process; getrusage(2) would begin with those of its parent."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) * 1024 if found else 0


if __name__ == "__main__":
    main(*sys.argv[1:])
