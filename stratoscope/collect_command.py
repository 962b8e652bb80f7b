"""`stratoscope collect`: read logs, make events of them, deliver them to every sink, lose nothing.

SIGHUP reads the settings again; SIGTERM and SIGINT deliver what is on its way and end it; a second one ends it at once.
Exit codes: 0 all that was read is delivered, or will be read again or sent from a spool by the next start; 2 wrong settings, or
events that only this process had are not delivered.
"""

import argparse
import contextlib
import logging
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Self

from stratoscope import own_logging
from stratoscope.collect.agent import Agent
from stratoscope.collect.observers import Observers
from stratoscope.collect.settings import CollectSettings, settings_at
from stratoscope.collect.state import State
from stratoscope.collect.telemetry import Telemetry
from stratoscope.errors import FAILED, OK, StratoscopeError

_MEASURE = 1.0
"""Seconds between two measurements of what /metrics tells."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `collect` understands."""
    parser.add_argument("-c", "--config", type=Path, required=True, metavar="FILE", help="the settings file")
    parser.add_argument("--check", action="store_true", help="tell what is wrong with the settings, and end")
    parser.add_argument(
        "--print-fluent-bit", action="store_true", help="print the configuration of Fluent Bit that `fluent_bit` describes"
    )


def execute(arguments: argparse.Namespace) -> int:
    """Run until a signal comes; the exit code."""
    settings = settings_at(arguments.config)
    if arguments.check:
        sys.stdout.write(f"{arguments.config}: fine\n")
        return OK
    if arguments.print_fluent_bit:
        sys.stdout.write(_fluent_bit(settings, arguments.config))
        return OK
    log = own_logging.set_up()
    with contextlib.ExitStack() as stack:
        state = stack.enter_context(State(settings.state))
        if state.warning is not None:
            log.error(state.warning)
        telemetry = Telemetry(log)
        observers = Observers(settings)
        agent = Agent(settings, state, telemetry, observers.all)
        stack.callback(agent.close)
        observers.start()
        stack.callback(observers.close, settings.drain)
        publish = _serve(stack, settings, telemetry, observers)
        signals = stack.enter_context(_Signals(agent.wake))
        log.info("started", extra={"sources": list(settings.sources), "sinks": list(settings.sinks)})
        run = _Run(arguments.config, agent, telemetry, publish, log)
        return run.until(signals)


def _fluent_bit(settings: CollectSettings, path: Path) -> str:
    """The configuration of the Fluent Bit beside us. Raises StratoscopeError."""
    from collectors.fluentbit import render  # noqa: PLC0415  only here

    if settings.fluent_bit is None:
        raise StratoscopeError(f"{path}: the section fluent_bit is missing; it says what Fluent Bit does")
    return render(settings.fluent_bit)


class _Signals:
    """A context in which SIGHUP sets `reload`, and the first SIGTERM or SIGINT `stop`; the second one ends the process."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self.stop = False
        self.reload = False
        self._wake = wake
        self._before: dict[int, Callable[[int, FrameType | None], object] | int | None] = {}

    def __enter__(self) -> Self:
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._take)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _take(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002  signal gives them
        if number == signal.SIGHUP:
            self.reload = True
        else:
            self.stop = True
            for one in (signal.SIGINT, signal.SIGTERM):
                signal.signal(one, signal.SIG_DFL)
        self._wake()


class _Run:
    """Calls the agent until a signal comes, or all input has ended."""

    def __init__(
        self, config: Path, agent: Agent, telemetry: Telemetry, publish: Callable[[Agent], None], log: logging.Logger
    ) -> None:
        self._config = config
        self._agent = agent
        self._telemetry = telemetry
        self._publish = publish
        self._log = log
        self._published = 0.0

    def until(self, signals: _Signals) -> int:
        """The exit code."""
        while not signals.stop and not self._agent.done():
            if signals.reload:
                signals.reload = False
                self._reload()
            self._agent.step()
            if time.monotonic() >= self._published + _MEASURE:
                self._published = time.monotonic()
                self._publish(self._agent)
        self._log.info("ending; what is on its way has %g s", self._agent.settings.drain)
        owed = self._agent.drain()
        for sink, events in owed.items():
            self._log.error("sink %s has not acknowledged %d events; the next start reads them again", sink, events)
        self._log.info("stopped", extra={"acknowledged": self._telemetry.counts.acknowledged})
        return FAILED if owed else OK

    def _reload(self) -> None:
        try:
            self._agent.reload(settings_at(self._config))
        except StratoscopeError as error:
            self._telemetry.reloaded(str(error))
        else:
            self._telemetry.reloaded(None)


def _serve(
    stack: contextlib.ExitStack, settings: CollectSettings, telemetry: Telemetry, observers: Observers
) -> Callable[[Agent], None]:
    """Serve /metrics and the page while `stack` holds, as the settings say; what tells them the measurements of the agent."""
    if settings.listen is None and settings.page is None:
        return lambda _: None
    # the server and its TLS take 25 MB: only for who is scraped or looked at
    from stratoscope.collect.metrics import PipelineMetrics, registry_of  # noqa: PLC0415
    from stratoscope.serving.app import create_app  # noqa: PLC0415
    from stratoscope.serving.listen import bind  # noqa: PLC0415
    from stratoscope.serving.metrics_page import registry_renderer  # noqa: PLC0415
    from stratoscope.serving.server import Server  # noqa: PLC0415

    own = PipelineMetrics(telemetry)
    render = registry_renderer(registry_of(own, *observers.collectors()))
    if settings.listen is not None:
        app = create_app("stratoscope collect", render)
        stack.enter_context(Server(app, bind(settings.listen), settings.web_config))
    store = settings.shown()
    if settings.page is not None and store is not None:
        from stratoscope.collect.page import serve_page  # noqa: PLC0415  templates take some more
        from stratoscope.web.ingest_health import IngestHealth  # noqa: PLC0415

        serve_page(stack, settings.page, store, render, IngestHealth(telemetry, own, observers.diagnosis))

    def publish(agent: Agent) -> None:
        own.gauges = agent.gauges()
        own.workers = tuple(agent.workers.values())

    return publish
