"""Probes: which service hangs or lacks what it needs, on what evidence, and what was or would have been killed."""

from dashboards.source.model import Ask, Lines, Page, Section, Table, Timeline, Variable, ask
from dashboards.source.promql import added, increase, rate
from dashboards.source.states import HOLDS, NO_YES, number_of, states_of

_UNWELL = ("ProbeServiceHung", "ProbeServiceUnroutable", "ProbeServiceSaturated", "ProbeDependencyDown")

_ILL = (
    'max by (probe, instance, stratoscope_probe_verdict) (stratoscope_probe_verdict{stratoscope_probe_verdict!="healthy"} == 1)'
)
_SINCE = "max by (probe, instance) (1000 * stratoscope_probe_verdict_since_timestamp_seconds)"

_FIRST = Section(
    "",
    (
        Lines(
            title="Services by verdict",
            asks=ask(added("stratoscope_probe_verdict", "stratoscope_probe_verdict"), "{{stratoscope_probe_verdict}}"),
            says="Normal: all healthy. dependency_down is not mended by a restart; hung is the only one that may be.",
            unit="short",
            alerts=_UNWELL,
            stacked=True,
            of_states=states_of("stratoscope_probe_verdict"),
        ),
        Table(
            title="Services that are not healthy",
            asks=(Ask(f"{_ILL} * on (probe, instance) group_left () {_SINCE}", "since"),),
            says="And since when. What the probe saw stands in its /debug page.",
            unit="dateTimeFromNow",
            alerts=_UNWELL,
            columns={"probe": "service", "stratoscope_probe_verdict": "verdict", "instance": "where"},
            empty="all are healthy",
        ),
        Timeline(
            title="Verdicts",
            asks=ask(number_of("stratoscope_probe_verdict", "probe", "instance"), "{{probe}} {{instance}}"),
            says="What is known of each service.",
            alerts=_UNWELL,
            states=states_of("stratoscope_probe_verdict"),
            width=24,
        ),
    ),
)

_KILLS = Section(
    "What was killed, or would have been",
    (
        Lines(
            title="Kills asked for",
            asks=ask(increase("stratoscope_probe_kills_total", "probe"), "{{probe}}")
            + ask(increase("stratoscope_probe_worker_kills_total", "probe"), "{{probe}} worker"),
            says="Times that liveness began to fail, and workers that were killed.",
            unit="short",
            alerts=("ProbeKilled",),
        ),
        Lines(
            title="Kills that would have been asked for",
            asks=ask(increase("stratoscope_probe_would_be_kills_total", "probe"), "{{probe}}"),
            says="While a probe only observes. When these were all right for some weeks, enforce.",
            unit="short",
            alerts=("ProbeWouldKill",),
        ),
        Lines(
            title="Kills that were withheld",
            asks=ask(
                increase("stratoscope_probe_withheld_kills_total", "probe", "reason"),
                "{{probe}} {{reason}}",
            ),
            says="budget: too many lately; breaker: too many services at once, so the cause is elsewhere; stale; draining.",
            unit="short",
            alerts=("ProbeKillsWithheld",),
            empty="none",
        ),
        Lines(
            title="False alarms",
            asks=ask(increase("stratoscope_probe_false_alarms_total", "probe"), "{{probe}}"),
            says="Called hung, and answered within 10 s. Normal: 0; else the profile's times are too short.",
            unit="short",
            alerts=("ProbeFalseAlarm",),
        ),
        Table(
            title="Where hung services stood",
            asks=(Ask("sum by (probe, signature) (stratoscope_probe_hang_signature_total)", "black boxes"),),
            says="The place in the code, by the black boxes written.",
            unit="short",
            alerts=("ProbeBlackBoxWritten",),
            columns={"probe": "service", "signature": "signature"},
            empty="none hung",
        ),
        Lines(
            title="Black boxes",
            asks=ask(increase("stratoscope_probe_black_boxes_written_total", "probe"), "{{probe}} written")
            + ask(increase("stratoscope_probe_black_box_errors_total", "probe"), "{{probe}} not in full"),
            says="Stacks, sockets and reports, written before the kill.",
            unit="short",
            alerts=("ProbeBlackBoxWritten", "ProbeBlackBoxFailed"),
        ),
    ),
)

