"""What the two ways of OTLP have in common: requests in, answers out, and what a refusal means.

Sources: opentelemetry-proto's docs/specification.md (failures, throttling, partial success).
"""

from dataclasses import dataclass
from typing import Any, Protocol

from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from collectors.model import SinkError


@dataclass(frozen=True, slots=True)
class Signal:
    """One of OpenTelemetry's signals: where its requests go, what the answer is, and the field of what was rejected."""

    path: str
    method: str
    response: type[Message]
    rejected: str


LOGS = Signal(
    "/v1/logs",
    "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
    ExportLogsServiceResponse,
    "rejected_log_records",
)
SPANS = Signal(
    "/v1/traces",
    "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    ExportTraceServiceResponse,
    "rejected_spans",
)


class RefusedError(SinkError):
    """A request was refused as a whole and for good: the specification forbids to send it again."""


class Transport(Protocol):
    """A connection to an OTLP receiver."""

    def export(self, signal: Signal, request: bytes, timeout: float) -> Message:
        """The answer to an encoded request: `signal.response`. Raises RetryError, TooLargeError and RefusedError."""

    def close(self) -> None:
        """Let go of the connection."""


def partial_success(signal: Signal, answer: Any, sent: int) -> tuple[int, str]:
    """How many of `sent` were rejected, and what was said of them or besides."""
    partial = answer.partial_success
    return min(max(getattr(partial, signal.rejected), 0), sent), str(partial.error_message)
