"""Exporting until it is told to stop: one frame of targets, /metrics and /probe over it, new settings on SIGHUP."""

import contextlib
import logging
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Self

from starlette.applications import Starlette
from starlette.routing import Route

from exporters.frame.exposition import joined
from exporters.frame.frame import Frame, TwiceError
from stratoscope.errors import OK, StratoscopeError
from stratoscope.export.own import Own
from stratoscope.export.probing import Probes
from stratoscope.export.settings import Loaded
from stratoscope.serving.app import create_app
from stratoscope.serving.metrics_page import Asked
from stratoscope.serving.server import Server
from stratoscope.settings.mistakes import SettingsError
from stratoscope.signals import blocked

Read = Callable[[], Loaded]
"""Reads the settings anew. Raises SettingsError."""
_SIGNALS = frozenset({signal.SIGHUP, signal.SIGINT, signal.SIGTERM})
_log = logging.getLogger("stratoscope.export")


class Service:
    """All that answers. A context: leaving it lets go of all targets."""

    def __init__(self, loaded: Loaded) -> None:
        self._frame = Frame()
        self._probes = Probes(loaded)
        self._own = Own()
        self._frame.use(loaded.wanted(self._frame))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._frame.close()
        self._probes.close()

    def app(self) -> Starlette:
        """What is served."""
        routes, links = [Route("/probe", self._probes.page)], []
        if self._probes.loaded.settings.modules:
            links = [("/probe?module=&target=", "metrics of one target, by a module of the settings")]
        return create_app("stratoscope export", self.render, routes, links)

    def render(self, asked: Asked) -> bytes:
        """The answer to a scrape."""
        parts = [*self._frame.scrape(asked.timeout), *self._own.metrics()]
        return joined(parts, openmetrics=asked.openmetrics, names=asked.names)

    def reload(self, read: Read) -> None:
        """Take new settings; wrong ones change nothing, and that is told."""
        try:
            loaded = read()
            self._frame.use(loaded.wanted(self._frame))
        except (SettingsError, TwiceError) as error:
            self._own.reloaded(right=False)
            _log.warning("the settings are wrong, the old ones stay in force: %s", error)
            return
        before, now = self._probes.loaded.settings, loaded.settings
        if (before.listen, before.web_config) != (now.listen, now.web_config):
            _log.warning("listen and web_config take a restart; the old ones stay in force")
        self._probes.use(loaded)
        self._own.reloaded(right=True)
        _log.info("the settings were read again")


def serve(loaded: Loaded, read: Read, bound: socket.socket, web_config: Path | None) -> int:
    """Export until SIGTERM or SIGINT; the exit code. SIGHUP reads the settings again."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(blocked(_SIGNALS))  # before any thread is started, so that no thread is interrupted by a signal
        service = stack.enter_context(_started(loaded))
        server = stack.enter_context(Server(service.app(), bound, web_config))
        _log.info("started", extra={"url": f"{server.url}/metrics"})
        while signal.sigwait(_SIGNALS) == signal.SIGHUP:
            service.reload(read)
    _log.info("ended")
    return OK


def _started(loaded: Loaded) -> Service:
    try:
        return Service(loaded)
    except TwiceError as error:
        raise StratoscopeError(str(error)) from error
