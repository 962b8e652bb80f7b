"""The view of one request, or of one server: every event of every service in the order of time."""

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from stratoscope.query import And, Field, Query, Range
from stratoscope.store.reader import Reader
from stratoscope.store.records import Hit
from stratoscope.store.schema import StoreError
from stratoscope.store.tallies import ERROR
from stratoscope.web.events import row_of
from stratoscope.web.rendering import Site
from stratoscope.web.story import told

EVENTS = 5_000
"""Events of a story that its lanes are drawn of."""
PAGE = 250
"""Events of a story that one page lists."""
_LOOKED = 500
"""Newest errors among which requests are looked for."""
_OFFERED = 20
LANES = 40
"""Services of a story that have a lane on the page."""
MAX_ID = 200
_HEX = re.compile(r"([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})")


class Requests:
    """Answers to what is asked about a request."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def page(self, request: Request) -> Response:
        """`?id=` of a request, a server or a trace; `from=` the number of the first event listed; without: which failed."""
        asked = self._site.asked("/request", {})
        ident = known(request.query_params.get("id", ""))
        first = max(0, row_of(request, "from") or 0)
        values: dict[str, Any] = {
            "asked": asked,
            "view": "request",
            "id": ident,
            "open": row_of(request, "open"),
            "from": first,
        }
        values |= {
            "failure": "",
            "story": None,
            "hits": [],
            "recent": [],
            "more": False,
            "count": 0,
            "page": PAGE,
            "lanes": LANES,
        }
        try:
            with self._site.reader() as reader:
                values |= self._story(reader, ident, first) if ident else {"recent": self._recent(reader)}
        except StoreError as error:
            return self._site.html("request.html", {**values, "failure": str(error)}, 503)
        return self._site.html("request.html", values, 404 if ident and not values["hits"] else 200)

    def _story(self, reader: Reader, ident: str, first: int) -> dict[str, Any]:
        found = reader.story(ident, EVENTS, self._site.deadline())
        if not found.hits:
            return {}
        first = min(first, len(found.hits) - 1)
        hits = found.hits[first : first + PAGE]
        return {"story": told(found.hits), "hits": hits, "more": found.more, "count": len(found.hits), "from": first}

    def _recent(self, reader: Reader) -> list[Hit]:
        """The newest error of each of the newest requests that have one."""
        failed = Query(And((Field("request_id", "req-", prefix=True), Range("level", ERROR, 24))))
        by_id: dict[str, Hit] = {}
        for hit in reader.find(failed, _LOOKED, None, self._site.deadline()).hits:
            by_id.setdefault(str(hit.event.get("attributes", {}).get("openstack.request_id", "")), hit)
        by_id.pop("", None)
        return list(by_id.values())[:_OFFERED]


def known(text: str) -> str:
    """An id as it is searched for: 32 hexadecimal digits, as a trace has them, are the uuid of a request."""
    ident = text.strip()[:MAX_ID]
    digits = _HEX.fullmatch(ident.lower().removeprefix("req-"))
    if digits is None:
        return ident
    prefix = "req-" if ident.lower().startswith("req-") else ""
    return prefix + "-".join(digits.groups())
