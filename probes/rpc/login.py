"""A login to a broker: an open connection, within a deadline, every failure said as ours."""

import contextlib
import struct

from amqp.exceptions import AccessRefused, AMQPError, NotAllowed

from clients.model import Deadline, MalformedError, RefusedError, TimedOutError, UnreachableError
from probes.oslo.transport import Broker
from probes.rpc.access import Access, connected
from probes.rpc.wire import Wire, WiredConnection

HEARTBEAT = 60
"""Seconds. Each look sends something, which counts as one; the broker lets go of us when two are missed."""
UNREADABLE = (AMQPError, struct.error, ValueError, LookupError, TypeError, AttributeError, StopIteration)
"""What the library raises over bytes that are no AMQP."""


class Login:
    """An open connection (Connection.OpenOk was there) on its wire."""

    def __init__(self, access: Access, broker: Broker, deadline: Deadline) -> None:
        """Raises TargetError; nothing is left open then."""
        self.wire = Wire(connected(broker, access.tls, deadline), deadline)
        self.connection = WiredConnection(
            self.wire,
            host=str(broker),
            userid=broker.user,
            password=broker.password.reveal(),
            login_method=access.method,
            virtual_host=access.virtual_host,
            heartbeat=HEARTBEAT,
            client_properties={"product": "stratoscope", "connection_name": access.name},
        )
        try:
            self._log_in(broker)
        except BaseException:
            self.drop()
            raise

    def drop(self) -> None:
        """Let go of it at once."""
        self.wire.close()
        with contextlib.suppress(*UNREADABLE, OSError):
            self.connection.collect()

    def _log_in(self, broker: Broker) -> None:
        try:
            self.connection.connect()
        except AccessRefused as error:
            raise RefusedError(
                f"{broker}: wrong password, or no user {broker.user}; does transport_url have it right?"
            ) from error
        except NotAllowed as error:
            what = (
                "does transport_url name the right virtual host?" if "vhost" in said(error) else "look at the broker's limits"
            )
            raise RefusedError(f"{broker}: {said(error)}; {what}") from error
        except TimeoutError as error:
            raise TimedOutError(f"{broker}: takes connections and says nothing: the broker hangs") from error
        except OSError as error:
            text = f"{broker}: ended the connection during login ({error.strerror or error}); does it want TLS?"
            raise UnreachableError(text) from error
        except UNREADABLE as error:
            raise MalformedError(f"{broker}: no login over AMQP ({said(error)}); is this a port for AMQP?") from error


def said(error: BaseException) -> str:
    """What the broker said, on one line."""
    text = str(getattr(error, "reply_text", "") or error) or error.__class__.__name__
    return " ".join(text.split())[:200]
