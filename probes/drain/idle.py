"""Waits until connections to the service's listening ports have ended, by /proc/net/tcp: no credentials, no load.

Counted are those that are established, the ones that wait to be accepted among them. Not counted: our own (the sidecar asks the
service too), and those whose client has hung up already. A kept connection without a request on it looks like any other, so a
load balancer that keeps some open needs `spare`.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from clients.model import Deadline, RefusedError
from probes.drain.model import Plain, Progress
from probes.drain.settings import IdleSettings as Settings
from probes.model import Context
from probes.proc import net
from probes.proc.descriptors import sockets_of
from probes.proc.reading import TABLE_LIMIT, GoneError, ProcError, read

_TABLES = ("tcp", "tcp6")


class Idle(Plain):
    """The connections of one service."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self._settings = settings
        self._context = context
        self._ports = frozenset(settings.ports)

    def look(self, _: Deadline) -> Progress:
        """How many there are. Raises RefusedError where they cannot be seen."""
        try:
            rows = list(self._rows())
            self._ports = self._ports or self._listening(rows)
            count = self._count(rows)
        except ProcError as error:
            raise RefusedError(f"{error}; or name the service's ports under `ports`") from error
        ports = ", ".join(map(str, sorted(self._ports)))
        return Progress(count <= self._settings.spare, f"{count} connections to port {ports or '(none is open)'}", count)

    def _rows(self) -> Iterator[net.Row]:
        """Of the service's network namespace where it can be seen, else of ours: in a pod they are the same."""
        process = next(iter(self._context.processes()), None)
        folder = self._context.proc / str(process.pid) / "net" if process else self._context.proc / "net"
        for name in _TABLES:
            try:
                yield from net.inet(read(folder / name, TABLE_LIMIT))
            except GoneError:
                continue  # no IPv6 here, or the process has just ended

    def _listening(self, rows: list[net.Row]) -> frozenset[int]:
        processes = self._context.processes()
        if not processes:
            raise RefusedError("its processes are not seen, so its ports are not known; name them under `ports`")
        inodes = frozenset[int]().union(*(sockets_of(self._context.proc, process.pid) for process in processes))
        return frozenset(row.local_port for row in rows if row.state == "LISTEN" and row.inode in inodes)

    def _count(self, rows: list[net.Row]) -> int:
        ours = sockets_of(Path("/proc"), os.getpid())
        our_ends = {(row.local_port, row.remote_port) for row in rows if row.inode in ours}
        return sum(
            1
            for row in rows
            if row.state == "ESTABLISHED"
            and row.local_port in self._ports
            and (row.remote_port, row.local_port) not in our_ends
        )


def make(settings: Settings, context: Context) -> Idle:
    """The action."""
    return Idle(settings, context)
