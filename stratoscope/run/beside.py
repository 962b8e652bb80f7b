"""The exporters and probes that run in the process of `run`, beside the reading of logs: one object for page and metrics.

A probe's loop ticks in a thread of its own, as reading may take long. What is asked on a scrape only is asked here as well,
every `ASK` seconds: the page wants to know also where no Prometheus comes by.
"""

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Self

from prometheus_client.registry import CollectorRegistry

from exporters.frame.exposition import Rendered, joined, render
from exporters.frame.frame import Frame, TwiceError
from stratoscope.probe.happenings import Happenings
from stratoscope.probe.service import told
from stratoscope.probe.settings import Loaded as Probes
from stratoscope.probe.sidecar import TICK, Sidecar
from stratoscope.probe.snapshot import Snapshot
from stratoscope.run.settings import Loaded
from stratoscope.serving.metrics_page import Asked, Render
from stratoscope.settings.mistakes import SettingsError
from stratoscope.web.exporter_health import exporter_checks
from stratoscope.web.model import Checks
from stratoscope.web.probe_health import probe_checks

ASK = 30.0
"""Seconds between two askings; Prometheus' usual interval with us."""
FIRST = 3.0
"""Seconds until the first one: what others are joined from has an answer by then, mostly."""
_LEAVE = 12.0
"""Seconds that an asking under way has to end; it takes less."""
_NO_LIMIT = 1 << 40
"""Of series: these are bounded where they are counted."""
_log = logging.getLogger("stratoscope.run")


class Beside:
    """A context: leaving it lets go of all targets, and ends pings that are under way."""

    def __init__(self, loaded: Loaded) -> None:
        """Raises SettingsError where two targets are the same."""
        self._loaded = loaded
        self._frame = Frame()
        self._happenings = Happenings(logging.getLogger("stratoscope.probe"))
        self._sidecar: Sidecar | None = None
        self._lock = threading.Lock()  # of the probes' loop
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._tick, name="probes", daemon=True),
            threading.Thread(target=self._ask, name="exporters", daemon=True),
        ]
        self._use(loaded)

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._frame.close()
        for thread in self._threads:
            thread.join(_LEAVE)
        if self._sidecar is not None:
            self._sidecar.close()

    def use(self, loaded: Loaded) -> None:
        """Take new settings: what they do not change goes on as it is. Raises SettingsError; then all stays as it was."""
        before, now = self._loaded.settings, loaded.settings
        self._use(loaded)
        self._loaded = loaded
        if (before.listen, before.web_config) != (now.listen, now.web_config):
            _log.warning("listen and web_config take a restart; the old ones stay in force")

    def renderer(self, registry: CollectorRegistry) -> Render:
        """Answers scrapes: what the registry has, and what exporters and probes tell."""

        def rendered(asked: Asked) -> bytes:
            own = render(registry.collect(), _NO_LIMIT).metrics
            return joined((*own, *self.metrics(asked)), openmetrics=asked.openmetrics, names=asked.names)

        return rendered

    def metrics(self, asked: Asked) -> list[Rendered]:
        """What exporters and probes tell to a scrape."""
        parts = self._frame.scrape(asked.timeout)
        sidecar = self._sidecar
        return parts if sidecar is None else [*parts, *told(sidecar, self._happenings).rendered()]

    def health(self) -> Sequence[Checks]:
        """See Health."""
        now, wall = time.monotonic(), time.time()
        snapshot = Snapshot(now) if self._sidecar is None else self._sidecar.snapshot
        return (
            probe_checks(snapshot, now, wall, self._loaded.runbooks),
            exporter_checks(self._frame.known(), wall, self._loaded.runbooks),
        )

    def _use(self, loaded: Loaded) -> None:
        exporters, probes = loaded.exporters, loaded.probes
        try:
            self._frame.use([] if exporters is None else exporters.wanted(self._frame))
        except TwiceError as error:
            raise SettingsError([str(error)]) from error
        with self._lock:
            if probes is not None and self._sidecar is None:
                self._sidecar = Sidecar(probes, self._happenings)
            elif self._sidecar is not None:
                self._sidecar.use(probes or _nothing_but(self._sidecar.loaded))

    def _tick(self) -> None:
        due = time.monotonic()
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            due = time.monotonic() + TICK
            with self._lock:
                if self._sidecar is not None:
                    self._sidecar.step(time.monotonic())

    def _ask(self) -> None:
        pause = FIRST
        while not self._stop.wait(pause):
            self._frame.scrape()
            pause = ASK


def _nothing_but(before: Probes | None) -> Probes:
    """No services any more; what else there was stays."""
    assert before is not None  # noqa: S101  a sidecar of ours has had settings from its first moment
    return replace(before, settings=replace(before.settings, services={}), plans={})
