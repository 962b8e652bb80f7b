"""Loki, by its push request in JSON. Protobuf with snappy was measured: three times the CPU time, and larger on the wire.

A refused request (400) is final, though the good entries of it were taken: it must not come again. So what Loki is known to
refuse is not sent to it, and the rest of a refused batch is rejected as a whole, to be looked at in the dead-letter file.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from collectors.model import Rejected, Sent
from collectors.sinks.events import all_rejected, observed_of, time_of, too_large
from collectors.sinks.http import Answer, HttpClient
from collectors.sinks.loki_lines import Bounds, entry_of, labels_of, spread
from collectors.sinks.settings import LOKI_PATH, LokiSettings
from parsers.model import Event

_SECOND = 1_000_000_000
_Entry = tuple[int, str, dict[str, str]]
_FINAL = frozenset({400, 411, 415, 422})
_BLOCKED = 260
"""Loki's answer where a tenant's ingestion is blocked, of its own making: what was sent is dropped."""


class LokiSink:
    """Pushes events. `clock`: nanoseconds since 1970, the time of those that tell none."""

    def __init__(self, name: str, settings: LokiSettings, clock: Callable[[], int] = time.time_ns) -> None:
        self.name = name
        self._settings = settings
        self._clock = clock
        self._client = HttpClient(settings)
        self._bounds = Bounds(settings.line_bytes, settings.metadata_bytes, settings.metadata_entries)
        self._headers = {"Content-Type": "application/json"}
        if settings.tenant:
            self._headers["X-Scope-OrgID"] = settings.tenant

    def send(self, events: Sequence[Event], timeout: float) -> Sent:
        """See Sink."""
        now = self._clock()
        timed = [(event, time_of(event) or observed_of(event) or now) for event in events]
        rejected = tuple(one for event, when in timed if (one := self._refused(event, when, now)))
        gone = {id(one.event) for one in rejected}
        good = [(event, when) for event, when in timed if id(event) not in gone]
        if not good:
            return Sent(0, rejected)
        sent = self._push(good, timeout)
        return Sent(sent.accepted, (*rejected, *sent.rejected))

    def close(self) -> None:
        """See Sink."""
        self._client.close()

    def _refused(self, event: Event, when: int, now: int) -> Rejected | None:
        oldest, ahead = self._settings.oldest, self._settings.ahead
        if oldest and when < now - oldest * _SECOND:
            return Rejected(event, f"older than Loki takes; see oldest ({oldest:g} s)")
        if ahead and when > now + ahead * _SECOND:
            return Rejected(event, f"further in the future than Loki takes; see ahead ({ahead:g} s)")
        return None

    def _push(self, timed: Sequence[tuple[Event, int]], timeout: float) -> Sent:
        events = [event for event, _ in timed]
        body = self.encoded(timed)
        if len(body) > self._settings.request_bytes:
            return too_large(events, f"{len(body)} bytes, more than request_bytes ({self._settings.request_bytes}) allows")
        answer = self._client.post(LOKI_PATH, body, self._headers, timeout)
        if answer.status == 413:
            return too_large(events, f"{self._settings.url}: {answer.said}")
        if answer.status in _FINAL or answer.status == _BLOCKED:
            return all_rejected(events, f"{self._settings.url}: {answer.said} (good entries of this batch were taken)")
        if 200 <= answer.status < 300:
            return Sent(len(events))
        raise self._client.refused(LOKI_PATH, answer, _advice(answer))

    def encoded(self, timed: Sequence[tuple[Event, int]]) -> bytes:
        """The body of a request with these events and their times in nanoseconds, not packed."""
        return orjson.dumps({"streams": self._streams(timed)})

    def _streams(self, timed: Sequence[tuple[Event, int]]) -> list[dict[str, Any]]:
        """Entries by their labels, each stream in the order of time; equal times stay in the order they came in."""
        streams: dict[tuple[tuple[str, str], ...], tuple[dict[str, str], list[_Entry]]] = {}
        for event, when in timed:
            labels = labels_of(event, self._settings.cluster)
            stream = streams.setdefault(tuple(labels.items()), (labels, []))
            stream[1].append((spread(event, when), *entry_of(event, self._bounds)))
        return [
            {"stream": labels, "values": [[str(when), line, rest] for when, line, rest in sorted(entries, key=_first)]}
            for labels, entries in streams.values()
        ]


def _first(entry: _Entry) -> int:
    return entry[0]


def _advice(answer: Answer) -> str:
    if answer.status in (401, 403, 404, 405, 407):
        return "check url, tenant and user"
    if answer.status < 400:
        return "redirects are not followed, set url to where it leads"
    return "it will be tried again"
