"""One API in one region: asked again and again, with what must be known from one time to the next."""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace

from clients.model import Deadline, MalformedError, TargetError, TimedOutError
from exporters.agents.api import Api, Row
from exporters.agents.cloud import Cloud, Reply, VersionError
from exporters.agents.digest import digest
from exporters.agents.memory import Memory
from exporters.agents.model import Answer
from exporters.agents.settings import AgentsSettings

_log = logging.getLogger("stratoscope.exporters")
_MOST_PAGES = 1000
_LOWERED_FOR = 3600.0
"""Seconds after which a newer microversion is tried again: the API may have been upgraded, or only one of several was old."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Now, on the clock of deadlines and as Unix time."""

    monotonic: float
    unix: float


@dataclass(slots=True)
class _Pages:
    """What came in, page by page."""

    rows: list[Row]
    requests: int = 0
    received: int = 0
    date: float | None = None
    version: str = ""


class Listing:
    """Remembers the last good answer, the microversion that the server knows, and who was listed before."""

    def __init__(self, region: str, api: Api, settings: AgentsSettings) -> None:
        self.region = region
        self.api = api
        self._name = f"agents {settings.name}, {api.component}"
        self._settings = settings
        self._memory = Memory(settings.vanished_for, settings.max_agents)
        self._versions = list(api.microversions)
        self._lowered = 0.0
        self._told = ""
        self._last: tuple[Answer, float] | None = None
        self._busy = threading.Lock()

    def ask(self, cloud: Cloud, endpoint: str | None, deadline: Deadline, now: Moment) -> Answer:
        """The answer; what went wrong stands in it."""
        if endpoint is None:
            self._last = None
            return Answer(self.region, self.api.component, "absent")
        address = self.api.address(endpoint)
        if not self._busy.acquire(blocking=False):
            return self.failed(TimedOutError(f"GET {address}: the last request has not ended yet"), now, address)
        try:
            if spared := self._spared(now):
                return spared
            if now.monotonic - self._lowered > _LOWERED_FOR:
                self._versions = list(self.api.microversions)
            return self._answer(cloud, address, deadline, now)
        except TargetError as error:
            return self.failed(error, now, address, deadline.clock() - now.monotonic)
        finally:
            self._busy.release()

    def failed(self, error: TargetError, now: Moment, address: str = "", seconds: float | None = None) -> Answer:
        """An answer that could not be had, with the agents of the last one where it is not too old."""
        self._tell(error.reason, str(error))
        reason = error.reason
        old = self._old(now)
        if old is None or old.age > self._settings.serve_old_for:
            old = Answer(self.region, self.api.component, "ok")
        return replace(old, outcome=reason, at=address or old.at, error=str(error), seconds=seconds, requests=0, received=0)

    def _spared(self, now: Moment) -> Answer | None:
        """The last answer, where it is too early to ask again: with ML2/OVN to list the agents is to write to each chassis."""
        old = self._old(now)
        if old is None or old.age >= self._settings.ovn_interval or not any(agent.polled for agent in old.agents):
            return None
        return replace(old, seconds=None, requests=0, received=0)

    def _old(self, now: Moment) -> Answer | None:
        if self._last is None:
            return None
        answer, asked = self._last
        return replace(answer, age=now.monotonic - asked)

    def _answer(self, cloud: Cloud, address: str, deadline: Deadline, now: Moment) -> Answer:
        pages = self._pages(cloud, address, deadline)
        settings = self._settings
        theirs = now.unix if pages.date is None else pages.date
        found = digest(self.api, pages.rows, theirs, stale_after=settings.stale_after, limit=settings.max_agents)
        agents, vanished = self._memory.recall(found.agents, now.unix)
        answer = Answer(
            self.region,
            self.api.component,
            "ok",
            at=address,
            version=pages.version,
            seconds=deadline.clock() - now.monotonic,
            requests=pages.requests,
            received=pages.received,
            agents=agents,
            vanished=vanished,
            counts=found.counts,
            duplicates=found.duplicates,
            leftovers=found.leftovers,
            dropped=found.dropped,
        )
        if pages.date is not None:
            taken = now.unix + deadline.clock() - now.monotonic
            answer = replace(answer, clock_offset=_offset(pages.date, taken))
        self._last = answer, now.monotonic
        self._tell("", "answers again")
        return answer

    def _tell(self, reason: str, text: str) -> None:
        """In the log when it changes: the frame tells only of clouds that cannot be asked at all."""
        if reason == self._told:
            return
        self._told = reason
        _log.log(logging.WARNING if reason else logging.INFO, "%s, %s: %s", self._name, self.region, text)

    def _pages(self, cloud: Cloud, address: str, deadline: Deadline) -> _Pages:
        pages = _Pages([])
        marker: str | None = None
        seen: set[str] = set()
        while True:
            query = (*self.api.query, ("marker", marker)) if marker else self.api.query
            reply = self._page(cloud, address, query, deadline, pages)
            page = self.api.rows(reply.body)
            pages.rows += page
            pages.received += reply.received
            pages.date = reply.date
            marker = self.api.next_page(reply.body, page)
            if marker is None:
                return pages
            if marker in seen or pages.requests >= _MOST_PAGES:
                raise MalformedError(f"GET {address}: the pages of {self.api.key} go on without end")
            seen.add(marker)

    def _page(self, cloud: Cloud, address: str, query: Sequence[tuple[str, str]], deadline: Deadline, pages: _Pages) -> Reply:
        """A page, in the newest of the API's microversions that the server knows."""
        while True:
            version = self._versions[0] if self._versions else None
            pages.requests += 1
            pages.version = version or ""
            try:
                return cloud.get(address, query, deadline, service=self.api.types[0], version=version)
            except VersionError:
                if len(self._versions) < 2:
                    raise
                del self._versions[0]
                self._lowered = deadline.clock()


def _offset(date: float, ours: float) -> float:
    """The API's clock minus ours. It tells whole seconds, so that less than one is no difference."""
    difference = date - ours
    return 0.0 if -1.0 <= difference <= 0.0 else difference + 1.0 if difference < 0 else difference
