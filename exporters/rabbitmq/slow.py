"""The slow lane: types of queues and names of connections, a few seconds at each fetch.

A first page tells how many rows there are. If they can be held, all the rest comes in one request, which costs the broker least
(see `management`). Else pages follow, and a walk that takes too long goes on at the next fetch. What is shown is the last walk
that came to its end, with its age. When the alarms change, the connections are read anew at once, and then more often for a
while: who is blocked is asked for now, not in five minutes.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, TypeVar

from clients.http import HttpClient
from clients.model import Deadline, TargetError
from exporters.rabbitmq import management
from exporters.rabbitmq.detailed import QueueId
from exporters.rabbitmq.management import Alarm, ConnectionRow, Page, QueueRow
from exporters.rabbitmq.settings import RabbitmqSettings
from exporters.rabbitmq.snapshot import ConnectionListing, Failure, QueueListing, SlowLane
from exporters.rabbitmq.view import OTHER, names_of

STATES = ("running", "flow", "blocking", "blocked", "other")
"""Values of the label `state` of connections."""
UNNAMED = "unnamed"
"""The service of connections whose client gave no name."""

_HURRY = 5
"""How many times more often the connections are read in an alarm, and for a slow interval after it."""
_DOWN = frozenset({"down", "stopped", "crashed", "minority", "nodedown"})
_CLIENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_PAGE_LIMIT = 16 << 20
_WHOLE_LIMIT = 128 << 20
_WHOLE_PATIENCE = 3
"""How much longer than a page the whole may take."""
_PAGE_OR_PAST_THE_LAST = (200, 400)

Row = TypeVar("Row")
Listing = TypeVar("Listing")


class Lane(Generic[Row, Listing]):
    """Walks through one kind of listing, again and again. `listing` is the result of the last whole walk, of `taken`."""

    def __init__(
        self,
        path: Callable[[str | None, int | None], str],
        row: Callable[[Mapping[str, Any]], Row],
        summed: Callable[[Iterable[Row]], Listing],
        settings: RabbitmqSettings,
    ) -> None:
        self.listing: Listing | None = None
        self.taken = 0.0
        self.failure: Failure | None = None
        self._path = path
        self._row = row
        self._summed = summed
        self._vhosts: tuple[str | None, ...] = settings.vhosts or (None,)
        self._settings = settings
        self._begun: float | None = None
        self.begin(0.0)
        self._begun = None

    def due(self, now: float, interval: float) -> bool:
        """Whether there is something to read: a walk that was not finished, or a listing that is too old."""
        return self._begun is not None or self.listing is None or now - self.taken >= interval

    def begin(self, now: float) -> None:
        """Begin a walk; what an unfinished one has read is forgotten."""
        self._begun = now
        self._rows: list[Row] = []
        self._vhost = self._vhost_start = 0
        self._page: int | None = 1  # None: all of them
        self._pages_only = False

    def read(self, client: HttpClient, now: float, interval: float, deadline: Deadline) -> bool:
        """Ask once; whether that was the last of all. Raises TargetError.

        What fails is asked for again at the next fetch; a listing that fails as a whole, by its pages.
        """
        if self._begun is None or now - self._begun > 2 * interval:
            self.begin(now)
        try:
            page = self._ask(client, deadline)
            rows = [self._row(row) for row in page.rows]
        except TargetError as error:
            self.failure = Failure(error.reason, str(error))
            if self._page is None:
                self._page, self._pages_only = 2, True
            raise
        self.failure = None
        if self._page is None:
            del self._rows[self._vhost_start :]
        self._rows.extend(rows)
        self._go_on(page)
        return self._vhost == len(self._vhosts) and self._finish()

    def _ask(self, client: HttpClient, deadline: Deadline) -> Page:
        path, patience = self._path(self._vhosts[self._vhost], self._page), self._settings.node_timeout
        if self._page is None:
            return management.whole_of(client.json(path, deadline.within(_WHOLE_PATIENCE * patience), _WHOLE_LIMIT))
        return management.page_of(client.json(path, deadline.within(patience), _PAGE_LIMIT, _PAGE_OR_PAST_THE_LAST))

    def _go_on(self, page: Page) -> None:
        if self._page is None or self._page >= page.pages:
            self._vhost, self._vhost_start, self._page = self._vhost + 1, len(self._rows), 1
        elif self._page == 1 and page.total <= self._settings.whole_limit and not self._pages_only:
            self._page = None
        else:
            self._page += 1

    def _finish(self) -> bool:
        self.listing = self._summed(self._rows)
        self.taken = self._begun or 0.0
        self._rows, self._begun = [], None
        return True


class SlowReader:
    """Both lanes, and when it is their turn. `pause` sleeps; `clock` is monotonic."""

    def __init__(self, settings: RabbitmqSettings, pause: Callable[[float], None], clock: Callable[[], float]) -> None:
        self._settings = settings
        self._pause = pause
        self._clock = clock
        self._queues = Lane(management.queues_path, management.queue_row, queue_listing, settings)
        self._connections = Lane(management.connections_path, management.connection_row, self._connection_listing, settings)
        self._named = True
        self._alarms: frozenset[Alarm] = frozenset()
        self._hurry_until = float("-inf")

    def go_on(self, client: HttpClient | None, alarms: frozenset[Alarm], deadline: Deadline) -> SlowLane:
        """Read what is due, within the budget, from a member whose management API answers (None: none does)."""
        begun = self._clock()
        interval = self._settings.slow_interval
        self._watch(alarms, begun, interval)
        hurried = interval / _HURRY if begun < self._hurry_until else interval
        if client is not None:
            try:
                self._read(client, self._connections, begun, hurried, deadline)
                self._read(client, self._queues, begun, interval, deadline)
            except TargetError:
                pass  # it is the lane's failure now, and shown as such; this fetch does not ask on
        return self._shown(self._clock())

    def _watch(self, alarms: frozenset[Alarm], now: float, interval: float) -> None:
        if alarms != self._alarms:
            self._connections.begin(now)
        if alarms or alarms != self._alarms:
            self._hurry_until = now + interval
        self._alarms = alarms

    def _read(self, client: HttpClient, lane: Lane[Any, Any], begun: float, interval: float, deadline: Deadline) -> None:
        if not lane.due(begun, interval):
            return
        if lane is self._connections:
            self._named = not management.without_statistics(client.json(management.OVERVIEW, self._within(deadline)))
        budget = min(self._settings.slow_budget, (deadline.at - deadline.clock()) / 2)
        while self._clock() - begun < budget:
            if lane.read(client, self._clock(), interval, deadline):
                return
            self._pause(self._settings.page_pause)

    def _within(self, deadline: Deadline) -> Deadline:
        return deadline.within(self._settings.node_timeout)

    def _connection_listing(self, rows: Iterable[ConnectionRow]) -> ConnectionListing:
        return connection_listing(rows, self._named, self._settings.client_limit)

    def _shown(self, now: float) -> SlowLane:
        lanes: dict[str, Lane[Any, Any]] = {"queues": self._queues, "connections": self._connections}
        failures = {name: lane.failure for name, lane in lanes.items() if lane.failure is not None}
        ages = (now - self._queues.taken, now - self._connections.taken)
        return SlowLane(self._queues.listing, ages[0], self._connections.listing, ages[1], failures)


def queue_listing(rows: Iterable[QueueRow]) -> QueueListing:
    """Add up the queues."""
    types: Counter[tuple[str, str]] = Counter()
    down: Counter[str] = Counter()
    lasting: Counter[str] = Counter()
    told = {QueueId(row.vhost, row.name): row for row in rows}
    names = names_of(told)
    for queue, row in told.items():
        name = names[queue]
        types[name.kind, row.kind] += 1
        down[name.kind] += row.state in _DOWN
        lasting[name.kind] += name.form in {"fanout", "reply"} and not row.expires
    return QueueListing(dict(types), dict(down), dict(lasting))


def connection_listing(rows: Iterable[ConnectionRow], named: bool, limit: int) -> ConnectionListing:
    """Add up the connections by service: the first word of the name that the client gave (`nova-compute:8087:319b...`)."""
    connections: Counter[tuple[str, str]] = Counter()
    channels: Counter[str] = Counter()
    totals: Counter[str] = Counter()
    told = [(_client(row.name), row) for row in rows]
    totals.update(client for client, _ in told)
    kept = {client for client, _ in totals.most_common(limit)}
    for client, row in told:
        label = client if client in kept else OTHER
        connections[label, row.state if row.state in STATES else OTHER] += 1
        channels[label] += row.channels
    return ConnectionListing(named, dict(connections), dict(channels), len(totals) - len(kept))


def _client(name: str) -> str:
    word = name.partition(":")[0]
    if not word:
        return UNNAMED
    return word if _CLIENT.fullmatch(word) else OTHER
