"""Metrics out of log events, for alerts: what happens in the cloud, as far as its services tell it in their logs.

`LogMetrics` is fed with events and asked for families; it knows no source, sink or clock.
"""

import math
import threading
from collections.abc import Iterator, Sequence

from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from exporters.metrics import Metric, Samples
from parsers.model import Event
from stratoscope.store.tallies import WARNING, level_of, service_of
from stratoscope.store.terms import dependency_of, fingerprint_of
from stratoscope.telemetry.counts import MAX_SERIES, Counts, Durations

LEVEL_NAMES = {0: "unknown", 1: "trace", 5: "debug", 9: "info", 13: "warning", 17: "error", 21: "critical"}
"""The name of a severity level by its first OpenTelemetry number."""

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Buckets of request durations, in seconds: Prometheus' own, and two more, as an API call may take a minute."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"})
OTHER_METHOD = "_OTHER"
"""As OpenTelemetry's semantic conventions say of methods nobody knows; rubbish sent to a port is one."""

MAX_GROUPS = 20_000
"""Fingerprints remembered, to tell a new error from a known one: 2 MB. Beyond that no error counts as new."""

EVENTS = Metric(
    "openstack_log_events_total", "counter", "Log events, by service and severity.", "every event", ("component", "severity")
)
EXCEPTIONS = Metric(
    "openstack_log_exceptions_total",
    "counter",
    "Log events with an exception: its type, and the dependency it blames (empty if none).",
    "exception.type, dependency.name",
    ("component", "exception", "dependency"),
)
BLAMED = Metric(
    "openstack_log_dependency_errors_total",
    "counter",
    "Events of WARNING and above that blame a dependency, and the rule that says so (galera.not_ready: error 1047).",
    "dependency.name, dependency.rule",
    ("component", "dependency", "rule"),
)
NEW_GROUPS = Metric(
    "openstack_log_new_error_groups_total",
    "counter",
    "Errors whose fingerprint this process had not seen since it started.",
    "fingerprint.id of ERROR and above",
    ("component",),
)
WITH_REQUEST = Metric(
    "openstack_log_events_with_request_id_total",
    "counter",
    "Log events that name the request they belong to.",
    "openstack.request_id",
    ("component",),
)
REQUESTS = Metric(
    "openstack_api_requests_total",
    "counter",
    "API requests in the logs. A service whose web server and middleware both log shows under two formats: do not add those.",
    "http.response.status_code",
    ("component", "method", "code", "format"),
)
DURATIONS = Metric(
    "openstack_api_request_duration_seconds",
    "histogram",
    "How long API requests took, where the line tells it.",
    "http.server.request.duration",
    ("component", "method", "format"),
)
FLAGS = Metric(
    "stratoscope_quality_flags_total", "counter", "Events with a doubt about how they were put together.", "quality", ("flag",)
)
OVERFLOW = Metric(
    "stratoscope_label_overflow_total",
    "counter",
    f"Counted as 'other' as a metric had {MAX_SERIES} sets of labels.",
    "own work",
    ("metric",),
)
METRICS = (EVENTS, EXCEPTIONS, BLAMED, NEW_GROUPS, WITH_REQUEST, REQUESTS, DURATIONS, FLAGS, OVERFLOW)

_ERROR = 17


class LogMetrics(Collector):
    """Counts events. `observe` and `collect` may be called from different threads. Counters begin at 0 with the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._events = Counts(EVENTS)
        self._exceptions = Counts(EXCEPTIONS)
        self._blamed = Counts(BLAMED)
        self._new_groups = Counts(NEW_GROUPS)
        self._with_request = Counts(WITH_REQUEST)
        self._requests = Counts(REQUESTS)
        self._durations = Durations(DURATIONS, BOUNDS)
        self._flags = Counts(FLAGS)
        self._groups: set[str] = set()

    def observe(self, events: Sequence[Event]) -> None:
        """Count events, each once: the caller leaves out repeats."""
        with self._lock:
            for event in events:
                self._count(event)

    def _count(self, event: Event) -> None:
        service, level = service_of(event), level_of(event)
        attributes = event.get("attributes", {})
        self._events.add((service, LEVEL_NAMES[min(level, 21)]))
        if "openstack.request_id" in attributes:
            self._with_request.add((service,))
        if "http.response.status_code" in attributes:
            self._request(service, event)
        if level >= WARNING or "exceptions" in event:
            self._trouble(service, level, event)
        for flag in event.get("quality", ()):
            self._flags.add((flag,))

    def _trouble(self, service: str, level: int, event: Event) -> None:
        dependency = dependency_of(event)
        exception = event.get("attributes", {}).get("exception.type")
        if exception:
            self._exceptions.add((service, str(exception), dependency))
        if dependency and level >= WARNING:
            self._blamed.add((service, dependency, str(event["dependency"].get("rule", ""))))
        fingerprint = fingerprint_of(event)
        if level >= _ERROR and fingerprint and fingerprint not in self._groups and len(self._groups) < MAX_GROUPS:
            self._groups.add(fingerprint)
            self._new_groups.add((service,))

    def _request(self, service: str, event: Event) -> None:
        attributes, form = event["attributes"], str(event.get("source", {}).get("format", ""))
        method = attributes.get("http.request.method", "")
        method = method if method in METHODS else OTHER_METHOD
        self._requests.add((service, method, _code(attributes["http.response.status_code"]), form))
        duration = attributes.get("http.server.request.duration")
        if isinstance(duration, int | float) and math.isfinite(duration) and duration >= 0:
            self._durations.observe((service, method, form), duration)

    def collect(self) -> Iterator[Family]:
        """All families, built anew."""
        samples = Samples()
        bounded = (
            self._events,
            self._exceptions,
            self._blamed,
            self._new_groups,
            self._with_request,
            self._requests,
            self._durations,
            self._flags,
        )
        with self._lock:
            for counts in bounded:
                counts.tell(samples)
                samples.add(OVERFLOW, counts.overflowed, counts.metric.name)
        return iter(samples)


def _code(code: object) -> str:
    """A status code as a label; what is none (a log may say anything) is `0`."""
    return str(code) if isinstance(code, int) and 100 <= code <= 599 else "0"
