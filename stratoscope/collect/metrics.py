"""The metrics of the pipeline as a literal table, and a scrape of them."""

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector, CollectorRegistry

from exporters.metrics import Kind, Metric, Samples
from stratoscope.collect.telemetry import Counts, Gauges, Pushed, Telemetry

if TYPE_CHECKING:
    from collectors.pipeline.worker import Worker


def _metric(kind: Kind, name: str, text: str, source: str, *labels: str) -> Metric:
    return Metric(f"stratoscope_{name}", kind, text, source, labels)


_counter = partial(_metric, "counter")
_gauge = partial(_metric, "gauge")
_histogram = partial(_metric, "histogram")

READ_BYTES = _counter("read_bytes_total", "Bytes of log text read.", "sources", "source")
READ_LINES = _counter("read_lines_total", "Lines of log text read.", "sources", "source")
PARSED = _counter("parsed_events_total", "Events that came out of what was read.", "parsers")
PROBLEMS = _counter("input_problems_total", "Inputs that could not be read, or not to their end.", "sources")
EMITTED = _counter("emitted_events_total", "Events that a sink has accepted.", "sinks", "sink")
REJECTED = _counter("rejected_events_total", "Events that a sink will never take, in its dead-letter file.", "sinks", "sink")
DROPPED = _counter("dropped_events_total", "Events lost for a sink.", "outboxes", "sink", "reason", "intended")
RETRIES = _counter("retries_total", "Sendings that failed and are repeated.", "workers", "sink")
SPLITS = _counter("splits_total", "Batches sent in halves, as a sink called them too large.", "workers", "sink")
SEND = _histogram("send_seconds", "Time from the start of a sending to its acknowledgement.", "workers", "sink")
SINK_UP = _gauge("sink_up", "1 unless the last sending failed.", "workers", "sink")
QUEUE = _gauge("queue_bytes", "Memory of the batches that wait for a sink (an estimate).", "outboxes", "sink")
SPOOL = _gauge("spool_bytes", "Bytes on disk that wait for a sink.", "outboxes", "sink")
ACKNOWLEDGED = _counter("acknowledged_events_total", "Events that every sink has, or that were given up.", "ledger")
ACK = _histogram("ack_seconds", "Time from reading a batch's first event until every sink had it.", "ledger")
LAG_BYTES = _gauge("lag_bytes", "Bytes that stand in the inputs and were not read yet.", "sources", "source")
LAG_SECONDS = _gauge("lag_seconds", "Time since the oldest event was read that not every sink has.", "ledger")
MESSAGES = _counter("forward_messages_total", "Messages of senders.", "forward sources", "source", "outcome")
RECORDS = _counter("forward_records_total", "Records in them.", "forward sources", "source")
CONNECTIONS = _gauge("forward_connections", "Senders that are connected.", "forward sources", "source")
ENDED = _counter("forward_connections_ended_total", "Connections that ended, and why.", "forward sources", "source", "reason")
WAITING = _gauge(
    "forward_unacknowledged_messages", "Messages that are not safe with all sinks yet.", "forward sources", "source"
)
STREAMS = _gauge("streams", "Streams with a parser.", "streams")
OPEN = _gauge("open_streams", "Streams whose last record is not known to be whole yet.", "streams")
OPEN_BYTES = _gauge("open_bytes", "Bytes read that are no event yet.", "streams")
OBSERVERS = _counter("observer_errors_total", "Faults of what looks at events as they go by.", "pipeline", "observer")
DISK = _counter("disk_errors_total", "Writings of spool, positions or dead letters that failed.", "disk", "what")
STORED = _counter("store_events_total", "Events added to an embedded store.", "store", "sink")
REPEATED = _counter("store_repeated_events_total", "Events left out as the store had them already.", "store", "sink")
EXPIRED = _counter("store_dropped_events_total", "Oldest events dropped for the store's bound.", "store", "sink")
POSITIONS = _gauge("positions_written_timestamp_seconds", "When the read positions were last written.", "positions file")
RELOADED = _gauge("config_last_reload_successful", "1 when the last reading of the settings went well.", "settings file")
RELOADED_AT = _gauge("config_last_reload_success_timestamp_seconds", "When the settings were last read well.", "settings file")

