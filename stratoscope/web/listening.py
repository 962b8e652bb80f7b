"""Where the page may listen: on this machine, or anywhere if it asks for a password. It tells all that services log."""

import socket
from pathlib import Path

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from stratoscope.serving.authentication import KNOWN
from stratoscope.serving.listen import ListenError, address_of, bind, is_this_machine
from stratoscope.serving.web_file import WebFile


def bind_page(listen: str, web_config: Path | None) -> socket.socket:
    """A bound socket. Raises ListenError, also for an address beyond this machine without users; SettingsError for the file."""
    _, port = address_of(listen)
    users = web_config is not None and bool(WebFile(web_config).current().users)
    if not users and not is_this_machine(listen):
        what = f"{web_config} has no basic_auth_users" if web_config else "no passwords are set"
        raise ListenError(
            f"--listen {listen}: {what}, so the page only listens on this machine; give a web configuration file with "
            f"basic_auth_users, or use 127.0.0.1:{port} and reach it through ssh -L {port}:127.0.0.1:{port}"
        )
    return bind(listen)


class MustBeKnown:
    """ASGI middleware that answers nobody who has not shown a password, also where the users were taken out of the file."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "http" and not scope.get(KNOWN):
            refusal = PlainTextResponse("The web configuration file names no users any more; add basic_auth_users.\n", 403)
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)
