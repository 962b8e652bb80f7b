"""Its collector."""

import socket
from collections.abc import Iterable

from prometheus_client.metrics_core import Metric as Family

from clients.model import Deadline, MalformedError, TimedOutError, UnreachableError
from exporters.metrics import Samples
from exporters.model import Verdict
from tests.stratoscope.export.lines.metrics import VALUE
from tests.stratoscope.export.lines.settings import LinesSettings


class LinesCollector:
    def __init__(self, settings: LinesSettings) -> None:
        self.target = settings.name
        self._address = settings.address

    def fetch(self, deadline: Deadline) -> int:
        host, _, port = self._address.rpartition(":")
        try:
            with socket.create_connection((host, int(port)), deadline.left("connect")) as connection:
                line = b""
                while not line.endswith(b"\n"):
                    connection.settimeout(deadline.left("read"))
                    part = connection.recv(64)
                    if not part or len(line) > 64:
                        raise MalformedError(f"{self._address} does not say a line; is it the right port?")
                    line += part
        except TimeoutError:
            raise TimedOutError(f"{self._address} does not answer in time; is it frozen?") from None
        except OSError as error:
            raise UnreachableError(f"{self._address}: {error.strerror}; is it running?") from None
        try:
            return int(line)
        except ValueError:
            raise MalformedError(f"{self._address} says no number; is it the right port?") from None

    def families(self, snapshot: int) -> Iterable[Family]:
        samples = Samples()
        samples.add(VALUE, snapshot, self.target)
        return samples

    def verdicts(self, snapshot: int) -> Iterable[Verdict]:
        large = snapshot > 10
        reasons = (f"{snapshot} is more than 10",) if large else ()
        return [
            Verdict(f"target {self.target}", "large" if large else "fine", not large, reasons, {"first line": str(snapshot)})
        ]

    def close(self) -> None:
        """Nothing is held."""
