"""The endpoint on its port: the small server for plain HTTP; with a web configuration file, that of the other commands.

TLS and passwords take 10 MB of memory, and are imported only where they are set. The pages are the same.
"""

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from stratoscope.serving.light import LightServer, Pages
from stratoscope.serving.listen import url_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp

OPEN = ("/livez", "/readyz", "/startupz", "/-/healthy")
"""Answered to everybody: a kubelet has no password. They tell one line."""


@contextlib.contextmanager
def serving(pages: Pages, bound: socket.socket, web_config: Path | None) -> Iterator[str]:
    """Within, the pages are served; gives the URL. Raises SettingsError for a wrong web configuration file."""
    if web_config is None:
        with LightServer(pages, bound) as light:
            yield light.url
        return
    from stratoscope.probe.behind_tls import application  # noqa: PLC0415  see above
    from stratoscope.serving.server import Server  # noqa: PLC0415

    app: ASGIApp = application(pages)
    with Server(app, bound, web_config, open_paths=OPEN) as server:
        yield server.url or url_of(bound)
