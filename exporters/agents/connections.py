"""Connections that end at a deadline, whatever the far side does, and answers that end at a size.

keystoneauth1 and requests know a timeout per read only: a server that sends a byte a second would hold them for ever. Here
one timer per deadline shuts down all sockets that are open then, so that each pending read returns at once.
"""

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

from clients.model import Deadline


class TooLongError(requests.exceptions.RequestException):
    """An answer of more bytes than wanted."""


class DeadlineAdapter(HTTPAdapter):
    """To be mounted into a requests.Session. Within `deadline(...)` its requests end in time; several threads may send.

    Connections are kept open within, and closed after it: between two looks at a cloud they would only be closed by a load
    balancer, at a moment that is hard to tell from a failure.
    """

    def __init__(self, max_body: int, parallel: int) -> None:
        self._max_body = max_body
        self._deadline: Deadline | None = None
        self._handles = _Handles()
        super().__init__(pool_connections=16, pool_maxsize=parallel)

    @contextlib.contextmanager
    def deadline(self, deadline: Deadline) -> Iterator[None]:
        """All requests within end at this deadline. Raises TimedOutError where it has passed."""
        timer = threading.Timer(deadline.left("OpenStack"), self._handles.cut)
        timer.daemon = True
        self._deadline = deadline
        self._handles.mend()
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()  # a cut that is under way must not meet the connections of the next look
            self.close()

    def send(self, request: requests.PreparedRequest, *arguments: Any, **settings: Any) -> requests.Response:
        """Send, with the time that is left for each read, and bound the answer."""
        if self._deadline is not None:
            settings["timeout"] = self._deadline.left(f"{request.method} {request.url}")
        response = super().send(request, *arguments, **settings)
        response.raw = _Bounded(response.raw, self._max_body)
        return response

    def init_poolmanager(self, *arguments: Any, **settings: Any) -> None:
        """As requests does it, with connections that can be cut."""
        super().init_poolmanager(*arguments, **settings)
        self.poolmanager.pool_classes_by_scheme = self._pools()

    def proxy_manager_for(self, proxy: str, **settings: Any) -> Any:
        """The same, for a proxy."""
        manager = super().proxy_manager_for(proxy, **settings)
        manager.pool_classes_by_scheme = self._pools()
        return manager

    def _pools(self) -> dict[str, type[urllib3.HTTPConnectionPool]]:
        ours = {"handles": self._handles}
        return {
            "http": type("_HttpPool", (urllib3.HTTPConnectionPool,), {"ConnectionCls": type("_Http", (_Cuttable,), ours)}),
            "https": type(
                "_HttpsPool", (urllib3.HTTPSConnectionPool,), {"ConnectionCls": type("_Https", (_CuttableTls,), ours)}
            ),
        }


class _Handles:
    """A second descriptor of each open socket: it can be shut down whoever reads it, also in the middle of a TLS handshake."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._cut = False

    def add(self, connected: socket.socket) -> socket.socket:
        handle = connected.dup()
        with self._lock:
            self._open.add(handle)
            late = self._cut
        if late:
            _shut_down(handle)
        return handle

    def drop(self, handle: socket.socket) -> None:
        with self._lock:
            self._open.discard(handle)
        handle.close()

    def cut(self) -> None:
        with self._lock:
            self._cut = True
            for handle in self._open:
                _shut_down(handle)

    def mend(self) -> None:
        self._cut = False


def _shut_down(handle: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the far side was quicker
        handle.shutdown(socket.SHUT_RDWR)


class _Cuttable(HTTPConnection):
    handles: _Handles
    _handle: socket.socket | None = None

    def _new_conn(self) -> socket.socket:
        connected = super()._new_conn()
        self._handle = self.handles.add(connected)
        return connected

    def close(self) -> None:
        super().close()
        if self._handle is not None:
            self.handles.drop(self._handle)
            self._handle = None


class _CuttableTls(_Cuttable, HTTPSConnection):
    pass


class _Bounded:
    """The raw answer of urllib3, of which only so many bytes can be read."""

    def __init__(self, raw: Any, limit: int) -> None:
        self._raw = raw
        self._limit = limit

    def stream(self, size: int, *, decode_content: bool) -> Iterator[bytes]:
        got = 0
        for chunk in self._raw.stream(size, decode_content=decode_content):
            got += len(chunk)
            if got > self._limit:
                raise TooLongError(f"the answer is longer than {self._limit} bytes (max_body)")
            yield chunk

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)
