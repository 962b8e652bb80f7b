"""`python -m benchmarks.galera.compare`: starts a cluster, scrapes it through each program in turn, prints a table.

A round is what Prometheus does every 15 seconds: all figures of the cluster, from one exporter of ours, from three of the
peer's at once. Each program warms up first; the rounds of all programs take turns, so that a machine that slows down slows
them all. What the servers were asked is read from their own counters, with what our reading of these counts taken off.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
import urllib.request
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import report
from benchmarks.galera import programs
from benchmarks.galera.programs import Program
from tests.servers.galera import GaleraCluster
from tests.servers.process import wait_until

_TICKS = os.sysconf("SC_CLK_TCK")
_COUNTERS = ("Bytes_sent", "Bytes_received", "Questions", "Connections")
_GRANT = "PROCESS, REPLICATION CLIENT, REPLICATION SLAVE, SLAVE MONITOR, SELECT"  # what the peer's own documentation asks for


@dataclass
class Cost:
    """What the rounds of a program took. `times` in seconds, `asked` and `cpu` summed over all rounds."""

    times: list[float] = field(default_factory=list)
    cpu: float = 0.0
    server_cpu: float = 0.0
    asked: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    memory: int = 0
    series: int = 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what the arguments say; 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.galera.compare", description=__doc__)
    parser.add_argument("--rounds", type=int, default=300, help="scrapes of the cluster by each program (300)")
    parser.add_argument("--block", type=int, default=25, help="of which so many run between two turns (25)")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="stratoscope-bench-") as name, GaleraCluster.made() as cluster:
        cluster.nodes[0].sql(
            f"CREATE USER '{programs.USER}'@'%' IDENTIFIED BY '{programs.PASSWORD}'",
            f"GRANT {_GRANT} ON *.* TO '{programs.USER}'@'%'",
        )
        folder = Path(name)
        started = [programs.ours(cluster, folder), *(programs.peer(cluster, folder, least=least) for least in (False, True))]
        compared = [program for program in started if program is not None]
        if len(compared) < len(started):
            sys.stdout.write(f"!!! {programs.PEER} WAS LEFT OUT: it is not on PATH. !!!\n")
        try:
            costs = _compare(cluster, compared, asked.rounds, asked.block)
        finally:
            for program in compared:
                program.stop()
    sys.stdout.write(f"{report.machine()}\n\n{_table(costs, asked.rounds)}\n")
    return 0


def _compare(cluster: GaleraCluster, compared: Sequence[Program], rounds: int, block: int) -> dict[str, Cost]:
    costs = {program.name: Cost() for program in compared}
    for program in compared:
        wait_until(lambda program=program: _answers(program), f"{program.name} answers")
    for _ in range(max(1, rounds // block)):
        for program in compared:
            _block(cluster, program, costs[program.name], block)
    for program in compared:
        costs[program.name].memory = sum(_peak(process.pid) for process in program.processes)
        costs[program.name].series = sum(line[:1] not in {"#", ""} for text in _scrape(program) for line in text.splitlines())
    return costs


def _block(cluster: GaleraCluster, program: Program, cost: Cost, rounds: int) -> None:
    idle = _counted(cluster)
    before = _counted(cluster)
    own, servers = _cpu(program), sum(_seconds(node.process.pid) for node in cluster.nodes if node.process)
    for _ in range(rounds):
        start = time.perf_counter()
        _scrape(program)
        cost.times.append(time.perf_counter() - start)
    cost.cpu += _cpu(program) - own
    cost.server_cpu += sum(_seconds(node.process.pid) for node in cluster.nodes if node.process) - servers
    after = _counted(cluster)
    for name in _COUNTERS:
        cost.asked[name] += (after[name] - before[name]) - (before[name] - idle[name])


def _scrape(program: Program) -> list[str]:
    """All figures of the cluster: what its exporters say, asked at once."""
    with ThreadPoolExecutor(len(program.urls)) as pool:
        return list(pool.map(_get, program.urls))


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310  http, as the programs were told
        text: str = answer.read().decode()
    return text


def _answers(program: Program) -> bool:
    try:
        return len([text for text in _scrape(program) if "wsrep" in text or "galera" in text]) == len(program.urls)
    except OSError:
        return False


def _counted(cluster: GaleraCluster) -> dict[str, float]:
    names = ", ".join(f"'{name}'" for name in _COUNTERS)
    statement = f"SHOW GLOBAL STATUS WHERE Variable_name IN ({names})"
    total: dict[str, float] = defaultdict(float)
    for node in cluster.nodes:
        for name, value in node.sql(statement):
            total[name] += float(value)
    return total


def _cpu(program: Program) -> float:
    return sum(_seconds(process.pid) for process in program.processes)


def _seconds(pid: int) -> float:
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(words[11]) + int(words[12])) / _TICKS


def _peak(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM"))


def _table(costs: dict[str, Cost], rounds: int) -> str:
    head = ("for the whole cluster", *costs)

    def row(title: str, shown: str, figures: Sequence[float]) -> tuple[str, ...]:
        first = figures[0]
        ratios = ["", *(f" ({figure / first:.1f}x)" if first > 0 else "" for figure in figures[1:])]
        return (title, *(format(figure, shown) + ratio for figure, ratio in zip(figures, ratios, strict=True)))

    each = list(costs.values())
    rows = [
        head,
        row("scrape, p50 ms", ".1f", [statistics.median(cost.times) * 1e3 for cost in each]),
        row("scrape, p99 ms", ".1f", [statistics.quantiles(cost.times, n=100)[98] * 1e3 for cost in each]),
        row("exporter CPU, ms a scrape", ".1f", [cost.cpu / rounds * 1e3 for cost in each]),
        row("servers' CPU, ms a scrape", ".1f", [cost.server_cpu / rounds * 1e3 for cost in each]),
        row("exporter memory, MB", ".0f", [cost.memory / (1 << 20) for cost in each]),
        row("statements a scrape", ".1f", [cost.asked["Questions"] / rounds for cost in each]),
        row("connections a scrape", ".1f", [cost.asked["Connections"] / rounds for cost in each]),
        row("kB from the servers a scrape", ".1f", [cost.asked["Bytes_sent"] / rounds / 1e3 for cost in each]),
        row("kB to the servers a scrape", ".2f", [cost.asked["Bytes_received"] / rounds / 1e3 for cost in each]),
        row("series", ".0f", [cost.series for cost in each]),
    ]
    return report.table(rows)


if __name__ == "__main__":
    sys.exit(main())
