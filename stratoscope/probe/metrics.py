"""The metrics of the sidecar as a literal table. `probe` is the name of a service in the settings: of its container."""

from exporters.metrics import Metric
from probes.model import Finding, State

STATES = tuple(state.value for state in State)

VERDICT = Metric(
    "stratoscope_probe_verdict",
    "stateset",
    "What is known of the service: the one that is 1.",
    "verdict",
    ("probe", "profile"),
    states=STATES,
)
SINCE = Metric("stratoscope_probe_verdict_since_timestamp_seconds", "gauge", "Since when it is so.", "verdict", ("probe",))
CHANGES = Metric("stratoscope_probe_verdict_changes_total", "counter", "Changes of the verdict.", "verdict", ("probe",))
READY = Metric("stratoscope_probe_ready", "gauge", "1 when /readyz answers 200 for it.", "verdict", ("probe",))
LIVE = Metric("stratoscope_probe_live", "gauge", "1 when /livez answers 200 for it.", "policy", ("probe",))
ENFORCING = Metric(
    "stratoscope_probe_enforcing", "gauge", "1 when HUNG fails liveness; 0 when it is observed only.", "settings", ("probe",)
)
WOULD_KILL = Metric(
    "stratoscope_probe_would_be_kills_total", "counter", "Kills that liveness would have asked for.", "policy", ("probe",)
)
KILLS = Metric(
    "stratoscope_probe_kills_total",
    "counter",
    "Times that liveness began to fail, so that the kubelet kills.",
    "policy",
    ("probe",),
)
WORKER_KILLS = Metric("stratoscope_probe_worker_kills_total", "counter", "Hung workers that were killed.", "policy", ("probe",))
WITHHELD = Metric(
    "stratoscope_probe_withheld_kills_total",
    "counter",
    "Kills that were not asked for, by what withheld them: budget, breaker, stale, draining.",
    "policy",
    ("probe", "reason"),
)
FALSE_ALARMS = Metric(
    "stratoscope_probe_false_alarms_total",
    "counter",
    "Times that a service answered again within 10 s of being called hung.",
    "policy",
    ("probe",),
)
STALE = Metric("stratoscope_probe_stale", "gauge", "1 when the verdict is too old to be used.", "loop", ("probe",))
AGE = Metric("stratoscope_probe_verdict_age_seconds", "gauge", "Age of the verdict.", "loop", ("probe",))
FINDING = Metric(
    "stratoscope_probe_check_finding",
    "stateset",
    "What the last look of a check has found.",
    "checks",
    ("probe", "check"),
    states=tuple(finding.value for finding in Finding),
)
CHECK_SECONDS = Metric(
    "stratoscope_probe_check_duration_seconds", "gauge", "How long the last look took.", "checks", ("probe", "check")
)
CHECKS = Metric("stratoscope_probe_checks_total", "counter", "Looks.", "checks", ("probe", "check"))
OVERDUE = Metric(
    "stratoscope_probe_check_overdue_seconds",
    "gauge",
    "How long a look is past its time-out already.",
    "loop",
    ("probe", "check"),
)
CHECK_ERRORS = Metric(
    "stratoscope_probe_check_errors_total",
    "counter",
    "Looks that raised: a fault of ours, or of what was set up.",
    "checks",
    ("probe", "check"),
)
STUCK_LOOKS = Metric(
    "stratoscope_probe_stuck_looks",
    "gauge",
    "Threads of a check that were given up and have not come back.",
    "loop",
    ("probe", "check"),
)
LAG = Metric("stratoscope_probe_loop_lag_seconds", "gauge", "How late the last tick of the sidecar's loop was.", "loop")
PROOF = Metric(
    "stratoscope_probe_proof",
    "gauge",
    "1 for each family of evidence for a hang that holds now.",
    "verdict",
    ("probe", "proof"),
)
PING = Metric("stratoscope_probe_ping_seconds", "gauge", "Time of the last ping that was answered.", "rpc", ("probe",))
CONTROL = Metric(
    "stratoscope_probe_control_ping_seconds", "gauge", "Time of our own message through the same broker.", "rpc", ("probe",)
)
QUEUEING = Metric(
    "stratoscope_probe_queueing_delay_seconds",
    "gauge",
    "Ping minus control ping: how long a request waits inside the service.",
    "rpc",
    ("probe",),
)
WORKERS = Metric("stratoscope_probe_workers", "gauge", "Workers that should answer.", "rpc", ("probe",))
ANSWERING = Metric("stratoscope_probe_workers_answering", "gauge", "Workers that answered.", "rpc", ("probe",))
BACKLOG = Metric("stratoscope_probe_backlog_bytes", "gauge", "Bytes that wait unread in its sockets.", "sockets", ("probe",))
EVIDENCE_WRITTEN = Metric(
    "stratoscope_probe_black_boxes_written_total", "counter", "Black boxes written.", "black box", ("probe",)
)
EVIDENCE_FAILED = Metric(
    "stratoscope_probe_black_box_errors_total",
    "counter",
    "Black boxes that could not be written in full.",
    "black box",
    ("probe",),
)
HANG = Metric(
    "stratoscope_probe_hang_signature_total",
    "counter",
    "Black boxes by where the main thread stood; at most 20 signatures, then `other`.",
    "black box",
    ("probe", "signature"),
)
DRAINING = Metric("stratoscope_probe_draining", "gauge", "1 while it is drained.", "drain", ("probe",))
DRAIN_SECONDS = Metric(
    "stratoscope_probe_drain_duration_seconds", "gauge", "How long the last drain took.", "drain", ("probe",)
)
IN_FLIGHT = Metric(
    "stratoscope_probe_drain_in_flight", "gauge", "What was still in flight when the last drain ended.", "drain", ("probe",)
)
LINT = Metric(
    "stratoscope_probe_settings_lint", "gauge", "1 for each doubtful setting found at start.", "lint", ("probe", "rule")
)
REQUESTS = Metric(
    "stratoscope_probe_requests_total", "counter", "Answers to the kubelet.", "endpoint", ("endpoint_path", "code")
)

TABLE = (
    VERDICT, SINCE, CHANGES, READY, LIVE, ENFORCING, WOULD_KILL, KILLS, WORKER_KILLS, WITHHELD, FALSE_ALARMS, STALE, AGE,
    FINDING, CHECK_SECONDS, CHECKS, OVERDUE, CHECK_ERRORS, STUCK_LOOKS, LAG, PROOF, PING, CONTROL, QUEUEING, WORKERS,
    ANSWERING, BACKLOG, EVIDENCE_WRITTEN, EVIDENCE_FAILED, HANG, DRAINING, DRAIN_SECONDS, IN_FLIGHT, LINT, REQUESTS,
)  # fmt: skip
