"""How hard ovn-northd and ovn-controller work: `stopwatch/show`, `inc-engine/show-stats`, `lflow-cache/show-stats`."""

import re
from dataclasses import dataclass

from exporters.ovs.daemon import blocks, integer, keyed

_STOPWATCH = re.compile(r"^Statistics for '([^']{1,80})'$")
_ENGINE = re.compile(r"^Node: (\S{1,80})$")
_MILLISECONDS = re.compile(r"(\d{1,15}(?:\.\d{1,9})?) msec")
MOST = 200
"""Stopwatches, and nodes of an engine, that are kept: OVN has some dozens."""


@dataclass(frozen=True, slots=True)
class Stopwatch:
    """How often something was done and how long it took, in seconds."""

    name: str
    samples: int | None
    longest: float | None
    shortest: float | None
    p95: float | None
    short_average: float | None
    long_average: float | None


@dataclass(frozen=True, slots=True)
class EngineNode:
    """A node of the incremental engine: `recompute` is all of it anew, `compute` only what changed; each recompute is CPU."""

    name: str
    recompute: int | None
    compute: int | None
    cancel: int | None


@dataclass(frozen=True, slots=True)
class FlowCache:
    """ovn-controller's cache of logical flows. Memory in bytes."""

    enabled: bool
    entries: int | None
    highest: int | None
    expressions: int | None
    matches: int | None
    trims: int | None
    memory: int | None


def stopwatches(text: str) -> list[Stopwatch]:
    """Read `stopwatch/show`. One that never ran is left out: all its figures are 0."""
    found = [_stopwatch(head.group(1), keyed(lines)) for head, lines in blocks(text.splitlines(), _STOPWATCH)]
    return [watch for watch in found if watch.samples][:MOST]


def _stopwatch(name: str, found: dict[str, str]) -> Stopwatch:
    def seconds(key: str) -> float | None:
        matched = _MILLISECONDS.match(found.get(key, ""))
        return float(matched.group(1)) / 1000 if matched else None

    return Stopwatch(
        name=name,
        samples=integer(found, "Total samples"),
        longest=seconds("Maximum"),
        shortest=seconds("Minimum"),
        p95=seconds("95th percentile"),
        short_average=seconds("Short term average"),
        long_average=seconds("Long term average"),
    )


def engine(text: str) -> list[EngineNode]:
    """Read `inc-engine/show-stats`. What was called `abort` is called `cancel` since OVN 23.09."""
    found = []
    for head, lines in blocks(text.splitlines(), _ENGINE):
        of = keyed(line.lstrip("- ") for line in lines)
        cancel = integer(of, "cancel")
        cancelled = integer(of, "abort") if cancel is None else cancel
        found.append(EngineNode(head.group(1), integer(of, "recompute"), integer(of, "compute"), cancelled))
    return found[:MOST]


def flow_cache(text: str) -> FlowCache | None:
    """Read `lflow-cache/show-stats`; None where there is none."""
    found = keyed(text.splitlines())
    if "Enabled" not in found:
        return None
    kilobytes = integer(found, "Mem usage (KB)")
    return FlowCache(
        enabled=found["Enabled"] == "true",
        entries=integer(found, "total"),
        highest=integer(found, "high-watermark"),
        expressions=integer(found, "cache-expr"),
        matches=integer(found, "cache-matches"),
        trims=integer(found, "trim count"),
        memory=None if kilobytes is None else kilobytes * 1024,
    )
