"""The pipeline of `run`: files in, the store out. What is particular about it: the store keeps the read positions itself."""

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from collectors.model import Source
from collectors.pipeline.dead_letters import DeadLetters
from collectors.pipeline.loop import Loop
from collectors.pipeline.outbox import Outbox
from collectors.pipeline.pipeline import Observer, Pipeline, receiver
from collectors.pipeline.settings import BatchSettings, BufferSettings, RetrySettings
from collectors.pipeline.streams import MakeParser, Streams
from collectors.pipeline.worker import Worker
from stratoscope.collect.telemetry import Telemetry
from stratoscope.store.schema import StoreError
from stratoscope.store.sink import StoreSink
from stratoscope.store.writer import Writer

STORE = "store"
"""The name of the one source's sink in metrics and log."""
FILES = "files"
"""The name of the one source."""
_BATCHES = BatchSettings(events=5000, memory=16 << 20, age=0.0)
"""Events per transaction: enough that the commit costs little of it. What is read in one turn is stored at its end."""
_DEAD_LETTERS = 16 << 20
"""Bytes of events that make the store fail in a way it should not."""
_GRACE = 10.0
"""Seconds that the store has at the end for what it holds; longer only where it is being moved on."""


@dataclass(frozen=True, slots=True)
class Ingest:
    """What reads, and what came of it so far."""

    pipeline: Pipeline
    worker: Worker
    telemetry: Telemetry
    loop: Loop

    @property
    def added(self) -> int:
        """Events that are new in the store."""
        return self.telemetry.counts.stored[STORE]

    @property
    def repeated(self) -> int:
        """Events that were in it already."""
        return self.telemetry.counts.repeated[STORE]

    @property
    def streams_seen(self) -> int:
        """Inputs of which something was read."""
        return self.pipeline.streams.seen

    def step(self) -> bool:
        """Read what is new, wait a little if there is nothing. False when all that was found is in the store."""
        busy = self.loop.step()
        return busy or not self.pipeline.idle or not self.pipeline.settled(time.monotonic())

    def finish(self) -> None:
        """Nothing more comes: store what is still under way. Raises the error of a store that does not take it."""
        self.pipeline.end(time.monotonic(), time.time())
        self.loop.until(lambda: self.pipeline.settled(time.monotonic()) or self.worker.error is not None, _GRACE)
        self.check()

    def check(self) -> None:
        """Raises StoreError if the store did not take the last batch. It is tried again, but not everybody wants to wait."""
        if self.worker.error is not None:
            raise StoreError(str(self.worker.error))


@contextlib.contextmanager
def ingest(
    source: Source, make_parser: MakeParser, writer: Writer, telemetry: Telemetry, observers: Sequence[Observer] = ()
) -> Iterator[Ingest]:
    """A context in which `source` is read into the store of `writer`."""
    pipeline = Pipeline(Streams(make_parser, f"{time.time_ns():x}"), _BATCHES, telemetry, observers=list(observers))
    with Loop(pipeline) as loop:
        receive = receiver(pipeline.receipts, loop.wake)
        outbox = Outbox(STORE, BufferSettings().bounds(1), None, telemetry, receive)
        dead_letters = DeadLetters(f"{writer.path}.rejected.jsonl", _DEAD_LETTERS, STORE)
        worker = Worker(StoreSink(STORE, writer, telemetry.stored), outbox, telemetry, dead_letters, RetrySettings())
        pipeline.outboxes[STORE] = outbox
        pipeline.add(FILES, source)
        telemetry.begin(sources=[FILES], sinks=[STORE])
        worker.start()
        try:
            yield Ingest(pipeline, worker, telemetry, loop)
        finally:
            worker.stop()
            worker.join(_GRACE)
            source.close()
