"""What was found, as one JSON object or as text for a person."""

from collections.abc import Iterator
from dataclasses import asdict
from itertools import groupby

import orjson

from stratoscope.doctor.inventory import ServiceCount
from stratoscope.doctor.model import Cluster, Finding, Severity
from stratoscope.text import visible_line

_COLOURS = {Severity.ERROR: "1;31", Severity.WARNING: "33", Severity.NOTE: "36"}
_DIM = "2"


def as_json(cluster: Cluster, services: list[ServiceCount], findings: list[Finding]) -> str:
    """One line: the version of Kubernetes, what runs, what was found."""
    document = {
        "kubernetes": cluster.version,
        "services": [asdict(one) for one in services],
        "findings": [asdict(one) for one in findings],
    }
    return orjson.dumps(document).decode() + "\n"


def as_text(cluster: Cluster, services: list[ServiceCount], findings: list[Finding], *, colour: bool) -> Iterator[str]:
    """What runs as a table, then what was found: what it is, and below it where, each with what to do."""
    yield f"Kubernetes {visible_line(cluster.version) or '(no version told)'}\n"
    yield from _table(services)
    for (severity, what), group in groupby(findings, key=lambda one: (one.severity, one.what)):
        yield f"\n{_painted(f'{severity:<7}', _COLOURS[severity], colour=colour)} {visible_line(what)}\n"
        for one in group:
            yield f"        {_painted(visible_line(one.where), _DIM, colour=colour)}\n"
            yield f"          -> {visible_line(one.do)}\n"
    yield f"\n{_sum(findings)}\n"


def _table(services: list[ServiceCount]) -> Iterator[str]:
    if not services:
        yield "No service that has a profile runs here.\n"
        return
    rows = [("PROFILE", "NAMESPACE", "WORKLOAD", "PODS", "SIDECARS")]
    rows += [(one.profile, one.namespace, one.workload, str(one.pods), str(one.injected)) for one in services]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    yield "\n"
    for row in rows:
        yield "  ".join(visible_line(cell).ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() + "\n"


def _sum(findings: list[Finding]) -> str:
    if not findings:
        return "Nothing is wrong."
    counts = {severity: sum(one.severity is severity for one in findings) for severity in Severity}
    return ", ".join(f"{count} {severity}{'' if count == 1 else 's'}" for severity, count in counts.items() if count)


def _painted(text: str, code: str, *, colour: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if colour else text
