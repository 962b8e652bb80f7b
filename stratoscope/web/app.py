"""The page's addresses: `/` with search, `/event/ID`, `/metrics`, the style sheet."""

import time
from pathlib import Path
from typing import Any

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from stratoscope.query import Query, QueryError, parse
from stratoscope.serving.guard import Guard
from stratoscope.serving.metrics_page import metrics_page, registry_renderer
from stratoscope.store.reader import Reader
from stratoscope.store.records import Hit
from stratoscope.store.schema import StoreError
from stratoscope.store.tallies import level_of
from stratoscope.summary import clock
from stratoscope.telemetry.log_metrics import LEVEL_NAMES
from stratoscope.text import visible

HITS = 50
"""Events on one page."""
TOP_PROBLEMS = 10
"""Errors on the first page."""
_HERE = Path(__file__).parent

_LINKS = {
    "openstack.request_id": "request_id",
    "openstack.global_request_id": "request_id",
    "openstack.instance_uuid": "instance",
    "openstack.user_id": "user",
    "openstack.project_id": "project",
    "log.logger": "logger",
    "exception.type": "exception",
    "http.response.status_code": "status",
    "service.name": "service",
    "host.name": "host",
    "k8s.pod.name": "pod",
    "k8s.namespace.name": "namespace",
    "k8s.container.name": "container",
}
"""Attributes that a click searches for, and the field of the search language that does it."""


def create_app(store: Path, registry: CollectorRegistry) -> Starlette:
    """The ASGI application over the store at `store` and the metrics in `registry`."""
    page = _Page(store)

    def style(request: Request) -> Response:  # noqa: ARG001  starlette gives it
        return FileResponse(_HERE / "static" / "style.css", media_type="text/css")

    routes = [
        Route("/", page.search),
        Route("/event/{row:int}", page.event),
        Route("/metrics", metrics_page(registry_renderer(registry))),
        Route("/style.css", style),
    ]
    return Starlette(routes=routes, middleware=[Middleware(Guard)], exception_handlers={404: page.missing})


class _Page:
    """The HTML answers."""

    def __init__(self, store: Path) -> None:
        self._store = store
        # a template without its file, or a name it does not know, is a fault to be seen, not an empty place
        self._templates = Environment(
            loader=PackageLoader("stratoscope.web"),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=_shown,
            trim_blocks=True,
        )
        self._templates.filters |= {"clock": clock, "level": _level, "json": _json, "quoted": quoted}
        self._templates.globals["links"] = _LINKS

    def search(self, request: Request) -> Response:
        """`?q=` a search, `?before=` the row of the last hit of the page before."""
        text = request.query_params.get("q", "")
        before = request.query_params.get("before", "")
        row = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
        values: dict[str, Any] = {"q": text, "error": "", "hits": [], "older": None, "first": row is None}
        status = 200
        try:
            query = parse(text, time.time())
        except QueryError as error:
            values["error"], query, status = str(error), None, 400
        try:
            values |= self._asked(query, row)
        except StoreError as error:
            values |= {"error": str(error), "services": [], "problems": [], "totals": None}
            status = 503
        return self._html("search.html", values, status)

    def _asked(self, query: Query | None, before: int | None) -> dict[str, Any]:
        with Reader(self._store) as reader:
            hits = reader.search(query, HITS + 1, before) if query else []
            more = len(hits) > HITS
            return {
                "hits": hits[:HITS],
                "older": hits[HITS - 1].row if more else None,
                "services": reader.services(),
                "problems": reader.problems(TOP_PROBLEMS),
                "totals": reader.totals(),
            }

    def event(self, request: Request) -> Response:
        """One event, by its row."""
        try:
            with Reader(self._store) as reader:
                hit = reader.event(request.path_params["row"])
        except (StoreError, OverflowError):
            hit = None
        if hit is None:
            return self._html("missing.html", {"q": ""}, 404)
        return self._html("event.html", {"q": "", "hit": hit})

    async def missing(self, request: Request, error: Exception) -> Response:  # noqa: ARG002  starlette gives them
        """An address that there is not."""
        return self._html("missing.html", {"q": ""}, 404)

    def _html(self, template: str, values: dict[str, Any], status: int = 200) -> Response:
        html = self._templates.get_template(template).render(values)
        return HTMLResponse(html.encode("utf-8", "backslashreplace"), status)


def quoted(value: object) -> str:
    """A field's value as the search language wants it."""
    return f'"{str(value).replace(chr(34), "")}"'


def _shown(value: object) -> object:
    """Every value of a template passes here before it is escaped."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _level(hit: Hit) -> str:
    return LEVEL_NAMES[min(level_of(hit.event), 21)]


def _json(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
