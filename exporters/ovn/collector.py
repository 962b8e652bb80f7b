"""Asks the parts of OVN that the settings name, all at the same time: one that hangs costs the others nothing."""

import time
from collections.abc import Callable, Iterable, Mapping

from prometheus_client.metrics_core import Metric as Family

from clients.model import Deadline, TargetError
from exporters.model import Verdict
from exporters.ovn.asking import SIDES, Answers, Asking, pool
from exporters.ovn.families import samples
from exporters.ovn.reading import Reader
from exporters.ovn.replica import Contents, Replica
from exporters.ovn.settings import OvnSettings
from exporters.ovn.snapshot import Limits, Northbound, Snapshot, Southbound
from exporters.ovn.tables import TABLES
from exporters.ovn.verdict import verdicts


class OvnCollector:
    """One OVN deployment as seen from here. Not for several threads at once."""

    def __init__(self, target: str, settings: OvnSettings, clock: Callable[[], float] = time.time) -> None:
        self.target = target
        self._settings = settings
        self._clock = clock
        self._host = ""
        self._reader = Reader(settings.behind_after)
        parts = {"northbound": settings.northbound, "southbound": settings.southbound}
        self._replicas = {
            side: self._replica(SIDES[side], part.remotes) for side, part in parts.items() if part and part.remotes
        }

    def _replica(self, database: str, remotes: tuple[str, ...]) -> Replica:
        return Replica(
            database,
            remotes,
            TABLES[database],
            tls=self._settings.tls,
            limit=self._settings.message_limit,
            copy_timeout=self._settings.copy_timeout,
        )

    def fetch(self, deadline: Deadline) -> Snapshot:
        """Ask all. There is a snapshot also where nobody answers: that OVN is down has to be told by fresh figures."""
        with pool() as threads:
            asking = Asking(threads, self._settings, self._host, deadline.within(self._settings.timeout))
            copies = {side: _copied(replica, deadline) for side, replica in self._replicas.items()}
            answers = asking.answers()
        if answers.controller is not None:
            self._host = answers.controller.host
        return self._snapshot(answers, copies, self._clock())

    def _snapshot(self, answers: Answers, copies: Mapping[str, Contents | TargetError], now: float) -> Snapshot:
        northbound = self._northbound(copies.get("northbound"), now)
        return Snapshot(
            cluster=self.target,
            at=now,
            limits=Limits(self._settings.behind_after, self._settings.wrong_after, self._settings.max_wrong_ports),
            databases=answers.databases,
            northbound=northbound,
            southbound=self._southbound(copies.get("southbound"), northbound, now),
            northd=answers.northd,
            controller=answers.controller,
            unwired=self._reader.unwired(answers.controller, now) if answers.controller else (),
        )

    def _northbound(self, copy: Contents | TargetError | None, now: float) -> Northbound | TargetError | None:
        return self._reader.northbound(copy, now) if isinstance(copy, Contents) else copy

    def _southbound(
        self, copy: Contents | TargetError | None, northbound: Northbound | TargetError | None, now: float
    ) -> Southbound | TargetError | None:
        numbers = northbound.numbers if isinstance(northbound, Northbound) else None
        return self._reader.southbound(copy, numbers, now) if isinstance(copy, Contents) else copy

    def families(self, snapshot: Snapshot) -> Iterable[Family]:
        """The snapshot as metric families."""
        return samples(snapshot)

    def verdicts(self, snapshot: Snapshot) -> Iterable[Verdict]:
        """One about the central part, one about this host, as far as they are asked."""
        return [verdict for _, verdict in verdicts(snapshot)]

    def close(self) -> None:
        """End the copies of the tables."""
        for replica in self._replicas.values():
            replica.close()


def _copied(replica: Replica, deadline: Deadline) -> Contents | TargetError:
    try:
        return replica.contents(deadline)
    except TargetError as error:
        return error
