"""A connection to the broker of a service, with our one queue on it, and what happens there as plain values.

The queue is exclusive, so that it goes with the connection, however that ends. Its name is fixed: who comes back after a
kill -9 finds the replies to its former self, and the service is not left with a reply that nobody takes, which it would send
again for a minute, holding a thread of its pool, and then log as an error.
"""

import contextlib
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from amqp.basic_message import Message
from amqp.exceptions import (
    AccessRefused,
    ChannelError,
    NotFound,
    ResourceLocked,
)

from clients.model import Deadline, TargetError, TimedOutError, UnreachableError
from probes.oslo.transport import Broker
from probes.rpc.access import Access, RightsError
from probes.rpc.login import UNREADABLE, Login, said

_SUFFIXES = 5
"""Names that are tried for our queue while connections of our former selves still hold it."""
_LOCKED_WAIT = 1.0
_LOCKED_PAUSE = 0.1
"""Seconds: how long the first name is waited for. After a kill -9 the broker needs some milliseconds to notice."""
_FAREWELL = 1.0


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message came to our queue. `correlation`: what we gave ours; empty for those of others."""

    at: float
    exchange: str
    correlation: str
    body: bytes | str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Returned:
    """A message of ours came back: no queue is bound for it."""

    at: float
    correlation: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The broker closed the channel on which we publish. `missing`: the exchange is not there; else a right is missing."""

    at: float
    missing: bool
    text: str


Event = Delivered | Returned | Failed


