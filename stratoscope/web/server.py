"""Serves the page from a thread of its own, on a socket that is bound before anything else is done."""

import socket
import threading
from typing import Self

import uvicorn
from starlette.applications import Starlette

from stratoscope.errors import StratoscopeError
from stratoscope.web.guard import LOOPBACK


class ListenError(StratoscopeError):
    """The address cannot be listened on: which, why, and what to do."""


def bind(listen: str) -> socket.socket:
    """A socket bound to `HOST:PORT` (port 0: any free one). Raises ListenError; beyond loopback it is refused."""
    host, colon, port = listen.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ListenError(f"--listen {listen}: write HOST:PORT, for example 127.0.0.1:8765")
    if host.lower() not in LOOPBACK:
        raise ListenError(
            f"--listen {listen}: the page has no authentication, so it only listens on this machine; "
            f"use 127.0.0.1:{port} and reach it through ssh -L {port}:127.0.0.1:{port}"
        )
    family = socket.AF_INET6 if host == "[::1]" else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host.strip("[]"), int(port)))
        made.listen(128)  # so that a second `run` is refused at once
    except OSError as error:
        made.close()
        raise ListenError(f"port {port} on {host} cannot be used: {error.strerror}; choose another with --listen") from error
    return made


def url_of(bound: socket.socket) -> str:
    """Where a browser finds a bound socket."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Server:
    """A context in which the application is served. Leaving it ends open requests after at most two seconds."""

    def __init__(self, app: Starlette, bound: socket.socket) -> None:
        config = uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="off", server_header=False, timeout_graceful_shutdown=2
        )
        self._server = uvicorn.Server(config)
        self._bound = bound
        self._thread = threading.Thread(target=self._server.run, args=([bound],), name="page", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self._bound.close()
