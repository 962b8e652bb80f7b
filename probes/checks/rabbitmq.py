"""A RabbitMQ node, by the health checks of its management API, or by its /metrics alone.

An alarm is PARTIAL, which leaves a node ready. Publishers are blocked in the whole cluster by it, and consumers are what ends
it: who takes the node out of its Service keeps away those that would empty its queues. And an alarm of one node makes all nodes
alike, so no client would have a node left. It is told, and counted, and nothing else.

Nothing here is evidence for liveness: a node that waits for its peers, replays its queues or pauses in a partition says nothing
for as long as that takes, and a restart makes it begin anew.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from clients.http1 import Answer, Client, HttpsFiles, Slow, Target
from clients.model import Deadline, TargetError, UnreachableError
from parsers.secret import Secret
from probes.checks.looking import Look, Past, shown
from probes.model import Context, Evidence, Finding

_HEALTH = "/api/health/checks/"
_IN_SERVICE, _READY, _ALARMS, _CRITICAL = "is-in-service", "ready-to-serve-clients", "local-alarms", "node-is-quorum-critical"
_API_LIMIT = 1 << 20
_METRICS_LIMIT = 16 << 20
"""Bytes of /metrics: 100 kB; more where somebody has made it tell of each queue."""
_ALARM = re.compile(
    r"^rabbitmq_alarms_(memory_used_watermark|free_disk_space_watermark|file_descriptor_limit)\S* 1(?:\.0)?$", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Settings:
    """Whom to ask. `url` or `metrics`, one of them."""

    url: str = ""
    """The management API of this node, as `http://127.0.0.1:15672`. Of this one: a Service would ask another each time."""
    user: str = ""
    """A user with the tag `monitoring`, and no other right."""
    password: Secret | None = None
    """Of that user."""
    metrics: str = ""
    """Instead of the API: the URL of the plugin rabbitmq_prometheus, as `http://127.0.0.1:15692/metrics`. It needs no user, and
    tells less: that the node answers, and its alarms."""
    protocol: str = "amqp"
    """The listener that a node before 4.0 must have: `amqp`, `amqp/ssl`. Since 4.0 the node says itself whether it is ready."""
    tls: HttpsFiles = field(default_factory=HttpsFiles)
    """Certificates, for `https`."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Neither or both, no user."""
        if bool(self.url) == bool(self.metrics):
            yield "url", "give one of url (the management API) and metrics (the plugin rabbitmq_prometheus)"
        for key, url in (("url", self.url), ("metrics", self.metrics)):
            try:
                if url:
                    Target.parse(url)
            except ValueError as error:
                yield key, str(error)
        if self.url and not (self.user and self.password):
            yield "user", "the management API needs user and password; make a user with the tag monitoring"
        if not re.fullmatch(r"[a-z0-9]+(/[a-z0-9]+)*", self.protocol):
            yield "protocol", "is no name of a protocol; write amqp or amqp/ssl"


