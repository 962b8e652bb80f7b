"""The application of what serves metrics: `/metrics`, `/-/healthy`, more of its own, and `/` that links to them."""

from collections.abc import Iterable, Sequence
from html import escape

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from stratoscope.serving.guard import Guard
from stratoscope.serving.metrics_page import Endpoint, Render, metrics_page


def create_app(title: str, render: Render, routes: Sequence[Route] = (), links: Iterable[tuple[str, str]] = ()) -> Starlette:
    """An ASGI application. `links`: more of what the first page links to, as (path, what is there)."""
    own = [
        Route("/", _index(title, [("/metrics", "metrics"), *links])),
        Route("/metrics", metrics_page(render)),
        Route("/-/healthy", _healthy),
    ]
    return Starlette(routes=[*own, *routes], middleware=[Middleware(Guard, hosts=None)])


def _index(title: str, links: list[tuple[str, str]]) -> Endpoint:
    items = "".join(f'<li><a href="{escape(path)}">{escape(path)}</a> {escape(what)}</li>' for path, what in links)
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
    page = f"{head}<h1>{escape(title)}</h1><ul>{items}</ul>"

    async def index(request: Request) -> Response:  # noqa: ARG001  starlette gives it
        return HTMLResponse(page)

    return index


async def _healthy(request: Request) -> Response:  # noqa: ARG001  starlette gives it
    """That the loop runs; what the targets say is in the metrics."""
    return PlainTextResponse("Healthy\n")
