"""Waits until a RabbitMQ node may leave: no quorum queue and no mirrored queue would lose its majority or its last copy.

That is all that can be done from outside. Maintenance mode (`rabbitmq-upgrade drain`: close the listeners, hand leaders over)
is not in the management API; it needs Erlang distribution with the cluster's cookie, which is the right to run any code on any
node. A probe must not have that. So the drain waits for the quorum and lets the broker's own container go on: its preStop may
ask us first and run `rabbitmq-upgrade drain` then (docs/probes/drain.md). The node stays ready until it may leave: clients
that it still serves are better off than without it.
"""

from typing import Any

import orjson

from clients.http import Credentials, HttpClient, HttpTls
from clients.model import Deadline, MalformedError
from probes.drain.model import Plain, Progress
from probes.drain.settings import RabbitmqSettings as Settings
from probes.model import Context

_ANSWERS = (200, 404, 503)
_LIMIT = 1 << 20


class Rabbitmq(Plain):
    """One node."""

    def __init__(self, settings: Settings) -> None:
        credentials = Credentials(settings.user, settings.password) if settings.password else None
        tls = settings.tls
        trusted = HttpTls(tls.ca, tls.certificate, tls.key, tls.name or None) if tls else None
        self._client = HttpClient(settings.url, credentials, trusted)
        self._checks = settings.checks

    def permitted(self, deadline: Deadline) -> Progress:
        """Whether it may leave. Raises TargetError."""
        for check in self._checks:
            answer = self._client.get(f"/api/health/checks/{check}", deadline, _LIMIT, _ANSWERS)
            if answer.status == 503:
                queues, reason = _critical(answer.body, self._client.address)
                return Progress(done=False, text=f"must not leave yet: {reason}", in_flight=queues)
        return Progress(done=True, text="may leave: the others keep quorum")

    def begin(self, _: Deadline) -> str:
        """Nothing can be done over HTTP."""
        return "may leave; leaders and connections move when its own container ends it"

    def look(self, _: Deadline) -> Progress:
        """Nothing more to wait for."""
        return Progress(done=True, text="may leave; leaders and connections move when its own container ends it")

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()


def _critical(body: bytes, address: str) -> tuple[int, str]:
    """How many queues are in danger, and what the node says. Raises MalformedError."""
    try:
        said: Any = orjson.loads(body)
        queues = len(said.get("queues", ()))
        reason = " ".join(str(said["reason"]).split())[:200]
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError) as error:
        raise MalformedError(f"{address}: its 503 is not of RabbitMQ's health checks; is a proxy in between?") from error
    return queues, f"{reason} ({queues} queues)"


def make(settings: Settings, _: Context) -> Rabbitmq:
    """The action."""
    return Rabbitmq(settings)
