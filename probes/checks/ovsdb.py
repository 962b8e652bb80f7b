"""An OVSDB server: whether it answers, has its database, and (a raft member) belongs to a cluster that has a leader."""

from collections.abc import Iterator
from dataclasses import dataclass

from clients.jsonrpc import Connection, Reply
from clients.model import Deadline, TargetError
from clients.ovsdb import Row, flag, number, select, text
from clients.sockets import Endpoint, Tls
from probes.checks.looking import Kept, Look, Past, address_mistakes, shown
from probes.model import Context, Evidence, Finding

_COLUMNS = ("name", "model", "connected", "leader", "index")
_LIMIT = 1 << 20
"""Bytes of an answer: the names of the databases."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Whom to ask."""

    remote: str = "unix:/run/openvswitch/db.sock"
    """`unix:/PATH`, `tcp:HOST:PORT` or `ssl:HOST:PORT`. Default: the server of the host's Open vSwitch."""
    database: str = "Open_vSwitch"
    """The database that it must have: `Open_vSwitch`, `OVN_Northbound`, `OVN_Southbound`."""
    tls: Tls | None = None
    """Certificates, for `ssl:`."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """An address that is none, `ssl:` without certificates."""
        yield from address_mistakes("remote", self.remote, "unix", "tcp", "ssl")
        if self.remote.startswith("ssl:") and self.tls is None:
            yield "tls", "is missing; an ssl: address needs tls.ca at least"


class Database:
    """FINE: it answers `echo`, has the database, and a raft member sees its cluster's leader (figure `leader`: is it itself).

    DEPENDENCY about `raft peers`: a member without a leader; it needs the others, and no restart. NOT_YET, and UNFIT once it
    was fine: it answers and has no such database (joining). SILENT: no answer in time. NOT_YET, and GONE once it was fine:
    nobody listens. UNKNOWN: permission, TLS.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._endpoint = Endpoint.parse(settings.remote)
        self._past = Past()
        self._connection = Kept(self._connect)

    def look(self, deadline: Deadline) -> tuple[Evidence, ...]:
        """Ask once."""
        look = Look(deadline)
        try:
            rows = self._connection.ask(lambda connection: self._ask(connection, deadline), deadline)
        except TargetError as failed:
            return (look.saw(self._past.without_answer(failed), str(failed)),)
        return (self._judged(look, rows),)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _connect(self, deadline: Deadline) -> Connection:
        return Connection(self._endpoint, deadline, tls=self._settings.tls, limit=_LIMIT)

    def _ask(self, connection: Connection, deadline: Deadline) -> tuple[Row, ...] | None:
        """The rows of `_Server` about the database; None where it has no such database."""
        connection.call("echo", ["stratoscope"], deadline)
        if self._settings.database not in _names(connection.call("list_dbs", [], deadline)):
            return None
        rows = select(connection, "_Server", {"Database": _COLUMNS}, deadline)["Database"]
        return tuple(row for row in rows if text(row.get("name")) == self._settings.database)

    def _judged(self, look: Look, rows: tuple[Row, ...] | None) -> Evidence:
        what = f"{self._endpoint} {self._settings.database}"
        if rows is None:
            return look.saw(self._past.lacking(), f"{what}: it answers, and has no such database")
        row = rows[0] if rows else {}
        if text(row.get("model")) != "clustered":
            self._past.fine = True
            return look.saw(Finding.FINE, f"{what}: is there")
        if not flag(row.get("connected")):
            return look.saw(Finding.DEPENDENCY, f"{what}: a raft member that sees no leader", "raft peers")
        self._past.fine = True
        leads = bool(flag(row.get("leader")))
        role = "leader" if leads else "follower"
        return look.saw(Finding.FINE, f"{what}: raft {role}", leader=leads, log_index=number(row.get("index")) or 0)


def _names(reply: Reply) -> frozenset[str]:
    if not isinstance(reply.result, list):
        return frozenset()
    return frozenset(shown(name) for name in reply.result if isinstance(name, str))


def make(settings: Settings, context: Context) -> Database:  # noqa: ARG001  the contract of a check's module
    """The check."""
    return Database(settings)
