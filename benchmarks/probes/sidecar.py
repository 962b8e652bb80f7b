"""`python -m benchmarks.probes.sidecar`: what the whole sidecar costs, and how long a kubelet waits for it.

A real RabbitMQ, a real oslo.messaging service, and the sidecar with the profile of nova-compute at its default periods, HTTP
and metrics on. Beside it, in the same run, the exec probe of the openstack-helm kind (`cold_exec.py`), of which a pod runs 80
an hour (liveness and readiness, each every 90 s). The waiting is measured while all is well, then while a check of the sidecar
hangs, then with slow-loris clients that hold all connections that they can get; four kubelets ask once a second.
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.servers.oslo_service import OsloService, Shape
from tests.servers.process import free_port
from tests.servers.rabbitmq import RabbitmqCluster
from tests.stratoscope.probe.process import Kubelets, SidecarProcess

_PEER = Path(__file__).with_name("cold_exec.py")
_PEER_AN_HOUR = 80
_COMMAND = (sys.executable, "-m", "stratoscope", "probe")
_HOUR = 3600.0
_LORIS = 100
"""Connections that a slow client tries to hold."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of something over a time: CPU seconds of an hour, and megabytes."""

    cpu: float
    resident: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print two tables; 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.probes.sidecar", description=__doc__)
    parser.add_argument("--seconds", type=float, default=120.0, help="for which the sidecar is watched (120)")
    parser.add_argument("--execs", type=int, default=10, help="runs of the exec probe (10)")
    asked = parser.parse_args(arguments)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-sidecar-")))
        broker = stack.enter_context(RabbitmqCluster.made(size=1)).nodes[0]
        service = stack.enter_context(OsloService.made(broker, folder, Shape()))
        with _sidecar(folder, service, broker.amqp) as sidecar:
            ours = _watched(sidecar, asked.seconds)
        peer = _exec_probes(service, asked.execs)
        _costs(ours, peer)
        _waiting(folder, service, broker.amqp, asked.seconds / 4)
    return 0


@contextmanager
def _sidecar(folder: Path, service: OsloService, port: int, more: str = "") -> Iterator[SidecarProcess]:
    path = folder / "probe.yaml"
    path.write_text(
        f"""
services:
  nova-compute:
    profile: nova-compute
    config_files: [{service.config}]
    processes: ["{service.config.name}"]
    checks:
      sockets: {{options: {{remote_ports: [{port}]}}}}
      instances: {{options: {{path: {folder}}}}}
{more}"""
    )
    with SidecarProcess(path, free_port(), _COMMAND) as process:
        process.until("/livez/nova-compute", 200)
        yield process


def _watched(sidecar: SidecarProcess, seconds: float) -> Cost:
    """While kubelets ask as they do: three probes, each every ten seconds; and Prometheus every fifteen."""
    time.sleep(40)  # until everything was imported and the start's memory was given back
    before, begun = _cpu(sidecar.pid), time.monotonic()
    most = 0.0
    while time.monotonic() < begun + seconds:
        for page in ("/livez/nova-compute", "/readyz/nova-compute", "/metrics"):
            sidecar.get(page)
        most = max(most, sidecar.resident())
        time.sleep(10)
    return Cost((_cpu(sidecar.pid) - before) * _HOUR / (time.monotonic() - begun), most)


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _exec_probes(service: OsloService, number: int) -> Cost:
    words = [sys.executable, "-W", "ignore", str(_PEER), str(service.config), service.shape.topic, service.shape.host]
    cpu = most = 0.0
    for _ in range(number):
        child = subprocess.Popen(words, stdout=subprocess.DEVNULL)  # noqa: S603  the peer
        _, _, usage = os.wait4(child.pid, 0)
        child.returncode = 0
        cpu += usage.ru_utime + usage.ru_stime
        most = max(most, usage.ru_maxrss / 1024)
    return Cost(cpu / number * _PEER_AN_HOUR, most)


def _costs(ours: Cost, peer: Cost) -> None:
    sys.stdout.write(
        "| one nova-compute | looks an hour | CPU s an hour | MB |\n|---|---:|---:|---:|\n"
        f"| the sidecar, all its checks every 10 s | 2,520 | {ours.cpu:.1f} | {ours.resident:.1f} resident |\n"
        f"| exec probes of the openstack-helm kind | {_PEER_AN_HOUR} | {peer.cpu:.1f} | {peer.resident:.1f} at each peak |\n\n"
        f"A look of the exec probe takes {(peer.cpu / _PEER_AN_HOUR) / (ours.cpu / 2520):,.0f} times the CPU of a look of the"
        " sidecar, all that it does besides included.\n\n"
    )


def _waiting(folder: Path, service: OsloService, port: int, seconds: float) -> None:
    sys.stdout.write("| /livez | answers | p50 ms | p99 ms | most ms |\n|---|---:|---:|---:|---:|\n")
    with _sidecar(folder, service, port) as sidecar:
        _row("while all is well", sidecar, seconds)
    with _silent() as hung:
        more = f"      hung: {{check: http, roles: [readiness], timeout: 30s, options: {{url: 'http://127.0.0.1:{hung}/'}}}}\n"
        with _sidecar(folder, service, port, more) as sidecar:
            _row("while a check hangs", sidecar, seconds)
            with _loris(sidecar.port):
                _row("and slow-loris clients hold what they get", sidecar, seconds)


def _row(name: str, sidecar: SidecarProcess, seconds: float) -> None:
    with Kubelets(sidecar, ["/livez/nova-compute"], number=4, period=1.0) as kubelets:
        time.sleep(seconds)
    if kubelets.failed or set(kubelets.codes["/livez/nova-compute"]) != {200}:
        raise RuntimeError(f"not all were answered: {kubelets.failed[:3]}, {kubelets.codes}")
    took = sorted(1000 * one for one in kubelets.seconds)
    p50, p99 = took[len(took) // 2], took[min(len(took) - 1, int(len(took) * 0.99))]
    sys.stdout.write(f"| {name} | {len(took)} | {p50:.1f} | {p99:.1f} | {took[-1]:.1f} |\n")


@contextmanager
def _silent() -> Iterator[int]:
    """The port of a server that takes connections and says nothing: the kernel does that for who does not accept."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield server.getsockname()[1]


@contextmanager
def _loris(port: int) -> Iterator[None]:
    over = threading.Event()

    def hold() -> None:
        held: list[socket.socket] = []
        while not over.wait(0.02):
            with suppress(OSError):
                held.append(socket.create_connection(("127.0.0.1", port), 30))
                held[-1].sendall(b"GET /livez HTTP/1.1\r\nX-")
            while len(held) > _LORIS:
                held.pop(0).close()
        for one in held:
            one.close()

    threads = [threading.Thread(target=hold) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


if __name__ == "__main__":
    sys.exit(main())
