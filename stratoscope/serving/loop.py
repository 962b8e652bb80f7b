"""The event loop of the server, with a bound that uvicorn has no setting for."""

import asyncio
from typing import Any

HANDSHAKE = 10.0
"""Seconds for the handshake of TLS, in which a connection is not counted yet; asyncio gives it a minute."""


class Loop(asyncio.SelectorEventLoop):
    """An event loop whose TLS servers do not wait for long."""

    async def create_server(self, *args: Any, **named: Any) -> asyncio.Server:
        """As asyncio's."""
        more = {"ssl_handshake_timeout": HANDSHAKE} if named.get("ssl") is not None else {}
        return await super().create_server(*args, **more, **named)
