"""The most frequent values among events that were found."""

from collections import Counter
from collections.abc import Iterator, Sequence

from parsers.model import Event
from stratoscope.store.tallies import level_of, service_of
from stratoscope.store.terms import dependency_of
from stratoscope.store.views import FACETS, LEVEL_NAMES, Facets


def facets_of(events: Sequence[Event], top: int, *, complete: bool) -> Facets:
    """The `top` values of each field; `complete`: `events` are all that match."""
    counters: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
    for event in events:
        for name, value in _values(event):
            if value:
                counters[name][value] += 1
    return Facets({name: _first(counter, top) for name, counter in counters.items()}, len(events), complete)


def _values(event: Event) -> Iterator[tuple[str, str]]:
    resource = event.get("resource", {})
    yield "service", service_of(event)
    yield "level", LEVEL_NAMES[min(level_of(event), 21)]
    yield "host", str(resource.get("host.name") or resource.get("k8s.node.name") or "")
    yield "logger", str(event.get("attributes", {}).get("log.logger", ""))
    yield "dependency", dependency_of(event)


def _first(counter: Counter[str], top: int) -> list[tuple[str, int]]:
    """The most frequent ones; those of one frequency by name, so that a page does not dance."""
    return sorted(counter.items(), key=lambda item: (-item[1], item[0]))[:top]
