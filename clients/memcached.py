"""memcached's text protocol: `version` and `stats`, which any client may ask and which take microseconds."""

from collections.abc import Mapping

from clients.channel import Channel
from clients.model import Deadline, MalformedError, RefusedError, UnreachableError
from clients.sockets import Endpoint

_ANSWER = 64 << 10
"""Bytes of an answer at most; `stats` gives 3,000."""


class FullError(RefusedError):
    """All its connections are in use (`maxconns_fast`): it says so and hangs up."""


class LoginError(RefusedError):
    """It answers, and wants a login first (`-Y FILE`)."""


class Memcached:
    """A connection. After TimedOutError one may ask again: the answer to what was asked before is passed over."""

    def __init__(self, endpoint: Endpoint, deadline: Deadline) -> None:
        self._channel = Channel(endpoint, deadline)
        self._owed: str | None = None

    def version(self, deadline: Deadline) -> str:
        """What it calls its version. Raises TargetError."""
        return self._ask("version", deadline).removeprefix("VERSION ").strip()

    def stats(self, deadline: Deadline) -> Mapping[str, str]:
        """Its figures, as text. Raises TargetError."""
        rows = (line.split(" ", 2) for line in self._ask("stats", deadline).splitlines())
        return {row[1]: row[2] for row in rows if len(row) == 3 and row[0] == "STAT"}

    def close(self) -> None:
        """Hang up."""
        self._channel.close()

    def _ask(self, command: str, deadline: Deadline) -> str:
        if self._owed is not None:
            self._answer(self._owed, deadline)
        self._channel.send(f"{command}\r\n".encode(), deadline)
        self._owed = command
        return self._answer(command, deadline)

    def _answer(self, command: str, deadline: Deadline) -> str:
        """The whole answer to a command that was sent: one line, or lines up to END."""
        channel = self._channel
        what = f"{channel.endpoint} {command}"
        while (end := _end(channel.buffer, command)) < 0:
            if len(channel.buffer) > _ANSWER:
                raise MalformedError(f"{what}: an answer of more than {_ANSWER} bytes; is this memcached?")
            try:
                channel.more(deadline)
            except UnreachableError as ended:
                if channel.received:
                    raise
                raise UnreachableError(f"{what}: hung up without an answer; does it want TLS or SASL (-Z, -S)?") from ended
        self._owed = None
        text = channel.take(end, deadline).decode(errors="replace")
        return _judged(text, what)


def _end(buffer: bytearray, command: str) -> int:
    """Where the answer ends; -1 where more has to come."""
    first = buffer.find(b"\r\n")
    if first < 0:
        return -1
    if command != "stats" or not buffer.startswith((b"STAT ", b"END")):
        return first + 2
    if buffer.startswith(b"END\r\n"):
        return 5
    last = buffer.find(b"\r\nEND\r\n")
    return -1 if last < 0 else last + 7


def _judged(text: str, what: str) -> str:
    if text.startswith("ERROR Too many open connections"):
        raise FullError(f"{what}: all its connections are in use; raise -c, or find who holds them")
    if text.startswith("CLIENT_ERROR unauth"):
        raise LoginError(f"{what}: it answers, and wants a login (-Y), so it tells no figures")
    if not text.startswith(("VERSION ", "STAT ", "END")):
        raise MalformedError(f"{what}: this is no answer of memcached; is it the right port, or does it want SASL?")
    return text
