"""The pages of the endpoint as an ASGI application, for the server that speaks TLS and asks for passwords."""

import asyncio

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from stratoscope.serving.authentication import KNOWN
from stratoscope.serving.light import Pages
from stratoscope.serving.light_http import Reply, Request, query_of

_TICK = 0.25
"""Seconds between two askings for a reply that comes later."""


def application(pages: Pages) -> ASGIApp:
    """Answers as the small server does."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        answer = pages(_request(scope))
        while not isinstance(answer, Reply):
            await asyncio.sleep(_TICK)
            answer = answer() or answer
        headers = {"Content-Type": answer.kind, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        await Response(answer.data(), answer.status, headers | dict(answer.headers))(scope, receive, send)

    return app


def _request(scope: Scope) -> Request:
    headers = dict(Headers(scope=scope).items())
    return Request(
        scope["method"],
        scope["path"],
        query_of(scope["query_string"].decode("latin-1")),
        headers,
        peer=str((scope.get("client") or ("",))[0]),
        local=str((scope.get("server") or ("",))[0]),
        known=bool(scope.get(KNOWN)),
    )
