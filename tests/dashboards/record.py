"""What exporters that are not ours give out: asked of the real ones, written to tests/data/dashboards/outside.

    python -m tests.dashboards.record

A line is a name and its labels. RabbitMQ's plugin is asked in both ways that it has, Fluent Bit with a log that it sends on.
"""

import json
import tempfile
import urllib.request
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.dashboards.series import OUTSIDE
from tests.servers.process import Process, free_port
from tests.servers.rabbitmq import RabbitmqCluster

FLUENT_BIT = "/usr/local/bin/fluent-bit"
_TIMEOUT = 30


def lines(texts: Iterable[str]) -> list[str]:
    """`name label label` of all samples in pages of metrics, sorted."""
    found: dict[str, set[str]] = defaultdict(set)
    for text in texts:
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                found[sample.name] |= set(sample.labels)
    return [" ".join([name, *sorted(labels)]) for name, labels in sorted(found.items())]


def fetched(port: int, path: str) -> str:
    """A page; empty while nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=_TIMEOUT) as answer:
            return str(answer.read().decode())
    except OSError:
        return ""


def rabbitmq(cluster: RabbitmqCluster) -> list[str]:
    """The plugin rabbitmq_prometheus, of one node: all together, and queue by queue."""
    node = cluster.nodes[0]
    return lines(fetched(node.prometheus, path) for path in ("/metrics", "/metrics/per-object"))


def fluent_bit(folder: Path) -> list[str]:
    """Fluent Bit that tails a file, keeps it on disk and sends it on."""
    port, log = free_port(), folder / "in.log"
    log.write_text("a line\n")
    service = {"flush": 0.2, "http_server": "on", "http_listen": "127.0.0.1", "http_port": port}
    service |= {"storage.path": str(folder / "storage"), "storage.metrics": "on"}
    tail = {"name": "tail", "path": str(log), "read_from_head": "on", "storage.type": "filesystem"}
    forward = {"name": "forward", "match": "*", "host": "127.0.0.1", "port": free_port()}
    configuration = folder / "fluent-bit.yaml"
    configuration.write_text(json.dumps({"service": service, "pipeline": {"inputs": [tail], "outputs": [forward]}}))
    with Process([FLUENT_BIT, "-q", "-c", configuration], folder / "log", folder=folder) as process:
        process.wait_until(
            lambda: "fluentbit_output_retries_total" in fetched(port, "/api/v2/metrics/prometheus"), "it tells of its output"
        )
        return lines([fetched(port, "/api/v2/metrics/prometheus")])


def main() -> None:
    """Write both lists anew."""
    with RabbitmqCluster.made(1) as cluster:
        cluster.nodes[0].api("PUT", "/queues/%2F/recorded", json={})
        _write("rabbitmq_prometheus", "The plugin rabbitmq_prometheus of RabbitMQ 3.10.8.", rabbitmq(cluster))
    with tempfile.TemporaryDirectory() as name:
        _write("fluent_bit", "Fluent Bit 5.1.1, /api/v2/metrics/prometheus.", fluent_bit(Path(name)))


def _write(name: str, about: str, found: Iterable[str]) -> None:
    (OUTSIDE / f"{name}.txt").write_text("".join(f"{line}\n" for line in (f"# {about}", *found)))


if __name__ == "__main__":
    main()
