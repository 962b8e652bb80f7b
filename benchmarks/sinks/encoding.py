"""Events per CPU second and memory of each sink's encoding, beside OpenTelemetry's own SDK, in one run.

The events are those of the generated log of `benchmarks.logs`, in batches of 1,000. Each program runs in a process of its own,
in turn, round by round. The SDK gets its arguments ready made (names flat, times as numbers), which costs our sinks a good part
of their time; its exporter encodes with `opentelemetry-exporter-otlp-proto-common` and sends nowhere, as ours do.
"""

# ruff: noqa: PLC0415  what a program loads is part of its memory

import argparse
import itertools
import multiprocessing
import re
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import logs, report
from parsers.model import Event
from parsers.parser import Parser, ParserOptions

_BATCH = 1000
_NOW = 1_800_000_000_000_000_000

PEER = "opentelemetry-sdk: logger, batch processor, encoder"


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one run: CPU seconds (all threads), bytes given out, and how much the resident set grew at most."""

    events: int
    cpu: float
    size: int
    memory: int


@dataclass(frozen=True, slots=True)
class Program:
    """`encode` makes bytes of a batch, and says how many; `prepare` makes its argument, which is not counted; `end` ends it."""

    encode: Callable[[Any], int]
    prepare: Callable[[Sequence[Event]], Any] = list
    end: Callable[[], int] = int


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sinks", description=__doc__)
    parser.add_argument("--size", type=int, default=8, help="MB of the generated log (8)")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each program (5)")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="stratoscope-bench-") as folder:
        log = Path(folder) / "events.log"
        logs.write(log, asked.size << 20, "plain")
        costs = compare(list(PROGRAMS), log, asked.rounds)
    sys.stdout.write(f"{report.machine()}\n\n{table(costs)}\n")
    return 0


def compare(names: Sequence[str], log: Path, rounds: int) -> dict[str, list[Cost]]:
    """Run all in turn, each second round backwards."""
    costs: dict[str, list[Cost]] = {name: [] for name in names}
    context = multiprocessing.get_context("spawn")
    for number in range(rounds):
        for name in names[:: -1 if number % 2 else 1]:
            with context.Pool(1) as pool:
                costs[name].append(pool.apply(run, (name, str(log))))
    return costs


def table(costs: dict[str, list[Cost]]) -> str:
    """The least CPU time and the largest memory of each; ratios to the SDK."""
    least = {name: min(runs, key=lambda one: one.cpu / one.events) for name, runs in costs.items()}
    peer = least.get(PEER)
    rows = [("encoding", "events/CPU s", "of the SDK", "bytes/event", "MB")]
    for name, one in least.items():
        ratio = f"{peer.cpu / peer.events / (one.cpu / one.events):.1f}x" if peer else "-"
        memory = max(run.memory for run in costs[name])
        rows.append((name, f"{one.events / one.cpu:,.0f}", ratio, f"{one.size / one.events:,.0f}", f"{memory / (1 << 20):.0f}"))
    return report.table(rows)


def run(name: str, log: str) -> Cost:
    """Encode all events of a log with one program, in this process."""
    parser = Parser(ParserOptions(file="/var/log/nova/nova-compute.log"))
    events = [*parser.feed(Path(log).read_bytes(), 0.0), *parser.close()]
    for event in events:
        event["observed_timestamp"] = "2026-11-23T03:33:02.100000Z"
        event["attributes"]["log.record.uid"] = f"1a2b3c-400-5d6e7f80:{event['source']['first_offset']:x}"
    before = _resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    program = PROGRAMS[name]()
    size, cpu = 0, 0.0
    for start in range(0, len(events), _BATCH):
        batch = program.prepare(events[start : start + _BATCH])
        started = time.process_time()
        size += program.encode(batch)
        cpu += time.process_time() - started
    started = time.process_time()
    size += program.end()
    return Cost(len(events), cpu + time.process_time() - started, size, _resident("VmHWM") - before)


def _resident(name: str) -> int:
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) * 1024 if found else 0


def _json_lines() -> Program:
    from parsers.json_lines import dumped

    return Program(lambda events: len(b"".join([dumped(event) + b"\n" for event in events])))


def _otlp() -> Program:
    from collectors.sinks.otlp.records import request_of

    return Program(lambda events: len(request_of(events, _NOW).SerializeToString()))


def _opensearch() -> Program:
    from collectors.sinks.opensearch import OpenSearchSink
    from collectors.sinks.settings import OpenSearchSettings

    sink = OpenSearchSink("bench", OpenSearchSettings(url="http://127.0.0.1:9200"))
    return Program(lambda events: len(sink.encoded(events)))


def _loki() -> Program:
    from collectors.sinks.loki import LokiSink
    from collectors.sinks.settings import LokiSettings

    sink = LokiSink("bench", LokiSettings(url="http://127.0.0.1:3100"))
    return Program(lambda events: len(sink.encoded([(event, _NOW) for event in events])))


def _packed_loki() -> Program:
    from collectors.sinks.http import packed
    from collectors.sinks.loki import LokiSink
    from collectors.sinks.settings import LokiSettings

    sink = LokiSink("bench", LokiSettings(url="http://127.0.0.1:3100"))
    return Program(lambda events: len(packed(sink.encoded([(event, _NOW) for event in events]))))


def _packed_otlp() -> Program:
    from collectors.sinks.http import packed
    from collectors.sinks.otlp.records import request_of

    return Program(lambda events: len(packed(request_of(events, _NOW).SerializeToString())))


def _sdk() -> Program:
    from opentelemetry._logs import SeverityNumber
    from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs
    from opentelemetry.sdk._logs import LoggerProvider, ReadableLogRecord
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, LogRecordExporter, LogRecordExportResult

    sizes: list[int] = []

    class Exporter(LogRecordExporter):
        def export(self, batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
            sizes.append(len(encode_logs(batch).SerializeToString()))
            return LogRecordExportResult.SUCCESS

        def force_flush(self, timeout_millis: int = 0) -> bool:  # noqa: ARG002  the contract's
            return True

        def shutdown(self) -> None:
            """Nothing to let go of."""

    provider = LoggerProvider(shutdown_on_exit=False)
    provider.add_log_record_processor(
        BatchLogRecordProcessor(Exporter(), max_queue_size=2 * _BATCH, max_export_batch_size=_BATCH)
    )
    logger = provider.get_logger("bench")

    def encode(batch: Sequence[dict[str, Any]]) -> int:
        for arguments in batch:
            logger.emit(**arguments)
        provider.force_flush(600_000)
        return 0

    def end() -> int:
        provider.shutdown()
        return sum(sizes)

    return Program(encode, lambda events: [_arguments(event, SeverityNumber) for event in events], end)


def _arguments(event: Event, numbers: Any) -> dict[str, Any]:
    """Of `Logger.emit`: the same attributes as our own records have."""
    from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

    from collectors.sinks.events import time_of

    attributes = dict(event["attributes"])
    for name, value in event.items():
        if name in ("fingerprint", "dependency", "source"):
            attributes |= {f"stratoscope.{name}.{inner}": one for inner, one in value.items()}
        elif name in ("exceptions", "quality"):
            attributes[f"stratoscope.{name}"] = value
    trace = int(event.get("trace_id", "0"), 16)
    return {
        "timestamp": time_of(event),
        "observed_timestamp": _NOW,
        "severity_number": numbers(event.get("severity_number", 0)),
        "severity_text": event.get("severity_text"),
        "body": event["body"],
        "attributes": attributes,
        "context": set_span_in_context(NonRecordingSpan(SpanContext(trace, 1, is_remote=False, trace_flags=TraceFlags(1)))),
    }


def _spans() -> Program:
    from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans

    from collectors.traces.assembler import TraceAssembler

    assembler = TraceAssembler()
    seconds = itertools.count(step=10)  # 100 events a second: what a trace waits for is in memory

    def encode(events: Sequence[Event]) -> int:
        now = next(seconds)
        spans = [*assembler.feed(events, now), *assembler.expire(now)]
        return len(encode_spans(spans).SerializeToString())

    return Program(encode, end=lambda: len(encode_spans(assembler.close()).SerializeToString()))


PROGRAMS: dict[str, Callable[[], Program]] = {
    "JSON lines": _json_lines,
    "OTLP logs": _otlp,
    "OTLP logs, gzip": _packed_otlp,
    "OpenSearch": _opensearch,
    "Loki": _loki,
    "Loki, gzip": _packed_loki,
    "traces: assembled and encoded": _spans,
    PEER: _sdk,
}
