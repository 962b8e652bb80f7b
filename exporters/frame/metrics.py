"""The frame's own metrics: how it fares with each target. Every exporter has them."""

from exporters.metrics import Metric

LABELS = ("exporter", "target")
OUTCOMES = ("success", "unreachable", "timeout", "refused", "malformed", "failed", "error")
"""The reasons of TargetError; `error` is a fault of ours."""

UP = Metric(
    "stratoscope_exporter_up",
    "gauge",
    "Whether the target answered at all, be it with a refusal.",
    "the newest fetch",
    LABELS,
)
SUCCESS = Metric(
    "stratoscope_exporter_success",
    "gauge",
    "Whether the newest fetch gave what it should; 0 also while one is overdue.",
    "the newest fetch",
    LABELS,
)
DURATION = Metric(
    "stratoscope_exporter_duration_seconds",
    "gauge",
    "How long the newest fetch took.",
    "the newest fetch",
    LABELS,
)
RUNNING = Metric(
    "stratoscope_exporter_running_seconds",
    "gauge",
    "For how long the fetch that runs now has been running; a target that hangs makes it grow.",
    "the fetch that runs now",
    LABELS,
)
LAST_SUCCESS = Metric(
    "stratoscope_exporter_last_success_timestamp_seconds",
    "gauge",
    "When the last good answer was asked for.",
    "the last good fetch",
    LABELS,
)
AGE = Metric(
    "stratoscope_exporter_snapshot_age_seconds",
    "gauge",
    "Age of the answer that the series beside it were made of.",
    "the snapshot in use",
    LABELS,
)
INTERVAL = Metric(
    "stratoscope_exporter_interval_seconds",
    "gauge",
    "Seconds between two fetches in the background; none for a target that is asked on each scrape.",
    "settings",
    LABELS,
)
FETCHES = Metric(
    "stratoscope_exporter_fetches_total",
    "counter",
    "Fetches by how they ended.",
    "all fetches since the start",
    (*LABELS, "outcome"),
)
SERIES = Metric(
    "stratoscope_exporter_series",
    "gauge",
    "Series that are given out for the target.",
    "the snapshot in use",
    LABELS,
)
DROPPED = Metric(
    "stratoscope_exporter_dropped_series",
    "gauge",
    "Series that are left out: beyond max_series (limit), or given twice (duplicate).",
    "the snapshot in use",
    (*LABELS, "reason"),
)

METRICS = (UP, SUCCESS, DURATION, RUNNING, LAST_SUCCESS, AGE, INTERVAL, FETCHES, SERIES, DROPPED)
