"""The view of errors by fingerprint, and that of the dependencies that they blame."""

from itertools import groupby
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from stratoscope.query import And, Query, Range
from stratoscope.store.reader import Reader
from stratoscope.store.schema import StoreError
from stratoscope.store.tallies import ERROR
from stratoscope.store.views import Blame
from stratoscope.web.charts import Span
from stratoscope.web.events import span_of
from stratoscope.web.groups import grouped
from stratoscope.web.rendering import Site
from stratoscope.when import moment

GROUPS = 50
SEARCHED = 5_000
"""Newest errors that are put together where they are searched for."""
TREND = 24
"""Parts of the time that a small chart shows."""
LATELY = 900.0
"""Seconds within which a dependency is blamed now."""
NEW = "1h"
"""Since when an error counts as new, unless told otherwise."""
DEPENDENCIES = 20
BLAMERS = 10
"""Services that are shown of one dependency; the count tells the rest."""
ORDERS = {"count": "most frequent", "last": "newest", "first": "first seen last"}


class Errors:
    """Answers to what is asked about errors and what they blame."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def errors(self, request: Request) -> Response:
        """`?q=&since=&until=` which errors, `new=` since when they are new, `sort=` one of `ORDERS`."""
        asked = self._site.asked("/errors", request.query_params)
        new = request.query_params.get("new", NEW)
        order = request.query_params.get("sort", "count")
        try:
            new_since = moment(new, self._site.now())
        except ValueError:
            new, new_since = NEW, moment(NEW, self._site.now())
        values: dict[str, Any] = {"asked": asked, "view": "errors", "new": new, "sort": order, "orders": ORDERS}
        values |= {"groups": [], "span": None, "failure": "", "looked_at": None, "partly": False}
        try:
            with self._site.reader() as reader:
                span = span_of(asked.query or Query(), reader.totals(), [])
                if asked.query is not None and span is not None:
                    values |= {"span": span, **self._groups(reader, asked.query, span, new_since)}
        except StoreError as error:
            return self._site.html("errors.html", {**values, "failure": str(error)}, 503)
        if order in ("last", "first"):
            values["groups"].sort(key=lambda group: -getattr(group, order))
        return self._site.html("errors.html", values, 400 if asked.fault else 200)

    def _groups(self, reader: Reader, query: Query, span: Span, new_since: float) -> dict[str, Any]:
        deadline = self._site.deadline()
        if query.node is None:
            found = reader.errors(span.start, span.end, TREND, new_since, GROUPS, deadline=deadline)
            return {"groups": found.groups, "partly": not found.complete}
        severe = Query(And((query.node, Range("level", ERROR, 24))), span.start, span.end)
        some = reader.find(severe, SEARCHED, None, deadline)
        groups = grouped(some.hits, span, TREND, new_since)[:GROUPS]
        return {"groups": groups, "looked_at": len(some.hits), "partly": some.reached is not None}

    def dependencies(self, request: Request) -> Response:
        """`?since=&until=` when."""
        asked = self._site.asked("/dependencies", request.query_params)
        values: dict[str, Any] = {"asked": asked, "view": "dependencies", "failure": "", **_NOTHING_BLAMED}
        try:
            with self._site.reader() as reader:
                span = span_of(asked.query or Query(), reader.totals(), [])
                if asked.query is not None and span is not None:
                    found = reader.dependencies(span.start, span.end, TREND, self._site.deadline())
                    dependencies = by_dependency(found.blames, self._site.now() - LATELY)
                    values |= {"span": span, "dependencies": dependencies[:DEPENDENCIES], "partly": not found.complete}
                    values["more"] = max(0, len(dependencies) - DEPENDENCIES)
        except StoreError as error:
            return self._site.html("dependencies.html", {**values, "failure": str(error)}, 503)
        return self._site.html("dependencies.html", values, 400 if asked.fault else 200)


_NOTHING_BLAMED: dict[str, Any] = {"dependencies": [], "span": None, "partly": False, "more": 0, "blamers": BLAMERS}


def by_dependency(blames: list[Blame], lately: float) -> list[dict[str, Any]]:
    """The dependencies, most blamed first, each with who blames it; `now`: within the time that began at `lately`."""
    found = []
    for name, some in groupby(sorted(blames, key=lambda blame: blame.dependency), lambda blame: blame.dependency):
        members = sorted(some, key=lambda blame: -blame.count)
        found.append(
            {
                "name": name,
                "blames": members,
                "count": sum(blame.count for blame in members),
                "trend": tuple(map(sum, zip(*(blame.trend for blame in members), strict=True))),
                "last": max(blame.last for blame in members),
                "now": any(blame.last >= lately for blame in members),
            }
        )
    return sorted(found, key=lambda one: (not one["now"], -one["count"]))
