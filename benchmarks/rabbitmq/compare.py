"""`python -m benchmarks.rabbitmq.compare`: fill a broker, watch it with our exporter and in the ways of others, print a table.

The others are fetched and thrown away unparsed, so what they cost their own process comes on top. What the broker itself takes
is its CPU time during the request, less what it takes in the same time when nobody asks. The broker keeps an answer of the
management API for some time: the worst is the one that it had to work out.
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3

from benchmarks import report
from benchmarks.rabbitmq import load
from exporters.rabbitmq import detailed, scrape
from tests.servers.process import wait_until
from tests.servers.rabbitmq import Pace, RabbitmqCluster, RabbitmqNode

TIERS = {"S": (300, 600), "M": (7_000, 5_000), "L": (24_000, 16_000)}
"""Queues and connections of 30, 300 and 1,000 computes. L should have 18,000 connections; a broker with 20,000 file descriptors
takes 17,900."""
_PEERS = {
    "/metrics (aggregated)": ("prometheus", "/metrics"),
    "/metrics/per-object": ("prometheus", "/metrics/per-object"),
    "/api/queues": ("management", "/api/queues"),
    "/api/queues?columns=name,messages,consumers": ("management", "/api/queues?columns=name,messages,consumers"),
    "/api/connections": ("management", "/api/connections"),
}
_TICKS = os.sysconf("SC_CLK_TCK")
_SETTLING = 600.0
_IDLE = 10.0


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table. Times in seconds, memory and sizes in bytes; `cpu` is ours, `broker` the broker's."""

    what: str
    seconds: float
    worst: float
    broker: float
    size: float
    requests: int
    cpu: float | None = None


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the tiers that the arguments name; 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rabbitmq.compare", description=__doc__)
    parser.add_argument("tiers", nargs="*", default=["S"], choices=sorted(TIERS), help="S, M, L (S)")
    parser.add_argument("--rounds", type=int, default=5, help="of each request (5)")
    asked = parser.parse_args(arguments)
    _say(report.machine())
    for tier in asked.tiers:
        with RabbitmqCluster.made(1, pace=Pace(schedulers=2, statistics=5.0)) as cluster:
            _measure(cluster.nodes[0], tier, asked.rounds)
    return 0


def _measure(node: RabbitmqNode, tier: str, rounds: int) -> None:
    queues, connections = TIERS[tier]
    node.control("set_vm_memory_high_watermark", "absolute", "16GB")  # an alarm would be another benchmark
    begun = time.monotonic()
    with load.queues(node.amqp, queues), load.connections(node.amqp, connections):
        _settle(node, connections)
        memory = node.api("GET", "/nodes", params={"columns": "mem_used"})[0]["mem_used"]
        _say(f"\n## {tier}: {queues:,} queues, {connections:,} connections (made in {time.monotonic() - begun:.0f} s)\n")
        idle = _idle(node)
        ours, rows = _ours(node, rounds, idle)
        rows += [_peer(node, name, port, path, rounds, idle) for name, (port, path) in _PEERS.items()]
        _table(rows)
        _facts(ours, memory, idle)


def _settle(node: RabbitmqNode, connections: int) -> None:
    """Wait until the broker has told all connections, and rests."""

    def told() -> bool:
        return int(node.api("GET", "/overview")["object_totals"]["connections"]) >= connections and _idle(node, 2.0) < 0.5

    wait_until(told, "the broker has settled", _SETTLING, 1.0)


