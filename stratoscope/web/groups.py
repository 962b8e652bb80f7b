"""Errors by fingerprint out of events that a search found. Those of all searches come from the store's sums."""

from collections import Counter
from collections.abc import Sequence

from stratoscope.store.records import Hit
from stratoscope.store.tallies import level_of, service_of
from stratoscope.store.terms import dependency_of, fingerprint_of
from stratoscope.store.views import ErrorGroup
from stratoscope.web.charts import Span


def grouped(hits: Sequence[Hit], span: Span, parts: int, new_since: float) -> list[ErrorGroup]:
    """Groups of events that are given newest first, the most frequent group first; trends in so many parts of the span."""
    groups: dict[str, list[Hit]] = {}
    for hit in hits:
        if name := fingerprint_of(hit.event):
            groups.setdefault(name, []).append(hit)
    found = [_group(name, members, span, parts, new_since) for name, members in groups.items()]
    return sorted(found, key=lambda group: (-group.count, -group.last))


def _group(name: str, hits: Sequence[Hit], span: Span, parts: int, new_since: float) -> ErrorGroup:
    event, first = hits[0].event, hits[-1].time
    return ErrorGroup(
        fingerprint=name,
        severity=max(level_of(hit.event) for hit in hits),
        template=str(event.get("fingerprint", {}).get("template") or event.get("body", "")),
        exception=str(event.get("attributes", {}).get("exception.type", "")),
        dependency=dependency_of(event),
        count=len(hits),
        trend=trend([hit.time for hit in hits], span, parts),
        services=tuple(Counter(service_of(hit.event) for hit in hits).most_common()),
        hosts=tuple(Counter(_host(hit) for hit in hits).most_common()),
        first=first,
        last=hits[0].time,
        newest=hits[0].row,
        new=first >= new_since,
    )


def trend(times: Sequence[float], span: Span, parts: int) -> tuple[int, ...]:
    """How many of the times are in each part of the span."""
    counts = [0] * parts
    for time in times:
        counts[max(0, min(parts - 1, int((time - span.start) / span.seconds * parts)))] += 1
    return tuple(counts)


def _host(hit: Hit) -> str:
    resource = hit.event.get("resource", {})
    return str(resource.get("host.name") or resource.get("k8s.node.name") or "")
