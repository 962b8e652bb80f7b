"""A connection on which one side asks and the other answers, kept while it is silent. No protocol.

A target that is frozen finds one connection and one question when it wakes up, not one of each look: so who has waited long
enough stops waiting, and the next look waits for the same answer first.
"""

from typing import Self

from clients.model import Deadline, UnreachableError
from clients.sockets import Endpoint, told

_CHUNK = 64 << 10


class Channel:
    """Bytes to and from one endpoint, each wait within a deadline. Not for several threads at once."""

    def __init__(self, endpoint: Endpoint, deadline: Deadline) -> None:
        self.endpoint = endpoint
        self.held = endpoint.connect(deadline)
        self.buffer = bytearray()
        """What has come and was not taken."""
        self.received = 0

    def send(self, data: bytes, deadline: Deadline) -> None:
        """All of it. Raises TargetError."""
        with told(str(self.endpoint)):
            self.held.settimeout(deadline.left(str(self.endpoint)))
            self.held.sendall(data)

    def more(self, deadline: Deadline) -> None:
        """Wait for some bytes more. Raises TargetError; TimedOutError leaves all as it was, and one may ask again."""
        what = str(self.endpoint)
        with told(what):
            self.held.settimeout(deadline.left(what))
            data = self.held.recv(_CHUNK)
        if not data:
            raise UnreachableError(f"{what}: hung up; has it just ended?")
        self.received += len(data)
        self.buffer += data

    def take(self, size: int, deadline: Deadline) -> bytes:
        """So many bytes. Raises TargetError; after TimedOutError nothing is lost."""
        while len(self.buffer) < size:
            self.more(deadline)
        taken = bytes(self.buffer[:size])
        del self.buffer[:size]
        return taken

    def close(self) -> None:
        """Hang up."""
        self.held.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
