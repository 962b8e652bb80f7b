"""The exporter of one RabbitMQ cluster."""

import socket
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from prometheus_client.metrics_core import Metric as Family

from clients.http import HttpClient
from clients.model import Deadline, UnreachableError
from exporters.model import Verdict
from exporters.rabbitmq.families import families
from exporters.rabbitmq.history import History, Unroutable
from exporters.rabbitmq.queues import Queues
from exporters.rabbitmq.reader import ApiAnswer, NodeReader, PluginAnswer, unanswered
from exporters.rabbitmq.settings import HeadlessNodes, RabbitmqNode, RabbitmqSettings
from exporters.rabbitmq.slow import SlowReader
from exporters.rabbitmq.snapshot import ClusterSnapshot, Member
from exporters.rabbitmq.threads import Threads
from exporters.rabbitmq.verdict import verdict

Job = tuple[str, str]
"""What a thread does: the address of a node, and `plugin`, `api`; or a name, and `resolve`."""


class RabbitmqCollector:
    """Asks all nodes at once, and remembers what a single round cannot tell. One `fetch` at a time."""

    def __init__(
        self,
        settings: RabbitmqSettings,
        *,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
        resolve: Callable[[str], list[str]] | None = None,
    ) -> None:
        self.target = settings.name
        self._settings = settings
        self._clock = clock
        self._resolve = resolve or addresses
        self._threads: Threads[Job, PluginAnswer | ApiAnswer | list[str]] = Threads()
        self._readers: dict[RabbitmqNode, NodeReader] = {}
        self._resolved: list[str] = []
        self._slow = SlowReader(settings, pause, clock)
        self._history = History()
        self._queues = Queues(settings)
        self._known_as: dict[str, str] = {}
        self._gone = [0, 0]

    def fetch(self, deadline: Deadline) -> ClusterSnapshot:
        """Raises TargetError only where no node is known at all.

        A cluster of which no node answers is a snapshot as well: `down` must be said by fresh figures, not by the last good.
        """
        readers = self._current(deadline)
        plugin, api = self._ask(readers, deadline.within(self._settings.node_timeout))
        members = tuple(self._member(reader, plugin[reader.address], api[reader.address]) for reader in readers)
        now = self._clock()
        seen = self._queues.view([answer.queues for answer in plugin.values()], now)
        self._history = self._history.after(_unroutable(members), now, self._settings.thresholds.window)
        rates = self._history.per_second()
        alarms = ClusterSnapshot(self.target, members, seen).alarms
        slow = self._slow.go_on(_answering(readers, api), alarms, deadline)
        return ClusterSnapshot(
            self.target,
            members,
            seen,
            slow,
            dropped_rate=None if rates is None else rates.dropped,
            returned_rate=None if rates is None else rates.returned,
            requests=self._gone[0] + sum(client.requests for client in self._clients()),
            received=self._gone[1] + sum(client.received for client in self._clients()),
        )

    def families(self, snapshot: ClusterSnapshot) -> Iterable[Family]:
        """See `exporters.rabbitmq.metrics`."""
        return families(snapshot, self._settings.thresholds)

    def verdicts(self, snapshot: ClusterSnapshot) -> Iterable[Verdict]:
        """One, on the cluster."""
        return (verdict(snapshot, self._settings.thresholds),)

    def close(self) -> None:
        """Let go of threads and connections."""
        self._threads.close()
        for reader in self._readers.values():
            reader.abort()
            reader.close()
        self._readers = {}

    def _current(self, deadline: Deadline) -> list[NodeReader]:
        """A reader for each node; those of nodes that are named no more are closed."""
        wanted = self._settings.nodes
        if self._settings.headless is not None:
            wanted = self._resolved_nodes(self._settings.headless, deadline)
        for node in self._readers.keys() - set(wanted):
            reader = self._readers.pop(node)
            for client in (reader.prometheus, reader.management):
                self._gone = [self._gone[0] + client.requests, self._gone[1] + client.received]
            reader.close()
        for node in wanted:
            if node not in self._readers:
                self._readers[node] = NodeReader(node, self._settings)
        return [self._readers[node] for node in wanted]

    def _resolved_nodes(self, headless: HeadlessNodes, deadline: Deadline) -> tuple[RabbitmqNode, ...]:
        """The nodes behind the name now, or those of the last time that it was known."""
        job: Job = (headless.name, "resolve")
        answer = self._threads.ask({job: partial(self._resolve, headless.name)}, deadline.within(1.0)).get(job)
        if isinstance(answer, list) and answer:
            self._resolved = answer
        if not self._resolved:
            raise UnreachableError(f"{headless.name}: resolves to no address; check the service, and the cluster's DNS")
        return tuple(_node(headless, address) for address in self._resolved)

    def _ask(self, readers: Iterable[NodeReader], deadline: Deadline) -> tuple[dict[str, PluginAnswer], dict[str, ApiAnswer]]:
        by_address = {reader.address: reader for reader in readers}
        jobs: dict[Job, Callable[[], PluginAnswer | ApiAnswer | list[str]]] = {}
        for address, reader in by_address.items():
            jobs[address, "plugin"] = partial(reader.plugin, deadline, self._queues.labels)
            jobs[address, "api"] = partial(reader.api, deadline)
        answers = self._threads.ask(jobs, deadline)
        plugin: dict[str, PluginAnswer] = {}
        api: dict[str, ApiAnswer] = {}
        for address, reader in by_address.items():
            of_plugin, of_api = answers.get((address, "plugin")), answers.get((address, "api"))
            if of_plugin is None or of_api is None:
                reader.abort()
            late = unanswered(address)
            plugin[address] = (
                of_plugin
                if isinstance(of_plugin, PluginAnswer)
                else PluginAnswer(failures=dict.fromkeys(("metrics", "queues"), late))
            )
            api[address] = of_api if isinstance(of_api, ApiAnswer) else ApiAnswer(failures={"management": late})
        return plugin, api

    def _member(self, reader: NodeReader, plugin: PluginAnswer, api: ApiAnswer) -> Member:
        if plugin.figures is not None:
            self._known_as[reader.address] = plugin.figures.name
        name = self._known_as.get(reader.address, reader.address)
        failures = {**plugin.failures, **api.failures}
        return Member(name, reader.address, failures, plugin.figures, api.peers, api.alarms, api.critical)

    def _clients(self) -> Iterable[HttpClient]:
        for reader in self._readers.values():
            yield reader.prometheus
            yield reader.management


def addresses(name: str) -> list[str]:
    """All addresses of a name, sorted; none where it is not known."""
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return sorted({str(entry[4][0]) for entry in found})


def _node(headless: HeadlessNodes, address: str) -> RabbitmqNode:
    host = f"[{address}]" if ":" in address else address
    base = f"{headless.scheme}://{host}"
    return RabbitmqNode(f"{base}:{headless.prometheus_port}", f"{base}:{headless.management_port}")


def _answering(readers: Iterable[NodeReader], api: Mapping[str, ApiAnswer]) -> HttpClient | None:
    """The management API of the first member where all of it answered."""
    return next((reader.management for reader in readers if not api[reader.address].failures), None)


def _unroutable(members: Iterable[Member]) -> dict[str, Unroutable]:
    figures = [member.figures for member in members if member.figures is not None]
    return {told.name: Unroutable(told.values.get("dropped", 0.0), told.values.get("returned", 0.0)) for told in figures}
