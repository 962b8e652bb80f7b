"""`python -m benchmarks.frame.together`: all exporters in one process, on a cloud of 1,000 computes; what it takes in all.

Real: three Galera nodes, Open vSwitch with 120 interfaces, a Southbound database with 1,000 chassis. Generated, as far as they
show it: the APIs of the cloud, and three RabbitMQ nodes with 24,000 queues and 18,000 connections. Settings are the defaults.
"""

import argparse
import json
import re
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.agents.cloud import SIZES, Cloud
from benchmarks.frame.brokers import Brokers
from benchmarks.ovs.ports import fill
from benchmarks.report import machine
from tests.servers.galera import GaleraCluster
from tests.servers.ovn import Member
from tests.servers.ovs import OpenVSwitch
from tests.servers.process import Process, free_port

_LARGE = next(size for size in SIZES if size.name == "L")
_QUEUES, _CONNECTIONS, _INTERFACES, _PORTS = 24_000, 18_000, 120, 30_000
_SECRETS = {"GALERA": "galera-secret", "RABBITMQ": "any", "CLOUD": "any"}
_EXPORTERS = 6
_EVERY = 1.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.frame.together", description=__doc__)
    parser.add_argument("--seconds", type=float, default=180.0, help="for which it is scraped, once a second (180)")
    asked = parser.parse_args(arguments)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-together-")))
        (folder / "export.yaml").write_text(_started(stack, folder))
        port = free_port()
        command = [sys.executable, "-m", "stratoscope", "export", "-c", folder / "export.yaml", "--listen", f"127.0.0.1:{port}"]
        process = stack.enter_context(Process(command, folder / "log", environment=_SECRETS))
        url = f"http://127.0.0.1:{port}/metrics"
        process.wait_until(lambda: _successes(url) == _EXPORTERS, "all exporters have an answer")
        _measure(process.pid, url, asked.seconds)
    return 0


def _started(stack: ExitStack, folder: Path) -> str:
    """Start all servers; the settings that name them."""
    galera = stack.enter_context(GaleraCluster.made())
    galera.nodes[0].sql(f"CREATE USER 'stratoscope'@'%' IDENTIFIED BY '{_SECRETS['GALERA']}'")
    brokers = stack.enter_context(Brokers(3, _QUEUES, _CONNECTIONS))
    ovs = stack.enter_context(OpenVSwitch(folder / "ovs"))
    ovs.add_bridge()
    ovs.add_ports(_INTERFACES)
    southbound = Member("sb", folder / "sb", None, False, [])
    stack.callback(southbound.process.stop)
    fill(southbound.remote, _PORTS)
    cloud = stack.enter_context(Cloud(_LARGE))
    login = {"kind": "password", "auth_url": cloud.auth_url, "username": "admin", "project_name": "admin"}
    targets = {
        "galera": {"name": "main", "nodes": [node.address for node in galera.nodes], "password": {"env": "GALERA"}},
        "rabbitmq": {
            "name": "main",
            "user": "any",
            "password": {"env": "RABBITMQ"},
            "nodes": [{"prometheus": url, "management": url} for url in brokers.urls],
        },
        "ovs": {"run_dir": str(ovs.run_dir)},
        "ovn": {"southbound": {"remotes": [southbound.remote]}, "timeout": "10s"},
        "agents": {"name": "main", "login": {**login, "password": {"env": "CLOUD"}}},
        "hosts": {},
    }
    return json.dumps({"exporters": {name: [target] for name, target in targets.items()}})  # JSON is YAML


def _successes(url: str) -> int:
    try:
        return len(re.findall(rb"^stratoscope_exporter_success\{.*\} 1\.0$", _scraped(url), re.MULTILINE))
    except OSError:
        return 0


def _scraped(url: str) -> bytes:
    accept = {"Accept": "application/openmetrics-text;version=1.0.0", "X-Prometheus-Scrape-Timeout-Seconds": "30"}
    with urllib.request.urlopen(urllib.request.Request(url, headers=accept), timeout=60) as answer:  # noqa: S310  our own
        return bytes(answer.read())


def _measure(pid: int, url: str, seconds: float) -> None:
    times, body = [], b""
    began, cpu = time.monotonic(), _cpu(pid)
    while time.monotonic() - began < seconds:
        asked = time.perf_counter()
        body = _scraped(url)
        times.append(time.perf_counter() - asked)
        time.sleep(max(0.0, _EVERY - times[-1]))
    used = (_cpu(pid) - cpu) / (time.monotonic() - began)
    times.sort()
    series = sum(not line.startswith(b"#") for line in body.splitlines())
    rows = {
        "memory, resident": f"{_memory(pid, 'VmRSS')} MB",
        "memory, peak": f"{_memory(pid, 'VmHWM')} MB",
        "scrape p50": f"{times[len(times) // 2] * 1000:.0f} ms",
        "scrape p99": f"{times[len(times) * 99 // 100] * 1000:.0f} ms",
        "series": f"{series:,}",
        "size, OpenMetrics": f"{len(body) / 1e6:.1f} MB",
        "CPU, scrapes once a second included": f"{used:.1%} of a core",
    }
    sys.stdout.write(f"{machine()}; {len(times)} scrapes\n\n| all exporters, tier L | |\n|---|---:|\n")
    durations = re.findall(rb'^stratoscope_exporter_duration_seconds\{exporter="(\w+)".*\} (.*)$', body, re.MULTILINE)
    rows |= {f"the last fetch of {name.decode()}": f"{float(value) * 1000:.0f} ms" for name, value in durations}
    sys.stdout.write("".join(f"| {name} | {value} |\n" for name, value in rows.items()))


def _cpu(pid: int) -> float:
    """CPU seconds of all its threads."""
    return sum(int(path.read_text().split()[0]) for path in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


def _memory(pid: int, key: str) -> int:
    """Megabytes."""
    return int(re.findall(rf"{key}:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[0]) // 1024


if __name__ == "__main__":
    sys.exit(main())
