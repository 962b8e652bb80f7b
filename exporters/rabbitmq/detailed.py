"""The queues of a node, read from `/metrics/detailed` as it streams in: nothing of the body is kept but three numbers a queue.

    rabbitmq_detailed_queue_messages_ready{vhost="/",queue="compute.cmp001"} 0

Of these lines a node with 24,000 queues prints 120,000 (10 MB). RabbitMQ 3.10 does not escape the values, so a quote in a name
stands there as it is; the labels are always these two, in this order (`prometheus_rabbitmq_core_metrics_collector.erl`).
Pure: bytes in, numbers out.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from urllib.parse import quote

from clients.model import MalformedError

_LINE = re.compile(
    rb"^rabbitmq_detailed_queue_(messages_ready|messages_unacked|consumers)\{([^\n]*)\} ([0-9.e+]+)\r?$", re.MULTILINE
)
_LABELS = re.compile(r'vhost="(.*?)",queue="(.*)"')
_COLUMNS = {b"messages_ready": 0, b"messages_unacked": 1, b"consumers": 2}
_LAST_FAMILY = b"# TYPE rabbitmq_detailed_queue_consumers "
_LONGEST_LINE = 1 << 16


class QueueId(NamedTuple):
    """A queue."""

    vhost: str
    name: str


class Depth(NamedTuple):
    """Messages ready, messages delivered and not acknowledged, consumers. None: the node has not said so (yet)."""

    ready: int | None
    unacked: int | None
    consumers: int | None


def path(vhosts: Iterable[str] = ()) -> str:
    """What to ask for."""
    wanted = "".join(f"&vhost={quote(vhost, safe='')}" for vhost in vhosts)
    return f"/metrics/detailed?family=queue_coarse_metrics&family=queue_consumer_count{wanted}"


class QueueReader:
    """Takes the body in pieces of any size. `depths` is right once all of it was taken, and `whole` is true.

    The head of the last family is there even if there are no queues; without it, something else has answered.
    """

    def __init__(self) -> None:
        self.whole = False
        self._rows: dict[bytes, list[int | None]] = {}
        self._rest = b""

    def take(self, piece: bytes) -> None:
        """The next piece. Raises MalformedError if it has no lines."""
        text = self._rest + piece
        end = text.rfind(b"\n") + 1
        self._rest = text[end:]
        if len(self._rest) > _LONGEST_LINE:
            raise MalformedError("/metrics/detailed has a line without end; is this the port of rabbitmq_prometheus?")
        self.whole = self.whole or text.find(_LAST_FAMILY, 0, end) >= 0
        rows = self._rows
        for column, labels, value in _LINE.findall(text, 0, end):
            row = rows.get(labels)
            if row is None:
                row = rows[labels] = [None, None, None]
            row[_COLUMNS[column]] = int(value) if value.isdigit() else int(float(value))

    def depths(self, known: Mapping[bytes, QueueId]) -> dict[bytes, tuple[QueueId, Depth]]:
        """The text of the labels -> the queue and its figures. `known` are those of earlier answers, which need no parsing."""
        found: dict[bytes, tuple[QueueId, Depth]] = {}
        for labels, row in self._rows.items():
            queue = known.get(labels) or _queue(labels)
            if queue is not None:
                found[labels] = (queue, Depth(*row))
        return found


def merged(members: Iterable[Iterable[tuple[QueueId, Depth]]]) -> dict[QueueId, Depth]:
    """The queues of all members. Each is told by the member that has its leader.

    While a leader moves, two may tell of it: the greater figures are kept, as a queue that looks empty would be worse.
    """
    queues: dict[QueueId, Depth] = {}
    for rows in members:
        for queue, depth in rows:
            other = queues.get(queue)
            queues[queue] = depth if other is None else Depth(*map(_greater, depth, other))
    return queues


def _greater(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else max(one, other)


def _queue(labels: bytes) -> QueueId | None:
    match = _LABELS.match(labels.decode("utf-8", "replace"))
    return None if match is None else QueueId(_unescaped(match[1]), _unescaped(match[2]))


def _unescaped(value: str) -> str:
    if "\\" not in value:
        return value
    return re.sub(r'\\(["\\])', r"\1", value)
