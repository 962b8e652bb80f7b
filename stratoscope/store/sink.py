"""The embedded store as a sink: events, and the read positions behind them, in one transaction."""

import hashlib
import time
from collections.abc import Callable, Sequence

from collectors.files.identity import is_identity
from collectors.model import RetryError, Sent
from collectors.pipeline.batches import Batch, Moved
from collectors.pipeline.streams import STREAM_MARK
from parsers.model import Event
from stratoscope.store.records import Progress, Stored
from stratoscope.store.schema import StoreError
from stratoscope.store.writer import Writer, offset_of

_PUSHED = "pushed to us"
"""The stream of events that a sender repeats under other offsets."""


class StoreSink:
    """Puts events into the store. Repeats are known there and left out. `tell` gets what each batch became."""

    def __init__(self, name: str, writer: Writer, tell: Callable[[str, Stored], None]) -> None:
        self.name = name
        self._writer = writer
        self._tell = tell

    def keep(self, batch: Batch, timeout: float) -> Sent:  # noqa: ARG002  SQLite waits 10 s for a lock
        """See Keeper. Raises RetryError."""
        return self._store(batch.events, batch.moved)

    def send(self, events: Sequence[Event], timeout: float) -> Sent:  # noqa: ARG002
        """See Sink. Raises RetryError. No position moves."""
        return self._store(events, ())

    def close(self) -> None:
        """See Sink."""
        self._writer.close()

    def _store(self, events: Sequence[Event], moved: Sequence[Moved]) -> Sent:
        try:
            stored = self._writer.store(progress_of(events, moved), time.time())
        except StoreError as error:
            raise RetryError(str(error)) from error
        self._tell(self.name, stored)
        return Sent(len(events))


def progress_of(events: Sequence[Event], moved: Sequence[Moved]) -> list[Progress]:
    """The events by stream, each with the position that its stream has come to, where it is known.

    The id of an event names its stream. Pushed events (see `Chunk.origin`) have ids of their own: their streams begin anew
    in each life, so they are kept as one stream, in which the id itself is the place.
    """
    groups: dict[str, tuple[list[Event], list[int]]] = {one.stream: ([], []) for one in moved if _can_be_read_again(one.stream)}
    for event in events:
        uid = str(event["attributes"]["log.record.uid"])
        stream = uid.rpartition(":")[0]
        known = _can_be_read_again(stream)
        group = groups.setdefault(stream if known else _PUSHED, ([], []))
        group[0].append(event)
        group[1].append(offset_of(event) if known else _place(uid))
    positions = {one.stream: one.position for one in moved}
    return [Progress(stream, positions.get(stream), *group) for stream, group in groups.items()]


def _can_be_read_again(stream: str) -> bool:
    return is_identity(stream) or STREAM_MARK in stream


def _place(uid: str) -> int:
    """A number of 63 bits that stands for an id."""
    return int.from_bytes(hashlib.blake2b(uid.encode("utf-8", "backslashreplace"), digest_size=8).digest()) >> 1
