"""`python -m benchmarks.ovs`: scrapes of a real ovs-vswitchd (dummy datapath) at 120 and 2,000 interfaces.

The peer is what a script for node_exporter's textfile collector does (`textfile.py`): `ovs-vsctl --format=json list Interface`,
and one `ovs-appctl` for each command. Both are run in turn, round by round, so that a machine that slows down slows both.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric as Family

from clients.model import Deadline
from exporters.ovs.collector import OvsCollector
from exporters.ovs.settings import OvsSettings
from tests.servers.ovs import OpenVSwitch, environment

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Cost:
    """Of some scrapes: seconds that each took, and CPU seconds of all: of ours, and of the main threads of both daemons."""

    seconds: list[float] = field(default_factory=list)
    ours: float = 0.0
    vswitchd: float = 0.0
    ovsdb: float = 0.0

    def percentile(self, share: float) -> float:
        """Milliseconds that this share of the scrapes took at most."""
        return 1000 * sorted(self.seconds)[min(len(self.seconds) - 1, int(share * len(self.seconds)))]

    def each(self, seconds: float) -> float:
        """CPU milliseconds for one scrape."""
        return 1000 * seconds / len(self.seconds)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print a table; 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ovs", description=__doc__)
    parser.add_argument("--interfaces", type=int, nargs="+", default=[120, 2000])
    parser.add_argument("--rounds", type=int, default=20, help="scrapes of each kind and size (20)")
    asked = parser.parse_args(arguments)
    sys.stdout.write("| interfaces | asked by | p50 ms | p99 ms | CPU ms | vswitchd ms | ovsdb ms | series | peak MB |\n")
    sys.stdout.write("|---:|---|---:|---:|---:|---:|---:|---:|---:|\n")
    for number in asked.interfaces:
        with tempfile.TemporaryDirectory(prefix="bench-ovs-") as folder:
            _measure(Path(folder), number, asked.rounds)
    return 0


def _measure(folder: Path, interfaces: int, rounds: int) -> None:
    with OpenVSwitch(folder) as ovs:
        ovs.add_bridge()
        ovs.add_ports(interfaces - 1)  # the bridge has an interface of its own
        collector = OvsCollector("bench", OvsSettings(run_dir=folder, timeout=60.0))
        series = _scrape(collector)
        fetched, rendered, peer = Cost(), Cost(), Cost()
        for _ in range(rounds):
            _timed(lambda: collector.fetch(Deadline.after(60)), fetched, ovs)
            _timed(lambda: _scrape(collector), rendered, ovs)
            _timed(lambda: _script(ovs, folder), peer, ovs)
        memory = _memory(folder)
        idle = _idle(ovs)
    _row(interfaces, "stratoscope, snapshot only", fetched, "", "")
    _row(interfaces, "stratoscope, with its text", rendered, str(series), f"{memory:.0f}")
    _row(interfaces, "script for textfile", peer, "", "")
    longer = statistics.median(peer.seconds) / statistics.median(rendered.seconds)
    sys.stdout.write(
        f"\n{interfaces} interfaces: the script takes {longer:.1f} times as long, {peer.ours / rendered.ours:.1f} times the"
        f" CPU; nobody asking, vswitchd takes {idle:.2f} CPU ms a second.\n\n"
    )


def _timed(scrape: Callable[[], object], cost: Cost, ovs: OpenVSwitch) -> None:
    ours, vswitchd, ovsdb, begin = _own(), _of(ovs.vswitchd.pid), _of(ovs.database.pid), time.perf_counter()
    scrape()
    cost.seconds.append(time.perf_counter() - begin)
    cost.ours += _own() - ours
    cost.vswitchd += _of(ovs.vswitchd.pid) - vswitchd
    cost.ovsdb += _of(ovs.database.pid) - ovsdb


def _own() -> float:
    """CPU seconds of this process and of the children that it has waited for."""
    times = os.times()
    return time.process_time() + times.children_user + times.children_system


def _of(pid: int) -> float:
    """CPU seconds of the main thread of another process, as exact as the scheduler knows them."""
    return int(Path(f"/proc/{pid}/task/{pid}/schedstat").read_text().split()[0]) / 1e9


def _idle(ovs: OpenVSwitch) -> float:
    begin, cpu = time.monotonic(), _of(ovs.vswitchd.pid)
    time.sleep(6)  # its statistics are renewed once in 5 s
    return 1000 * (_of(ovs.vswitchd.pid) - cpu) / (time.monotonic() - begin)


class _Registry:
    """What prometheus_client takes for a registry."""

    def __init__(self, families: Sequence[Family]) -> None:
        self._families = families

    def collect(self) -> Sequence[Family]:
        return self._families


def _scrape(collector: OvsCollector) -> int:
    """Fetch and render; the number of series."""
    families = list(collector.families(collector.fetch(Deadline.after(60))))
    generate_latest(_Registry(families))
    return sum(len(family.samples) for family in families)


def _script(ovs: OpenVSwitch, folder: Path) -> None:
    where = {**os.environ, **environment(folder)}
    control = f"{folder}/ovs-vswitchd.{ovs.vswitchd.pid}.ctl"
    words = [sys.executable, str(Path(__file__).with_name("textfile.py")), ovs.remote, control]
    subprocess.run(words, env=where, stdout=subprocess.DEVNULL, check=True)  # noqa: S603  the peer


def _memory(folder: Path) -> float:
    """Peak megabytes of a process that does nothing but scrape."""
    code = (
        "import sys; from pathlib import Path; from benchmarks.ovs import scrapes as s\n"
        "c = s.OvsCollector('m', s.OvsSettings(run_dir=Path(sys.argv[1]), timeout=60.0))\n"
        "for _ in range(3): s._scrape(c)\n"
        "print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True)  # noqa: S603
    return int(done.stdout) / 1024


def _row(interfaces: int, name: str, cost: Cost, series: str, memory: str) -> None:
    sys.stdout.write(
        f"| {interfaces} | {name} | {cost.percentile(0.5):.1f} | {cost.percentile(0.99):.1f} | {cost.each(cost.ours):.1f} "
        f"| {cost.each(cost.vswitchd):.2f} | {cost.each(cost.ovsdb):.2f} | {series} | {memory} |\n"
    )
