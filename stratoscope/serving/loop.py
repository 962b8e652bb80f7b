"""The event loop of the server, with a bound that uvicorn has no setting for."""

import asyncio
from typing import Any


class Loop(asyncio.SelectorEventLoop):
    """An event loop whose TLS servers do not wait for long."""

    handshake = 10.0
    """Seconds for the handshake of TLS, in which a connection is not counted yet; asyncio gives it a minute."""

    async def create_server(self, *args: Any, **named: Any) -> asyncio.Server:
        """As asyncio's."""
        if named.get("ssl") is not None:
            named = {"ssl_handshake_timeout": self.handshake} | named
        server: asyncio.Server = await super().create_server(*args, **named)
        return server
