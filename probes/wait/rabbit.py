"""A broker of RabbitMQ: whether it lets us in. No channel, no queue, nothing that stays behind."""

import contextlib
import socket

from clients.model import Deadline, MalformedError, TargetError, TimedOutError, UnreachableError
from probes.oslo.transport import Broker
from probes.rpc.access import Access, Tls, connected
from probes.rpc.login import UNREADABLE, Login
from probes.rpc.wire import Wire
from probes.wait.model import Answer, Rabbit, Tell

_FAREWELL = 1.0
"""Seconds for an orderly end."""
_METHOD, _START = 1, b"\x00\x0a\x00\x0a"
"""Frame and method of Connection.Start, with which a broker greets."""


class RabbitAsking:
    """There as soon as one of the brokers lets us in: the service needs no more than one either."""

    def __init__(self, target: Rabbit) -> None:
        self._target = target
        tls = target.tls
        files = None if tls is None else Tls(_text(tls.ca), _text(tls.certificate), _text(tls.key), tls.verify_host)
        name = f"stratoscope:wait@{socket.gethostname()}"
        self._access = Access(target.transport.virtual_host, target.method, "", "", name, files)

    def ask(self, deadline: Deadline, tell: Tell) -> Answer:  # noqa: ARG002  nothing to tell before it has ended
        """Try one broker after the other."""
        brokers = self._target.transport.brokers
        share = max(0.5, (deadline.at - deadline.clock()) / len(brokers))
        reasons: list[str] = []
        for broker in brokers:
            if deadline.clock() >= deadline.at:
                break
            try:
                return Answer(there=True, text=self._try(broker, deadline.within(share)))
            except TargetError as failed:
                reasons.append(str(failed))
        return Answer(there=False, text="; ".join(reasons))

    def interrupt(self) -> None:
        """It ends by its deadline."""

    def close(self) -> None:
        """Nothing is kept."""

    def _try(self, broker: Broker, deadline: Deadline) -> str:
        if not self._target.login:
            _greeted(broker, self._access.tls, deadline)
            return f"{broker}: greets over AMQP; whether it lets anybody in is not known without a user"
        made = Login(self._access, broker, deadline)
        try:
            made.wire.deadline = Deadline.after(_FAREWELL, deadline.clock)
            with contextlib.suppress(OSError, *UNREADABLE):
                made.connection.close()
        finally:
            made.drop()
        return f"{broker}: logged in as {broker.user}, virtual host {self._access.virtual_host}"


def _greeted(broker: Broker, tls: Tls | None, deadline: Deadline) -> None:
    """Wait for Connection.Start. Raises TargetError."""
    wire = Wire(connected(broker, tls, deadline), deadline)
    try:
        wire.connect()
        kind, _, payload = wire.read_frame()
    except TimeoutError as error:
        raise TimedOutError(f"{broker}: takes connections and says nothing: the broker hangs or starts") from error
    except OSError as error:
        raise UnreachableError(f"{broker}: no greeting over AMQP ({error.strerror or error}); does it want TLS?") from error
    finally:
        wire.close()
    if kind != _METHOD or not payload.startswith(_START):
        raise MalformedError(f"{broker}: what comes is no greeting over AMQP; is this a port for AMQP?")


def _text(path: object) -> str | None:
    return None if path is None else str(path)
