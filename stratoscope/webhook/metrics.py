"""The metrics of the webhook as a literal table."""

from exporters.metrics import Metric
from stratoscope.export.own import METRICS as OWN

REVIEWS = Metric(
    "stratoscope_webhook_reviews_total",
    "counter",
    "Reviews answered. Outcome `injected`; `left`, with why a pod was left as it is; `failed`, by a fault of ours, or not "
    "about a new pod: allowed as it is; `refused`, no review that we understand: answered with 4xx.",
    "/mutate",
    ("outcome", "reason"),
)
SECONDS = Metric(
    "stratoscope_webhook_review_duration_seconds",
    "histogram",
    "From the last byte of a review to the first of its answer.",
    "/mutate",
)
BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
PATCH_BYTES = Metric("stratoscope_webhook_patch_bytes_total", "counter", "Bytes of JSON patches sent.", "/mutate")
READY = Metric("stratoscope_webhook_ready", "gauge", "1 while /-/ready answers 200.", "SIGTERM")
NOT_AFTER = Metric(
    "stratoscope_webhook_certificate_not_after_timestamp_seconds",
    "gauge",
    "When the certificate in force ends.",
    "certificate",
)
CERTIFICATE_FINE = Metric(
    "stratoscope_webhook_certificate_last_reload_successful",
    "gauge",
    "Whether the certificate in force is that of the files.",
    "certificate",
)
CERTIFICATES = Metric(
    "stratoscope_webhook_certificate_reloads_total",
    "counter",
    "New certificates by what became of them: taken, refused.",
    "certificate",
    ("outcome",),
)
EVENTS = Metric(
    "stratoscope_webhook_events_total",
    "counter",
    "Events about pods that were left as they are: `created`; `repeated`, counted in one that there is; `failed`, refused or "
    "not answered by the API server; `dropped`, too many at once.",
    "events.k8s.io",
    ("outcome",),
)
METRICS = (REVIEWS, SECONDS, PATCH_BYTES, READY, NOT_AFTER, CERTIFICATE_FINE, CERTIFICATES, EVENTS, *OWN)
