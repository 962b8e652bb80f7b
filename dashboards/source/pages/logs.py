"""Logs: how many errors and whom they blame, what is new, the lines themselves, and one request through all services.

Counts come from Prometheus, lines from Loki. A click on a request shows its lines in all services; one on a trace opens it.
"""

from dashboards.source import links
from dashboards.source.model import AskLogs, Heat, Lines, LogLines, Page, Section, Stat, Table, Variable, ask, uid_of
from dashboards.source.promql import added, failed_share, grown, increase, least, most, rate, slowest

_STREAMS = 'service=~".+",service=~"$component",cluster=~"$cluster"'
"""The first matcher is for Loki, which refuses a selector that may match an empty label."""

_THIS_REQUEST = f"/d/{uid_of('logs')}?${{__all_variables}}&${{__url_time_range}}&var-trace=${{__data.fields.trace_id}}"

_FIRST = Section(
    "",
    (
        Stat(
            title="Errors a second",
            asks=ask(rate('openstack_log_events_total{severity=~"error|critical"}'), "all services"),
            says="Events of ERROR and above in the logs of all services.",
            unit="ops",
            width=6,
        ),
        Stat(
            title="New kinds of errors in the time shown",
            asks=ask(grown("openstack_log_new_error_groups_total"), "kinds"),
            says="Errors that no collector had seen since it started. After an upgrade: look here first.",
            unit="short",
            alerts=("LogNewErrorGroup",),
            width=6,
            empty="0",
        ),
        Stat(
            title="API requests that fail",
            asks=ask(failed_share(), "5xx"),
            says="Share answered with 5xx, over all services.",
            unit="percentunit",
            alerts=("OpenstackApiErrors", "OpenstackApiErrorsMany"),
            width=6,
            empty="no requests",
        ),
        Stat(
            title="Galera not ready (error 1047), in the time shown",
            asks=ask(grown('openstack_log_dependency_errors_total{rule="galera.not_ready"}'), "1047"),
            says="Statements that a Galera node refused, as services log it. Normal: 0.",
            unit="short",
            counts=True,
            alerts=("GaleraNotReadySeenByServices",),
            width=6,
            empty="none",
        ),
        Lines(
            title="Errors by service",
            asks=ask(
                most(rate('openstack_log_events_total{severity=~"error|critical"}', "component")),
                "{{component}}",
            ),
            says="The ten services with most.",
            unit="ops",
            alerts=("LogErrorsSurge",),
        ),
        Lines(
            title="Errors by what they blame",
            asks=ask(
                rate("openstack_log_dependency_errors_total", "dependency"),
                "{{dependency}}",
            ),
            says="Warnings and errors whose exception names the cause. One cause, many services: mend the cause.",
            unit="ops",
            alerts=("LogDependencyErrors", "LogResourceExhausted", "GaleraNotReadySeenByServices"),
            limits=("LogDependencyErrors",),
            empty="none is blamed",
        ),
    ),
)

_LINES = Section(
    "Lines",
    (
        LogLines(
            title="Errors",
            asks=(AskLogs(f'{{{_STREAMS},level=~"error|fatal"}} |~ `(?i)$search`', lines=True),),
            says="The newest first. Click a line for its request and its trace.",
            alerts=("LogErrorsSurge", "LogNewErrorGroup"),
        ),
        Table(
            title="Requests with most errors",
            asks=(
                AskLogs(
                    "topk(20, sum by (openstack_request_id, trace_id) (count_over_time("
                    f'{{{_STREAMS},level=~"error|fatal"}} | trace_id != "" |~ `(?i)$search` [$__range])))',
                    "errors",
                ),
            ),
            says="Of the time shown. A click on the request shows it in all services, one on the trace opens it in Tempo.",
            unit="short",
            columns={"openstack_request_id": "request", "trace_id": "trace_id"},
            links={
                "openstack_request_id": ("This request in all services", _THIS_REQUEST),
                "trace_id": ("Open the trace", links.trace_url("__data.fields.trace_id")),
            },
        ),
        Table(
            title="Errors by kind",
            asks=(
                AskLogs(
                    "topk(20, sum by (service, exception_type) (count_over_time("
                    f'{{{_STREAMS},level=~"error|fatal"}} |~ `(?i)$search` [$__range])))',
                    "errors",
                ),
            ),
            says="Of the time shown, by service and exception.",
            unit="short",
            columns={"service": "service", "exception_type": "exception"},
        ),
        LogLines(
            title="One request, in all services",
            asks=(AskLogs('{service=~".+",cluster=~"$cluster"} | trace_id = `$trace` | trace_id != ""', lines=True),),
            says="All that was logged under the trace above. Choose one by a click in the table, or type its 32 digits.",
        ),
    ),
)

