"""Serves an application from a thread of its own, on a socket that was bound before."""

import logging
import socket
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import uvicorn
from starlette.types import ASGIApp

from stratoscope.serving.authentication import OPEN_PATHS, Authentication
from stratoscope.serving.bounds import Bounds, options
from stratoscope.serving.listen import is_loopback, url_of
from stratoscope.serving.web_file import ReloadingContext, Web, WebFile

_log = logging.getLogger("stratoscope.serving")
_BOUNDS = Bounds()
_GRACE = 2
"""Seconds that open requests have when it ends."""


class Server:
    """A context in which the application is served, as the web configuration file says (raises SettingsError).

    Leaving it ends open requests after at most two seconds. `url` is where it is found on this machine.
    """

    def __init__(
        self,
        app: ASGIApp,
        bound: socket.socket,
        web_config: Path | Web | None = None,
        bounds: Bounds = _BOUNDS,
        open_paths: Sequence[str] = OPEN_PATHS,
    ) -> None:
        """`open_paths`: answered to who shows no password, with all below them.

        `web_config`: the file, or else what says how it is to be served; whoever makes that knows who may ask.
        """
        web = WebFile(web_config) if isinstance(web_config, Path) else web_config
        tls = web is not None and web.current().context is not None
        if not is_loopback(bound) and (web is None or (isinstance(web, WebFile) and not web.current().users)):
            _log.warning("everybody who reaches %s may ask; give a web configuration file with basic_auth_users", url_of(bound))
        config = uvicorn.Config(
            app if web is None else Authentication(app, lambda: web.current().users, open_paths=open_paths),
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            loop="stratoscope.serving.loop:Loop",
            server_header=False,
            timeout_graceful_shutdown=_GRACE,
            ssl_context_factory=(lambda *_: ReloadingContext(web)) if web is not None and tls else None,
            **options(bounds),
        )
        self.url = url_of(bound, "https" if tls else "http")
        self._server = uvicorn.Server(config)
        self._bound = bound
        self._thread = threading.Thread(target=self._server.run, args=([bound],), name="server", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self._bound.close()
