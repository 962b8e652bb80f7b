"""A TCP or unix socket that accepts: all that can be asked of a service whose protocol nobody speaks here.

It is the kernel that accepts. So FINE says that somebody listens and takes connections away before the backlog is full, and
not that anybody answers: no evidence for liveness.
"""

import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from clients.model import Deadline, TargetError
from clients.sockets import Endpoint
from probes.checks.looking import Look, Past, address_mistakes
from probes.model import Context, Evidence, Finding

_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Settings:
    """What to connect to."""

    address: str
    """`tcp:HOST:PORT` or `unix:/PATH`."""
    end: Literal["reset", "finish"] = "reset"
    """How a connection ends. Default: by a reset, as HAProxy's health checks do: an orderly end (`finish`) leaves a socket in
    TIME_WAIT for a minute, of each look. `finish` is for services that log a reset."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """An address that is none."""
        yield from address_mistakes("address", self.address, "tcp", "unix")


class Accepts:
    """FINE: it accepts.

    SILENT: it takes no connection in time (its backlog is full, or it is cut off). NOT_YET, and GONE once it was fine: refused,
    no such socket. UNKNOWN: no permission.
    """

    def __init__(self, settings: Settings) -> None:
        self._endpoint = Endpoint.parse(settings.address)
        self._reset = settings.end == "reset" and self._endpoint.kind != "unix"
        self._past = Past()

    def look(self, deadline: Deadline) -> tuple[Evidence, ...]:
        """Connect and hang up."""
        look = Look(deadline)
        try:
            with self._endpoint.connect(deadline) as held:
                if self._reset:
                    held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        except TargetError as failed:
            return (look.saw(self._past.without_answer(failed), str(failed)),)
        self._past.fine = True
        return (look.saw(Finding.FINE, f"{self._endpoint}: accepts"),)

    def close(self) -> None:
        """Nothing is kept."""


def make(settings: Settings, context: Context) -> Accepts:  # noqa: ARG001  the contract of a check's module
    """The check."""
    return Accepts(settings)
