"""What `stratoscope collect` is while it runs: the pipeline, the workers, and how they follow the settings.

Reload, in this order, so that a bad file changes nothing and a good one loses nothing:
1. All that is new is made: parsers, sinks, spools. If that fails, the old settings stay.
2. A sink that is described as before stays as it is. One that changed gets a new worker, which begins with the batch that
   the old one had in its hands; what waits stays where it is. One that is gone owes nothing any more.
3. A source that is described as before stays as it is, with its open records. One that changed or is gone is closed; its
   successor goes on where its streams were given out. If the successor cannot be made, the old one is made again.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from collectors.files.source import FileSource
from collectors.forward.settings import ForwardInput
from collectors.model import Position, Sink, Source
from collectors.pipeline.loop import Loop
from collectors.pipeline.outbox import Outbox
from collectors.pipeline.pipeline import Observer, Pipeline, receiver
from collectors.pipeline.spool import Spool
from collectors.pipeline.streams import Streams
from collectors.pipeline.worker import Worker
from stratoscope.collect import wiring
from stratoscope.collect.settings import CollectSettings
from stratoscope.collect.state import State
from stratoscope.collect.telemetry import Gauges, Telemetry
from stratoscope.errors import StratoscopeError

MEASURE = 5.0
"""Seconds between two looks at what is unread; it costs a look at every file."""
_FIXED = ("state", "traces", "listen", "web_config", "page")
"""Settings that hold until the process ends."""
_LEAVE = 1.0
"""Seconds that workers have to end after the drain. One that hangs in its sink is left behind."""


@dataclass(frozen=True, slots=True)
class _Made:
    """A sink that is to be put to work, and its spool where there was none before."""

    sink: Sink
    spool: Spool | None


class Agent:
    """A running `collect`. Its methods are called from one thread."""

    def __init__(
        self, settings: CollectSettings, state: State, telemetry: Telemetry, observers: Sequence[Observer] = ()
    ) -> None:
        """Raises StratoscopeError where the settings cannot be brought to life."""
        self.settings = settings
        self.workers: dict[str, Worker] = {}
        self._state = state
        self._telemetry = telemetry
        streams = Streams(wiring.parser_maker(settings.parser), f"{time.time_ns():x}")
        self._pipeline = Pipeline(streams, settings.batch, telemetry, observers=list(observers))
        self._pipeline.persist = lambda: self._write_positions(at_once=True)
        self._loop = Loop(self._pipeline)
        self._receive = receiver(self._pipeline.receipts, self._loop.wake)
        self._gauges = Gauges()
        self._measured = 0.0
        try:
            telemetry.begin(sources=settings.sources, sinks=settings.sinks)
            for name, made in self._make(settings, set(settings.sinks)).items():
                self._put_to_work(settings, name, made)
            for name in settings.sources:
                self._pipeline.add(name, self._source(settings, name, {}))
        except BaseException:
            self.close()
            raise

    def wake(self) -> None:
        """End the wait of `step`; may be called by signal handlers and other threads."""
        self._loop.wake()

    def step(self) -> bool:
        """Read and hand out what is new, or wait a little; whether there is more to do at once."""
        busy = self._loop.step()
        self._write_positions(at_once=False)
        return busy

    def done(self) -> bool:
        """Whether nothing will come any more, and all that came is delivered."""
        return self._pipeline.done() and self._pipeline.settled(time.monotonic())

    def gauges(self) -> Gauges:
        """What is measured at the moment; of what is unread, every `MEASURE` seconds."""
        now = time.monotonic()
        unread = self._gauges.unread
        if now >= self._measured + MEASURE:
            self._measured = now
            sources = self._pipeline.sources.items()
            unread = {name: source.unread() for name, source in sources if isinstance(source, FileSource)}
        streams, ledger = self._pipeline.streams, self._pipeline.ledger
        self._gauges = Gauges(
            streams=len(streams),
            open_streams=streams.unfinished,
            open_bytes=streams.unfinished_bytes(),
            oldest=ledger.oldest(),
            unread=unread,
            pushed={name: wiring.pushed(one) for name, one in self._pipeline.sources.items() if self._is_pushed(name)},
            positions_written=self._state.positions.written,
        )
        return self._gauges

    def _is_pushed(self, source: str) -> bool:
        return isinstance(self.settings.sources.get(source), ForwardInput)

    def drain(self) -> dict[str, int]:
        """Read no more; deliver what is on its way, within the time set. Sink -> events that it has not acknowledged."""
        self._pipeline.end(time.monotonic(), time.time())
        self._loop.until(self._settled, self.settings.drain)
        for worker in self.workers.values():
            worker.outbox.spill()
        self._settled()
        self._write_positions(at_once=True)
        owed = {name: self._pipeline.ledger.owed(name) for name in self.workers}
        return {name: events for name, events in owed.items() if events}

    def close(self) -> None:
        """End the workers, close sources and files. What was not delivered is read again, or waits in a spool."""
        for worker in self.workers.values():
            worker.stop()
        for worker in self.workers.values():
            worker.join(_LEAVE)
            worker.outbox.close()
        for source in self._pipeline.sources.values():
            source.close()
        self._loop.close()

    # -- reload -------------------------------------------------------------------------------------------------------

    def reload(self, settings: CollectSettings) -> None:
        """Follow new settings; see the module. Raises StratoscopeError, and then the old ones are in force."""
        old = self.settings
        fixed = [key for key in _FIXED if getattr(settings, key) != getattr(old, key)]
        if settings.shown() != old.shown():
            fixed.append("the store of the page")
        if fixed:
            raise StratoscopeError(f"{' and '.join(fixed)} cannot change while it runs; restart it for that")
        changed = {name for name, sink in settings.sinks.items() if old.sinks.get(name) != sink}
        made = self._make(settings, changed)
        self._pipeline.cut(time.monotonic())
        self._replace_sources(settings)
        for name, one in made.items():
            self._put_to_work(settings, name, one)
        for name in old.sinks.keys() - settings.sinks.keys():
            self._retire(name)
        for name, worker in self.workers.items():
            worker.outbox.reconfigure(settings.sinks[name].buffer.bounds(len(settings.sinks)))
        self._pipeline.batching = settings.batch
        self._telemetry.begin(sources=settings.sources, sinks=settings.sinks)
        self.settings = settings

    def _replace_sources(self, settings: CollectSettings) -> None:
        """Raises StratoscopeError; then all sources are as they were."""
        old = self.settings
        anew = settings.parser != old.parser
        gone = {name for name, source in old.sources.items() if anew or settings.sources.get(name) != source}
        given_out = {name: self._pipeline.remove(name) for name in gone}
        begun: list[str] = []
        try:
            self._pipeline.streams.make_parser = wiring.parser_maker(settings.parser)
            for name in settings.sources:
                if name not in self._pipeline.sources:
                    self._pipeline.add(name, self._source(settings, name, given_out.get(name, {})))
                    begun.append(name)
        except StratoscopeError:
            for name in begun:
                given_out.setdefault(name, {}).update(self._pipeline.remove(name))
            self._pipeline.streams.make_parser = wiring.parser_maker(old.parser)
            for name in gone:
                self._pipeline.add(name, self._source(old, name, given_out[name]))
            raise

    def _make(self, settings: CollectSettings, names: set[str]) -> dict[str, _Made]:
        """Sinks and spools, not at work yet. Raises StratoscopeError; then none is left behind."""
        made: dict[str, _Made] = {}
        try:
            for name in sorted(names):
                spool = None if self._has_spool(name) else wiring.spool_of(name, settings, self._telemetry)
                made[name] = _Made(wiring.sink_of(name, settings.sinks[name], self._telemetry), spool)
        except BaseException:
            for one in made.values():
                one.sink.close()
            raise
        return made

    def _has_spool(self, name: str) -> bool:
        return name in self.workers and self.workers[name].outbox.has_spool

    def _put_to_work(self, settings: CollectSettings, name: str, made: _Made) -> None:
        sink = settings.sinks[name]
        old = self.workers.get(name)
        bounds = sink.buffer.bounds(len(settings.sinks))
        if old is None:
            outbox = Outbox(name, bounds, made.spool, self._telemetry, self._receive)
            self._pipeline.outboxes[name] = outbox
        else:
            outbox = old.outbox
            old.stop()
            outbox.requeue(made.spool)
        dead_letters = wiring.dead_letters_of(name, settings)
        worker = Worker(made.sink, outbox, self._telemetry, dead_letters, sink.retry, sink.timeout)
        self.workers = {**self.workers, name: worker}
        worker.start()

    def _retire(self, name: str) -> None:
        """A sink is no longer wanted. What waits in its spool stays there, should it come back."""
        worker = self.workers[name]
        self.workers = {other: one for other, one in self.workers.items() if other != name}
        worker.stop()
        worker.outbox.spill()
        self._settled()
        lost = self._pipeline.ledger.owed(name)
        del self._pipeline.outboxes[name]
        self._pipeline.ledger.without(name)
        if lost:
            self._telemetry.dropped(name, lost, "sink_removed", intended=True)
        worker.outbox.close()

    def _source(self, settings: CollectSettings, name: str, known: dict[str, Position]) -> Source:
        return wiring.source_of(settings.sources[name], self._state.positions, known, self._telemetry.input_problem)

    # -- positions ----------------------------------------------------------------------------------------------------

    def _settled(self) -> bool:
        settled = self._pipeline.settled(time.monotonic())
        self._write_positions(at_once=False)
        return settled

    def _write_positions(self, *, at_once: bool) -> None:
        try:
            self._state.positions.write(time.monotonic(), at_once=at_once)
        except OSError as error:
            self._telemetry.disk_failed(f"positions {self._state.positions.path}", error)