_APIS = Section(
    "APIs",
    (
        Lines(
            title="Requests that fail, by service",
            asks=ask(failed_share("component"), "{{component}}"),
            says="Share answered with 5xx. Normal: below 1 %.",
            unit="percentunit",
            alerts=("OpenstackApiErrors", "OpenstackApiErrorsMany"),
            limits=("OpenstackApiErrors", "OpenstackApiErrorsMany"),
        ),
        Lines(
            title="Requests by status",
            asks=ask(rate("openstack_api_requests_total", "code"), "{{code}}"),
            says="Of all services. A service whose web server and middleware both log is counted twice.",
            unit="reqps",
            alerts=("OpenstackApiErrors", "OpenstackApiErrorsMany"),
            stacked=True,
        ),
        Lines(
            title="Slowest services: 90 % of requests took at most",
            asks=ask(
                most(slowest("openstack_api_request_duration_seconds", "component")),
                "{{component}}",
            ),
            says="Where the line tells the time.",
            unit="s",
            alerts=("OpenstackApiSlow",),
            limits=("OpenstackApiSlow",),
        ),
        Heat(
            title="How long requests take",
            asks=ask(increase("openstack_api_request_duration_seconds_bucket", "le"), "{{le}}"),
            says="All services chosen above.",
            unit="s",
            alerts=("OpenstackApiSlow",),
        ),
    ),
)

_MORE = Section(
    "More",
    (
        Lines(
            title="Services that log least",
            asks=ask(least(rate("openstack_log_events_total", "component")), "{{component}}"),
            says="A line that falls to nothing: the service hangs, or its log is not read any more.",
            unit="ops",
            alerts=("LogServiceSilent",),
            log=True,
        ),
        Lines(
            title="Spans made of requests",
            asks=ask(rate("stratoscope_spans_total"), "spans"),
            says="What traces show of the requests; none unless the settings of the collectors say so.",
            unit="ops",
            empty="no traces",
        ),
        Lines(
            title="Events by severity",
            asks=ask(rate("openstack_log_events_total", "severity"), "{{severity}}"),
            says="debug in production fills disks.",
            unit="ops",
            stacked=True,
        ),
        Lines(
            title="Exceptions",
            asks=ask(
                most(rate("openstack_log_exceptions_total", "component", "exception")),
                "{{component}} {{exception}}",
            ),
            says="The ten most frequent.",
            unit="ops",
            alerts=("LogErrorsSurge",),
            empty="none",
        ),
        Lines(
            title="New kinds of errors since each collector started",
            asks=ask(added("openstack_log_new_error_groups_total", "component"), "{{component}}"),
            says="A step is a first appearance.",
            unit="short",
            alerts=("LogNewErrorGroup",),
            empty="none",
        ),
        Lines(
            title="Records that did not come",
            asks=ask(
                increase("stratoscope_diagnosis_missing_records_total", "rule", "component"),
                "{{component}} {{rule}}",
            ),
            says="Held back by the service's own limit, or missing in a sequence: it may have happened all the same.",
            unit="short",
            alerts=("LogRecordsMissing",),
            empty="none",
        ),
        Lines(
            title="Findings about the logs themselves",
            asks=ask(
                increase("stratoscope_diagnosis_findings_total", "rule", "component"),
                "{{component}} {{rule}}",
            ),
            says="Services that log debug, without request ids, to the wrong place ...",
            unit="short",
            empty="none",
        ),
        Lines(
            title="Share of events that name their request",
            asks=ask(
                f"{rate('openstack_log_events_with_request_id_total', 'component')}"
                f" / {rate('openstack_log_events_total', 'component')}",
                "{{component}}",
            ),
            says="Only these can be followed through services.",
            unit="percentunit",
            most=1,
        ),
    ),
)

PAGE = Page(
    name="logs",
    title="Logs and errors",
    says="How many errors and whom they blame, what is new, the lines themselves, and one request through all services.",
    variables=(
        Variable("component", "openstack_log_events_total", "Service"),
        Variable("cluster", "cluster", "Cluster (Loki)", of_logs=True),
    ),
    texts={"search": "Lines that contain (regular expression)", "trace": "Trace id"},
    logs=True,
    sections=(_FIRST, _LINES, _APIS, _MORE),
)