def _ours(node: RabbitmqNode, rounds: int, idle: float) -> tuple[dict[str, Any], list[Row]]:
    urls = [f"http://127.0.0.1:{port}" for port in (node.prometheus, node.management)]
    command = [sys.executable, "-m", "benchmarks.rabbitmq.asking", *urls, str(rounds)]
    begun, before = time.monotonic(), _cpu(node)
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603  our own
    seconds, broker = time.monotonic() - begun, _cpu(node) - before
    told: dict[str, Any] = json.loads(done.stdout)
    fast, slow = told["fast"], told["slow"]
    fetches = 2 * rounds + 1 + slow["fetches"]
    of_fast = _fast_cpu(node, rounds, idle)
    rows = [
        Row(
            "stratoscope, fast lane",
            statistics.median(each["seconds"] for each in fast),
            max(each["seconds"] for each in fast),
            of_fast,
            fast[0]["bytes"],
            fast[0]["requests"],
            statistics.median(each["cpu"] for each in fast),
        ),
        Row(
            f"stratoscope, slow lane, once in 5 min ({slow['fetches']} fetches)",
            slow["seconds"],
            slow["seconds"],
            max(0.0, broker - idle * seconds - of_fast * fetches),
            slow["bytes"] - slow["fetches"] * fast[0]["bytes"],
            slow["requests"] - slow["fetches"] * fast[0]["requests"],
            slow["cpu"],
        ),
    ]
    return told, rows


def _fast_cpu(node: RabbitmqNode, rounds: int, idle: float) -> float:
    """CPU seconds of the broker for the requests of a fast lane."""
    return sum(_peer(node, "", "prometheus", path, rounds, idle).broker for path in (detailed.path(), scrape.PATH))


def _peer(node: RabbitmqNode, name: str, port: str, path: str, rounds: int, idle: float) -> Row:
    url = f"http://127.0.0.1:{getattr(node, port)}{path}"
    headers = {"Accept-Encoding": "gzip", **urllib3.make_headers(basic_auth="guest:guest")}
    times, size = [], 0
    before = _cpu(node)
    with urllib3.PoolManager(timeout=300.0) as pool:
        for _ in range(rounds):
            begun = time.monotonic()
            response = pool.request("GET", url, headers=headers, preload_content=False)
            size = sum(len(piece) for piece in response.stream(1 << 16, decode_content=False))
            times.append(time.monotonic() - begun)
            if response.status != 200:
                raise RuntimeError(f"{url}: {response.status}")
    broker = (_cpu(node) - before - idle * sum(times)) / rounds
    return Row(name, statistics.median(times), max(times), max(0.0, broker), size, 1)


def _idle(node: RabbitmqNode, seconds: float = _IDLE) -> float:
    """CPU seconds per second that the broker takes when nobody asks."""
    before = _cpu(node)
    time.sleep(seconds)
    return (_cpu(node) - before) / seconds


def _cpu(node: RabbitmqNode) -> float:
    """CPU seconds of all processes of the broker so far."""
    total = 0.0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            if int(fields[3]) == node.pid:
                total += (int(fields[11]) + int(fields[12])) / _TICKS
    return total


def _table(rows: Sequence[Row]) -> None:
    _say("| asked | requests | time, median | time, worst | CPU of the broker | bytes on the wire | CPU of the exporter |")
    _say("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for row in rows:
        ours = "-" if row.cpu is None else f"{row.cpu:.2f} s"
        times = f"{row.seconds:.2f} s | {row.worst:.2f} s | {row.broker:.2f} s"
        _say(f"| {row.what} | {row.requests} | {times} | {row.size / 1e6:.2f} MB | {ours} |")


def _facts(told: dict[str, Any], memory: int, idle: float) -> None:
    _say("")
    for form, times in told["scrapes"].items():
        p50, p99 = times[len(times) // 2], times[len(times) * 99 // 100]
        _say(f"- a scrape from the snapshot, {form}: p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms")
    _say(f"- {told['series']:,} series, {told['body'] / 1e6:.2f} MB, out of {told['queues']:,} queues")
    peak, start = told["memory"] / 1e6, told["idle_memory"] / 1e6
    _say(f"- memory of the exporter's process: {peak:.0f} MB at most, {start:.0f} MB at start")
    _say(f"- the broker: {memory / 1e6:.0f} MB, {idle:.2f} cores when nobody asks")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
