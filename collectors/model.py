"""The values that flow through the collectors, and what a source and a sink must be.

    Source -> Chunk -> (a parser per stream) -> Batch -> every Sink accepts -> Source.commit

The position of a stream moves when all that stands before it is safe with the sinks, and not before: a crash at any moment
repeats what was not acknowledged, and loses nothing. Nothing here knows a particular source, sink, format or clock.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from parsers.model import Event


@dataclass(frozen=True, slots=True)
class Position:
    """How far a stream was read: `offset` bytes of its (unpacked) text; the next line is `line`, from 1.

    `path` is the name under which it was first seen; a rotated file is looked for beside it.
    """

    offset: int
    line: int = 1
    path: str = ""


@dataclass(frozen=True, slots=True)
class Chunk:
    """New bytes of a stream.

    `path` is the name under which it was first seen, `identity` who it is whatever it is called by now (for a file see
    `collectors.files.identity`; the path itself for a stream that cannot be read again). `data` stands at byte `offset` of
    the unpacked text and begins in line `line` (from 1). `ended`: nothing more comes, close the parser. `resource` is what
    the source knows of the writer, under the names of OpenTelemetry (`k8s.pod.name` ...); it goes into every event.

    `origin` is set by a source whose sender repeats what was not acknowledged: in the next life the same bytes come with
    another identity and offset, but with the same origin. Ids of events that begin in this chunk are made of it (see
    `collectors.ids`), and the positions of such a stream need no place on disk: nobody could go on from there.
    """

    path: str
    identity: str
    offset: int
    line: int
    data: bytes
    ended: bool = False
    resource: Mapping[str, str] = field(default_factory=dict)
    origin: str = ""


class Source(Protocol):
    """Where bytes come from. One thread calls all of it."""

    def poll(self) -> Iterator[Chunk]:
        """What is new now; does not wait. Take all of it before the next call. What is wrong with an input is reported."""

    def done(self) -> bool:
        """Whether nothing will come any more."""

    def streams(self) -> list[int]:
        """Descriptors to wait for with `select` between two polls; empty where only time tells."""

    def commit(self, positions: Mapping[str, Position]) -> None:
        """All before these positions (identity -> position) is safe: remember it, acknowledge it."""

    def close(self) -> None:
        """Let go of descriptors, sockets and threads. What was not committed is given again in the next life."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """An event that a sink will never take, and what its far side said."""

    event: Event
    reason: str


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a batch that reached the far side: `accepted` events are safe there, the `rejected` never will be.

    `unnamed` is how many more it refused for good without telling which (OTLP's partial success); `remark` is what it said
    of them, or besides. The three numbers sum up to the batch.
    """

    accepted: int
    rejected: tuple[Rejected, ...] = ()
    unnamed: int = 0
    remark: str = ""


class SinkError(Exception):
    """The far side did not take a batch. `str()` says what, where and what to do, without secrets."""


class RetryError(SinkError):
    """It may take the same batch later (timeout, refused connection, 429, 503).

    `after`: seconds that the far side asks for (Retry-After), None where it says nothing. `remaining`: the events still to
    be sent where it took a part of the batch; None means all.
    """

    def __init__(self, text: str, after: float | None = None, remaining: Sequence[Event] | None = None) -> None:
        super().__init__(text)
        self.after = after
        self.remaining = remaining


class TooLargeError(SinkError):
    """It will never take this batch, but may take its halves (413). A single event that is too large is `Rejected`."""


class Sink(Protocol):
    """Where events go. One thread calls all of it. It neither queues nor repeats: its worker does, the same for all sinks."""

    name: str
    """From the settings; the label `sink` of its metrics."""

    def send(self, events: Sequence[Event], timeout: float) -> Sent:
        """Returns once the far side has them safely, or refuses them for good; within `timeout` seconds.

        Raises RetryError or TooLargeError. After an error nothing is assumed about the batch: it comes again, so a far side
        that can tell repeats apart (by `log.record.uid`) should be helped to.
        """

    def close(self) -> None:
        """Let go of connections."""
