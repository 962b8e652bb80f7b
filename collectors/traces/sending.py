"""Spans to an OTLP receiver: a thread that ends traces in time, and sends what is whole until the receiver has it.

Spans are made of events that are delivered on their own, so they are not worth stopping anything for: a receiver that is away
longer than the queue lasts costs the oldest spans, and a crash those that were open.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from google.protobuf.message import Message
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan

from collectors.model import RetryError, TooLargeError
from collectors.sinks.otlp.transport import SPANS, RefusedError, Transport, partial_success
from collectors.traces.assembler import TraceAssembler
from collectors.traces.settings import TraceSettings
from parsers.model import Event

TICK = 1.0
"""Seconds between two looks for traces that are whole."""
_PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds before the first, second ... repeat, where the receiver names none."""


@dataclass(slots=True)
class SpanCounts:
    """What became of spans, since the start. `remark` is what the receiver said last of rejected ones, or besides."""

    sent: int = 0
    rejected: int = 0
    dropped: int = 0
    retries: int = 0
    remark: str = ""


class SpanSink:
    """Sends spans, a batch at a time; as a Sink does it with events."""

    def __init__(self, transport: Transport, request_bytes: int) -> None:
        self._transport = transport
        self._request_bytes = request_bytes

    def send(self, spans: Sequence[ReadableSpan], timeout: float) -> tuple[int, str]:
        """How many were rejected for good, and what was said of them. Raises RetryError; TooLargeError if there are several."""
        request = encode_spans(spans).SerializeToString()
        try:
            answer = self._export(request, timeout)
        except RefusedError as error:
            return len(spans), str(error)
        except TooLargeError as error:
            if len(spans) > 1:
                raise
            return 1, str(error)
        return partial_success(SPANS, answer, len(spans))

    def _export(self, request: bytes, timeout: float) -> Message:
        if len(request) > self._request_bytes:
            raise TooLargeError(f"{len(request)} bytes, more than request_bytes ({self._request_bytes}) allows")
        return self._transport.export(SPANS, request, timeout)

    def close(self) -> None:
        """Let go of the connection."""
        self._transport.close()


class Tracing:
    """Observes events, and exports their spans from a thread of its own: between `start` and `close`.

    `clock`: seconds that never jump, the same as those that `observe` is given.
    """

    name = "traces"

    def __init__(
        self, settings: TraceSettings, sink: SpanSink, clock: Callable[[], float] = time.monotonic, tick: float = TICK
    ) -> None:
        self.counts = SpanCounts()
        self.error: Exception | None = None
        """Why the last request was not taken; None when it was."""
        self._settings = settings
        self._sink = sink
        self._clock = clock
        self._tick = tick
        self._assembler = TraceAssembler(settings.assembly)
        self._waiting: deque[ReadableSpan] = deque()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="traces", daemon=True)

    @property
    def assembler(self) -> TraceAssembler:
        """What makes the spans, for its counts."""
        return self._assembler

    @property
    def waiting(self) -> int:
        """Spans that wait to be sent."""
        return len(self._waiting)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def observe(self, events: Sequence[Event], now: float) -> None:
        """See Observer."""
        with self._lock:
            self._wait(self._assembler.feed(events, now))

    def close(self, timeout: float) -> bool:
        """End all traces and send what is left, for at most `timeout` seconds; False if some could not be sent."""
        end = time.monotonic() + timeout
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        if not self._thread.is_alive():
            with self._lock:
                self._wait(self._assembler.close())
            while self._waiting and (left := end - time.monotonic()) > 0 and self._send(min(left, self._settings.timeout)) == 0:
                pass
            self._sink.close()
        with self._lock:
            self.counts.dropped += len(self._waiting)
            return not self._waiting

    def _work(self) -> None:
        failures = 0
        pause = self._tick
        while not self._stop.wait(pause):
            with self._lock:
                self._wait(self._assembler.expire(self._clock()))
            pause = 0.0
            while pause == 0 and self._waiting and not self._stop.is_set():
                pause = self._send(self._settings.timeout, failures)
                failures = failures + 1 if pause else 0
            pause = max(pause, self._tick)

    def _wait(self, spans: Sequence[ReadableSpan]) -> None:
        self._waiting.extend(spans)
        for _ in range(len(self._waiting) - self._settings.waiting):
            self._waiting.popleft()
            self.counts.dropped += 1

    def _send(self, timeout: float, failures: int = 0) -> float:
        """Send a batch; 0, or the seconds to wait before the next attempt."""
        with self._lock:
            batch = [self._waiting.popleft() for _ in range(min(self._settings.batch, len(self._waiting)))]
        try:
            self._send_all(batch, timeout)
        except RetryError as error:
            self.error = error
            self.counts.retries += 1
            return max(0.1, error.after if error.after is not None else _PAUSES[min(failures, len(_PAUSES) - 1)])
        except Exception as error:  # noqa: BLE001  a span that cannot be sent must not end the thread, nor come again
            self.error = error
            self.counts.dropped += len(batch)
            return 0.0
        self.error = None
        return 0.0

    def _send_all(self, spans: list[ReadableSpan], timeout: float) -> None:
        """Send spans, in halves if they are too large together. What is not taken waits again, as the oldest of all."""
        parts = [spans]
        while parts:
            part = parts.pop()
            try:
                rejected, remark = self._sink.send(part, timeout)
            except TooLargeError:
                parts += [part[len(part) // 2 :], part[: len(part) // 2]]
                continue
            except RetryError:
                left = [*part, *(span for other in reversed(parts) for span in other)]
                with self._lock:
                    self._waiting.extendleft(reversed(left))
                raise
            self.counts.sent += len(part) - rejected
            self.counts.rejected += rejected
            self.counts.remark = remark or self.counts.remark
