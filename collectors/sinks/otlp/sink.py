"""The sink of OTLP logs."""

import time
from collections.abc import Callable, Sequence

from collectors.model import Sent, TooLargeError
from collectors.sinks.events import all_rejected, too_large
from collectors.sinks.otlp.records import request_of
from collectors.sinks.otlp.transport import LOGS, RefusedError, Transport, partial_success
from parsers.model import Event


class OtlpSink:
    """Sends events as log records. `request_bytes`: of one request, before it is packed. `clock`: nanoseconds since 1970."""

    def __init__(self, name: str, transport: Transport, request_bytes: int, clock: Callable[[], int] = time.time_ns) -> None:
        self.name = name
        self._transport = transport
        self._request_bytes = request_bytes
        self._clock = clock

    def send(self, events: Sequence[Event], timeout: float) -> Sent:
        """See Sink. What is refused in part is not sent again, though nobody tells which part: `unnamed`, with the reason."""
        if not events:
            return Sent(0)
        request = request_of(events, self._clock()).SerializeToString()
        if len(request) > self._request_bytes:
            return too_large(events, f"{len(request)} bytes, more than request_bytes ({self._request_bytes}) allows")
        try:
            answer = self._transport.export(LOGS, request, timeout)
        except RefusedError as error:
            return all_rejected(events, str(error))
        except TooLargeError as error:
            return too_large(events, str(error))
        rejected, remark = partial_success(LOGS, answer, len(events))
        return Sent(len(events) - rejected, unnamed=rejected, remark=remark)

    def close(self) -> None:
        """See Sink."""
        self._transport.close()
