"""Searches a Loki, page after page back in time."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from collectors.sinks.http import HttpClient
from stratoscope.backends.asking import asked
from stratoscope.backends.events import of_line
from stratoscope.backends.logql import compiled, quoted
from stratoscope.backends.model import BackendError, Found
from stratoscope.backends.settings import LokiSearch
from stratoscope.query import Query

PATH = "/loki/api/v1/query_range"
_HEADERS = {
    "Content-Type": "application/x-www-form-urlencoded",
    # Structured metadata beside the line, instead of among the labels of the stream.
    "X-Loki-Response-Encoding-Flags": "categorize-labels",
}
_LABELS = frozenset({"cluster", "service", "component", "level", "source"})
_SECOND = 1_000_000_000
_ADVICE = {
    400: "the search is too wide or this Loki is older than 2.8; make it shorter with since:, or see its own words",
    401: "give basic or bearer in a settings file (-c)",
    403: "this user may not read; look at its rights, or at tenant",
    404: "no Loki there; url must be where /loki/api/v1 begins",
    429: "Loki is busy; try again, or make the search narrower",
    502: "Loki could not answer in its own time; make the search narrower with since: and service:",
    504: "Loki could not answer in its own time; make the search narrower with since: and service:",
}


class LokiBackend:
    """See Backend. `clock`: seconds since 1970."""

    def __init__(self, settings: LokiSearch, clock: Callable[[], float] = time.time) -> None:
        self._settings = settings
        self._clock = clock
        self._client = HttpClient(replace(settings, gzip=False))
        self._headers = _HEADERS | ({"X-Scope-OrgID": settings.tenant} if settings.tenant else {})

    def search(self, query: Query, limit: int, timeout: float) -> Found:
        """See Backend."""
        now = self._clock()
        matchers = [f"cluster={quoted(self._settings.cluster)}"] if self._settings.cluster else []
        made = compiled(query, matchers)
        until = query.until if query.until is not None else now + 1
        since = query.since if query.since is not None else until - self._settings.span
        notes = list(made.notes)
        if query.since is None:
            notes.append(f"looked back {_hours(self._settings.span)} only; since: looks further")
        end = time.monotonic() + timeout
        hits = self._pages(made.text, round(since * _SECOND), round(until * _SECOND), limit, end)
        return Found([of_line(*hit) for hit in hits], tuple(notes))

    def close(self) -> None:
        """See Backend."""
        self._client.close()

    def _pages(self, text: str, since: int, until: int, limit: int, end: float) -> list[Any]:
        """Hits, newest first. Loki's `end` is excluded, and events of one instant may lie on both sides of a page's end."""
        found: list[Any] = []
        while len(found) < limit and since < until:
            wanted = min(self._settings.page, limit - len(found) + _at_end(found))
            page = sorted(self._page(text, since, until, wanted, end), key=lambda hit: -hit[0])
            new = [hit for hit in page if hit not in found[-_at_end(found) :]] if found else page
            found += new
            if len(page) < wanted:
                break
            # A whole page of one instant, all of it known: there is no way to see more of that instant.
            until = page[-1][0] + 1 if new else page[-1][0]
        return found[:limit]

    def _page(
        self, text: str, since: int, until: int, limit: int, end: float
    ) -> Iterator[tuple[int, str, dict[str, str], Any]]:
        form = {"query": text, "start": since, "end": until, "limit": limit, "direction": "backward"}
        left = max(0.1, end - time.monotonic())
        answer = asked(self._client, PATH, urlencode(form).encode(), self._headers, left, _ADVICE)
        for stream in _streams(answer):
            labels = {name: value for name, value in stream["stream"].items() if name in _LABELS}
            # A Loki that does not know the flag has the metadata among the labels.
            rest = {name: value for name, value in stream["stream"].items() if name not in _LABELS}
            for when, line, *more in stream["values"]:
                metadata = {**rest, **(more[0].get("structuredMetadata", {}) if more else {})}
                yield int(when), line, labels, _without_made_up(metadata)


def _streams(answer: Any) -> list[Any]:
    try:
        return list(answer["data"]["result"])
    except (KeyError, TypeError) as error:
        raise BackendError(f"{PATH}: the answer has no streams; is this the right url?") from error


def _at_end(found: list[Any]) -> int:
    """How many of the hits have the time of the last one."""
    return next((index for index, hit in enumerate(reversed(found)) if hit[0] != found[-1][0]), len(found))


def _without_made_up(metadata: Mapping[str, str]) -> dict[str, str]:
    """Without what Loki and our query add by themselves."""
    return {name: value for name, value in metadata.items() if name not in _MADE_UP}


_MADE_UP = frozenset({"stratoscope_line", "detected_level", "service_name", "__error__", "__error_details__"})


def _hours(seconds: float) -> str:
    return f"{seconds / 3600:g} hours"
