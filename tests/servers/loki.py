"""Loki's push request as its reference documents it, limits of `limits_config` included: strict, and final where Loki is."""

import json
import re
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.servers.http import HttpServer, Reply, Request, Violation

_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
SECOND = 1_000_000_000


@dataclass(frozen=True)
class Limits:
    """The defaults of Loki 3."""

    labels: int = 15
    label_value: int = 2048
    line: int = 256 << 10
    metadata_bytes: int = 64 << 10
    metadata_entries: int = 128
    oldest: int = 168 * 3600 * SECOND
    ahead: int = 600 * SECOND
    body: int = 100 << 20


class LokiServer(HttpServer):
    """`streams`: labels -> entries, (time, line, metadata). Equal times and lines in a stream are one entry."""

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        tenant: str | None = None,
        context: ssl.SSLContext | None = None,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        super().__init__(self._push, context)
        self.limits = limits or Limits()
        self.streams: dict[tuple[tuple[str, str], ...], list[tuple[int, str, dict[str, str]]]] = {}
        self._tenant = tenant
        self._clock = clock

    def entries(self) -> list[tuple[int, str, dict[str, str]]]:
        return [entry for entries in self.streams.values() for entry in entries]

    def _push(self, request: Request) -> Reply:
        if request.path != "/loki/api/v1/push" or request.headers["content-type"] != "application/json":
            raise Violation(f"{request.path} {request.headers['content-type']}")
        if self._tenant is not None and request.headers.get("x-scope-orgid") != self._tenant:
            return Reply(401, b"no org id\n")
        if len(request.body) > self.limits.body:
            return Reply(413, b"request entity too large\n")
        errors = [error for stream in _streams(request.body) for error in self._take(stream)]
        if errors:
            return Reply(400, "; ".join(errors[:10]).encode() + b"\n")
        return Reply(204)

    def _take(self, stream: dict[str, Any]) -> list[str]:
        labels = stream["stream"]
        if not labels:
            return ["at least one label pair is required per stream"]
        if len(labels) > self.limits.labels or any(len(value) > self.limits.label_value for value in labels.values()):
            return [f"entry for stream {labels} has too many or too long labels"]
        entries = self.streams.setdefault(tuple(sorted(labels.items())), [])
        errors = []
        for time_text, line, *rest in stream["values"]:
            when, metadata = int(time_text), rest[0] if rest else {}
            error = self._refusal(when, line, metadata)
            if error:
                errors.append(error)
            elif not any(entry[:2] == (when, line) for entry in entries):
                entries.append((when, line, metadata))
        return errors

    def _refusal(self, when: int, line: str, metadata: dict[str, str]) -> str | None:
        now, limits = self._clock(), self.limits
        size = sum(len(name.encode()) + len(value.encode()) for name, value in metadata.items())
        if when < now - limits.oldest:
            return f"entry has timestamp too old: {when}"
        if when > now + limits.ahead:
            return f"entry has timestamp too new: {when}"
        if len(line.encode()) > limits.line:
            return f"max entry size {limits.line} bytes exceeded"
        if len(metadata) > limits.metadata_entries or size > limits.metadata_bytes:
            return f"structured metadata is too large: {len(metadata)} entries, {size} bytes"
        return None


def _streams(body: bytes) -> list[dict[str, Any]]:
    """The streams of a request that has the documented shape and nothing else."""
    request = json.loads(body)
    if set(request) != {"streams"} or not request["streams"]:
        raise Violation(f"not the shape of a push: {sorted(request)}")
    for stream in request["streams"]:
        if set(stream) != {"stream", "values"} or not stream["values"]:
            raise Violation(f"not the shape of a stream: {sorted(stream)}")
        texts = [(name, value) for name, value in stream["stream"].items()]
        for entry in stream["values"]:
            if not (2 <= len(entry) <= 3 and isinstance(entry[1], str) and re.fullmatch("[0-9]{1,19}", entry[0])):
                raise Violation(f"not the shape of an entry: {entry!r:.200}")
            texts += list(entry[2].items()) if len(entry) == 3 else []
        for name, value in texts:
            if not _NAME.fullmatch(name) or not isinstance(value, str):
                raise Violation(f"not a label or metadata: {name!r}: {value!r:.200}")
    streams: list[dict[str, Any]] = request["streams"]
    return streams
