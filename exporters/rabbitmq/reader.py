"""One node, asked for all of the fast lane: the plugin in one thread, the management API in another."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from clients.http import Credentials, HttpClient
from clients.model import Deadline, MalformedError, TargetError
from exporters.rabbitmq import detailed, management, scrape
from exporters.rabbitmq.detailed import Depth, QueueId, QueueReader
from exporters.rabbitmq.management import Alarm, Peer, QuorumCritical
from exporters.rabbitmq.scrape import NodeFigures
from exporters.rabbitmq.settings import RabbitmqNode, RabbitmqSettings
from exporters.rabbitmq.snapshot import Failure

Value = TypeVar("Value")
_NO_QUEUES = "is not about queues, or ends too early; RabbitMQ 3.9.7 or newer is needed"


@dataclass(slots=True)
class PluginAnswer:
    """What the plugin gave. `queues` by the text of their labels."""

    figures: NodeFigures | None = None
    queues: dict[bytes, tuple[QueueId, Depth]] = field(default_factory=dict)
    failures: dict[str, Failure] = field(default_factory=dict)


@dataclass(slots=True)
class ApiAnswer:
    """What the management API gave."""

    peers: tuple[Peer, ...] | None = None
    alarms: tuple[Alarm, ...] | None = None
    critical: QuorumCritical | None = None
    failures: dict[str, Failure] = field(default_factory=dict)


class NodeReader:
    """The two clients of a node. Each of `plugin` and `api` is for one thread at a time."""

    def __init__(self, node: RabbitmqNode, settings: RabbitmqSettings) -> None:
        login = Credentials(settings.user, settings.password)
        asked = login if settings.metrics_authentication else None
        self.prometheus = HttpClient(node.prometheus, asked, settings.tls)
        self.management = HttpClient(node.management, login, settings.tls)
        self.address = self.prometheus.address
        self._queues_path = detailed.path(settings.vhosts)
        self._queue_limit = settings.queue_limit

    def plugin(self, deadline: Deadline, known: Mapping[bytes, QueueId]) -> PluginAnswer:
        """Counters and queues. `known` are the queues of the last answer. Never raises TargetError: it says what failed."""
        answer = PluginAnswer()
        try:
            answer.figures = scrape.read(self.prometheus.get(scrape.PATH, deadline, scrape.LIMIT).body)
        except TargetError as error:
            answer.failures["metrics"] = Failure(error.reason, str(error))
            if not error.reachable:
                answer.failures["queues"] = answer.failures["metrics"]
                return answer
        try:
            reader = QueueReader()
            self.prometheus.stream(self._queues_path, deadline, reader.take, self._queue_limit)
            if not reader.whole:
                answer.failures["queues"] = Failure(MalformedError.reason, f"{self.address}/metrics/detailed: {_NO_QUEUES}")
            answer.queues = reader.depths(known)
        except TargetError as error:
            answer.failures["queues"] = Failure(error.reason, str(error))
        return answer

    def api(self, deadline: Deadline) -> ApiAnswer:
        """Alarms, members, quorum. Never raises TargetError: it says what failed.

        The alarms come first: they are told at once, while for the others the node asks all members and waits for a frozen one.
        """
        answer = ApiAnswer()
        try:
            answer.alarms = self._checked(management.ALARMS, deadline, management.alarms)
            answer.peers = management.peers(self.management.json(management.NODES, deadline))
            answer.critical = self._checked(management.QUORUM, deadline, management.quorum_critical)
        except TargetError as error:
            answer.failures["management"] = Failure(error.reason, str(error))
        return answer

    def abort(self) -> None:
        """End what its threads wait for."""
        self.prometheus.abort()
        self.management.abort()

    def close(self) -> None:
        """Let go of the connections."""
        self.prometheus.close()
        self.management.close()

    def _checked(self, path: str, deadline: Deadline, read: Callable[[Any], Value]) -> Value:
        return read(self.management.json(path, deadline, accept=management.CHECKED))


def unanswered(what: str) -> Failure:
    """The failure of a node whose thread is still waiting when time is up: a name service, most likely."""
    return Failure("timeout", f"{what}: no answer in time, not even from the name service; the last question is still open")
