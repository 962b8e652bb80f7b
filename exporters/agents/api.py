"""What an API that lists agents is made of. Where its lists differ from the others' stands in the module of each.

Pure: what to ask, and what an answer means. The asking is `exporters.agents.cloud`'s business.
"""

import re
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from clients.model import MalformedError
from exporters.agents.model import Agent
from exporters.agents.rows import rows

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Api:
    """An API.

    `types`: its names in a catalog, today's first. `version` and `path` make the address, `query` what to ask for, `key` is
    where the list stands in the answer, `marker` the field of a row from which the next page goes on. `microversions` are
    tried in turn until one is known to the server (406 otherwise). `read` makes an agent of a row, at a Unix time by the
    API's clock; or the word under which such rows are only counted; or None of a row that belongs to no host any more.
    `alive`: of several rows of one agent, whether it is up when `any` of them is (rows of former lives), or when `all` are
    (one in each cell).
    """

    component: str
    types: tuple[str, ...]
    version: str
    path: str
    key: str
    read: Callable[[Row, float], Agent | str | None]
    query: tuple[tuple[str, str], ...] = ()
    marker: str = "id"
    microversions: tuple[str, ...] = ()
    alive: Literal["any", "all"] = "any"

    def address(self, endpoint: str) -> str:
        """Where to ask, below the endpoint of the catalog: it may have a version and a project in it, or not."""
        base = endpoint.rstrip("/")
        if not re.search(r"/v\d+(?:\.\d+)?(?:/|$)", urllib.parse.urlsplit(base).path):
            base = f"{base}/{self.version}"
        return base + self.path

    def rows(self, body: Any) -> list[Row]:
        """The list in an answer. Raises MalformedError."""
        return rows(body, self.key)

    def next_page(self, body: Row, page: list[Row]) -> str | None:
        """The marker of the next page, None after the last one."""
        if not page or not _has_next(body, self.key):
            return None
        marker = page[-1].get(self.marker)
        if not isinstance(marker, str):
            raise MalformedError(f"a page of {self.key} whose last row has no {self.marker} to go on from")
        return marker


def _has_next(body: Row, key: str) -> bool:
    """Three ways to say it: `"next": url`, `"links": {"next": url}`, `"agents_links": [{"rel": "next", "href": url}]`."""
    if body.get("next"):
        return True
    links = body.get("links")
    if isinstance(links, Mapping) and links.get("next"):
        return True
    links = body.get(f"{key}_links")
    return isinstance(links, list) and any(isinstance(link, Mapping) and link.get("rel") == "next" for link in links)
