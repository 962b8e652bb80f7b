"""Errors by fingerprint and dependencies by service, from events that were found."""

from collections import Counter
from collections.abc import Sequence

from stratoscope.store.records import Hit
from stratoscope.store.tallies import level_of, service_of
from stratoscope.store.terms import dependency_of, fingerprint_of
from stratoscope.store.views import Blame, ErrorGroup


def trend_of(times: Sequence[float], since: float, until: float, buckets: int) -> tuple[int, ...]:
    """How many of `times` are in each bucket."""
    counts = [0] * buckets
    for time in times:
        counts[min(buckets - 1, int((time - since) / (until - since) * buckets))] += 1
    return tuple(counts)


def errors_of(hits: Sequence[Hit], since: float, until: float, buckets: int, new_since: float | None) -> list[ErrorGroup]:
    """Groups of hits, which are newest first; the most frequent first."""
    groups: dict[str, list[Hit]] = {}
    for hit in hits:
        if name := fingerprint_of(hit.event):
            groups.setdefault(name, []).append(hit)
    found = [_group(name, group, since, until, buckets, new_since) for name, group in groups.items()]
    return sorted(found, key=lambda group: (-group.count, -group.last))


def _group(name: str, hits: list[Hit], since: float, until: float, buckets: int, new_since: float | None) -> ErrorGroup:
    event = hits[0].event
    return ErrorGroup(
        fingerprint=name,
        severity=max(level_of(hit.event) for hit in hits),
        template=str(event.get("fingerprint", {}).get("template") or event.get("body", "")),
        exception=str(event.get("attributes", {}).get("exception.type", "")),
        dependency=dependency_of(event),
        count=len(hits),
        trend=trend_of([hit.time for hit in hits], since, until, buckets),
        services=tuple(Counter(service_of(hit.event) for hit in hits).most_common()),
        hosts=tuple(Counter(str(hit.event.get("resource", {}).get("host.name", "")) for hit in hits).most_common()),
        first=hits[-1].time,
        last=hits[0].time,
        newest=hits[0].row,
        new=new_since is not None and hits[-1].time >= new_since,
    )


def blames_of(hits: Sequence[Hit], since: float, until: float, buckets: int) -> list[Blame]:
    """Who blames whom in hits, which are newest first; the most frequent first."""
    groups: dict[tuple[str, str], list[float]] = {}
    for hit in hits:
        if dependency := dependency_of(hit.event):
            groups.setdefault((dependency, service_of(hit.event)), []).append(hit.time)
    found = [Blame(*key, len(times), trend_of(times, since, until, buckets), times[0]) for key, times in groups.items()]
    return sorted(found, key=lambda blame: (-blame.count, blame.dependency, blame.service))
