"""stratoscope itself: do its exporters read their targets, do its collectors deliver, is anything lost, do sidecars come."""

from dashboards.source.model import Ask, Lines, Page, Section, Stat, Table, Timeline, Variable, ask
from dashboards.source.promql import added, grown, increase, most, rate, slowest
from dashboards.source.states import DOWN_UP, NO_YES

_FIRST = Section(
    "",
    (
        Stat(
            title="Targets that cannot be read",
            asks=ask("sum (stratoscope_exporter_success == bool 0)", "targets"),
            says="Their figures on all other pages are old.",
            unit="short",
            alerts=("ExporterFailing",),
            counts=True,
            width=5,
        ),
        Stat(
            title="Sinks that fail",
            asks=ask("sum (stratoscope_sink_up == bool 0)", "sinks"),
            says="The last sending failed; what was collected waits.",
            unit="short",
            alerts=("CollectSinkDown", "CollectSinkFailing"),
            counts=True,
            width=5,
            empty="no collectors",
        ),
        Stat(
            title="Oldest event not delivered",
            asks=ask("max (stratoscope_lag_seconds)", "age"),
            says="Normal: a few seconds.",
            unit="s",
            alerts=("CollectLag",),
            limits=("CollectLag",),
            width=5,
            empty="no collectors",
        ),
        Stat(
            title="Events lost in the time shown",
            asks=ask(grown('stratoscope_dropped_events_total{intended="false"}'), "events"),
            says="Not by a rule of the settings. Normal: 0.",
            unit="short",
            alerts=("CollectEventsDropped",),
            counts=True,
            width=5,
            empty="0",
        ),
        Stat(
            title="Settings refused",
            asks=ask("sum (stratoscope_config_last_reload_successful == bool 0)", "processes"),
            says="The file has a mistake; the old settings are in force. stratoscope check FILE tells.",
            unit="short",
            alerts=("StratoscopeReloadFailed",),
            counts=True,
            width=4,
        ),
        Timeline(
            title="Readings of each target",
            asks=ask("min by (exporter, target) (stratoscope_exporter_success)", "{{exporter}} {{target}}"),
            says="Whether the newest reading gave what it should.",
            alerts=("ExporterFailing", "ExporterTargetMissing"),
            states=("failed", "ok"),
            width=8,
        ),
        Timeline(
            title="Processes that are scraped",
            asks=ask('max by (job, instance) (up{job=~".*stratoscope.*"})', "{{job}} {{instance}}"),
            says="Jobs of Prometheus with stratoscope in their name. Their figures on all pages end where this says down.",
            alerts=("StratoscopeDown",),
            states=DOWN_UP,
            width=8,
        ),
        Timeline(
            title="Sinks",
            asks=ask("min by (sink, instance) (stratoscope_sink_up)", "{{sink}} {{instance}}"),
            says="Whether the last sending went well.",
            alerts=("CollectSinkDown", "CollectSinkFailing"),
            states=DOWN_UP,
            empty="no collectors",
            width=8,
        ),
    ),
)

_EXPORTERS = Section(
    "Exporters",
    (
        Lines(
            title="Age of what is shown",
            asks=ask("max by (exporter, target) (stratoscope_exporter_snapshot_age_seconds)", "{{exporter}} {{target}}"),
            says="Normal: below twice the interval.",
            unit="s",
            alerts=("ExporterDataStale",),
        ),
        Lines(
            title="How long a reading takes",
            asks=ask("max by (exporter, target) (stratoscope_exporter_duration_seconds)", "{{exporter}} {{target}}")
            + ask("max by (exporter, target) (stratoscope_exporter_running_seconds) > 5", "{{exporter}} {{target}} running"),
            says="And for how long one has been running that takes more than 5 s: the target hangs.",
            unit="s",
        ),
        Lines(
            title="Readings by how they ended",
            asks=ask(
                rate("stratoscope_exporter_fetches_total", "exporter", "outcome"),
                "{{exporter}} {{outcome}}",
            ),
            says="unreachable, timeout, refused ... as the target's log will tell too.",
            unit="ops",
            alerts=("ExporterFailing",),
        ),
        Lines(
            title="Series",
            asks=ask(added("stratoscope_exporter_series", "exporter", "target"), "{{exporter}} {{target}}"),
            says="Given out for each target.",
            unit="short",
            alerts=("ExporterSeriesDropped",),
        ),
        Table(
            title="Series left out",
            asks=(Ask("sum by (exporter, target, reason) (stratoscope_exporter_dropped_series) > 0", "series"),),
            says="limit: more than max_series; duplicate: given twice.",
            unit="short",
            alerts=("ExporterSeriesDropped",),
            columns={"exporter": "exporter", "target": "target", "reason": "reason"},
            empty="none",
        ),
        Table(
            title="Versions",
            asks=(Ask("count by (version) (stratoscope_build_info)", "processes"),),
            says="Of the exporters.",
            unit="short",
            columns={"version": "version"},
        ),
    ),
)

