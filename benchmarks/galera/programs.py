"""The programs that are compared, as processes that answer scrapes over HTTP.

`python -m benchmarks.galera.programs PORT NODE...` is ours: a collector behind prometheus_client's own server, so that no
difference comes from how HTTP is spoken.
"""

import os
import shutil
import sys
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

from prometheus_client.exposition import start_http_server
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector, CollectorRegistry

from clients.model import Deadline
from exporters.galera.collector import GaleraCollector
from exporters.galera.settings import GaleraSettings
from parsers.secret import Secret
from tests.servers.galera import GaleraCluster
from tests.servers.process import Process, free_port

USER, PASSWORD = "watcher", "watcher-secret"
PEER = "prometheus-mysqld-exporter"
_OFF = ("slave_status", "info_schema.innodb_cmp", "info_schema.innodb_cmpmem", "info_schema.query_response_time")


class Program:
    """Processes that together give out a cluster's figures: one for ours, one a node for the peer."""

    def __init__(self, name: str, processes: Sequence[Process], ports: Sequence[int]) -> None:
        self.name = name
        self.processes = processes
        self.urls = [f"http://127.0.0.1:{port}/metrics" for port in ports]

    def stop(self) -> None:
        """End them."""
        for process in self.processes:
            process.stop()


def ours(cluster: GaleraCluster, folder: Path) -> Program:
    """Our exporter, one process for the cluster."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.galera.programs", str(port), *(node.address for node in cluster.nodes)]
    return Program("stratoscope", [Process(command, folder / "stratoscope.log")], [port])


def peer(cluster: GaleraCluster, folder: Path, *, least: bool) -> Program | None:
    """mysqld_exporter, one process a node, as it comes or with the `least` that gives the wsrep figures; None if not there."""
    program = shutil.which(PEER)
    if program is None:
        return None
    processes, ports = [], [free_port() for _ in cluster.nodes]
    for node, port in zip(cluster.nodes, ports, strict=True):
        off = [f"--no-collect.{collector}" for collector in _OFF] if least else []
        environment = os.environ | {"DATA_SOURCE_NAME": f"{USER}:{PASSWORD}@({node.address})/"}
        log = folder / f"{node.name}-{'least' if least else 'usual'}.log"
        command = [program, f"--web.listen-address=127.0.0.1:{port}", *off]
        processes.append(Process(command, log, environment=environment))
    return Program(f"mysqld_exporter, {'least' if least else 'as it comes'}", processes, ports)


class _Scraped(Collector):
    def __init__(self, collector: GaleraCollector) -> None:
        self._collector = collector

    def collect(self) -> Iterable[Family]:
        return self._collector.families(self._collector.fetch(Deadline.after(5)))


def main(arguments: Sequence[str]) -> None:
    """Serve until ended."""
    port, *nodes = arguments
    settings = GaleraSettings(name="main", nodes=tuple(nodes), user=USER, password=Secret(PASSWORD))
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Scraped(GaleraCollector(settings)))
    start_http_server(int(port), "127.0.0.1", registry)
    threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1:])
