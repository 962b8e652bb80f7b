"""A small HTTP/1.1 server for answers that are ready at once: one thread, no library, a bound for everything.

For a sidecar whose memory is counted: it takes a tenth of a megabyte, where the server of the other commands takes ten. It
speaks plain HTTP; TLS and passwords are the other one's. A kubelet must get in whoever else connects, so when there are too
many connections it is not the new one that goes but the one that has been silent for longest.
"""

import contextlib
import logging
import selectors
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from stratoscope.serving.light_http import Head, Reply, Request, TooLargeError, WrongError, encoded, head_of
from stratoscope.serving.listen import url_of

Later = Callable[[], Reply | None]
"""Asked again and again until there is a reply."""
Pages = Callable[[Request], Reply | Later]
"""Answers a request at once, or says later. Called in the server's thread: it must not wait for anything."""

_log = logging.getLogger("stratoscope.serving")
_PIECE = 16 << 10
_TICK = 0.25
"""Seconds between two looks at what is late or due later."""
_LINGER = 1.0
"""Seconds in which an asker may take the last answer before the connection is closed."""


@dataclass(frozen=True, slots=True)
class LightBounds:
    """The bounds in force."""

    connections: int = 64
    """Open at once. Four kubelets and a Prometheus have six."""
    head: int = 8 << 10
    """Bytes of a request's line and headers."""
    body: int = 8 << 10
    """Bytes of a request's body, which is read and thrown away."""
    request_seconds: float = 5.0
    """From the connection's start, or the request's first byte, until it is all there; and for taking the answer."""
    idle_seconds: float = 90.0
    """A connection without a request; longer than the interval of a scrape."""


class LightServer:
    """A context in which `pages` are served on a socket that was bound before. `url` is where."""

    def __init__(self, pages: Pages, bound: socket.socket, bounds: LightBounds | None = None) -> None:
        self.url = url_of(bound)
        self._pages = pages
        self._bound = bound
        self._bounds = bounds or LightBounds()
        self._selector = selectors.DefaultSelector()
        self._connections: set[_Connection] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="endpoint", daemon=True)

    def __enter__(self) -> Self:
        self._bound.setblocking(False)
        self._selector.register(self._bound, selectors.EVENT_READ)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(2)
        for connection in list(self._connections):
            self._close(connection)
        self._selector.close()
        self._bound.close()

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                self._turn()
            except Exception:  # noqa: BLE001  without this thread the kubelet kills a service for a fault of ours
                _log.exception("a fault in the endpoint; it goes on")
                self._over.wait(_TICK)

    def _turn(self) -> None:
        for key, events in self._selector.select(_TICK):
            if key.data is None:
                self._accept()
            else:
                self._serve(key.data, events)
        now = time.monotonic()
        for connection in list(self._connections):
            if connection.later is not None:
                self._serve(connection, 0)
            elif now > connection.patience:
                self._close(connection)

    def _accept(self) -> None:
        for _ in range(self._bounds.connections):
            try:
                made, peer = self._bound.accept()
            except BlockingIOError:
                return
            except OSError:  # no file descriptor is left, or it was gone already
                self._make_room()
                return
            if len(self._connections) >= self._bounds.connections:
                self._make_room()
            made.setblocking(False)
            connection = _Connection(made, str(peer[0]), time.monotonic() + self._bounds.request_seconds)
            self._connections.add(connection)
            self._selector.register(made, selectors.EVENT_READ, connection)

    def _make_room(self) -> None:
        """Close the connection that has been silent for longest; one that waits for a reply of ours, only if all do."""
        if self._connections:
            self._close(min(self._connections, key=lambda one: (one.later is not None, one.heard)))

    def _serve(self, connection: "_Connection", events: int) -> None:
        try:
            alive = connection.proceed(events, self._pages, self._bounds)
        except OSError:
            alive = False
        if not alive:
            self._close(connection)
            return
        wanted = selectors.EVENT_WRITE if connection.out else selectors.EVENT_READ
        if self._selector.get_key(connection.socket).events != wanted:
            self._selector.modify(connection.socket, wanted, connection)

    def _close(self, connection: "_Connection") -> None:
        self._connections.discard(connection)
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(connection.socket)
        connection.socket.close()


