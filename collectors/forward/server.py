"""The forward source: raw lines come from Fluent Bit or Fluentd, and are acknowledged once their events are safe.

Each tag with a file (or container) is a stream, whose bytes are the lines in the order in which they came: positions in it
are virtual. A message is acknowledged when `commit` has passed its last line in each of its streams, so an open record at its
end holds the acknowledgement until it is closed. A message that comes again, as its sender lost its connection or its
patience, is known by tag and chunk id: if it is safe, it is acknowledged at once; if it is under way, that sender is told too.

What comes again after our own death is given again, in other streams at other offsets. So a chunk tells its `origin`, made of
tag, chunk id and stream, which is the same in each life: ids of events are made of it, and repeats can be removed by
`log.record.uid`. Without acknowledgement there is no chunk id, and nothing is repeated; there the origin is made anew.

Known limitations. Where a record stands in two messages, of which only the first was acknowledged when we die, its rest comes
again alone, as an event of its own. Messages of one tag that come at the same time over several connections are put into the
order of their first records, but a repeated one comes late. Two messages of a tag with the same content, times included,
have the same id: the second counts as a repeat of the first.
"""

import secrets
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b

from collectors.forward.connection import Connection
from collectors.forward.decoding import Message
from collectors.forward.ledger import Delivery, Ledger
from collectors.forward.records import Lines, StreamKey
from collectors.forward.senders import Received, Senders
from collectors.forward.settings import ForwardInput
from collectors.forward.wire import acknowledgement
from collectors.model import Chunk, Position
from collectors.problems import Report

PIECE = 256 << 10
"""Bytes of a chunk, as of files. Ids depend on it: do not change it without need."""


@dataclass(slots=True)
class _Stream:
    identity: str
    path: str
    resource: Mapping[str, str]
    offset: int
    line: int
    touched: float