class Link:
    """An open connection. Not for several threads. Whatever raises a TargetError leaves it of no use: `drop` it then."""

    def __init__(self, access: Access, broker: Broker, deadline: Deadline) -> None:
        self.broker = str(broker)
        self._broker = broker
        self.queue = ""
        self.fleet_trouble = ""
        self._clock = deadline.clock
        self._access = access
        self._events: deque[Event] = deque()
        self._login = Login(access, broker, deadline)
        self._wire, self._connection = self._login.wire, self._login.connection
        try:
            self._furnish(deadline)
        except BaseException:
            self.drop()
            raise

    @property
    def blocked(self) -> str:
        """Why the broker takes nothing from us; empty while it does."""
        return str(self._connection.blocked)

    def consumers(self, queue: str, deadline: Deadline) -> int | None:
        """How many consume from a queue; None where there is no such queue. Raises TargetError."""
        with self._bounded(deadline, f"how many consume {queue}"):
            try:
                return int(self._asking.queue_declare(queue, passive=True).consumer_count)
            except NotFound:
                return None
            except ResourceLocked:  # exclusive to somebody, so it is there
                return 1

    def publish(self, exchange: str, key: str, body: bytes, correlation: str, deadline: Deadline) -> None:
        """Send a message that nobody needs after the deadline. It comes back when no queue takes it. Raises TargetError."""
        ttl = max(1, round((deadline.at - self._clock()) * 1000))
        message = Message(
            body,
            content_type="application/json",
            content_encoding="utf-8",
            expiration=str(ttl),
            correlation_id=correlation,
            delivery_mode=1,
        )
        with self._bounded(deadline, "to send a message"), self._failures():
            self._sending.basic_publish(message, exchange, key, mandatory=True)

    def take(self, deadline: Deadline) -> list[Event]:
        """What has happened, or else what happens next; nothing when time is up or the broker blocks. Raises TargetError."""
        while not self._events and not self.blocked:
            try:
                with self._bounded(deadline, "events"), self._failures():
                    self._connection.drain_events()
            except TimedOutError:
                break
        taken = list(self._events)
        self._events.clear()
        return taken

    def poll(self) -> list[Event]:
        """All that has come so far; never waits. Raises TargetError, when the connection has gone meanwhile."""
        now = Deadline(self._clock(), self._clock)
        with contextlib.suppress(TimedOutError):
            while True:
                with self._bounded(now, "events"), self._failures():
                    self._connection.drain_events()
        taken = list(self._events)
        self._events.clear()
        return taken

    def announce(self, body: bytes, deadline: Deadline) -> None:
        """Send to all other probes of this service. Does nothing where we may not use the exchange. Raises TargetError."""
        if self._access.exchange and not self.fleet_trouble:
            self.publish(self._access.exchange, "", body, "", deadline)

    def close(self) -> None:
        """Take leave of the broker, within a second; queue and consumer go with it."""
        with contextlib.suppress(TargetError), self._bounded(Deadline.after(_FAREWELL, self._clock), "to close"):
            self._connection.close()
        self.drop()

    def drop(self) -> None:
        """Let go of it at once."""
        self._login.drop()

    def _furnish(self, deadline: Deadline) -> None:
        """Channels, our queue and its consumer. Three channels, as the broker closes one over each thing that it refuses."""
        with self._bounded(deadline, "a queue of our own"):
            self._receiving, self._sending, self._asking = (self._connection.channel() for _ in range(3))
            self._sending.events["basic_return"].add(self._on_return)
            self.queue = self._declared()
            self._receiving.basic_consume(self.queue, consumer_tag="stratoscope", no_ack=True, callback=self._on_message)
            if self._access.exchange:
                self._join_fleet()

    def _declared(self) -> str:
        """Our queue: its name, or the next one that no connection of a former self still holds."""
        wanted = self._access.queue
        patience = self._clock() + _LOCKED_WAIT
        for number in range(1, _SUFFIXES + 1):
            name = wanted if number == 1 else f"{wanted}_{number}"
            while True:
                try:
                    self._receiving.queue_declare(
                        name, exclusive=True, durable=False, auto_delete=True, arguments={"x-queue-type": "classic"}
                    )
                except ResourceLocked:
                    if number > 1 or self._clock() > patience:
                        break
                    time.sleep(_LOCKED_PAUSE)
                except AccessRefused as error:
                    text = f"{self._user()} may not declare {name}; give it configure, write and read on ^reply_stratoscope_"
                    raise RightsError(text) from error
                else:
                    return name
        raise RightsError(f"{wanted} and its like are held by other connections; are two probes of this name running?")

    def _join_fleet(self) -> None:
        """The exchange on which probes of the same service tell each other of hangs. Without it all else works."""
        exchange = self._access.exchange
        try:
            self._asking.exchange_declare(exchange, "fanout", durable=False, auto_delete=True)
            self._asking.queue_bind(self.queue, exchange)
        except ChannelError as error:
            self.fleet_trouble = (
                f"{self._user()} may not use the exchange {exchange} ({said(error)}): hangs on other hosts are not heard of; "
                "give it configure, write and read on ^stratoscope_probe_"
            )

    def _user(self) -> str:
        return f"{self.broker}: user {self._broker.user}"

    def _on_message(self, message: Message) -> None:
        exchange = str((message.delivery_info or {}).get("exchange", ""))
        correlation = str(message.properties.get("correlation_id", ""))
        self._events.append(Delivered(self._clock(), exchange, correlation, message.body))

    def _on_return(self, _error: object, _exchange: str, _key: str, message: Message) -> None:
        self._events.append(Returned(self._clock(), str(message.properties.get("correlation_id", ""))))

    @contextlib.contextmanager
    def _failures(self) -> Iterator[None]:
        """A channel that the broker closes is an event. The library has opened it anew when it tells."""
        try:
            yield
        except ChannelError as error:
            self._events.append(Failed(self._clock(), isinstance(error, NotFound), said(error)))

    @contextlib.contextmanager
    def _bounded(self, deadline: Deadline, what: str) -> Iterator[None]:
        """Whatever the library raises inside, as a TargetError."""
        self._wire.deadline = deadline
        try:
            yield
        except TargetError:
            raise
        except TimeoutError as error:
            raise TimedOutError(f"{self.broker}: no answer to {what} in time: the broker hangs or is overloaded") from error
        except OSError as error:
            raise UnreachableError(f"{self.broker}: the connection broke ({error.strerror or error})") from error
        except UNREADABLE as error:
            raise UnreachableError(f"{self.broker}: ended the connection ({said(error)})") from error


def opened(access: Access, brokers: tuple[Broker, ...], connect_timeout: float, deadline: Deadline) -> Link:
    """A link to the first of `brokers` that takes us; each has `connect_timeout` seconds.

    Raises RightsError at once, as no other broker of the cluster knows other rights; else a TargetError about all of them,
    which is of the kind of one that answers, where one does.
    """
    errors: list[TargetError] = []
    for broker in brokers:
        if deadline.clock() >= deadline.at:
            break
        try:
            return Link(access, broker, deadline.within(connect_timeout))
        except RightsError:
            raise
        except TargetError as error:
            errors.append(error)
    if not errors:
        raise TimedOutError("no time left to connect to a broker")
    telling = next((error for error in errors if error.reachable), errors[0])
    if len(errors) == 1:
        raise telling
    raise type(telling)("; ".join(str(error) for error in errors))