_EVIDENCE = Section(
    "Evidence",
    (
        Lines(
            title="Time of a ping",
            asks=ask("max by (probe) (stratoscope_probe_ping_seconds)", "{{probe}}")
            + ask("max by (probe) (stratoscope_probe_control_ping_seconds)", "{{probe}} control"),
            says="control: our own message through the same broker. Both slow: the broker. One slow: the service.",
            unit="s",
        ),
        Lines(
            title="How long a request waits inside a service",
            asks=ask("max by (probe) (stratoscope_probe_queueing_delay_seconds)", "{{probe}}"),
            says="Ping without control. A service without a free worker.",
            unit="s",
        ),
        Lines(
            title="Workers that answer",
            asks=ask(
                "sum by (probe) (stratoscope_probe_workers_answering) / sum by (probe) (stratoscope_probe_workers)", "{{probe}}"
            ),
            says="Share of those that should. Normal: 100 %.",
            unit="percentunit",
            alerts=("ProbeWorkersSilent",),
            most=1,
        ),
        Lines(
            title="Bytes that wait in its sockets",
            asks=ask("max by (probe) (stratoscope_probe_backlog_bytes)", "{{probe}}"),
            says="Not read by the service.",
            unit="bytes",
        ),
        Timeline(
            title="Findings of each check",
            asks=ask(number_of("stratoscope_probe_check_finding", "probe", "check"), "{{probe}} {{check}}"),
            says="Of the last look. unknown: we could not look, and the probe's log says why.",
            alerts=("ProbeCheckBlind",),
            states=states_of("stratoscope_probe_check_finding"),
        ),
        Timeline(
            title="Proofs of a hang that hold",
            asks=ask("max by (probe, proof) (stratoscope_probe_proof)", "{{probe}} {{proof}}"),
            says="Two independent ones, for a while and with every control passing, make a service hung.",
            alerts=("ProbeServiceHung",),
            states=HOLDS,
            empty="none",
        ),
        Lines(
            title="How long checks take",
            asks=ask("max by (probe, check) (stratoscope_probe_check_duration_seconds)", "{{probe}} {{check}}")
            + ask("max by (probe, check) (stratoscope_probe_check_overdue_seconds) > 0", "{{probe}} {{check}} overdue"),
            says="Of the last look; and how far one is past its time-out.",
            unit="s",
        ),
        Timeline(
            title="Verdicts too old to be used",
            asks=ask("max by (probe, instance) (stratoscope_probe_stale)", "{{probe}} {{instance}}"),
            says="A stale verdict is not used: the kubelet gets a yes.",
            alerts=("ProbeStale",),
            states=HOLDS,
        ),
    ),
)

_KUBELET = Section(
    "What the kubelet gets",
    (
        Timeline(
            title="Ready",
            asks=ask("min by (probe, instance) (stratoscope_probe_ready)", "{{probe}} {{instance}}"),
            says="Whether /readyz says yes.",
            alerts=("ProbeNotReady",),
            states=NO_YES,
            width=8,
        ),
        Timeline(
            title="Live",
            asks=ask("min by (probe, instance) (stratoscope_probe_live)", "{{probe}} {{instance}}"),
            says="Whether /livez says yes.",
            alerts=("ProbeLivenessFailing",),
            states=NO_YES,
            width=8,
        ),
        Timeline(
            title="Enforcing",
            asks=ask("min by (probe, instance) (stratoscope_probe_enforcing)", "{{probe}} {{instance}}"),
            says="Whether a hang fails liveness, or is observed only.",
            states=("observes", "enforces"),
            width=8,
        ),
        Lines(
            title="Answers to the kubelet",
            asks=ask(
                rate("stratoscope_probe_requests_total", "endpoint_path", "code"),
                "{{endpoint_path}} {{code}}",
            ),
            says="By path and status. None at all: the kubelet does not ask.",
            unit="reqps",
        ),
        Lines(
            title="Drains",
            asks=ask("max by (probe) (stratoscope_probe_drain_duration_seconds)", "{{probe}} took")
            + ask("max by (probe) (stratoscope_probe_drain_in_flight)", "{{probe}} left in flight"),
            says="How long the last drain took, and how many requests were cut off by its end.",
            unit="short",
            empty="none was drained",
        ),
        Table(
            title="Doubtful settings",
            asks=(Ask("max by (probe, rule) (stratoscope_probe_settings_lint == 1)", "found"),),
            says="Found at start; the log says what to do.",
            unit="short",
            columns={"probe": "service", "rule": "rule"},
            empty="none",
            width=24,
            height=6,
        ),
    ),
)

PAGE = Page(
    name="probes",
    title="Probes",
    says="Which service hangs or lacks what it needs, on what evidence, and what was or would have been killed.",
    variables=(Variable("probe", "stratoscope_probe_verdict", "Service"),),
    sections=(_FIRST, _KILLS, _EVIDENCE, _KUBELET),
)
