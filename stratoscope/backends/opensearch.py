"""Searches an OpenSearch or Elasticsearch, page after page back in time."""

import time
from dataclasses import replace
from typing import Any

import orjson

from collectors.sinks.http import HttpClient
from stratoscope.backends.asking import asked
from stratoscope.backends.dsl import request
from stratoscope.backends.events import of_document
from stratoscope.backends.model import BackendError, Found
from stratoscope.backends.settings import OpenSearchSearch
from stratoscope.query import Query

_HEADERS = {"Content-Type": "application/json"}
_ADVICE = {
    400: "the search is not understood there; was the index made with the template of docs/search.md?",
    401: "give basic or bearer in a settings file (-c)",
    403: "this user may not read that index; it needs the right to search it",
    404: "no such index; name it with index in a settings file (-c)",
    429: "it is busy; try again, or make the search narrower",
}


class OpenSearchBackend:
    """See Backend."""

    def __init__(self, settings: OpenSearchSearch) -> None:
        self._settings = settings
        self._client = HttpClient(replace(settings, gzip=False))

    def search(self, query: Query, limit: int, timeout: float) -> Found:
        """See Backend."""
        end = time.monotonic() + timeout
        hits: list[Any] = []
        notes: set[str] = set()
        while len(hits) < limit:
            wanted = min(self._settings.page, limit - len(hits))
            page = self._page(query, wanted, hits[-1]["sort"] if hits else None, end, notes)
            hits += page
            if len(page) < wanted:
                break
        return Found([of_document(hit["_source"]) for hit in hits], tuple(sorted(notes)))

    def close(self) -> None:
        """See Backend."""
        self._client.close()

    def _page(self, query: Query, limit: int, after: Any, end: float, notes: set[str]) -> list[Any]:
        path = f"/{self._settings.index}/_search"
        left = max(0.1, end - time.monotonic())
        answer = asked(self._client, path, orjson.dumps(request(query, limit, after)), _HEADERS, left, _ADVICE)
        shards = answer.get("_shards", {})
        if shards.get("failed"):
            notes.add(f"{shards['failed']} of {shards.get('total')} shards did not answer: there may be more")
        if answer.get("timed_out"):
            notes.add("it ended its search early: there may be more")
        try:
            return list(answer["hits"]["hits"])
        except (KeyError, TypeError) as error:
            raise BackendError(f"{path}: the answer has no hits; is this the right url?") from error
