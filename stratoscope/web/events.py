"""The view of events: a search, a histogram, facets, the hits, what is newer; and one event by itself."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from clients.model import Deadline
from stratoscope.query import Query
from stratoscope.store.reader import Reader
from stratoscope.store.records import Hit, Totals
from stratoscope.store.schema import StoreError
from stratoscope.web import charts
from stratoscope.web.asked import Asked
from stratoscope.web.charts import Span
from stratoscope.web.rendering import Site, plain

HITS = 100
"""Events on one page."""
NEWER = 100
"""Events of one look at what is newer."""
LATE = 30.0
"""Seconds before the newest event of the store: what comes in with an earlier time is marked as late."""


class Events:
    """Answers to what is asked about events."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def page(self, request: Request) -> Response:
        """`?q=&since=&until=` a search, `before=` the row of the last hit of the page before, `open=` the row shown whole."""
        asked = self._site.asked("/", request.query_params)
        before, opened = row_of(request, "before"), row_of(request, "open")
        live = request.query_params.get("live") == "1" and before is None and not asked.until
        values: dict[str, Any] = {"asked": asked, "view": "events", "open": opened, "first": before is None, "live": live}
        status = 400 if asked.fault else 200
        try:
            with self._site.reader() as reader:
                values |= self._looked(reader, asked, before)
        except StoreError as error:
            values |= {"failure": str(error), **_NOTHING}
            status = 503
        return self._site.html("events.html", values, status)

    def _looked(self, reader: Reader, asked: Asked, before: int | None) -> dict[str, Any]:
        after, totals = reader.arrived(), reader.totals()  # in this order: what comes in between is seen twice, not never
        if asked.query is None:
            return {**_NOTHING, "failure": "", "totals": totals, "after": after}
        deadline = self._site.deadline()
        found = reader.find(asked.query, HITS + 1, before, deadline)
        hits = found.hits[:HITS]
        older = hits[-1].row if len(found.hits) > HITS else found.reached
        span = span_of(asked.query, totals, hits if before is None and older is None else [])
        return {
            "failure": "",
            "hits": hits,
            "older": older,
            "partly": found.reached is not None,
            "totals": totals,
            "after": after,
            "facets": reader.facets(asked.query, deadline=deadline) if hits else None,
            "chart": chart(reader, asked.query, span, deadline) if span and hits else None,
        }

    def newer(self, request: Request) -> Response:
        """What has come in since the number `after`, whatever its time, as lines of the list; and the number to go on from."""
        asked = self._site.asked("/", request.query_params)
        after = row_of(request, "after")
        if asked.query is None or after is None:
            return plain("q and after must be such as the page gives them\n")
        values: dict[str, Any] = {"asked": asked, "hits": [], "after": after, "complete": True, "late": None, "failure": ""}
        try:
            with self._site.reader() as reader:
                newest = reader.totals().newest
                found = reader.arrivals(asked.query, after, NEWER, self._site.deadline())
        except StoreError as error:
            return self._site.html("newer.html", {**values, "failure": str(error)}, 503)
        values |= {"hits": found.hits, "after": found.number, "complete": found.complete}
        values["late"] = None if newest is None else newest - LATE
        return self._site.html("newer.html", values)

    def event(self, request: Request) -> Response:
        """One event, by its row."""
        return self._one(request, "event.html")

    def part(self, request: Request) -> Response:
        """What unfolds under the line of an event."""
        return self._one(request, "part.html")

    def text(self, request: Request) -> Response:
        """An event's message and what was printed with it, whole."""
        hit = self._site.hit(request.path_params["row"])
        if hit is None:
            return self._site.missing()
        attributes = hit.event.get("attributes", {})
        printed = attributes.get("log.record.original") or "\n".join(
            str(text) for text in (hit.event.get("body", ""), attributes.get("exception.stacktrace")) if text
        )
        return plain(f"{printed}\n")

    def _one(self, request: Request, template: str) -> Response:
        hit = self._site.hit(request.path_params["row"])
        if hit is None:
            return self._site.missing()
        return self._site.html(template, {"asked": self._site.asked("/", {}), "view": "events", "hit": hit})


_NOTHING: dict[str, Any] = {
    "hits": [], "older": None, "partly": False, "totals": None, "after": 0, "facets": None, "chart": None,
}  # fmt: skip


def row_of(request: Request, name: str) -> int | None:
    """A row in the address; None where there is none, or it is none."""
    text = request.query_params.get(name, "")
    return int(text) if text.removeprefix("-").isdecimal() and text.isascii() and len(text) < 20 else None


def span_of(query: Query, totals: Totals, hits: list[Hit]) -> Span | None:
    """Of which time a chart tells: the asked one; where that is open, that of the hits (if they are all), or of the store."""
    if totals.oldest is None or totals.newest is None:
        return None
    oldest, newest = (hits[-1].time, hits[0].time) if hits else (totals.oldest, totals.newest)
    start = oldest if query.since is None else query.since
    end = max(newest, start) + 0.001 if query.until is None else query.until
    return Span(start, end)


def chart(reader: Reader, query: Query, span: Span, deadline: Deadline) -> dict[str, Any]:
    """What a template needs to draw a histogram."""
    whole, count = charts.grid(span)
    histogram = reader.histogram(query, whole.start, whole.end, count, deadline)
    bars = charts.bars(histogram)
    return {
        "span": whole,
        "bars": bars,
        "width": histogram.width,
        "most": max((bar.total for bar in bars), default=0),
        "total": sum(bar.total for bar in bars),
        "errors": sum(bar.errors for bar in bars),
        "warnings": sum(bar.warnings for bar in bars),
        "estimated": histogram.estimated,
        "counted_from": histogram.counted_from,
    }
