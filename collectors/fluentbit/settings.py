"""Settings that a configuration of Fluent Bit is made from."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Literal

from collectors.forward.settings import address_mistakes, is_unix

_URL = re.compile(
    r"https?://[-\w.]+(?::\d{1,5})?(?:/[-\w./]*)?|https?://\[[0-9a-fA-F:.]+\](?::\d{1,5})?(?:/[-\w./]*)?", re.ASCII
)
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*", re.ASCII)
_PLAIN = re.compile(r"[-\w.:/@+*,=]*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipping:
    """What all outputs have. Secrets never stand in the configuration: Fluent Bit takes them from its environment."""

    limit: Annotated[int, "bytes"] = 1 << 30
    """Bytes on disk for what waits for this output; beyond it the oldest are dropped. Fluent Bit has no other end to it."""
    retries: int | None = None
    """How often a chunk is tried again; left out: for ever, until `limit`. OpenSearch needs an end: see docs/fluent-bit.md."""
    ca: str = ""
    """PEM file of the authorities for TLS; empty: those of the system."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebOutput(Shipping):
    """What outputs that speak HTTP have."""

    url: str
    """`http://host:port` or `https://host:port`; a path in front is kept."""
    user: str = ""
    """Name to log in with."""
    password_env: str = ""
    """Name of Fluent Bit's environment variable that holds the password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LokiOutput(WebOutput):
    """Loki."""

    kind: Literal["loki"] = "loki"
    """Which output this is."""
    cluster: str = ""
    """The label `cluster`."""
    tenant: str = ""
    """`X-Scope-OrgID`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSearchOutput(WebOutput):
    """OpenSearch or Elasticsearch."""

    kind: Literal["opensearch"] = "opensearch"
    """Which output this is."""
    index: str = "logs-openstack-default"
    """A data stream or an index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtlpOutput(WebOutput):
    """An OpenTelemetry collector, over HTTP."""

    kind: Literal["otlp"] = "otlp"
    """Which output this is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaOutput(Shipping):
    """Kafka."""

    kind: Literal["kafka"] = "kafka"
    """Which output this is."""
    brokers: tuple[str, ...]
    """`host:port` of some brokers."""
    topic: str = "openstack-logs"
    """Topic of all events."""
    protocol: Literal["plaintext", "ssl"] = "plaintext"
    """How the brokers are spoken to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Output(Shipping):
    """S3, or what speaks its protocol (Ceph's RADOS gateway). Keys come from the environment, as with all AWS programs."""

    kind: Literal["s3"] = "s3"
    """Which output this is."""
    bucket: str
    """Bucket of all events."""
    region: str = "us-east-1"
    """Region of the bucket."""
    endpoint: str = ""
    """URL of what is not AWS."""


Output = LokiOutput | OpenSearchOutput | OtlpOutput | KafkaOutput | S3Output


@dataclass(frozen=True, slots=True, kw_only=True)
class FluentBitSettings:
    """One configuration.

    `ship`: events come from our forward sink, and go to the outputs. `pair`: Fluent Bit reads the logs as well, and sends their
    lines to our forward source. `raw`: only the output that a Fluent Bit needs that is there already, to send us its lines.
    """

    role: Literal["ship", "pair", "raw"] = "ship"
    """What this Fluent Bit does."""
    events: str = "unix:/run/stratoscope/events.sock"
    """Where it takes events from our forward sink: `unix:/path` or `host:port`. Roles ship and pair."""
    lines: str = "unix:/run/stratoscope/lines.sock"
    """Where our forward source takes lines. Roles pair and raw."""
    paths: tuple[str, ...] = ("/var/log/containers/*.log",)
    """Files that it reads. Let patterns of plain files end with `*`, as `/var/log/nova/*.log*`: rotation loses lines otherwise.
    Role pair."""
    exclude: tuple[str, ...] = ("*_stratoscope-*.log", "*.gz")
    """Files that it does not read: our own, and packed ones. Role pair."""
    format: Literal["container", "plain"] = "container"
    """`container`: lines have what a container runtime puts around them. Role pair."""
    match: str = "*"
    """Tags whose lines are sent to us; `kube.*` is usual. Role raw."""
    state: str = "/var/lib/stratoscope/fluent-bit"
    """Folder of its buffers and positions: a volume that outlives the container."""
    http: str = "127.0.0.1:2020"
    """`host:port` of health and metrics; empty for none. Where the port is taken, Fluent Bit ends: one of each in a pod."""
    rejected: Annotated[int, "bytes"] = 100 << 20
    """Bytes on disk for chunks that an output will never take, to be looked at later."""
    outputs: dict[str, Output] = field(default_factory=dict)
    """Name -> where events go. Roles ship and pair."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What contradicts itself, and what would be something else in a configuration of Fluent Bit than it is here."""
        if self.role != "raw":
            yield from address_mistakes("events", self.events)
            if not self.outputs:
                yield "outputs", "names at least one output: loki, opensearch, otlp, kafka or s3"
        if self.role != "ship":
            yield from address_mistakes("lines", self.lines)
        if self.role == "pair" and not self.paths:
            yield "paths", "names at least one file; /var/log/containers/*.log is usual"
        if self.http and is_unix(self.http):
            yield "http", "must be host:port, as 127.0.0.1:2020"
        elif self.http:
            yield from address_mistakes("http", self.http)
        if not self.state.startswith("/"):
            yield "state", "must begin with /: /var/lib/stratoscope/fluent-bit"
        texts = {"match": self.match, "state": self.state} | {f"paths[{n}]": path for n, path in enumerate(self.paths)}
        yield from _unplain(texts | {f"exclude[{n}]": path for n, path in enumerate(self.exclude)})
        yield from _unplain({f"outputs.{name}": name for name in self.outputs})
        for name, output in self.outputs.items():
            yield from ((f"outputs.{name}.{key}", text) for key, text in _output_mistakes(output))


def _output_mistakes(output: Output) -> Iterator[tuple[str, str]]:
    if output.limit < 16 << 20:
        yield "limit", "must be at least 16M; 1G is usual"
    if output.retries is not None and output.retries < 1:
        yield "retries", "must be at least 1; leave it out for ever"
    yield from _unplain({"ca": output.ca})
    match output:
        case KafkaOutput():
            for number, broker in enumerate(output.brokers):
                yield from address_mistakes(f"brokers[{number}]", broker)
            if not output.brokers:
                yield "brokers", "names at least one broker: host:9092"
            yield from _unplain({"topic": output.topic})
        case S3Output():
            yield from _unplain({"bucket": output.bucket, "region": output.region})
            if output.endpoint and not _URL.fullmatch(output.endpoint):
                yield "endpoint", "must be http://host:port or https://host:port"
        case _:
            yield from _web_mistakes(output)


def _web_mistakes(output: LokiOutput | OpenSearchOutput | OtlpOutput) -> Iterator[tuple[str, str]]:
    if not _URL.fullmatch(output.url):
        yield "url", "must be http://host:port or https://host:port, and may have a path"
    if bool(output.user) != bool(output.password_env):
        yield "password_env", "`user` and `password_env` belong together: set both or none"
    if output.password_env and not _VARIABLE.fullmatch(output.password_env):
        yield "password_env", "must be the name of an environment variable, in capitals: LOKI_PASSWORD"
    yield from _unplain({"user": output.user})
    match output:
        case LokiOutput():
            yield from _unplain({"cluster": output.cluster, "tenant": output.tenant})
        case OpenSearchOutput():
            yield from _unplain({"index": output.index})
        case _:
            return


def _unplain(texts: dict[str, str]) -> Iterator[tuple[str, str]]:
    for name, text in texts.items():
        if not _PLAIN.fullmatch(text):
            yield (
                name,
                "must be letters, digits and - _ . : / @ + * , = only: Fluent Bit would take other characters for its own",
            )
