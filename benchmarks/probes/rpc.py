"""`python -m benchmarks.probes.rpc`: an RPC ping of a real service through a real RabbitMQ, by ours and by an exec probe.

The peer is a small client of oslo.messaging, started anew for each look (`cold_exec.py`). Both look in turn, round by round, at
the same service; a look of ours is also a look at the queue and at the broker. With 3 workers ours pings each of them.
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

from clients.model import Deadline
from probes.checks.rpc import RpcCheck, Settings, make
from probes.model import Context, Finding
from tests.servers.oslo_service import OsloService, Shape
from tests.servers.rabbitmq import RabbitmqCluster

_PEER = Path(__file__).with_name("cold_exec.py")
_PER_ROUND = 20
"""Looks of ours in a round: one is too short for the clock of the processor."""


@dataclass(slots=True)
class Cost:
    """Of some looks: seconds that each took, CPU seconds of all of them: of who looks, and of the broker."""

    seconds: list[float] = field(default_factory=list)
    ours: float = 0.0
    broker: float = 0.0

    def percentile(self, share: float) -> float:
        """Milliseconds that this share of the looks took at most."""
        return 1000 * sorted(self.seconds)[min(len(self.seconds) - 1, int(share * len(self.seconds)))]

    def each(self, seconds: float) -> float:
        """CPU milliseconds for one look."""
        return 1000 * seconds / len(self.seconds)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print a table; 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.probes.rpc", description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=20, help=f"execs of the peer, and {_PER_ROUND} looks of ours beside each (20)"
    )
    asked = parser.parse_args(arguments)
    sys.stdout.write(
        "| service | looked at by | p50 ms | p99 ms | CPU ms | broker CPU ms | peak MB |\n|---|---|---:|---:|---:|---:|---:|\n"
    )
    with tempfile.TemporaryDirectory(prefix="bench-rpc-") as folder, RabbitmqCluster.made(size=1) as cluster:
        for workers in (1, 3):
            shape = Shape(topic=f"bench{workers}", workers=workers)
            with OsloService.made(cluster.nodes[0], Path(folder), shape) as service:
                _measure(service, cluster.nodes[0].pid, asked.rounds)
    return 0


def _measure(service: OsloService, broker: int, rounds: int) -> None:
    words = [sys.executable, "-W", "ignore", str(_PEER), str(service.config), service.shape.topic, service.shape.host]
    ours, peer = Cost(), Cost()
    check = make(*_asked(service))
    _look(check)  # connects
    for _ in range(rounds):
        for _ in range(_PER_ROUND):
            _timed(lambda: _look(check), ours, broker)
        _timed(lambda: subprocess.run(words, check=True, capture_output=True), peer, broker)  # noqa: S603  the peer
    check.close()
    name = f"{service.shape.workers} worker{'s' * (service.shape.workers > 1)}"
    _row(name, "stratoscope", ours, _memory(service))
    _row(name, "exec probe", peer, _peak(words))
    less = peer.each(peer.ours) / ours.each(ours.ours)
    quicker = statistics.median(peer.seconds) / statistics.median(ours.seconds)
    broker_less = peer.each(peer.broker) / ours.each(ours.broker)
    sys.stdout.write(
        f"\n{name}: the exec probe takes {less:,.0f} times the CPU, {quicker:,.0f} times as long, and {broker_less:.0f} times"
        " the CPU of the broker.\n\n"
    )


def _asked(service: OsloService) -> tuple[Settings, Context]:
    return Settings(service.shape.topic, "nova"), Context("bench", config_files=service.files, host="bench")


def _look(check: RpcCheck) -> None:
    service, control = check.look(Deadline.after(30))
    if not service.finding is control.finding is Finding.FINE:
        raise RuntimeError(f"not well, so nothing can be measured: {service.text}")


def _timed(look: Callable[[], object], cost: Cost, broker: int) -> None:
    ours, theirs, begin = _own(), _of(broker), time.perf_counter()
    look()
    cost.seconds.append(time.perf_counter() - begin)
    cost.ours += _own() - ours
    cost.broker += _of(broker) - theirs


def _own() -> float:
    """CPU seconds of this process and of the children that it has waited for."""
    times = os.times()
    return time.process_time() + times.children_user + times.children_system


def _of(pid: int) -> float:
    """CPU seconds of all threads of another process, and of its children: the broker is started by a script."""
    total = 0.0
    for task in Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0]) / 1e9
        for child in (task / "children").read_text().split():
            total += _of(int(child))
    return total


def _peak(words: Sequence[str]) -> float:
    """Peak megabytes of a command."""
    child = subprocess.Popen(words, stdout=subprocess.DEVNULL)  # noqa: S603  the peer
    _, _, usage = os.wait4(child.pid, 0)
    child.returncode = 0
    return usage.ru_maxrss / 1024


def _memory(service: OsloService) -> float:
    """Peak megabytes of a process that does nothing but look."""
    code = (
        "import sys; from pathlib import Path\n"
        "from clients.model import Deadline; from probes.checks.rpc import Settings, make; from probes.model import Context\n"
        "check = make(Settings(sys.argv[2], 'nova'), Context('memory', config_files=(Path(sys.argv[1]),), host='memory'))\n"
        "for _ in range(200): check.look(Deadline.after(30))\n"
        "check.close()\n"
        "print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
    )
    words = [sys.executable, "-c", code, str(service.config), service.shape.topic]
    done = subprocess.run(words, capture_output=True, text=True, check=True)  # noqa: S603  ourselves
    return int(done.stdout) / 1024


def _row(service: str, name: str, cost: Cost, memory: float) -> None:
    sys.stdout.write(
        f"| {service} | {name} | {cost.percentile(0.5):.1f} | {cost.percentile(0.99):.1f} | {cost.each(cost.ours):.2f} "
        f"| {cost.each(cost.broker):.2f} | {memory:.0f} |\n"
    )


if __name__ == "__main__":
    sys.exit(main())
