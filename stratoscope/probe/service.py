"""Probing until it is told to end: the loop, the endpoint beside it, new settings on SIGHUP.

The loop is the main thread. It wakes once a second, takes in what the checks have seen, judges, swaps the snapshot, and never
waits for anything else. The endpoint only reads the snapshot.
"""

import contextlib
import gc
import logging
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from exporters.frame.exposition import joined
from stratoscope import own_memory
from stratoscope.errors import OK
from stratoscope.probe.drain_page import DrainPage
from stratoscope.probe.endpoint import serving
from stratoscope.probe.families import Moment, add_to
from stratoscope.probe.happenings import Happenings
from stratoscope.probe.lines import Lines
from stratoscope.probe.node import networks
from stratoscope.probe.own import Own
from stratoscope.probe.pages import Pages, Sources
from stratoscope.probe.settings import Loaded
from stratoscope.probe.sidecar import Sidecar
from stratoscope.serving.light_http import Reply, Request
from stratoscope.settings.mistakes import SettingsError
from stratoscope.signals import blocked

Read = Callable[[], Loaded]
"""Reads the settings anew. Raises SettingsError."""
AGAIN = 10.0
"""Seconds after which settings that could not be used are read again."""
SETTLED = 30.0
"""Seconds after the start by which every check has looked, and has imported what it needs."""
_SIGNALS = frozenset({signal.SIGHUP, signal.SIGINT, signal.SIGTERM})
_OPENMETRICS = "application/openmetrics-text"
_TEXT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_OPENMETRICS_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"
_log = logging.getLogger("stratoscope.probe")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the endpoint is."""

    bound: socket.socket
    web_config: Path | None


class Service:
    """A sidecar and what is told of it. `trouble`: why there are no settings at the start."""

    def __init__(self, loaded: Loaded | None, trouble: str = "", version: str = "") -> None:
        self._own = Own(version)
        self.happenings = Happenings(_log)
        self.sidecar = Sidecar(loaded, self.happenings)
        self._again = time.monotonic() + AGAIN
        if loaded is None:
            self._refused(trouble)

    def pages(self) -> Pages:
        """What the endpoint serves."""
        drain = DrainPage(self.sidecar.service, self._drain_from)
        return Pages(Sources(lambda: self.sidecar.snapshot, self._metrics, drain, self.happenings))

    def run(self, read: Read) -> None:
        """Until SIGTERM or SIGINT, which are blocked."""
        settle_at = time.monotonic() + SETTLED
        while True:
            due = time.monotonic() + self.sidecar.tick
            self.sidecar.step(time.monotonic())
            if time.monotonic() >= settle_at:
                settle_at = float("inf")
                _settle_memory()
            got = _signal_before(due)
            if got == signal.SIGHUP or (self.sidecar.loaded is None and time.monotonic() >= self._again):
                self.reload(read)
            elif got is not None:
                return

    def reload(self, read: Read) -> None:
        """Take new settings; wrong ones change nothing, and that is told."""
        try:
            loaded = read()
        except SettingsError as error:
            self._refused(str(error))
            return
        before = self.sidecar.loaded
        if before is not None and (before.settings.listen, before.settings.web_config) != (
            loaded.settings.listen,
            loaded.settings.web_config,
        ):
            _log.warning("listen and web_config take a restart; the old ones stay in force")
        self.sidecar.use(loaded)
        self._own.reloaded(right=True)
        _log.info("the settings were read %s", "again" if before else "at last")

    def _refused(self, why: str) -> None:
        self._own.reloaded(right=False)
        self._again = time.monotonic() + AGAIN
        if self.sidecar.loaded is None:
            self.sidecar.wait_for_settings(time.monotonic(), why)
            _log.error("the settings cannot be used, so nothing is looked at; they are read again soon: %s", why)
        else:
            _log.error("the settings are wrong, the old ones stay in force: %s", why)

    def _drain_from(self) -> tuple[str, ...]:
        loaded = self.sidecar.loaded
        return () if loaded is None else networks(loaded.settings.drain_from)

    def _metrics(self, request: Request) -> Reply:
        openmetrics = _OPENMETRICS in request.headers.get("accept", "")
        lines = told(self.sidecar, self.happenings)
        self._own.add_to(lines)
        names = frozenset(request.query.get("name[]", ())) or None
        body = joined(lines.rendered(), openmetrics=openmetrics, names=names)
        return Reply(200, body, _OPENMETRICS_TYPE if openmetrics else _TEXT_TYPE)


def told(sidecar: Sidecar, happenings: Happenings) -> Lines:
    """What is scraped of all services, now."""
    lines = Lines()
    with happenings.lock:
        add_to(lines, sidecar.snapshot, happenings.counts, Moment(time.monotonic(), time.time()))
    return lines


def serve(loaded: Loaded | None, trouble: str, read: Read, place: Place, version: str) -> int:
    """Probe until SIGTERM or SIGINT; the exit code. SIGHUP reads the settings again."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(blocked(_SIGNALS))  # before any thread is started, so that no thread is interrupted by a signal
        service = Service(loaded, trouble, version)
        stack.callback(service.sidecar.close)
        url = stack.enter_context(serving(service.pages(), place.bound, place.web_config))
        _log.info("started", extra={"url": url, "services": list(service.sidecar.snapshot.views)})
        service.run(read)
        _log.info("ending")
    _log.info("ended")
    return OK


def _signal_before(due: float) -> int | None:
    """The first signal before `due`, monotonic seconds; None where there was none."""
    left = due - time.monotonic()
    got = signal.sigtimedwait(_SIGNALS, max(0.0, left))
    # a wait that SIGCONT has interrupted after its time gives what it has never filled in (CPython 3.11 to 3.13)
    return None if got is None or got.si_signo not in _SIGNALS else got.si_signo


def _settle_memory() -> None:
    """What reading the settings has left goes back to the system; what is left is not walked by the collector again."""
    gc.collect()
    gc.freeze()
    own_memory.trim()
