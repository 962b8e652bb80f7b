"""OpenSearch and Elasticsearch, by their `_bulk` request. Each event has an answer of its own there, with HTTP 200 around all.

An event's id is the document's, and documents are only ever created: a repeat is answered with 409, which means it is there.
"""

import hashlib
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from collectors.model import Rejected, RetryError, Sent
from collectors.sinks.documents import document_of
from collectors.sinks.events import all_rejected, too_large, uid_of
from collectors.sinks.http import Answer, HttpClient
from collectors.sinks.settings import OpenSearchSettings
from parsers.json_lines import dumped
from parsers.model import Event

_PATH = "/_bulk?filter_path=errors,items.*.status,items.*.error.type,items.*.error.reason"
"""Asks for no more than is read; a whole answer is half as large as the request."""
_ANSWER_BYTES = 64 << 20
_LONGEST_ID = 512
_ITEM_AGAIN = frozenset({401, 403, 404, 408, 429})
"""Statuses of an item that say nothing of the event: a privilege or an index is missing, the disk is full (403)."""
_ABOUT_US = frozenset({401, 403, 404, 405, 407, 408, 429})
"""Of a whole request: it is about our settings, or the server's load, and not about these events."""


class OpenSearchSink:
    """Creates a document per event. `clock`: seconds since 1970."""

    def __init__(self, name: str, settings: OpenSearchSettings, clock: Callable[[], float] = time.time) -> None:
        self.name = name
        self._settings = settings
        self._clock = clock
        self._client = HttpClient(settings, clock)

    def send(self, events: Sequence[Event], timeout: float) -> Sent:
        """See Sink. What is rejected is told once nothing of the batch is to be tried again, and comes again till then."""
        if not events:
            return Sent(0)
        body = self.encoded(events)
        if len(body) > self._settings.request_bytes:
            return too_large(events, f"{len(body)} bytes, more than request_bytes ({self._settings.request_bytes}) allows")
        answer = self._client.post(_PATH, body, {"Content-Type": "application/x-ndjson"}, timeout, _ANSWER_BYTES)
        if answer.status == 413 or answer.cut:
            return too_large(events, f"{self._settings.url}: {answer.said}")
        if 200 <= answer.status < 300:
            return self._told(events, answer)
        if 400 <= answer.status < 500 and answer.status not in _ABOUT_US:
            return all_rejected(events, f"{self._settings.url}: {answer.said}")
        ours = answer.status < 429
        raise self._client.refused("/_bulk", answer, "check url, user and privileges" if ours else "it will be tried again")

    def close(self) -> None:
        """See Sink."""
        self._client.close()

    def encoded(self, events: Sequence[Event]) -> bytes:
        """The body of a request with these events, not packed."""
        observed = datetime.fromtimestamp(self._clock(), UTC).isoformat().replace("+00:00", "Z")
        lines = []
        for event in events:
            document = document_of(event, observed)
            lines.append(orjson.dumps({"create": self._action(event, document["@timestamp"])}))
            lines.append(dumped(document))
        lines.append(b"")
        return b"\n".join(lines)

    def _action(self, event: Event, time_text: str) -> dict[str, str]:
        action = {"_index": self._settings.index.replace("{date}", time_text[:10].replace("-", "."))}
        uid = uid_of(event)
        if uid:
            fits = len(uid.encode("utf-8", "replace")) <= _LONGEST_ID
            action["_id"] = uid if fits else hashlib.sha256(uid.encode("utf-8", "replace")).hexdigest()
        return action

    def _told(self, events: Sequence[Event], answer: Answer) -> Sent:
        items = _items(answer.body, len(events))
        if items is None:
            raise self._client.refused("/_bulk", answer, "that is no answer to _bulk for these events; check url")
        rejected, again = [], []
        for event, (status, reason) in zip(events, items, strict=True):
            if 200 <= status < 300 or status == 409:
                continue
            if status in _ITEM_AGAIN or status >= 500:
                again.append((event, f"HTTP {status}: {reason}"))
            else:
                rejected.append(Rejected(event, f"HTTP {status}: {reason}"))
        if again:
            left = [event for event, _ in again] + [one.event for one in rejected]
            text = f"{self._settings.url}: {len(again)} of {len(events)} events were put off; the first: {again[0][1]}"
            raise RetryError(text, answer.after, left)
        return Sent(len(events) - len(rejected), tuple(rejected))


def _items(body: bytes, count: int) -> list[tuple[int, str]] | None:
    """Status and reason of each event; None where `body` is no such answer."""
    try:
        answer: Any = orjson.loads(body)
        if answer["errors"] is False:
            return [(201, "")] * count
        results = [next(iter(item.values())) for item in answer["items"]]
        told = [(int(result["status"]), _reason(result.get("error"))) for result in results]
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError, StopIteration):
        return None
    return told if len(told) == count else None


def _reason(error: Any) -> str:
    if isinstance(error, dict):
        return f"{error.get('type')}: {error.get('reason')}"[:500]
    return str(error or "")[:500]
