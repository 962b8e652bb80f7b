"""The exporters that are compared, each run in a process of its own: `python -m benchmarks.agents.exporters KIND URL ROUNDS`.

`stratoscope`: a look at the cloud, what it comes to as text, and a scrape, which joins that. `plain`: what a simple exporter
does: at each scrape it asks for whole lists, sets a Gauge per agent and renders all.
"""

import json
import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import requests
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from clients.model import Deadline
from exporters.agents.collector import AgentsCollector
from exporters.agents.settings import AgentsSettings, Password
from exporters.frame.exposition import joined, render
from parsers.secret import Secret

Round = tuple[float, float, float, int]
"""Seconds of the look, of rendering it (both 0 where a scrape does that), and of the scrape; bytes of the scrape."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What the rounds of an exporter took. `cpu`: seconds per round. `memory`: peak resident bytes."""

    fetches: list[float]
    renders: list[float]
    scrapes: list[float]
    size: int
    cpu: float
    memory: int


def measured(rounds: Iterable[Round], warm: int = 2) -> Taken:
    """Run them; the first ones, which import and log in, are not counted."""
    fetches, renders, scrapes, size, begun = [], [], [], 0, time.process_time()
    for number, (fetch, rendered, scrape, length) in enumerate(rounds):
        if number == warm:
            begun = time.process_time()
        if number >= warm:
            fetches.append(fetch)
            renders.append(rendered)
            scrapes.append(scrape)
            size = length
    cpu = (time.process_time() - begun) / max(1, len(scrapes) - 1)
    return Taken(fetches, renders, scrapes, size, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)


def stratoscope(url: str, rounds: int) -> Iterator[Round]:
    """Ours, as the frame runs it."""
    login = Password(url, "admin", Secret("x"), "admin")
    collector = AgentsCollector(AgentsSettings("bench", login, components=("nova", "neutron")))
    for _ in range(rounds):
        begun = time.perf_counter()
        snapshot = collector.fetch(Deadline.after(60.0))
        fetched = time.perf_counter()
        rendering = render(collector.families(snapshot), 1_000_000)
        rendered = time.perf_counter()
        text = joined(rendering.metrics, openmetrics=True)
        yield fetched - begun, rendered - fetched, time.perf_counter() - rendered, len(text)
    collector.close()


def plain(url: str, rounds: int) -> Iterator[Round]:
    """The baseline, on the same library for HTTP and for metrics."""
    http = requests.Session()
    base = url.removesuffix("/identity/v3")
    registry = CollectorRegistry()
    labels = ("id", "hostname", "binary", "zone", "admin_state", "disabled_reason")
    nova = Gauge("openstack_nova_agent_state", "Up.", labels, registry=registry)
    neutron = Gauge("openstack_neutron_agent_state", "Up.", labels[:5], registry=registry)
    for _ in range(rounds):
        begun = time.perf_counter()
        http.post(f"{url}/auth/tokens", json={})
        services = http.get(f"{base}/compute/v2.1/os-services").json()["services"]
        agents = http.get(f"{base}/network/v2.0/agents").json()["agents"]
        nova.clear()
        for row in services:
            names = row["id"], row["host"], row["binary"], row["zone"], row["status"], str(row["disabled_reason"])
            nova.labels(*names).set(row["state"] == "up")
        neutron.clear()
        for row in agents:
            names = row["id"], row["host"], row["binary"], str(row["availability_zone"])
            neutron.labels(*names, str(row["admin_state_up"])).set(row["alive"])
        text = generate_latest(registry)
        yield 0.0, 0.0, time.perf_counter() - begun, len(text)


KINDS: dict[str, Callable[[str, int], Iterator[Round]]] = {"stratoscope": stratoscope, "plain": plain}


def main(arguments: list[str]) -> int:
    """Measure one, and print it as JSON."""
    kind, url, rounds = arguments
    taken = measured(KINDS[kind](url, int(rounds)))
    sys.stdout.write(json.dumps({name: getattr(taken, name) for name in Taken.__slots__}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
