"""The page's addresses, and what holds for all of them."""

import time
from collections.abc import Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from stratoscope.serving.guard import Guard
from stratoscope.serving.listen import LOOPBACK
from stratoscope.serving.metrics_page import Endpoint, Render, metrics_page
from stratoscope.web.errors import Errors
from stratoscope.web.events import Events
from stratoscope.web.health import HealthView
from stratoscope.web.listening import MustBeKnown
from stratoscope.web.model import Checks, Health
from stratoscope.web.rendering import PATIENCE, Site
from stratoscope.web.requests import Requests

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""For the browser: our own style sheet, script and icon, and nothing inside of the page."""
_STATIC = Path(__file__).parent / "static"
_FILES = {"style.css": "text/css", "page.js": "text/javascript", "icon.svg": "image/svg+xml"}


def nothing_told() -> tuple[Checks, ...]:
    """The health of a process that has nothing but a store."""
    return ()


def create_app(
    store: Path,
    metrics: Render,
    health: Health = nothing_told,
    *,
    alone: bool = True,
    now: Callable[[], float] = time.time,
    patience: float = PATIENCE,
) -> Starlette:
    """The ASGI application over the store at `store`, with its process' own metrics at /metrics.

    `alone`: only this machine can ask, by a loopback name. Else who asks must have shown a password to the server.
    `patience`: seconds that one look at a view may take.
    """
    site = Site(store, now, patience)
    events, errors, requests = Events(site), Errors(site), Requests(site)

    async def missing(request: Request, error: Exception) -> Response:  # noqa: ARG001  starlette gives them
        return site.missing()

    routes = [
        Route("/", events.page),
        Route("/newer", events.newer),
        Route("/event/{row:int}", events.event),
        Route("/event/{row:int}/part", events.part),
        Route("/event/{row:int}/text", events.text),
        Route("/errors", errors.errors),
        Route("/dependencies", errors.dependencies),
        Route("/request", requests.page),
        Route("/health", HealthView(site, health).page),
        Route("/metrics", metrics_page(metrics)),
        *(Route(f"/{name}", _file(name, kind)) for name, kind in _FILES.items()),
        Route("/favicon.ico", _file("icon.svg", _FILES["icon.svg"])),  # asked for beside a plain text
    ]
    guards = [Middleware(Guard, hosts=LOOPBACK if alone else None, policy=POLICY)]
    guards += [] if alone else [Middleware(MustBeKnown)]
    return Starlette(routes=routes, middleware=guards, exception_handlers={404: missing})


def _file(name: str, kind: str) -> Endpoint:
    async def endpoint(request: Request) -> Response:  # noqa: ARG001  starlette gives it
        return FileResponse(_STATIC / name, media_type=kind)

    return endpoint
