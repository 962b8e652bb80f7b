"""Asks the two daemons of Open vSwitch on this host. Cheap enough to be asked on each scrape."""

import platform
import time
from collections.abc import Callable, Iterable

from prometheus_client.metrics_core import Metric as Family

from clients import ovsdb, unixctl
from clients.jsonrpc import Connection
from clients.model import Deadline, TargetError
from clients.sockets import Endpoint
from exporters.model import Verdict
from exporters.ovs import vswitchd
from exporters.ovs.database import DATABASE, TABLES, Database, database
from exporters.ovs.families import samples
from exporters.ovs.settings import OvsSettings
from exporters.ovs.snapshot import Snapshot
from exporters.ovs.verdict import verdict
from exporters.ovs.vswitchd import Vswitchd


class OvsCollector:
    """Open vSwitch on one host. Not for several threads at once.

    Both connections are made anew for each fetch: on a unix socket that takes some microseconds, and nothing is to be mended
    after a daemon was restarted.
    """

    def __init__(self, target: str, settings: OvsSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self.target = target
        self._settings = settings
        self._clock = clock
        self._endpoint = Endpoint.parse(settings.address)
        self._host = settings.host
        self._progress = _Progress()

    def fetch(self, deadline: Deadline) -> Snapshot:
        """Ask both. Raises the TargetError of the database where neither answers."""
        found = self._database(deadline.within(self._settings.timeout))
        daemon = self._vswitchd(deadline.within(self._settings.timeout))
        if isinstance(found, TargetError):
            if isinstance(daemon, TargetError):
                raise found
        elif not self._settings.host:
            self._host = found.system.host
        return Snapshot(
            host=self._host or platform.node(),
            database=found,
            vswitchd=daemon,
            max_interfaces=self._settings.max_interfaces,
            stuck=self._progress.stuck(found, self._clock()),
            lost=self._progress.lost(daemon),
        )

    def _database(self, deadline: Deadline) -> Database | TargetError:
        try:
            limit = self._settings.message_limit
            with Connection(self._endpoint, deadline, tls=self._settings.tls, limit=limit) as connection:
                return database(ovsdb.select(connection, DATABASE, TABLES, deadline))
        except TargetError as error:
            return error

    def _vswitchd(self, deadline: Deadline) -> Vswitchd | TargetError:
        pattern = str(self._settings.run_dir / "ovs-vswitchd*.ctl")
        try:
            with unixctl.find([pattern], "ovs-vswitchd", deadline) as daemon:
                return vswitchd.ask(daemon, deadline)
        except TargetError as error:
            return error

    def families(self, snapshot: Snapshot) -> Iterable[Family]:
        """The snapshot as metric families."""
        return samples(snapshot)

    def verdicts(self, snapshot: Snapshot) -> Iterable[Verdict]:
        """One about the host."""
        return (verdict(snapshot),)

    def close(self) -> None:
        """Nothing is held between two fetches."""


class _Progress:
    """What is remembered from one fetch to the next."""

    def __init__(self) -> None:
        self._applied: int | None = None
        self._since = 0.0
        self._lost: int | None = None

    def stuck(self, found: Database | TargetError, now: float) -> float:
        """Seconds since the applied configuration was first seen where it is, while another is wanted."""
        if isinstance(found, TargetError) or not found.system.pending:
            self._applied = None
            return 0.0
        if found.system.applied != self._applied:
            self._applied, self._since = found.system.applied, now
        return now - self._since

    def lost(self, daemon: Vswitchd | TargetError) -> int:
        """Packets lost on their way to userspace since the fetch before; 0 after a restart of the daemon."""
        if isinstance(daemon, TargetError):
            return 0
        total = sum(path.lost or 0 for path in daemon.datapaths) + sum(thread.failed or 0 for thread in daemon.threads)
        before, self._lost = self._lost, total
        return max(0, total - before) if before is not None else 0