METRICS = (
    READ_BYTES, READ_LINES, PARSED, PROBLEMS, EMITTED, REJECTED, DROPPED, RETRIES, SPLITS, SEND, SINK_UP, QUEUE, SPOOL,
    ACKNOWLEDGED, ACK, LAG_BYTES, LAG_SECONDS, MESSAGES, RECORDS, CONNECTIONS, ENDED, WAITING,
    STREAMS, OPEN, OPEN_BYTES, OBSERVERS, DISK, STORED, REPEATED, EXPIRED,
    POSITIONS, RELOADED, RELOADED_AT,
)  # fmt: skip


class PipelineMetrics(Collector):
    """The families of one pipeline, built for each scrape. `gauges` and `workers` are replaced by the pipeline's thread."""

    def __init__(self, telemetry: Telemetry, clock: Callable[[], float] = time.monotonic) -> None:
        self.gauges = Gauges()
        self.workers: Sequence[Worker] = ()
        self._telemetry = telemetry
        self._clock = clock

    def collect(self) -> Iterator[Family]:
        """See prometheus_client."""
        samples = Samples()
        with self._telemetry.lock:
            self._counters(samples, self._telemetry.counts)
        self._sinks(samples)
        self._measured(samples)
        yield from samples

    def _counters(self, samples: Samples, counts: Counts) -> None:
        for metric, values in (
            (READ_BYTES, counts.read_bytes),
            (READ_LINES, counts.read_lines),
            (EMITTED, counts.emitted),
            (REJECTED, counts.rejected),
            (RETRIES, counts.retries),
            (SPLITS, counts.splits),
            (OBSERVERS, counts.observer_errors),
            (DISK, counts.disk_errors),
            (STORED, counts.stored),
            (REPEATED, counts.repeated),
            (EXPIRED, counts.expired),
        ):
            for label, value in values.items():
                samples.add(metric, value, label)
        for labels, value in counts.dropped.items():
            samples.add(DROPPED, value, *labels)
        samples.add(PARSED, counts.parsed)
        samples.add(PROBLEMS, counts.input_problems)
        samples.add(ACKNOWLEDGED, counts.acknowledged)
        samples.histogram(ACK, counts.acknowledging.buckets(), counts.acknowledging.total)
        for sink, histogram in counts.sending.items():
            samples.histogram(SEND, histogram.buckets(), histogram.total, sink)
        samples.add(RELOADED, float(self._telemetry.reloaded_well))
        samples.add(RELOADED_AT, self._telemetry.reloaded_at)

    def _sinks(self, samples: Samples) -> None:
        for worker in self.workers:
            outbox = worker.outbox
            samples.add(SINK_UP, float(worker.error is None), outbox.name)
            samples.add(QUEUE, outbox.memory, outbox.name)
            samples.add(SPOOL, outbox.spool_bytes, outbox.name)

    def _measured(self, samples: Samples) -> None:
        gauges = self.gauges
        for source, unread in gauges.unread.items():
            samples.add(LAG_BYTES, unread, source)
        samples.add(LAG_SECONDS, 0.0 if gauges.oldest is None else max(0.0, self._clock() - gauges.oldest))
        for source, pushed in gauges.pushed.items():
            _tell_pushed(samples, source, pushed)
        samples.add(STREAMS, gauges.streams)
        samples.add(OPEN, gauges.open_streams)
        samples.add(OPEN_BYTES, gauges.open_bytes)
        samples.add(POSITIONS, gauges.positions_written)


def _tell_pushed(samples: Samples, source: str, pushed: Pushed) -> None:
    for outcome, name in (("received", "messages"), ("repeated", "repeated"), ("acknowledged", "acknowledged")):
        samples.add(MESSAGES, pushed.counts.get(name, 0), source, outcome)
    samples.add(RECORDS, pushed.counts.get("records", 0), source)
    samples.add(CONNECTIONS, pushed.connections, source)
    samples.add(WAITING, pushed.unacknowledged, source)
    for reason, count in pushed.ended.items():
        samples.add(ENDED, count, source, reason)


def registry_of(*collectors: Collector) -> CollectorRegistry:
    """A registry of its own that holds these and nothing else."""
    registry = CollectorRegistry(auto_describe=False)
    for collector in collectors:
        registry.register(collector)
    return registry
