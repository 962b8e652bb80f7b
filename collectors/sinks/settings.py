"""Settings of each sink. They stand apart from the sinks, so that reading a settings file loads neither TLS nor gRPC."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from collectors.sinks.remote import RemoteSettings

LOKI_PATH = "/loki/api/v1/push"

_LEAST = 1 << 16
"""Bytes: the least bound of a request."""
_METADATA = re.compile(r"[0-9A-Za-z_.-]+(?<!-bin)")


@dataclass(frozen=True, slots=True, kw_only=True)
class StdoutSettings:
    """JSON lines to standard output, for whatever reads the container's log."""

    kind: Literal["stdout"] = "stdout"
    """Standard output."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSettings:
    """JSON lines at the end of a file. Only one process may write it."""

    path: Path
    """Made if it is not there; its folder is not."""
    kind: Literal["file"] = "file"
    """A file."""
    fsync: bool = True
    """Events count as delivered when the disk has them, so that they survive a power failure; once a batch. False: when the
    operating system has them, which survives all but that."""
    rotate_bytes: Annotated[int, "bytes"] = 0
    """From this size on the file is renamed to `path.1`, that one to `path.2`, and so on. 0: never, as logrotate does it."""
    keep: int = 5
    """Rotated files that are kept; older ones are deleted."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What does not fit together."""
        if self.rotate_bytes and self.rotate_bytes < 1 << 16:
            yield "rotate_bytes", "must be 64K or more (or 0 for never), as single events may be that large"
        if not 1 <= self.keep <= 1000:
            yield "keep", "must be from 1 to 1000; to keep nothing leave the sink out"


@dataclass(frozen=True, slots=True, kw_only=True)
class OtlpHttpSettings(RemoteSettings):
    """OTLP over HTTP: `url` is where `/v1/logs` and `/v1/traces` are appended, usually `http://collector:4318`."""

    kind: Literal["otlp_http"] = "otlp_http"
    """OTLP over HTTP."""
    request_bytes: Annotated[int, "bytes"] = 20 << 20
    """Of one request before packing; larger ones are cut in two. The specification's limit for receivers is 20 MiB."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What does not fit together."""
        yield from RemoteSettings.mistakes(self)
        if self.request_bytes < _LEAST:
            yield "request_bytes", "must be 64K or more, as single events may be that large"


@dataclass(frozen=True, slots=True, kw_only=True)
class OtlpGrpcSettings(RemoteSettings):
    """OTLP over gRPC: `url` is `http://host:4317`, or `https://` for TLS; a path has no meaning. Loading gRPC takes 40 MB."""

    kind: Literal["otlp_grpc"] = "otlp_grpc"
    """OTLP over gRPC."""
    request_bytes: Annotated[int, "bytes"] = 4 << 20
    """Of one request before packing; larger ones are cut in two. Servers of gRPC take 4 MiB if nobody changed that."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What does not fit together."""
        yield from RemoteSettings.mistakes(self)
        if self.request_bytes < _LEAST:
            yield "request_bytes", "must be 64K or more, as single events may be that large"
        if self.tls.insecure:
            yield "tls.insecure", "cannot be had with gRPC; name the server's authority in tls.ca"
        for name in (*self.headers, *self.secret_headers):
            if not _METADATA.fullmatch(name):
                yield f"headers.{name}", "is no name that gRPC takes; letters, digits, - _ . are, and no -bin at the end"
        if "/" in self.url.partition("://")[2].rstrip("/"):
            yield "url", "has a path, which gRPC does not know; leave it out"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSearchSettings(RemoteSettings):
    """OpenSearch or Elasticsearch; `url` is that of the cluster, `https://host:9200`."""

    kind: Literal["opensearch"] = "opensearch"
    """OpenSearch or Elasticsearch."""
    index: str = "logs-openstack-default"
    """A data stream, or an index; `{date}` in it is the day of the event (2026.11.23, UTC). An event that is repeated after a
    data stream rolled over is there twice, as ids are unique within one index behind it."""
    request_bytes: Annotated[int, "bytes"] = 10 << 20
    """Of one request before packing; larger ones are cut in two. 5 to 15 MB go best; servers take 100 MB at most."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What does not fit together."""
        yield from RemoteSettings.mistakes(self)
        name = self.index.replace("{date}", "")
        if name != name.lower() or set(name) & set(' \\/*?"<>|,#:{}') or self.index[:1] in "-_+" or len(self.index) > 200:
            yield "index", 'is no name of an index: small letters, no blanks, none of \\/*?"<>|,#: and only {date} in braces'
        if self.request_bytes < _LEAST:
            yield "request_bytes", "must be 64K or more, as single events may be that large"


@dataclass(frozen=True, slots=True, kw_only=True)
class LokiSettings(RemoteSettings):
    """Loki; `url` is `http://host:3100`, without the path of push. The bounds are those of Loki's own `limits_config`."""

    kind: Literal["loki"] = "loki"
    """Loki."""
    tenant: str = ""
    """Sent as `X-Scope-OrgID`; empty where Loki has one tenant only (`auth_enabled: false`)."""
    cluster: str = ""
    """The label `cluster`, to tell clouds apart that share a Loki; empty leaves it out."""
    line_bytes: Annotated[int, "bytes"] = 256 << 10
    """Longer lines are cut, and marked (`max_line_size`)."""
    metadata_bytes: Annotated[int, "bytes"] = 64 << 10
    """What does not fit into an entry's metadata is left out, and that is marked (`max_structured_metadata_size`)."""
    metadata_entries: int = 128
    """The same, as a number (`max_structured_metadata_entries_count`)."""
    oldest: Annotated[float, "seconds"] = 7 * 86_400.0
    """Older events are rejected here, as Loki would reject a whole batch with them (`reject_old_samples_max_age`). 0: none."""
    ahead: Annotated[float, "seconds"] = 600.0
    """So are those that are further in the future (`creation_grace_period`). 0: none."""
    request_bytes: Annotated[int, "bytes"] = 4 << 20
    """Of one request before packing; larger ones are cut in two. A tenant may send 4 MB a second, and 6 MB at once."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What does not fit together."""
        yield from RemoteSettings.mistakes(self)
        for key, least in (("line_bytes", 1024), ("metadata_bytes", 1024), ("metadata_entries", 8), ("request_bytes", 1 << 16)):
            if getattr(self, key) < least:
                yield key, f"must be {least} or more, or no event will fit"
        for key in ("oldest", "ahead"):
            if getattr(self, key) < 0:
                yield key, "must be 0 (no bound) or more"
        if not (self.tenant.isascii() and (self.tenant.isprintable())) or "/" in self.tenant:
            yield "tenant", "has characters that Loki does not take in X-Scope-OrgID"
        if self.url.rstrip("/").endswith("/push"):
            yield "url", f"must end before {LOKI_PATH}, which is appended"


SinkSettings = StdoutSettings | FileSettings | OtlpHttpSettings | OtlpGrpcSettings | OpenSearchSettings | LokiSettings
"""Any of them; `kind` tells which."""
