"""The application: reviews on one path, everything else as in the other commands.

What comes in is bounded in size and time, and what is refused is told why, whoever asks.
"""

import asyncio
import time
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from stratoscope.serving.app import create_app
from stratoscope.serving.bounds import Bounds
from stratoscope.serving.metrics_page import Render
from stratoscope.webhook.happenings import Happenings
from stratoscope.webhook.reviewing import Reply, Reviewer

PATH = "/mutate"
LONGEST = 4 << 20
"""Bytes of a review. The API server takes objects of 3 MB, and etcd 1.5 MB."""
SLOWEST = 10.0
"""Seconds from a review's head until its body is there. The API server waits for five, as our chart sets it."""
BOUNDS = Bounds(connections=512, request_seconds=10.0, keep_alive_seconds=120)
"""The API server opens a connection for each review under way, and lets go of idle ones after 90 s. It must be the first to do
so, or it sends a review into a connection that we close."""


class App:
    """ASGI. `ready` goes to the kubelet; while it is False, answers ask for the connection to be closed."""

    def __init__(
        self,
        reviewer: Reviewer,
        happenings: Happenings,
        render: Render,
        slowest: float = SLOWEST,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.ready = True
        self._reviewer = reviewer
        self._happenings = happenings
        self._slowest = slowest
        self._clock = clock
        links = [("/-/ready", "whether reviews should be sent here"), ("/-/healthy", "whether it lives")]
        self._pages: ASGIApp = create_app("stratoscope webhook", render, [Route("/-/ready", self._readiness)], links)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "http" and scope["path"] == PATH:
            await self._review(scope, receive, send)
        else:
            await self._pages(scope, receive, send)

    async def _review(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            reply = await self._reply(scope, receive)
        except _GoneError:
            self._happenings.refused("gone", "who asked has hung up before all of it was there")
            return
        await send({"type": "http.response.start", "status": reply.status, "headers": self._headers(reply)})
        await send({"type": "http.response.body", "body": reply.body})

    async def _reply(self, scope: Scope, receive: Receive) -> Reply:
        refuse = self._reviewer.refusal
        if scope["method"] != "POST":
            return refuse(405, "method", f"{PATH} takes POST of an AdmissionReview")
        try:
            async with asyncio.timeout(self._slowest):
                body = await _body(receive)
        except TimeoutError:
            return refuse(408, "slow", f"the review was not there within {self._slowest:g} s")
        if body is None:
            return refuse(413, "too_large", f"a review of more than {LONGEST >> 20} MB")
        if Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return refuse(415, "content_type", "a review is application/json")
        begun = self._clock()
        reply = self._reviewer.reply(body)
        self._happenings.answered(self._clock() - begun)
        return reply

    def _headers(self, reply: Reply) -> list[tuple[bytes, bytes]]:
        kind = b"application/json" if reply.status == 200 else b"text/plain; charset=utf-8"
        headers = [
            (b"content-type", kind),
            (b"content-length", str(len(reply.body)).encode()),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
        ]
        if reply.status == 405:
            headers.append((b"allow", b"POST"))
        if not self.ready or reply.status in (405, 408, 413):  # of the last three there may be more to come
            headers.append((b"connection", b"close"))
        return headers

    async def _readiness(self, request: Request) -> Response:  # noqa: ARG002  starlette gives it
        return PlainTextResponse("Ready\n") if self.ready else PlainTextResponse("Ending\n", 503)


class _GoneError(Exception):
    """Who asked has hung up."""


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None where it is too long, once all of it was read and thrown away, so that the answer is read."""
    body, size = bytearray(), 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _GoneError
        piece = message.get("body", b"")
        size += len(piece)
        if size <= LONGEST:
            body += piece
        else:
            body.clear()
        if not message.get("more_body", False):
            return bytes(body) if size <= LONGEST else None
