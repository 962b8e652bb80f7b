"""The figures of a node, read from the plugin's `/metrics`. Pure.

Names differ with the version: the sockets went with 4.0, the alarm of the file descriptors with 4.3,
`unreachable_cluster_peers_count` came with 3.12.5. What a node does not print is simply not there. With
`return_per_object_metrics` the answer becomes a hundred times longer, but these figures stay the same.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from clients.model import MalformedError

PATH = "/metrics"
LIMIT = 32 << 20
"""Bytes. The usual answer has 80 kB; with `prometheus.return_per_object_metrics` it has no bound."""

FIGURES = {
    "process_resident_memory_bytes": "memory",
    "resident_memory_limit_bytes": "memory_limit",
    "disk_space_available_bytes": "disk",
    "disk_space_available_limit_bytes": "disk_limit",
    "process_open_fds": "fds",
    "process_max_fds": "fds_limit",
    "erlang_processes_used": "processes",
    "erlang_processes_limit": "processes_limit",
    "erlang_scheduler_run_queue": "run_queue",
    "erlang_uptime_seconds": "uptime",
    "connections": "connections",
    "channels": "channels",
    "consumers": "consumers",
    "queues": "queues",
    "connections_opened_total": "connections_opened",
    "connections_closed_total": "connections_closed",
    "channels_opened_total": "channels_opened",
    "channels_closed_total": "channels_closed",
    "queues_declared_total": "queues_declared",
    "queues_created_total": "queues_created",
    "queues_deleted_total": "queues_deleted",
    "global_messages_received_total": "received",
    "global_messages_routed_total": "routed",
    "global_messages_delivered_total": "delivered",
    "global_messages_redelivered_total": "redelivered",
    "global_messages_unroutable_dropped_total": "dropped",
    "global_messages_unroutable_returned_total": "returned",
    "unreachable_cluster_peers_count": "unreachable_peers",
    "alarms_memory_used_watermark": "alarm_memory",
    "alarms_free_disk_space_watermark": "alarm_disk",
    "alarms_file_descriptor_limit": "alarm_file_descriptor_limit",
}
"""Name without `rabbitmq_` -> our word for it. What has several series (one for each protocol) is added up."""

ALARMS = {"memory": "alarm_memory", "disk": "alarm_disk", "file_descriptor_limit": "alarm_file_descriptor_limit"}
"""Resource of an alarm -> its figure."""

PROTOCOLS = ("amqp091", "amqp10", "mqtt", "stream", "http", "other")
"""Values of the label `protocol`."""

_LINE = re.compile(
    rb"^rabbitmq_(" + "|".join(FIGURES).encode() + rb"|auth_attempts_failed_total|build_info|identity_info)"
    rb"(?:\{([^\n]*)\})? ([^\s]+)\r?$",
    re.MULTILINE,
)
_LABEL = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True, slots=True)
class NodeFigures:
    """What a node says of itself. `values` by the words of FIGURES, `auth_failures` by protocol."""

    name: str
    cluster: str
    version: str
    erlang: str
    values: Mapping[str, float] = field(default_factory=dict)
    auth_failures: Mapping[str, float] = field(default_factory=dict)


def read(body: bytes) -> NodeFigures:
    """The figures in an answer. Raises MalformedError if it is not that of rabbitmq_prometheus."""
    values: dict[str, float] = defaultdict(float)
    failures: dict[str, float] = defaultdict(float)
    told: dict[str, str] = {}
    for name, labels, value in _LINE.findall(body):
        if name in {b"build_info", b"identity_info"}:
            told.update(_LABEL.findall(labels.decode("utf-8", "replace")))
        elif name == b"auth_attempts_failed_total":
            failures[_protocol(labels)] += _number(value)
        else:
            values[FIGURES[name.decode()]] += _number(value)
    if "rabbitmq_node" not in told:
        raise MalformedError("/metrics names no RabbitMQ node; is this the port of the plugin rabbitmq_prometheus?")
    cluster, version, erlang = (told.get(key, "") for key in ("rabbitmq_cluster", "rabbitmq_version", "erlang_version"))
    return NodeFigures(told["rabbitmq_node"], cluster, version, erlang, dict(values), dict(failures))


def _protocol(labels: bytes) -> str:
    protocol = dict(_LABEL.findall(labels.decode("utf-8", "replace"))).get("protocol", "")
    return protocol if protocol in PROTOCOLS else "other"


def _number(text: bytes) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise MalformedError(f"/metrics has {text[:40]!r} where a number should be") from error
