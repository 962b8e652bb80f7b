"""unixctl, by which every OVS and OVN daemon is asked (`ovs-appctl -t TARGET COMMAND`): JSON-RPC on a unix socket.

A daemon's main thread serves it between its other work: one connection, one command after the other, and none that is dear.
"""

from collections.abc import Sequence
from glob import glob
from pathlib import Path
from typing import Self

from clients.jsonrpc import Connection
from clients.model import Deadline, MalformedError, TargetError, UnreachableError
from clients.sockets import Endpoint

ANSWER_LIMIT = 16 << 20
"""Bytes of an answer: `dpctl/show` of 2,000 ports gives 60 kB."""


class CommandError(Exception):
    """The daemon does not know the command, or could not do it; `str()` is what it says. The connection still is good."""


class Unixctl:
    """A connection to one daemon."""

    def __init__(self, path: str, deadline: Deadline) -> None:
        self.path = path
        self._connection = Connection(Endpoint("unix", path), deadline, limit=ANSWER_LIMIT)

    def ask(self, command: str, *words: str, deadline: Deadline) -> str:
        """The text that the command gives. Raises CommandError and TargetError."""
        reply = self._connection.call(command, words, deadline)
        if reply.error is not None:
            raise CommandError(str(reply.error).strip())
        if not isinstance(reply.result, str):
            raise MalformedError(f"unix:{self.path} {command}: the result is no text")
        return reply.result

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def find(patterns: Sequence[str], what: str, deadline: Deadline) -> Unixctl:
    """Connect to the daemon whose socket fits one of the globs: the newest that somebody listens on. Raises TargetError.

    Its name holds a pid, but the pid file beside it is of no use: it counts in the pid namespace of another container, and a
    daemon that was killed leaves its socket behind.
    """
    paths = {path for pattern in patterns for path in glob(pattern)}  # noqa: PTH207  they are absolute
    failures: list[TargetError] = []
    for path in sorted(paths, key=_age):
        try:
            return Unixctl(path, deadline)
        except TargetError as failed:
            failures.append(failed)
    if failures:
        raise failures[0]
    raise UnreachableError(f"{what}: no socket {' or '.join(patterns)}; does it run, and is its folder mounted here?")


def _age(path: str) -> float:
    try:
        return -Path(path).stat().st_mtime
    except OSError:
        return 0.0
