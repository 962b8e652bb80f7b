"""The outputs of Fluent Bit for our events. A record is an event of ours, as docs/events.md tells it."""

from urllib.parse import urlsplit

from collectors.fluentbit.settings import (
    KafkaOutput,
    LokiOutput,
    OpenSearchOutput,
    OtlpOutput,
    Output,
    S3Output,
    WebOutput,
)
from collectors.fluentbit.writing import Section

LABELS = {
    "service": "$resource['service.name']",
    "namespace": "$resource['k8s.namespace.name']",
    "level": "$severity_text",
}
"""Labels of Loki, besides `cluster`: few, and each with few values. Five is the most that we allow ourselves."""

METADATA = {
    "request_id": "$attributes['openstack.request_id']",
    "global_request_id": "$attributes['openstack.global_request_id']",
    "trace_id": "$trace_id",
    "logger": "$attributes['log.logger']",
    "host": "$resource['host.name']",
    "pod": "$resource['k8s.pod.name']",
    "container": "$resource['k8s.container.name']",
    "node": "$resource['k8s.node.name']",
    "instance": "$attributes['openstack.instance_uuid']",
    "project": "$attributes['openstack.project_id']",
    "user": "$attributes['openstack.user_id']",
    "exception": "$attributes['exception.type']",
    "dependency": "$dependency['name']",
    "fingerprint": "$fingerprint['id']",
}
"""Structured metadata of Loki: what has many values and is searched for."""

_UID = "$attributes['log.record.uid']"
_TIMEOUTS: Section = {"net.connect_timeout": "10s", "net.io_timeout": "30s"}
_PARTS: dict[type, str] = {
    LokiOutput: "loki",
    OpenSearchOutput: "opensearch",
    OtlpOutput: "opentelemetry",
    KafkaOutput: "kafka",
}

REASONS = {
    "net.io_timeout": "The default is none: where the far side never answers, this output would wait for ever, count as\n"
    "healthy, and keep Fluent Bit from ending.",
    "retry_limit=no_limits": "The default is 1: a restart of the far side would lose events.",
    "storage.total_limit_size": "What waits on disk for this output, at most; beyond it the oldest chunks are dropped.",
    "labels": "One stream per combination of labels: request ids and pods do not belong here.",
    "structured_metadata": "Fluent Bit takes out of the line what it puts here.",
    "id_key": "The event's own id: a repeat gets 409, which counts as delivered.",
    "write_operation": "Data streams know no other; an event is never changed.",
    "buffer_size": "Room for the answer, which names every event of the chunk.",
    "logs_body_key": "Fluent Bit finds no resource in a record: it becomes an attribute. Our sink `otlp_http` sends one.",
    "rdkafka.linger.ms": "A chunk counts as delivered when librdkafka has it in memory: kill -9 loses what stands there.",
    "store_dir": "Its own buffer; the default is in /tmp, which does not outlive the container.",
}
"""Key -> why it is set."""


def section_of(name: str, output: Output, match: str, state: str) -> Section:
    """The section of an output. `state`: folder of Fluent Bit's buffers."""
    match output:
        case LokiOutput():
            own = _loki(output)
        case OpenSearchOutput():
            own = _opensearch(output)
        case OtlpOutput():
            own = _otlp(output)
        case KafkaOutput():
            own = _kafka(output)
        case S3Output():
            own = _s3(output, f"{state}/s3/{name}")
    plugin = "s3" if isinstance(output, S3Output) else _PARTS[type(output)]
    return {"name": plugin, "alias": name, "match": match, **own, **delivery(output.limit, output.retries)}


def delivery(limit: int, retries: int | None = None) -> Section:
    """What each output needs to lose nothing."""
    return {
        "retry_limit": "no_limits" if retries is None else retries,
        "storage.total_limit_size": f"{limit >> 20}M",
    }


def _web(output: WebOutput) -> Section:
    url = urlsplit(output.url)
    secure = url.scheme == "https"
    section: Section = {"host": url.hostname or "", "port": url.port or (443 if secure else 80)}
    if secure:
        section |= {"tls": True, "tls.verify": True, "tls.verify_hostname": True}
    if output.ca:
        section["tls.ca_file"] = output.ca
    if output.user:
        section |= {"http_user": output.user, "http_passwd": f"${{{output.password_env}}}"}
    return section | _TIMEOUTS | {"compress": "gzip"}


def _path(output: WebOutput, own: str) -> str:
    return urlsplit(output.url).path.rstrip("/") + own


def _loki(output: LokiOutput) -> Section:
    labels = ({"cluster": output.cluster} if output.cluster else {}) | LABELS
    section = _web(output) | {"uri": _path(output, "/loki/api/v1/push")}
    if output.tenant:
        section["tenant_id"] = output.tenant
    return section | {"labels": _pairs(labels), "structured_metadata": _pairs(METADATA), "line_format": "json"}


def _opensearch(output: OpenSearchOutput) -> Section:
    section = _web(output)
    path = _path(output, "")
    if path:
        section["path"] = path
    return section | {
        "index": output.index,
        "write_operation": "create",
        "id_key": _UID,
        "time_key": "@timestamp",
        "time_key_nanos": True,
        "suppress_type_name": True,
        "buffer_size": "4M",
    }


def _otlp(output: OtlpOutput) -> Section:
    return _web(output) | {
        "logs_uri": _path(output, "/v1/logs"),
        "logs_body_key": "$body",
        "logs_body_key_attributes": True,
        "logs_severity_text_message_key": "$severity_text",
        "logs_severity_number_message_key": "$severity_number",
        "logs_trace_id_message_key": "$trace_id",
        "log_response_payload": False,
    }


def _kafka(output: KafkaOutput) -> Section:
    section: Section = {
        "brokers": ",".join(output.brokers),
        "topics": output.topic,
        "format": "json",
        "timestamp_key": "@timestamp",
        "timestamp_format": "iso8601",
        "rdkafka.enable.idempotence": "true",
        "rdkafka.compression.codec": "zstd",
        "rdkafka.linger.ms": 100,
    }
    if output.protocol == "ssl":
        section["rdkafka.security.protocol"] = "ssl"
        if output.ca:
            section["rdkafka.ssl.ca.location"] = output.ca
    return section


def _s3(output: S3Output, folder: str) -> Section:
    section: Section = {"bucket": output.bucket, "region": output.region}
    if output.endpoint:
        section["endpoint"] = output.endpoint
    if output.ca:
        section["tls.ca_file"] = output.ca
    return section | {
        "total_file_size": "50M",
        "upload_timeout": "5m",
        "use_put_object": True,
        "compression": "gzip",
        "s3_key_format": "/$TAG/%Y/%m/%d/%H/%M-%S-$UUID.jsonl.gz",
        "json_date_key": "@timestamp",
        "json_date_format": "iso8601",
        "store_dir": folder,
        "store_dir_limit_size": f"{output.limit >> 20}M",
    }


def _pairs(values: dict[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in values.items())
