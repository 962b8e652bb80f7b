"""Settings become what makes and sends spans. OpenTelemetry's SDK is loaded only if traces are wanted: 10 MB of memory."""

from typing import TYPE_CHECKING

from collectors.sinks.make import transport_of
from collectors.traces.settings import TraceSettings

if TYPE_CHECKING:
    from collectors.traces.sending import Tracing


def tracing_of(settings: TraceSettings) -> "Tracing":
    """An observer of events that exports their spans. Nothing is connected before it is started."""
    from collectors.traces.sending import SpanSink, Tracing  # noqa: PLC0415  for that reason

    return Tracing(settings, SpanSink(transport_of(settings.to), settings.to.request_bytes))
