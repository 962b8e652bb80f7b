"""What every list and watch of the API server has in common: pages, versions, and errors that come as events.

Whoever watches keeps the objects, and decides when to list anew: after a 410, as HTTP status or as an event, always.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

from clients.kubernetes import Api, ApiError, Stream, lines, parsed

PAGE = "500"
"""Objects of an answer to a list."""
DURATION = 300
"""Seconds after which the server is asked to end a watch, so that a dead one is noticed."""
_PATIENCE = 30.0
"""Seconds that it may be late with that."""


class Listing:
    """All objects of a list, page by page, as they come; `ended` is asked after each page. Raises ApiError."""

    def __init__(self, api: Api, path: str, query: Mapping[str, str], ended: Callable[[], bool] = lambda: False) -> None:
        self.version = ""
        """That of the cluster at which the list holds: known at its end."""
        self._api = api
        self._path = path
        self._query = dict(query)
        self._ended = ended

    def __iter__(self) -> Iterator[Any]:
        more: dict[str, str] = {}
        while True:
            answer = self._api.get(self._path, self._query | {"limit": PAGE} | more)
            yield from answer.get("items") or ()
            self.version = str(answer["metadata"]["resourceVersion"])
            if not answer["metadata"].get("continue") or self._ended():
                return
            more = {"continue": str(answer["metadata"]["continue"])}


def watching(api: Api, path: str, query: Mapping[str, str], version: str) -> AbstractContextManager[Stream]:
    """A watch from a version on, for `changes`; see `Api.open`."""
    asked = dict(query) | {
        "watch": "true",
        "resourceVersion": version,
        "allowWatchBookmarks": "true",
        "timeoutSeconds": str(DURATION),
    }
    return api.open(path, asked, DURATION + _PATIENCE)


def changes(stream: Stream, path: str, ended: Callable[[], bool]) -> Iterator[tuple[str, Any]]:
    """ADDED, MODIFIED, DELETED or BOOKMARK, and the object. Raises as the stream, and ApiError for an event of an error."""
    for line in lines(stream, ended):
        event = parsed(line, f"watch {path}")
        kind, found = event["type"], event["object"]
        if kind == "ERROR":
            raise ApiError(f"watch {path}: {found.get('message', 'an error')}", int(found.get("code") or 500))
        yield kind, found
