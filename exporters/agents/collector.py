"""The agents of one cloud. All APIs of all regions are asked side by side; what one of them costs is told by its own answer."""

import concurrent.futures
import os
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from prometheus_client.metrics_core import Metric as Family

from clients.model import Deadline, RefusedError, TimedOutError, UnreachableError
from exporters.agents import catalog, login
from exporters.agents.apis import APIS
from exporters.agents.cloud import Cloud, Ticket
from exporters.agents.clouds import Access, CloudError
from exporters.agents.listing import Listing, Moment
from exporters.agents.model import Answer, Snapshot
from exporters.agents.render import families
from exporters.agents.settings import AgentsSettings
from exporters.agents.verdict import verdicts
from exporters.model import Verdict

_GRACE: Final = 1.0
"""Seconds that a request may take to notice that its connection was cut."""


class AgentsCollector:
    """An exporter of a cloud, for the background: an API may take a minute where a cell of Nova is down."""

    def __init__(
        self,
        settings: AgentsSettings,
        environment: Mapping[str, str] | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.target = settings.name
        self._settings = settings
        self._environment = os.environ if environment is None else environment
        self._wall = wall
        self._apis = tuple(api for api in APIS if api.component in settings.components)
        self._listings: dict[tuple[str, str], Listing] = {}
        self._opened: tuple[Access, Cloud] | None = None
        self._pool = concurrent.futures.ThreadPoolExecutor(settings.parallel, f"agents-{settings.name}")

    def fetch(self, deadline: Deadline) -> Snapshot:
        """Ask all APIs now. Raises TargetError where nobody can be asked: Keystone does not answer, or not to us."""
        access, cloud = self._open()
        with cloud.deadline(deadline):
            try:
                ticket = cloud.log_in(deadline)
            except RefusedError:
                self._shut()  # the next time with what clouds.yaml says then: a password may have been changed
                raise
            return Snapshot(self.target, self._ask_all(access, cloud, ticket, deadline), ticket.expires)

    def families(self, snapshot: Snapshot) -> Iterable[Family]:
        """The snapshot as metric families."""
        return families(snapshot)

    def verdicts(self, snapshot: Snapshot) -> Iterable[Verdict]:
        """A verdict for each component, and for the cloud."""
        return verdicts(snapshot)

    def close(self) -> None:
        """Let go of connections and threads."""
        self._shut()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _open(self) -> tuple[Access, Cloud]:
        if self._opened is None:
            settings = self._settings
            try:
                access = login.access(settings, self._environment)
                plugin = login.plugin(access)
            except CloudError as error:
                raise UnreachableError(f"cloud {self.target}: {error}") from error
            self._opened = access, Cloud(access, plugin, max_body=settings.max_body, parallel=settings.parallel)
        return self._opened

    def _shut(self) -> None:
        if self._opened is not None:
            self._opened[1].close()
            self._opened = None

    def _ask_all(self, access: Access, cloud: Cloud, ticket: Ticket, deadline: Deadline) -> tuple[Answer, ...]:
        regions = access.regions or catalog.regions(ticket.catalog, [kind for api in self._apis for kind in api.types])
        asked = {}
        for region in regions:
            for api in self._apis:
                listing = self._listings.setdefault((region, api.component), Listing(region, api, self._settings))
                endpoint = catalog.endpoint(ticket.catalog, api.types, region, access.interface)
                asked[listing] = self._pool.submit(self._ask, listing, cloud, endpoint, deadline)
        concurrent.futures.wait(asked.values(), max(0.0, deadline.at - deadline.clock()) + _GRACE)
        return tuple(
            future.result() if future.done() else self._overdue(listing, deadline) for listing, future in asked.items()
        )

    def _ask(self, listing: Listing, cloud: Cloud, endpoint: str | None, deadline: Deadline) -> Answer:
        return listing.ask(cloud, endpoint, deadline, self._now(deadline))

    def _overdue(self, listing: Listing, deadline: Deadline) -> Answer:
        error = TimedOutError(f"{listing.api.component} in {listing.region}: no answer in time (a name server that is slow?)")
        return listing.failed(error, self._now(deadline))

    def _now(self, deadline: Deadline) -> Moment:
        return Moment(deadline.clock(), self._wall())
