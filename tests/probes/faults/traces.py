"""What a sidecar could leave at a database and at a cache: counters, lines of their logs, connections."""

import socket
from dataclasses import dataclass

from tests.servers.galera import GaleraNode
from tests.servers.process import READY, Process

_CONNECTED = "SELECT id FROM information_schema.processlist WHERE user = '{}'"


@dataclass(frozen=True, slots=True)
class Traces:
    """`refused`, `broken_off`: Aborted_connects and Aborted_clients. `bad`: lines that a person would be called for."""

    refused: int
    broken_off: int
    bad: tuple[str, ...]
    connections: int
    cached_connections: int
    cache_said: str


def traces(node: GaleraNode, user: str, cache: Process, port: int) -> Traces:
    """What there is now; `user` is that of the probe."""
    log = (node.folder / "server.log").read_text(errors="replace").splitlines()
    return Traces(
        refused=int(node.status("Aborted_connects") or -1),
        broken_off=int(node.status("Aborted_clients") or -1),
        bad=tuple(line for line in log if "[ERROR]" in line or "Access denied" in line),
        connections=len(node.sql(_CONNECTED.format(user))),
        cached_connections=_cached_connections(port),
        cache_said=cache.log.read_text(),
    )


def _cached_connections(port: int) -> int:
    """Of a memcached; this one is among them."""
    with socket.create_connection(("127.0.0.1", port), READY) as asked, asked.makefile("rwb") as stream:
        stream.write(b"stats\r\n")
        stream.flush()
        lines = iter(stream.readline, b"END\r\n")
        return next(int(line.split()[2]) for line in list(lines) if line.startswith(b"STAT curr_connections "))
