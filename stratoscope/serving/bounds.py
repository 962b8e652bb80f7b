"""A bound for everything that who connects could make grow: connections, time to send a request, its size."""

import asyncio
from dataclasses import dataclass
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol


@dataclass(frozen=True, slots=True)
class Bounds:
    """The bounds in force."""

    connections: int = 128
    """Open at once; more are closed at once. Prometheus keeps one, a browser six."""
    head: int = 16 << 10
    """Bytes of a request's line and headers."""
    request_seconds: float = 15.0
    """From the connection's start, or the request's first byte, until it is all there."""
    keep_alive_seconds: int = 90
    """A connection without a request; longer than the interval of a scrape, so that TLS is not shaken anew for each."""


class BoundedProtocol(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it; it has no bounds for connections and their patience itself."""

    bounds = Bounds()
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in the base
        """Somebody has connected."""
        super().connection_made(transport)
        if len(self.connections) > self.bounds.connections:
            transport.abort()
        else:
            self._wait()

    def data_received(self, data: bytes) -> None:
        """A piece of a request."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_waiting()
        elif self._patience is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """It has ended."""
        self._stop_waiting()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """The request was answered."""
        self._stop_waiting()
        super().on_response_complete()

    def _wait(self) -> None:
        self._patience = self.loop.call_later(self.bounds.request_seconds, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None


def options(bounds: Bounds) -> dict[str, Any]:
    """What uvicorn is told."""
    return {
        "http": type("BoundedProtocol", (BoundedProtocol,), {"bounds": bounds}),  # uvicorn makes the instances itself
        "h11_max_incomplete_event_size": bounds.head,
        "timeout_keep_alive": bounds.keep_alive_seconds,
    }
