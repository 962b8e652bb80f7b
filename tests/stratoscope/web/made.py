"""Asks the page without a socket, and fills its store."""

import asyncio
from pathlib import Path

import httpx
from starlette.applications import Starlette

from stratoscope.store.writer import Writer
from tests.stratoscope.made import NOW, progress


class Client:
    """Asks an application without a socket. Starlette's own client wants a fork of httpx that is not needed otherwise."""

    def __init__(self, app: Starlette, base_url: str) -> None:
        self._app = app
        self._base_url = base_url

    def get(self, path: str, params: dict[str, str] | None = None, headers: dict[str, str] | None = None) -> httpx.Response:
        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self._app), base_url=self._base_url) as client:
                return await client.get(path, params=params, headers=headers)

        return asyncio.run(ask())


def put(store: Path, *events: dict[str, object]) -> None:
    """Store events of one file."""
    with Writer(store) as writer:
        writer.store([progress(events)], NOW)
