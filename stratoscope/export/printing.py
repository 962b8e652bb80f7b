"""What `--once` and `--list` print: metrics, verdicts with their evidence, the exporters."""

import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from exporters.frame.shown import Shown
from exporters.model import Verdict
from exporters.table import Exporter
from stratoscope.text import visible_line

_WIDTH = 100
_RED, _GREEN, _BOLD, _DIM, _END = "\x1b[31m", "\x1b[32m", "\x1b[1m", "\x1b[2m", "\x1b[0m"


def verdict_lines(shown: Iterable[Shown]) -> Iterator[str]:
    """A JSON object for each verdict."""
    for one in shown:
        for verdict in one.verdicts():
            told: dict[str, Any] = {
                "exporter": one.job.exporter,
                "target": one.job.target,
                "subject": verdict.subject,
                "state": verdict.state,
                "healthy": verdict.healthy,
                "reasons": verdict.reasons,
                "evidence": dict(verdict.evidence),
            }
            yield orjson.dumps(told).decode() + "\n"


def verdict_text(shown: Iterable[Shown], *, colour: bool) -> Iterator[str]:
    """The verdicts for a person."""
    for one in shown:
        yield from (_readable(verdict, colour=colour) for verdict in one.verdicts())


def _readable(verdict: Verdict, *, colour: bool) -> str:
    def painted(text: str, code: str) -> str:
        return f"{code}{text}{_END}" if colour else text

    mark = painted("✔", _GREEN) if verdict.healthy else painted("✘", _RED)
    state = painted(visible_line(verdict.state), _GREEN if verdict.healthy else _RED)
    lines = [f"{mark} {painted(visible_line(verdict.subject), _BOLD)} is {state}"]
    lines += (f"    because {visible_line(reason)}" for reason in verdict.reasons)
    width = max(map(len, verdict.evidence), default=0)
    lines += (
        painted(f"      {visible_line(where):{width}}  {visible_line(value)}", _DIM)
        for where, value in verdict.evidence.items()
    )
    return "\n".join([*lines, ""])


def exporter_list(table: Iterable[Exporter]) -> Iterator[str]:
    """All exporters and what they give out."""
    for exporter in table:
        plan = exporter.plan
        asked = "on each scrape" if plan.lane == "scrape" else f"every {plan.interval:g} s"
        yield f"{exporter.name}: {exporter.summary} Asked {asked}, within {plan.timeout:g} s.\n"
        for metric in sorted(exporter.metrics(), key=lambda metric: metric.name):
            labels = f"{{{', '.join(metric.labels)}}}" if metric.labels else ""
            yield f"  {metric.name}{labels}  {metric.kind}\n"
            yield textwrap.fill(metric.help, _WIDTH, initial_indent="      ", subsequent_indent="      ") + "\n"