_COLLECTORS = Section(
    "Collectors",
    (
        Lines(
            title="Oldest event that not every sink has",
            asks=ask(most("max by (instance) (stratoscope_lag_seconds)"), "{{instance}}"),
            says="Since it was read. Grows while a sink fails or is slow.",
            unit="s",
            alerts=("CollectLag",),
            limits=("CollectLag",),
        ),
        Lines(
            title="Bytes that are not read yet",
            asks=ask(most(added("stratoscope_lag_bytes", "instance", "source")), "{{instance}} {{source}}"),
            says="Grows when services log faster than the collector reads, or is held back.",
            unit="bytes",
            alerts=("CollectLag",),
        ),
        Lines(
            title="Events read and delivered",
            asks=ask(rate("stratoscope_parsed_events_total"), "read")
            + ask(rate("stratoscope_emitted_events_total", "sink"), "to {{sink}}"),
            says="The lines meet when nothing waits.",
            unit="ops",
        ),
        Lines(
            title="Bytes read",
            asks=ask(rate("stratoscope_read_bytes_total", "source"), "{{source}}"),
            says="Log text, before anything is made of it.",
            unit="Bps",
        ),
        Lines(
            title="Events lost or refused",
            asks=ask(increase("stratoscope_dropped_events_total", "sink", "reason"), "{{sink}} {{reason}}")
            + ask(increase("stratoscope_rejected_events_total", "sink"), "{{sink}} rejected"),
            says="Rejected ones stand in the sink's dead-letter file.",
            unit="short",
            alerts=("CollectEventsDropped", "CollectEventsGivenUp", "CollectEventsRejected"),
        ),
        Lines(
            title="Sendings repeated and batches cut",
            asks=ask(rate("stratoscope_retries_total", "sink"), "{{sink}} repeated")
            + ask(rate("stratoscope_splits_total", "sink"), "{{sink}} cut"),
            says="Normal: 0.",
            unit="ops",
            alerts=("CollectSinkDown", "CollectSinkFailing"),
        ),
        Lines(
            title="What waits for a sink",
            asks=ask(added("stratoscope_queue_bytes", "sink"), "{{sink}} memory")
            + ask(added("stratoscope_spool_bytes", "sink"), "{{sink}} disk"),
            says="Bounded by the settings.",
            unit="bytes",
        ),
        Lines(
            title="Until every sink had an event: 95 % took at most",
            asks=ask(
                slowest("stratoscope_ack_seconds"),
                "reading to safe",
            )
            + ask(
                slowest("stratoscope_send_seconds", "sink"),
                "sending to {{sink}}",
            ),
            says="From reading; and of a sending alone.",
            unit="s",
        ),
        Lines(
            title="Streams",
            asks=ask(added("stratoscope_streams"), "streams") + ask(added("stratoscope_open_streams"), "with an open record"),
            says="Containers and files that are read.",
            unit="short",
        ),
        Lines(
            title="Faults of files and disks",
            asks=ask(increase("stratoscope_disk_errors_total", "what"), "{{what}}")
            + ask(increase("stratoscope_input_problems_total"), "inputs"),
            says="Writings of spool, positions or dead letters that failed; inputs that could not be read.",
            unit="short",
            alerts=("CollectDiskErrors", "CollectInputProblems"),
        ),
        Lines(
            title="Doubts about events",
            asks=ask(rate("stratoscope_quality_flags_total", "flag"), "{{flag}}"),
            says="torn, truncated, without a head ... Normal: few.",
            unit="ops",
            empty="none",
        ),
        Lines(
            title="Spans",
            asks=ask(rate("stratoscope_sent_spans_total"), "sent")
            + ask(rate("stratoscope_lost_spans_total", "reason"), "lost: {{reason}}"),
            says="Made of the events of requests, if the settings say so.",
            unit="ops",
            empty="no traces",
        ),
        Lines(
            title="Counted as other, as a metric had too many label sets",
            asks=ask(increase("stratoscope_label_overflow_total", "metric"), "{{metric}}"),
            says="Sums stay right, parts are not told any more.",
            unit="short",
        ),
        Timeline(
            title="Settings in force are those of the file",
            asks=ask("min by (job, instance) (stratoscope_config_last_reload_successful)", "{{job}} {{instance}}"),
            says="no: the file has a mistake, and the old settings are in force.",
            alerts=("StratoscopeReloadFailed",),
            states=NO_YES,
        ),
    ),
)

_WEBHOOK = Section(
    "Webhook",
    (
        Lines(
            title="Reviews of new pods",
            asks=ask(increase("stratoscope_webhook_reviews_total", "outcome", "reason"), "{{outcome}} {{reason}}"),
            says="failed: the pod came up without its sidecars.",
            unit="short",
            alerts=("WebhookFailing",),
            empty="no webhook",
            width=8,
        ),
        Lines(
            title="Until a review was answered: 90 % took at most",
            asks=ask(slowest("stratoscope_webhook_review_duration_seconds"), "reviews"),
            says="The API server waits for it, and so does the pod.",
            unit="s",
            empty="no webhook",
            width=8,
        ),
        Lines(
            title="Until the certificate ends",
            asks=ask(
                "min by (instance) (stratoscope_webhook_certificate_not_after_timestamp_seconds) - time()", "{{instance}}"
            ),
            says="It is renewed long before.",
            unit="s",
            alerts=("WebhookCertificateExpires",),
            empty="no webhook",
            width=8,
        ),
    ),
)

PAGE = Page(
    name="stratoscope",
    title="stratoscope itself",
    says="Do the exporters read their targets, do the collectors deliver, and is anything lost.",
    variables=(
        Variable("exporter", "stratoscope_exporter_success", "Exporter"),
        Variable("target", "stratoscope_exporter_success", "Target"),
    ),
    sections=(_FIRST, _EXPORTERS, _COLLECTORS, _WEBHOOK),
)
