"""What becomes of spans, as metrics."""

from collections.abc import Iterator

from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from collectors.traces.sending import Tracing
from exporters.metrics import Metric, Samples

SPANS = Metric("stratoscope_spans_total", "counter", "Spans made of the events of requests.", "collectors.traces")
LATE = Metric("stratoscope_late_spans_total", "counter", "Of these, spans of requests that had had one.", "collectors.traces")
SENT = Metric("stratoscope_sent_spans_total", "counter", "Spans that the receiver has accepted.", "collectors.traces")
LOST = Metric(
    "stratoscope_lost_spans_total",
    "counter",
    "Spans that the receiver refused for good (rejected), or that were given up while it was away (dropped).",
    "collectors.traces",
    ("reason",),
)
CUT = Metric("stratoscope_cut_traces_total", "counter", "Traces that were ended by a bound of memory.", "collectors.traces")
WAITING = Metric("stratoscope_waiting_spans", "gauge", "Spans that wait to be sent.", "collectors.traces")
METRICS = (SPANS, LATE, SENT, LOST, CUT, WAITING)


class TraceMetrics(Collector):
    """The counts of one Tracing."""

    def __init__(self, tracing: Tracing) -> None:
        self._tracing = tracing

    def collect(self) -> Iterator[Family]:
        """All families, built anew."""
        made, sent, samples = self._tracing.assembler.counts, self._tracing.counts, Samples()
        for metric, value in ((SPANS, made.spans), (LATE, made.late), (SENT, sent.sent), (CUT, made.cut_short)):
            samples.add(metric, value)
        samples.add(LOST, sent.rejected, "rejected")
        samples.add(LOST, sent.dropped, "dropped")
        samples.add(WAITING, self._tracing.waiting)
        return iter(samples)
