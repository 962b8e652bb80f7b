"""What every answer is held to: who may ask, by which name and method, and what a browser may do with the answer."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stratoscope.serving.listen import LOOPBACK

POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
"""What a browser may do with an answer: show it, with our style sheet."""
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
METHODS = ("GET", "HEAD")
"""Nothing that we serve changes anything."""


class Guard:
    """ASGI middleware: refuses other methods than `METHODS` and, with `hosts`, foreign host names; adds `HEADERS` to answers.

    `hosts` is for what listens on loopback only: there every asker knows us by one of these names. `policy` is the content
    security policy of the answers.
    """

    def __init__(self, app: ASGIApp, hosts: tuple[str, ...] | None = LOOPBACK, policy: str = POLICY) -> None:
        self._app = app
        self._hosts = hosts
        self._headers = {**HEADERS, "Content-Security-Policy": policy}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        await (self._refusal(scope) or self._app)(scope, receive, send_guarded)

    def _refusal(self, scope: Scope) -> ASGIApp | None:
        if self._hosts is not None and _name(scope) not in self._hosts:
            return PlainTextResponse(f"Unknown host name; use one of {', '.join(self._hosts)}.\n", status_code=421)
        if scope["method"] not in METHODS:
            allowed = ", ".join(METHODS)
            return PlainTextResponse(f"Only {allowed}.\n", status_code=405, headers={"Allow": allowed})
        return None


def _name(scope: Scope) -> str:
    host = Headers(scope=scope).get("host", "")
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    return name.lower()
