"""Pings each worker of a service and our own queue at once, and localises what does not come back.

    how many consume its queue   passive declare, on a channel of its own
    our own message              default exchange -> our queue: whether the broker takes and gives messages now
    a ping for each consumer     control exchange, mandatory: the broker hands them out in turn, or returns what has no way
    one more, if it came back    default exchange -> its queue: whether only the binding is lost

A service may take its time: what is answered late is recognised later on (`late`), and what is still open when we leave is
waited for (`Pinger.finish`).
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from clients.model import Deadline
from probes.rpc.fleet import Fleet
from probes.rpc.link import Delivered, Event, Failed, Link, Returned
from probes.rpc.messages import Call, Reply, decoded, encoded

MOST = 32
"""Pings of one round to one queue."""
_OPEN_ROUNDS = 6
"""Rounds that may be unanswered until only one in `_SPARING` seconds is sent: a service that hangs for hours finds few."""
_SPARING = 60.0
_FORGET = 900.0
"""Seconds after which an open ping is not waited for any more."""


@dataclass(frozen=True, slots=True)
class Target:
    """A queue to ping. `name`: of which of several it is (a back end); empty for the only one."""

    exchange: str
    queue: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Recipe:
    """`name`: of the call, for a person. `expect`: `pong`, `no_such_method`, or `reply` for any that is no failure."""

    name: str
    call: Call
    expect: str = "reply"


@dataclass(frozen=True, slots=True)
class Pinged:
    """What a round saw of one target.

    `consumers`: None when there is no such queue. `answers`: seconds, as they came. `returned`: the broker had no way for it.
    `direct`: seconds of the answer through the default exchange, None when there was none or none was sent. `late`: answers to
    earlier rounds that came since the last. `open`: pings of all rounds without an answer, and since when (monotonic seconds).
    `odd`: a reply that was not what the call should give.
    """

    target: Target
    consumers: int | None = None
    sent: int = 0
    answers: tuple[float, ...] = ()
    returned: bool = False
    direct: float | None = None
    late: int = 0
    open: int = 0
    open_since: float | None = None
    odd: Reply | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """`control`: seconds that our own message took, None when it did not come. `blocked`: why the broker takes nothing.

    `failed`: what the broker said when it closed the channel on which the pings were sent: no such exchange, no right.
    """

    broker: str
    control: float | None = None
    blocked: str = ""
    failed: Failed | None = None
    pinged: tuple[Pinged, ...] = ()


@dataclass(slots=True)
class _Tally:
    """A Pinged in the making."""

    target: Target
    consumers: int | None = None
    sent: int = 0
    answers: list[float] = field(default_factory=list)
    returned: int = 0
    direct: float | None = None
    direct_open: bool = False
    odd: Reply | None = None

    def done(self) -> bool:
        return len(self.answers) + self.returned >= self.sent and not self.direct_open


@dataclass(frozen=True, slots=True)
class _Open:
    queue: str
    at: float
    round: int
    direct: bool = False


class Pinger:
    """Sends rounds, each over the link that is there then, and remembers what is open. Not for several threads."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._round = 0
        self._open: dict[str, _Open] = {}
        self._late: dict[str, int] = {}
        self._sent_at: dict[str, float] = {}
        self._tallies: dict[str, _Tally] = {}
        self._control: tuple[str, float] = ("", 0.0)
        self._control_seconds: float | None = None
        self._failed: Failed | None = None

    def round(self, link: Link, targets: Sequence[Target], recipe: Recipe | None, deadline: Deadline) -> Round:
        """One round, which ends when all is there, or at the deadline. Without a `recipe` only queues are looked at.

        Raises TargetError when the connection is of no use any more.
        """
        now = deadline.clock()
        self._begin(targets, now)
        self._sort(link.poll(), link, recipe, deadline)
        if self._failed is not None:  # nothing of this round was sent yet, so it is about an announcement
            link.fleet_trouble, self._failed = self._failed.text, None
        if not link.blocked:
            for tally in self._tallies.values():
                tally.consumers = link.consumers(tally.target.queue, deadline)
                if tally.consumers == 0:  # who should have answered is gone
                    self._open = {key: one for key, one in self._open.items() if one.queue != tally.target.queue}
            self._send_all(link, recipe, deadline)
            while not self._done() and not link.blocked and (events := link.take(deadline)):
                self._sort(events, link, recipe, deadline)
        pinged = tuple(self._pinged(tally) for tally in self._tallies.values())
        return Round(link.broker, self._control_seconds, link.blocked, self._failed, pinged)

    def finish(self, link: Link, deadline: Deadline) -> None:
        """Wait for what is open, so that no reply finds our queue gone. Raises TargetError."""
        while self._open and (events := link.take(deadline)):
            self._sort(events, link, None, deadline)

    def _begin(self, targets: Sequence[Target], now: float) -> None:
        self._round += 1
        self._tallies = {target.queue: _Tally(target) for target in targets}
        self._open = {key: one for key, one in self._open.items() if now - one.at < _FORGET and not one.direct}
        self._late = {}
        self._control, self._control_seconds, self._failed = ("", 0.0), None, None

    def _send_all(self, link: Link, recipe: Recipe | None, deadline: Deadline) -> None:
        self._control = uuid.uuid4().hex, deadline.clock()
        link.publish("", link.queue, b"{}", self._control[0], deadline)
        for tally in self._tallies.values():
            wanted = min(tally.consumers or 0, MOST)
            if recipe is None or not wanted or self._too_many(tally.target.queue, wanted, deadline.clock()):
                continue
            for _ in range(wanted):
                self._ping(link, tally, tally.target.exchange, recipe, deadline)
            tally.sent = wanted

    def _too_many(self, queue: str, wanted: int, now: float) -> bool:
        unanswered = sum(one.queue == queue for one in self._open.values())
        if unanswered >= wanted * _OPEN_ROUNDS and now - self._sent_at.get(queue, 0.0) < _SPARING:
            return True
        self._sent_at[queue] = now
        return False

    def _ping(self, link: Link, tally: _Tally, exchange: str, recipe: Recipe, deadline: Deadline) -> None:
        identity = uuid.uuid4().hex
        queue = tally.target.queue
        self._open[identity] = _Open(queue, deadline.clock(), self._round, direct=not exchange)
        link.publish(exchange, queue, encoded(recipe.call, identity, link.queue), identity, deadline)

    def _done(self) -> bool:
        return self._control_seconds is not None and (
            self._failed is not None or all(tally.done() for tally in self._tallies.values())
        )

    def _sort(self, events: Sequence[Event], link: Link, recipe: Recipe | None, deadline: Deadline) -> None:
        for event in events:
            match event:
                case Failed():
                    self._failed = event
                    self._open = {key: one for key, one in self._open.items() if one.round != self._round}
                case Returned():
                    self._returned(event, link, recipe, deadline)
                case Delivered(exchange=""):
                    self._delivered(event, recipe)
                case Delivered():
                    self._fleet.hear(event.body, event.at)

    def _returned(self, event: Returned, link: Link, recipe: Recipe | None, deadline: Deadline) -> None:
        one = self._open.pop(event.correlation, None)
        if one is None or one.round != self._round or (tally := self._tallies.get(one.queue)) is None:
            return
        if one.direct:
            tally.direct_open = False
            return
        tally.returned += 1
        if tally.returned == 1 and recipe is not None and not self._failed:
            tally.direct_open = True
            self._ping(link, tally, "", recipe, deadline)

    def _delivered(self, event: Delivered, recipe: Recipe | None) -> None:
        if event.correlation and event.correlation == self._control[0]:
            self._control_seconds = event.at - self._control[1]
            return
        reply = decoded(event.body)
        one = self._open.pop(reply.id, None) if reply else None
        if reply is None or one is None:
            return
        tally = self._tallies.get(one.queue)
        if one.round != self._round or tally is None:
            self._late[one.queue] = self._late.get(one.queue, 0) + 1
            return
        if recipe is not None and odd(reply, recipe.expect):
            tally.odd = reply
        if one.direct:
            tally.direct, tally.direct_open = event.at - one.at, False
        else:
            tally.answers.append(event.at - one.at)

    def _pinged(self, tally: _Tally) -> Pinged:
        queue = tally.target.queue
        waiting = [one.at for one in self._open.values() if one.queue == queue]
        return Pinged(
            tally.target,
            tally.consumers,
            tally.sent,
            tuple(tally.answers),
            returned=tally.returned > 0,
            direct=tally.direct,
            late=self._late.get(queue, 0),
            open=len(waiting),
            open_since=min(waiting, default=None),
            odd=tally.odd,
        )


def odd(reply: Reply, expected: str) -> bool:
    """Whether a reply is not what it should be: `pong`, `no_such_method`, or any `reply` that is no failure."""
    if expected == "no_such_method":
        return reply.failure != "NoSuchMethod"
    return bool(reply.failure) or (expected == "pong" and reply.result != "pong")
