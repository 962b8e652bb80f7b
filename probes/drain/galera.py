"""Takes a Galera node out of its cluster's service: out of flow control, then no work left, then it may end.

1. The guard (`permitted`): after this node has left, the others must still be a majority of the whole cluster, and each of them
   Synced. So of three nodes one may leave, and no second one before the first is back with all its data: a rolling restart that
   does not wait for state transfers is what stops clusters. While it says no the node stays ready.
2. `wsrep_desync = ON`: it may fall behind without slowing the others, while it is emptied. On Percona XtraDB Cluster
   `pxc_maint_mode = MAINTENANCE`, which ProxySQL and the haproxy checks heed (SHUTDOWN cannot be set, only the server does).
3. Wait until no transaction is open, or until connections have gone.
4. Undone when the pod lives on; not where somebody else had set it before us.
"""

from clients.model import Deadline, TargetError
from clients.mysql import Connection, Login, StatementError, TlsFiles
from probes.apart import Apart, OverdueError
from probes.drain.galera_guard import Member, Standing, guard
from probes.drain.model import Progress
from probes.drain.settings import GaleraSettings as Settings
from probes.drain.settings import split
from probes.model import Context

_STATUS = "SHOW GLOBAL STATUS LIKE 'wsrep%'"
_CONNECTED = "SHOW GLOBAL STATUS LIKE 'Threads_connected'"
_TRANSACTIONS = (
    "SELECT COUNT(*) FROM information_schema.innodb_trx t JOIN information_schema.processlist p"
    " ON p.id = t.trx_mysql_thread_id WHERE p.user <> 'system user' AND p.id <> CONNECTION_ID()"
)
_PEER = 2.0
"""Seconds for an answer of a peer."""
_SETUP = "SET SESSION wsrep_sync_wait = 0"


class Galera:
    """One node, and what its peers say."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._login: Login | None = None
        self._own = self._connection(settings.address)
        self._peers: dict[str, Connection] = {}
        self._apart = Apart()
        self._ours = False
        """Whether we have set what is set."""

    def permitted(self, deadline: Deadline) -> Progress:
        """Whether the others can do without it. Raises TargetError where this node itself cannot be asked."""
        status = self._asked(self._own, deadline)
        own = Standing.of(status)
        members = [self._member(address, deadline) for address in self._peer_addresses(own)]
        others = [member for member in members if not member.same(own)]
        return guard(own, others, self._settings.size)

    def begin(self, deadline: Deadline) -> str:
        """Out of flow control, or into maintenance. Raises TargetError."""
        while self._peers:  # not asked any more, and the one to this very node would count as in flight
            _, connection = self._peers.popitem()
            connection.close()
        self._open(self._own, deadline)
        variable, value, _ = self._switch()
        now = str(self._own.rows(f"SELECT @@GLOBAL.{variable}")[0][0])
        if now in {"1", "ON", "MAINTENANCE", "SHUTDOWN"}:
            return f"{variable} was {now} already" if not self._ours else f"{variable} = {value}"
        self._own.rows(f"SET GLOBAL {variable} = {value}")
        self._ours = True
        return f"{variable} = {value}"

    def look(self, deadline: Deadline) -> Progress:
        """What is still open. Raises TargetError."""
        self._open(self._own, deadline)
        connected = max(0, int(self._own.rows(_CONNECTED)[0][1]) - 1)
        if self._settings.wait_for == "transactions":
            try:
                open_ones = int(self._own.rows(_TRANSACTIONS)[0][0])
            except StatementError as error:
                more = f"transactions are not told ({error})"
                return Progress(connected <= self._settings.spare, f"{connected} connections; {more}", connected)
            return Progress(open_ones == 0, f"{open_ones} open transactions on {connected} connections", open_ones)
        return Progress(connected <= self._settings.spare, f"{connected} connections", connected)

    def undo(self, deadline: Deadline) -> str:
        """Back into service, if we took it out. Raises TargetError."""
        variable, _, back = self._switch()
        if not self._ours:
            return f"{variable} is not ours, and stays"
        self._open(self._own, deadline)
        self._own.rows(f"SET GLOBAL {variable} = {back}")
        self._ours = False
        return f"{variable} = {back}"

    def close(self) -> None:
        """Let go of the connections."""
        for connection in (self._own, *self._peers.values()):
            connection.close()

    def _switch(self) -> tuple[str, str, str]:
        if self._settings.mode == "desync":
            return "wsrep_desync", "ON", "OFF"
        return "pxc_maint_mode", "'MAINTENANCE'", "'DISABLED'"

    def _peer_addresses(self, own: Standing) -> tuple[str, ...]:
        """An arbitrator has no address; it counts by the size of the cluster."""
        return self._settings.peers or own.addresses

    def _member(self, address: str, deadline: Deadline) -> Member:
        connection = self._peers.get(address)
        if connection is None:
            connection = self._peers[address] = self._connection(address)
        try:
            # a peer that is frozen must not hold us: that it is, is what we have to know
            status = self._apart.call(address, lambda: self._asked(connection, deadline), _PEER)
        except (TargetError, OverdueError) as error:
            return Member(address, None, str(error))
        return Member(address, Standing.of(status))

    def _asked(self, connection: Connection, deadline: Deadline) -> dict[str, str]:
        self._open(connection, deadline)
        return {str(row[0]).lower().removeprefix("wsrep_"): str(row[1]) for row in connection.rows(_STATUS)}

    def _open(self, connection: Connection, deadline: Deadline) -> None:
        connection.open(min(2.0, deadline.left(connection.address)))

    def _connection(self, address: str) -> Connection:
        host, port = split(address) or (address, 3306)
        return Connection(host, port, self._shared_login, setup=_SETUP)

    def _shared_login(self) -> Login:
        """Read once: the system's list of authorities takes 18 ms. Raises TargetError."""
        if self._login is None:
            tls = self._settings.tls
            files = TlsFiles(tls.ca, certificate=tls.certificate, key=tls.key) if tls else None
            name = tls.name if tls else ""
            self._login = Login(self._settings.user, self._settings.password, files.context() if files else None, name)
        return self._login


def make(settings: Settings, _: Context) -> Galera:
    """The action."""
    return Galera(settings)
