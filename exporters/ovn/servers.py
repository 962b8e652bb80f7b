"""The servers of a database: what each says of itself over the network, and what its control socket tells besides."""

from collections.abc import Mapping
from dataclasses import dataclass

from clients import ovsdb
from clients.jsonrpc import Connection
from clients.model import Deadline, MalformedError, TargetError
from clients.ovsdb import Row, flag, number, text
from clients.sockets import Endpoint, Tls
from clients.unixctl import CommandError, Unixctl
from exporters.ovn.raft import Raft, raft
from exporters.ovn.replica import SERVER
from exporters.ovs.daemon import memory

_COLUMNS = ("name", "model", "leader", "connected", "index", "cid", "sid")
_STANDALONE = "standalone"


@dataclass(frozen=True, slots=True)
class Server:
    """A server's own words (database `_Server`). `name`: the first four digits of its id, as in `cluster/status`.

    A server without raft leads itself, is connected, and has no cluster.
    """

    name: str
    cluster: str
    leader: bool
    connected: bool
    index: int | None

    @property
    def clustered(self) -> bool:
        """Whether it is one of several."""
        return bool(self.cluster)


@dataclass(frozen=True, slots=True)
class Local:
    """What a server's control socket tells. `raft` is None without a cluster, `storage` where it was not told."""

    raft: Raft | None
    storage: bool | None
    memory: Mapping[str, int]

    @property
    def name(self) -> str:
        """As `Server.name`."""
        return self.raft.server if self.raft else _STANDALONE


@dataclass(frozen=True, slots=True)
class Database:
    """One database: what each address and each control socket gave, or why it did not. `size` of the file in bytes."""

    remotes: Mapping[str, Server | TargetError]
    local: Mapping[str, Local | TargetError]
    size: int | None

    @property
    def answering(self) -> list[Server]:
        """The servers that answered."""
        return [server for server in self.remotes.values() if isinstance(server, Server)]


def ask_remote(database: str, remote: str, tls: Tls | None, deadline: Deadline) -> Server | TargetError:
    """What the server at this address says of itself."""
    try:
        endpoint = Endpoint.parse(remote)
        with Connection(endpoint, deadline, tls=tls) as connection:
            rows = ovsdb.select(connection, SERVER, {"Database": _COLUMNS}, deadline)["Database"]
        row = next((row for row in rows if row.get("name") == database), None)
        if row is None:
            raise MalformedError(f"{remote}: it has no database {database}; is this the address of another one?")
        return _server(row)
    except TargetError as error:
        return error


def _server(row: Row) -> Server:
    name = text(row.get("sid")) or ""
    return Server(
        name=name[:4] or _STANDALONE,
        cluster=text(row.get("cid")) or "",
        leader=flag(row.get("leader")) or False,
        connected=flag(row.get("connected")) or False,
        index=number(row.get("index")),
    )


def ask_local(database: str, daemon: Unixctl, deadline: Deadline) -> Local:
    """What its control socket tells. Raises TargetError."""

    def ask(*words: str) -> str:
        try:
            return daemon.ask(*words, deadline=deadline)
        except CommandError:
            return ""  # not clustered, or older

    storage = ask("ovsdb-server/get-db-storage-status", database).strip()
    return Local(
        raft=raft(ask("cluster/status", database)),
        storage=storage == "status: ok" if storage else None,
        memory=memory(ask("memory/show")),
    )