class Node:
    """FINE: in service and ready (since 4.0), or its AMQP listener is there (before).

    PARTIAL about an alarm: it answers, and this node has that alarm. UNFIT: out of service (maintenance), not ready, no
    listener; or nobody listens while its process lives: `rabbitmqctl stop_app`, pause_minority, a boot that waits. NOT_YET, and
    GONE once it was fine: nobody listens. SILENT: no answer in time. UNKNOWN: user, password, TLS. Figure `quorum_critical`: 1
    when a quorum queue or stream would lose its majority with this node.
    """

    def __init__(self, settings: Settings, context: Context) -> None:
        self._settings = settings
        self._processes = context.processes
        self._target = Target.parse(settings.url or settings.metrics)
        login = (settings.user, settings.password or Secret("")) if settings.user else None
        self._client = Client(self._target, {}, keep=True, tls=settings.tls, login=login)
        self._past = Past()
        self._lacks: frozenset[str] = frozenset()

    def look(self, deadline: Deadline) -> tuple[Evidence, ...]:
        """Ask once."""
        look = Look(deadline)
        try:
            return tuple(self._api(look) if self._settings.url else self._metrics(look))
        except Slow as late:
            return (look.saw(Finding.SILENT, str(late)),)
        except UnreachableError as failed:
            if not self._processes():
                return (look.saw(self._past.missing(), str(failed)),)
            text = f"{failed}; its process lives: it boots, waits for its peers, or its application is stopped (stop_app)"
            return (look.saw(self._past.lacking(), text),)
        except TargetError as failed:
            return (look.saw(self._past.without_answer(failed), str(failed)),)

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    def _api(self, look: Look) -> Iterator[Evidence]:
        wrong = self._first_wrong(look)
        if wrong is not None:
            yield wrong
            return
        alarms = self._checked(_ALARMS, look)
        critical = self._checked(_CRITICAL, look)
        figures = {"quorum_critical": critical.status == 503, "alarms": alarms.status == 503}
        if alarms.status == 503:
            yield self._alarmed(look, _resources(alarms), figures)
            return
        self._past.fine = True
        last = ", the last of a majority" if critical.status == 503 else ""
        yield look.saw(Finding.FINE, f"{self._target}: in service, no alarm{last}", **figures)

    def _first_wrong(self, look: Look) -> Evidence | None:
        """The first of the checks that says no; None where it serves. What a version does not have (404) is not asked again."""
        asked = 0
        for name in (_IN_SERVICE, _READY, f"protocol-listener/{quote(self._settings.protocol, safe='')}"):
            if name in self._lacks or (asked and name.startswith("protocol-listener/")):
                continue
            answer = self._checked(name, look)
            if answer.status == 404:
                self._lacks |= {name}
                continue
            asked += 1
            if answer.status in {401, 403}:
                text = f"{self._target}: refused with {answer.status}; check user and password, and its tag monitoring"
                return look.saw(Finding.UNKNOWN, text)
            if answer.status != 200:
                return look.saw(self._past.lacking(), f"{self._target}: {name}: {_reason(answer)}")
        return None if asked else look.saw(Finding.UNKNOWN, f"{self._target}: no health check there; is it the management API?")

    def _checked(self, name: str, look: Look) -> Answer:
        return self._client.get(look.deadline, _API_LIMIT, f"{self._target.path.rstrip('/')}{_HEALTH}{name}")

    def _metrics(self, look: Look) -> Iterator[Evidence]:
        answer = self._client.get(look.deadline, _METRICS_LIMIT)
        text = answer.body.decode(errors="replace")
        if answer.status != 200 or "rabbitmq_identity_info" not in text:
            yield look.saw(self._past.lacking(), f"{self._target}: {answer.status}, and no metrics of RabbitMQ")
            return
        if alarms := sorted(set(_ALARM.findall(text))):
            yield self._alarmed(look, ", ".join(alarms), {"alarms": len(alarms)})
            return
        self._past.fine = True
        yield look.saw(Finding.FINE, f"{self._target}: answers, no alarm", alarms=0)

    def _alarmed(self, look: Look, alarms: str, figures: Mapping[str, float]) -> Evidence:
        self._past.fine = True
        text = f"{self._target}: answers, with the alarm {alarms}: all publishers of the cluster are blocked, consumers are not"
        return look.saw(Finding.PARTIAL, text, f"alarm {alarms}", **figures)


def _resources(answer: Answer) -> str:
    """Which alarms: `{"status":"failed","alarms":[{"node":N,"resource":"memory"}]}`."""
    rows = _body(answer).get("alarms")
    names = {str(row.get("resource")) for row in rows if isinstance(row, Mapping)} if isinstance(rows, list) else set()
    return shown(", ".join(sorted(names)) or "of a resource", 60)


def _reason(answer: Answer) -> str:
    said = _body(answer).get("reason")
    return f"{answer.status}{f', {shown(said)}' if isinstance(said, str) else ''}"


def _body(answer: Answer) -> Mapping[str, Any]:
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def make(settings: Settings, context: Context) -> Node:
    """The check."""
    return Node(settings, context)