class _Connection:
    """One connection. `patience`: when it is closed unless something comes of it; `heard`: when it last said something."""

    def __init__(self, made: socket.socket, peer: str, patience: float) -> None:
        self.socket = made
        self.patience = patience
        self.heard = time.monotonic()
        self.later: Later | None = None
        self.out = b""
        self._peer = peer.removeprefix("::ffff:")
        self._local = str(made.getsockname()[0]).removeprefix("::ffff:")
        self._in = b""
        self._skip = 0
        self._head: Head | None = None
        self._ending = False

    def proceed(self, events: int, pages: Pages, bounds: LightBounds) -> bool:
        """Read, answer and write as far as it goes; False when the connection is over. Raises OSError."""
        if events & selectors.EVENT_READ:
            data = self.socket.recv(_PIECE)
            if not data:
                return False
            if self._ending:  # what comes after the last answer is read, as a close with unread bytes would tear it off
                return True
            if self.later is not None and len(self._in) + len(data) > bounds.head:
                return False
            self._take(data, bounds)
        if self.later is not None:
            self._finish_later(bounds)
        self._write(bounds)
        while self.later is None and not self.out and not self._ending and self._step(pages, bounds):
            self._write(bounds)
        return True

    def _take(self, data: bytes, bounds: LightBounds) -> None:
        self.heard = time.monotonic()
        if not self._in:
            self.patience = self.heard + bounds.request_seconds
        self._in += data

    def _step(self, pages: Pages, bounds: LightBounds) -> bool:
        """Answer the next request if it is all there; whether it was."""
        try:
            if self._head is None:
                parsed = head_of(self._in, bounds.head, bounds.body)
                if parsed is None:
                    return False
                self._head, used = parsed
                self._in, self._skip = self._in[used:], self._head.body
            if len(self._in) < self._skip:
                return False
            self._in = self._in[self._skip :]
            self._answer(_asked(pages, self._head.request(self._peer, self._local)), bounds)
        except TooLargeError as error:
            self._refuse(431, error)
        except WrongError as error:
            self._refuse(400, error)
        return True

    def _answer(self, answer: Reply | Later, bounds: LightBounds) -> None:
        if isinstance(answer, Reply):
            self._put(answer, bounds)
        else:
            self.later = answer
            self._finish_later(bounds)

    def _finish_later(self, bounds: LightBounds) -> None:
        reply = None if self.later is None else _asked_again(self.later)
        if reply is not None:
            self.later = None
            self._put(reply, bounds)

    def _put(self, reply: Reply, bounds: LightBounds) -> None:
        head, self._head = self._head, None
        assert head is not None  # noqa: S101  there is a reply to something
        self._ending = not head.keep
        self.out = encoded(reply, head=head.method == "HEAD", keep=head.keep)
        self.patience = time.monotonic() + bounds.request_seconds

    def _refuse(self, status: int, error: Exception) -> None:
        self._ending = True
        self.out = encoded(Reply(status, f"{error}\n"), head=False, keep=False)

    def _write(self, bounds: LightBounds) -> None:
        if self.out:
            with contextlib.suppress(BlockingIOError):
                self.out = self.out[self.socket.send(self.out) :]
            if not self.out and self._ending:
                self.socket.shutdown(socket.SHUT_WR)
                self.patience = time.monotonic() + _LINGER
            elif not self.out and not self._in:
                self.patience = time.monotonic() + bounds.idle_seconds


def _asked(pages: Pages, request: Request) -> Reply | Later:
    try:
        return pages(request)
    except Exception:  # noqa: BLE001  a page's fault costs its own answer
        _log.exception("a fault in the answer to %s", request.path)
        return Reply(500, "a fault of stratoscope; its log has more\n")


def _asked_again(later: Later) -> Reply | None:
    try:
        return later()
    except Exception:  # noqa: BLE001  as above
        _log.exception("a fault in an answer that was to come later")
        return Reply(500, "a fault of stratoscope; its log has more\n")
