"""Answering reviews until it is told to end; new settings on SIGHUP."""

import contextlib
import gc
import logging
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import replace

from clients.kubernetes import Api
from exporters.frame.exposition import joined, render
from exporters.metrics import Samples
from stratoscope import own_memory
from stratoscope.errors import OK
from stratoscope.export.own import Own
from stratoscope.serving.certificate import CertificateFiles
from stratoscope.serving.metrics_page import Asked
from stratoscope.serving.server import Server
from stratoscope.settings.mistakes import SettingsError
from stratoscope.signals import blocked
from stratoscope.webhook import metrics as table
from stratoscope.webhook.app import BOUNDS, App
from stratoscope.webhook.happenings import Happenings
from stratoscope.webhook.reviewing import Complain, Reviewer
from stratoscope.webhook.settings import WebhookSettings
from stratoscope.webhook.writer import EventWriter

Read = Callable[[], WebhookSettings]
"""Reads the settings anew. Raises SettingsError."""
_SIGNALS = frozenset({signal.SIGHUP, signal.SIGINT, signal.SIGTERM})
_MAX_SERIES = 10_000
_log = logging.getLogger("stratoscope.webhook")


class Service:
    """What answers, and what is told of it."""

    def __init__(
        self, settings: WebhookSettings, certificate: CertificateFiles, happenings: Happenings, complain: Complain
    ) -> None:
        self._settings = settings
        self._certificate = certificate
        self._happenings = happenings
        self._own = Own()
        self._reviewer = Reviewer(settings.inject, happenings, complain)
        self.app = App(self._reviewer, happenings, self.render)

    def render(self, asked: Asked) -> bytes:
        """The answer to a scrape."""
        samples = Samples()
        self._happenings.tell(samples)
        samples.add(table.READY, float(self.app.ready))
        samples.add(table.NOT_AFTER, self._certificate.not_after)
        samples.add(table.CERTIFICATE_FINE, float(self._certificate.fine))
        samples.add(table.CERTIFICATES, self._certificate.read, "taken")
        samples.add(table.CERTIFICATES, self._certificate.refused, "refused")
        parts = [*render(samples, _MAX_SERIES).metrics, *self._own.metrics()]
        return joined(parts, openmetrics=asked.openmetrics, names=asked.names)

    def run(self, read: Read) -> None:
        """Until SIGTERM or SIGINT, which are blocked; then unready, for as long as it takes until nobody asks here any more."""
        while signal.sigwait(_SIGNALS) == signal.SIGHUP:
            self.reload(read)
        self.app.ready = False
        _log.info("ending", extra={"settle_seconds": self._settings.settle})
        _wait(self._settings.settle)

    def reload(self, read: Read) -> None:
        """Take new settings; wrong ones change nothing, and that is told."""
        try:
            settings = read()
        except SettingsError as error:
            self._own.reloaded(right=False)
            _log.error("the settings are wrong, the old ones stay in force: %s", error)
            return
        if replace(settings, inject=self._settings.inject) != self._settings:
            _log.warning("all but `inject` takes a restart; the old ones stay in force")
        self._settings = replace(self._settings, inject=settings.inject)
        self._reviewer.use(settings.inject)
        self._own.reloaded(right=True)
        _log.info("the settings were read again")


def serve(settings: WebhookSettings, read: Read, bound: socket.socket) -> int:
    """Answer until SIGTERM or SIGINT; the exit code. SIGHUP reads the settings again. Raises SettingsError."""
    certificate = CertificateFiles(settings.tls())
    happenings = Happenings()
    with contextlib.ExitStack() as stack:
        stack.enter_context(blocked(_SIGNALS))  # before any thread is started, so that no thread is interrupted by a signal
        complain: Complain = _silent
        if settings.events:
            complain = stack.enter_context(EventWriter(Api(settings.access), socket.gethostname(), happenings)).offer
        service = Service(settings, certificate, happenings, complain)
        server = stack.enter_context(Server(service.app, bound, certificate, BOUNDS))
        _settle_memory()
        _log.info("started", extra={"url": server.url, "image": settings.inject.image})
        service.run(read)
    _log.info("ended")
    return OK


def _silent(_: object) -> None:
    """Events are switched off."""


def _wait(seconds: float) -> None:
    """A second signal ends it at once; to read settings anew is of no use any more."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        got = signal.sigtimedwait(_SIGNALS, left)
        if got is not None and got.si_signo in (signal.SIGINT, signal.SIGTERM):
            return


def _settle_memory() -> None:
    """What the start has left goes back to the system; what stays is not walked again by the collector, which stops reviews."""
    gc.collect()
    gc.freeze()
    own_memory.trim()