class ForwardSource:
    """A forward server, as a Source.

    `counts`: messages, records, repeated (messages), acknowledged, not_logs, streams. `ended`: connections, by reason.
    """

    def __init__(
        self, settings: ForwardInput, report: Report, clock: Callable[[], float] = time.monotonic, run: str | None = None
    ) -> None:
        """`run`: a name of this start. Raises AddressError."""
        self.counts: Counter[str] = Counter()
        self._settings = settings
        self._clock = clock
        self._run = run or secrets.token_hex(4)
        self._senders = Senders(settings, report, clock)
        self._ledger: Ledger[Connection] = Ledger(settings.bounds.remembered)
        self._streams: OrderedDict[tuple[str, StreamKey], _Stream] = OrderedDict()
        self._ready: list[Received] = []
        self._unnamed = 0

    @property
    def ended(self) -> Counter[str]:
        """How many connections ended, by reason."""
        return self._senders.ended

    @property
    def connections(self) -> int:
        """Senders that are connected."""
        return len(self._senders)

    @property
    def unacknowledged(self) -> int:
        """Messages that are not safe yet."""
        return len(self._ledger)

    @property
    def port(self) -> int:
        """The TCP port it listens on."""
        return self._senders.port

    def poll(self) -> Iterator[Chunk]:
        """The lines of all messages that are whole now."""
        self._ready += self._senders.read()
        now = self._clock()
        for message, connection in self._in_order():
            yield from self._take(message, connection, now)
        yield from self._quiet(now)

    def done(self) -> bool:
        """Never: somebody may always connect."""
        return False

    def streams(self) -> list[int]:
        """One descriptor for all senders."""
        return [self._senders.fileno()]

    def commit(self, positions: Mapping[str, Position]) -> None:
        """Acknowledge the messages that are safe now."""
        for delivery in self._ledger.passed(positions):
            self._acknowledge(delivery)

    def close(self) -> None:
        """Close all connections; what was not acknowledged will be repeated."""
        self._senders.close()

    def _in_order(self) -> list[Received]:
        """The messages that can be given, by the time of their first record; one waits for an earlier one of its tag."""
        self._ready.sort(key=lambda received: received[0].first)
        earliest: dict[str, int] = {}
        for tag, first in self._senders.under_way():
            earliest[tag] = min(first, earliest.get(tag, first))
        ready = self._ready
        self._ready = [one for one in ready if earliest.get(one[0].tag, one[0].first) < one[0].first]
        return [one for one in ready if not earliest.get(one[0].tag, one[0].first) < one[0].first]

    def _take(self, message: Message[Lines], connection: Connection, now: float) -> Iterator[Chunk]:
        self.counts["messages"] += 1
        if message.chunk is None:
            yield from self._give(message, Delivery(None), now)
            return
        self._senders.owe(connection)
        chunk = message.tag, message.chunk
        known = self._ledger.under_way(chunk)
        if known is not None:
            self.counts["repeated"] += 1
            known.waiters.append(connection)
        elif self._ledger.is_done(chunk):
            self.counts["repeated"] += 1
            self._acknowledge(Delivery(chunk, waiters=[connection]))
        else:
            yield from self._give(message, Delivery(chunk, waiters=[connection]), now)

    def _give(self, message: Message[Lines], delivery: Delivery[Connection], now: float) -> Iterator[Chunk]:
        self.counts["records"] += message.records
        self.counts["not_logs"] += not message.logs
        texts = message.taken.texts
        streams = []
        for key in texts:
            yield from self._room()
            streams.append(self._stream(message.tag, key, now))
        ends = {stream.identity: stream.offset + len(text) for stream, text in zip(streams, texts.values(), strict=True)}
        self._ledger.open(delivery, ends)
        if not ends:
            self._ledger.close(delivery)
            self._acknowledge(delivery)
        for stream, (key, text) in zip(streams, list(texts.items()), strict=True):
            origin = self._origin(message, key)
            del texts[key]
            yield from _pieces(stream, text, origin)

    def _acknowledge(self, delivery: Delivery[Connection]) -> None:
        if delivery.chunk is None:
            return
        self.counts["acknowledged"] += 1
        answer = acknowledgement(delivery.chunk[1])
        for connection in delivery.waiters:
            self._senders.acknowledge(connection, answer)

    def _stream(self, tag: str, key: StreamKey, now: float) -> _Stream:
        stream = self._streams.get((tag, key))
        if stream is None:
            self.counts["streams"] += 1
            path = key.file or tag
            identity = f"{path}#{self._run}.{self.counts['streams']}"
            stream = self._streams[tag, key] = _Stream(identity, path, dict(key.resource), 0, 1, now)
        self._streams.move_to_end((tag, key))
        stream.touched = now
        return stream

    def _room(self) -> Iterator[Chunk]:
        if len(self._streams) >= self._settings.bounds.streams:
            yield self._ended()

    def _quiet(self, now: float) -> Iterator[Chunk]:
        while self._streams and next(iter(self._streams.values())).touched <= now - self._settings.quiet:
            yield self._ended()

    def _ended(self) -> Chunk:
        """The end of the stream that was quiet for the longest time."""
        _, stream = self._streams.popitem(last=False)
        return Chunk(stream.path, stream.identity, stream.offset, stream.line, b"", ended=True, resource=stream.resource)

    def _origin(self, message: Message[Lines], key: StreamKey) -> str:
        name = message.chunk
        if name is None:
            self._unnamed += 1
            name = f"{self._run} {self._unnamed}"
        parts = (message.tag, name, key.file, *(part for pair in key.resource for part in pair))
        return blake2b("\0".join(parts).encode("utf-8", "surrogateescape"), digest_size=12).hexdigest()


def _pieces(stream: _Stream, text: bytearray, origin: str) -> Iterator[Chunk]:
    for number, start in enumerate(range(0, len(text), PIECE)):
        data = bytes(text[start : start + PIECE])
        name = f"{origin}.{number}"
        yield Chunk(stream.path, stream.identity, stream.offset, stream.line, data, resource=stream.resource, origin=name)
        stream.offset += len(data)
        stream.line += data.count(b"\n")
