"""Settings of the traces. Nothing here loads OpenTelemetry's SDK."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from collectors.sinks.settings import OtlpGrpcSettings, OtlpHttpSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class AssemblySettings:
    """When a trace is taken as whole, and how much of what is not whole yet is held in memory.

    A bound that is met ends the oldest trace early; nothing is dropped then, but later events come as a further span.
    """

    idle: Annotated[float, "seconds"] = 30.0
    """A trace to which nothing was added for so long is whole. Longer than the pauses within a request, or it comes in parts;
    shorter, and it is seen sooner."""
    longest: Annotated[float, "seconds"] = 300.0
    """A trace that is open for so long comes in parts, as agents log all their life under the request id of their start."""
    requests: int = 10_000
    """Open requests in all services together."""
    memory: Annotated[int, "bytes"] = 32 << 20
    """Of texts in the events of open spans."""
    events: int = 16
    """Errors and exceptions that a span keeps, the first ones; the number of the others is told."""
    remembered: int = 10_000
    """Traces that are over whose spans are known still, so that late events get a span of their own below the first one."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What does not fit together."""
        if not 0 < self.idle <= self.longest:
            yield "idle", "must be more than 0 s and not more than longest"
        if self.memory < 1 << 20:
            yield "memory", "must be 1M or more"
        for key in ("requests", "events", "remembered"):
            if getattr(self, key) < 1:
                yield key, "must be 1 or more; to have no traces leave out the whole section"


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceSettings:
    """Where spans go, and how they are made."""

    to: OtlpHttpSettings | OtlpGrpcSettings
    """An OTLP receiver: a collector, Tempo, Jaeger."""
    assembly: AssemblySettings = AssemblySettings()
    """How spans are made."""
    waiting: int = 10_000
    """Spans that wait while the receiver is away; beyond that the oldest are given up, and counted."""
    batch: int = 500
    """Spans sent at once, at most."""
    timeout: Annotated[float, "seconds"] = 10.0
    """For one request to the receiver."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What does not fit together."""
        yield from ((f"to.{key}", text) for key, text in self.to.mistakes())
        yield from ((f"assembly.{key}", text) for key, text in self.assembly.mistakes())
        if not 1 <= self.batch <= self.waiting:
            yield "batch", "must be 1 or more, and not more than waiting"
        if self.timeout <= 0:
            yield "timeout", "must be more than 0 s"
