"""The page of `stratoscope collect`, over a store that it fills."""

import contextlib
import logging
from pathlib import Path

from stratoscope.serving.listen import is_this_machine
from stratoscope.serving.metrics_page import Render
from stratoscope.serving.server import Server
from stratoscope.web.app import create_app
from stratoscope.web.listening import bind_page
from stratoscope.web.model import Health
from stratoscope.web.settings import PageSettings

_log = logging.getLogger("stratoscope.collect")


def serve_page(stack: contextlib.ExitStack, settings: PageSettings, store: Path, render: Render, health: Health) -> None:
    """Serve it while the stack holds. Raises StratoscopeError."""
    bound = stack.enter_context(bind_page(settings.listen, settings.web_config))
    app = create_app(store, render, health, alone=is_this_machine(settings.listen))
    server = stack.enter_context(Server(app, bound, settings.web_config))
    _log.info("the page is at %s", server.url, extra={"url": server.url})
