"""`/metrics`: which form the asker takes, how long it waits, which metrics it wants, and packing."""

import gzip
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client import exposition as text
from prometheus_client.openmetrics import exposition as openmetrics
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

_OPENMETRICS_VERSIONS = ("", "1.0.0")
_GZIP_LEVEL = 1
"""A fifth of the time of the default level, and a tenth more bytes."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a scrape asks for. `names`: only these metrics; None for all. `timeout`: seconds that it waits; None if not told."""

    openmetrics: bool = False
    names: frozenset[str] | None = None
    timeout: float | None = None


Endpoint = Callable[[Request], Awaitable[Response]]
Render = Callable[[Asked], bytes]
"""Answers a scrape; may take as long as it needs. Called in a thread of its own."""


def metrics_page(render: Render) -> Endpoint:
    """The endpoint."""

    async def endpoint(request: Request) -> Response:
        return await answer(request, render)

    return endpoint


async def answer(request: Request, render: Render) -> Response:
    """The answer to one scrape."""
    asked = asked_for(request)
    body = await run_in_threadpool(_packed, render, asked, packed := accepts_gzip(request.headers))
    headers = {"content-type": content_type(asked), "vary": "Accept, Accept-Encoding"}
    return Response(body, headers=headers | ({"content-encoding": "gzip"} if packed else {}))


def asked_for(request: Request) -> Asked:
    """What the request's headers and `?name[]=` say."""
    names = request.query_params.getlist("name[]")
    return Asked(
        openmetrics=wants_openmetrics(request.headers.get("accept", "")),
        names=frozenset(names) if names else None,
        timeout=timeout_of(request.headers),
    )


def content_type(asked: Asked) -> str:
    """Of the answer."""
    return openmetrics.CONTENT_TYPE_LATEST if asked.openmetrics else text.CONTENT_TYPE_PLAIN_0_0_4


def wants_openmetrics(accept: str) -> bool:
    """Whether OpenMetrics 1.0 is among what is accepted, in a version that we speak."""
    for one in accept.split(","):
        kind, *parameters = (part.strip() for part in one.split(";"))
        versions = [value for name, _, value in (part.partition("=") for part in parameters) if name == "version"]
        if kind == "application/openmetrics-text" and (versions or [""])[0] in _OPENMETRICS_VERSIONS:
            return True
    return False


def accepts_gzip(headers: Headers) -> bool:
    """Whether the answer may be packed."""
    for one in headers.get("accept-encoding", "").split(","):
        name, _, quality = one.replace(" ", "").partition(";")
        if name.lower() == "gzip" and quality not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            return True
    return False


def timeout_of(headers: Headers) -> float | None:
    """Seconds that Prometheus waits for this scrape; None where it does not say."""
    try:
        seconds = float(headers.get("x-prometheus-scrape-timeout-seconds", ""))
    except ValueError:
        return None
    return seconds if 0 < seconds < float("inf") else None


def registry_renderer(registry: CollectorRegistry) -> Render:
    """Renders a registry of prometheus_client."""

    def render(asked: Asked) -> bytes:
        chosen = registry if asked.names is None else registry.restricted_registry(asked.names)
        encode: Any = openmetrics.generate_latest if asked.openmetrics else text.generate_latest
        return bytes(encode(chosen))

    return render


def _packed(render: Render, asked: Asked, packed: bool) -> bytes:
    body = render(asked)
    return gzip.compress(body, _GZIP_LEVEL) if packed else body
