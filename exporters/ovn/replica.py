"""A copy of some tables of a database, kept up to date by a thread of its own.

To select 100,000 port bindings at each look would take a second of the server's only thread each time. A monitor costs it that
once, and then only the changes. The thread also has to be there to answer the server's probes, which come every 5 s.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clients import ovsdb
from clients.jsonrpc import Connection
from clients.model import Deadline, MalformedError, TargetError, TimedOutError, UnreachableError
from clients.sockets import Endpoint, Tls
from exporters.ovn.tables import Table

_CONNECT = 5.0
_LOOK = 0.5
_PROBE = 5.0
_PAUSE = 1.0
"""Seconds: to connect; between two looks whether to stop; of silence before we probe, then give up; when all have failed."""
SERVER = "_Server"


@dataclass(frozen=True, slots=True)
class Contents:
    """One moment of the copy: `rows` of each table by their UUID, and `counts` of those that are only counted."""

    rows: Mapping[str, Mapping[str, Any]]
    counts: Mapping[str, int]


class Replica:
    """Follows `database` on the first of its servers that works. The thread begins with the first `contents`."""

    def __init__(
        self,
        database: str,
        remotes: Sequence[str],
        tables: Mapping[str, Table],
        *,
        tls: Tls | None = None,
        limit: int,
        copy_timeout: float,
        probe: float = _PROBE,
    ) -> None:
        self._database = database
        self._endpoints = [Endpoint.parse(remote) for remote in remotes]
        self._tables = tables
        self._tls = tls
        self._limit = limit
        self._copy_timeout = copy_timeout
        self._probe = probe
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._copy: _Copy | None = None
        self._error: TargetError | None = None
        self._thread: threading.Thread | None = None

    def contents(self, deadline: Deadline) -> Contents:
        """The copy as it is now, waiting for the first one. Raises TargetError, that of the last server that was tried."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=f"replica of {self._database}", daemon=True)
            self._thread.start()
        with self._changed:
            what = f"{self._database}: the copy of its tables"
            while self._copy is None:
                if self._error is not None:
                    raise self._error
                self._changed.wait(deadline.left(what))
            return self._copy.contents()

    def close(self) -> None:
        """End the thread; one that waits for a server that hangs ends by itself a little later."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(2 * _LOOK)

    def _run(self) -> None:
        while not self._stopping.is_set():
            for endpoint in self._endpoints:
                error = self._followed(endpoint)
                if self._stopping.is_set():
                    return
            with self._changed:
                self._error = error
                self._changed.notify_all()
            self._stopping.wait(_PAUSE)

    def _followed(self, endpoint: Endpoint) -> TargetError:
        """Follow a server as long as it goes, and return why it does not any more."""
        try:
            self._follow(endpoint)
        except TargetError as error:
            return error
        finally:
            with self._changed:
                self._copy = None
        return UnreachableError(f"{endpoint}: not followed any more")

    def _follow(self, endpoint: Endpoint) -> None:
        deadline = Deadline.after(_CONNECT)
        makers: dict[frozenset[str], Callable[[ovsdb.Row], Any]] = {}
        with Connection(endpoint, deadline, tls=self._tls, limit=self._limit, hook=_hook(makers)) as connection:
            schema = ovsdb.columns(connection, self._database, deadline)
            wanted = {
                name: tuple(column for column in table.columns if column in schema[name])
                for name, table in self._tables.items()
                if name in schema
            }
            makers.update({frozenset(of): row for name, of in wanted.items() if (row := self._tables[name].row) is not None})
            serving = ovsdb.monitor(connection, SERVER, SERVER, {"Database": ("name", "connected")}, deadline)
            self._check(serving, endpoint)
            copying = Deadline.after(self._copy_timeout)
            first = ovsdb.monitor(connection, self._database, self._database, wanted, copying)
            copy = _Copy(endpoint, {name: self._tables[name].row for name in wanted})
            copy.apply(first)
            with self._changed:
                self._copy, self._error = copy, None
                self._changed.notify_all()
            del first, serving
            while not self._stopping.is_set():
                self._apply(copy, self._next_note(connection), endpoint)

    def _next_note(self, connection: Connection) -> Mapping[str, Any] | None:
        """The next notification, None when it is time to stop. Raises TimedOutError when the server gives no sign of life."""
        heard, since, probed = connection.received, time.monotonic(), False
        while not self._stopping.is_set():
            with contextlib.suppress(TimedOutError):
                return connection.note(Deadline.after(_LOOK))
            now = time.monotonic()
            if connection.received != heard:
                heard, since, probed = connection.received, now, False
            elif now - since > self._probe:
                if probed:
                    raise TimedOutError(f"{connection.endpoint}: no sign of life for {2 * self._probe:g} s; the server hangs")
                connection.probe(Deadline.after(_LOOK))
                since, probed = now, True
        return None

    def _apply(self, copy: "_Copy", note: Mapping[str, Any] | None, endpoint: Endpoint) -> None:
        if note is None:
            return
        match note.get("params"):
            case [str(name), Mapping() as updates] if name == SERVER:
                self._check(updates, endpoint)
            case [str(name), Mapping() as updates] if name == self._database:
                with self._changed:
                    copy.apply(updates)
            case _:
                raise MalformedError(f"{endpoint}: a notification {note.get('method')!r} that was not asked for")

    def _check(self, updates: Mapping[str, Any], endpoint: Endpoint) -> None:
        """Leave a server that has lost its cluster: what it tells is old."""
        for change in _changes(updates, "Database").values():
            row = change.get("new")
            if isinstance(row, Mapping) and row.get("name") == self._database and row.get("connected") is False:
                raise UnreachableError(f"{endpoint} {self._database}: the server is not connected to its cluster")


class _Copy:
    """The rows. Not for several threads at once: its owner has a lock."""

    def __init__(self, endpoint: Endpoint, tables: Mapping[str, Callable[[ovsdb.Row], Any] | None]) -> None:
        self._endpoint = endpoint
        self._kinds = {table: type(make({})) for table, make in tables.items() if make is not None}
        self._rows: dict[str, dict[str, Any]] = {table: {} for table in self._kinds}
        self._counts = {table: 0 for table, make in tables.items() if make is None}

    def apply(self, updates: Mapping[str, Any]) -> None:
        """Table updates of RFC 7047: a new row has only `new`, a deleted one only `old`, a changed one both."""
        for table, rows in self._rows.items():
            for uuid, change in _changes(updates, table).items():
                if "new" not in change:
                    rows.pop(uuid, None)
                elif isinstance(row := change["new"], self._kinds[table]):
                    rows[uuid] = row
                else:
                    raise MalformedError(f"{self._endpoint}: a row of {table} without all its columns")
        for table in self._counts:
            for change in _changes(updates, table).values():
                self._counts[table] += ("new" in change) - ("old" in change)

    def contents(self) -> Contents:
        """A copy of the copy; the rows themselves never change."""
        return Contents({table: dict(rows) for table, rows in self._rows.items()}, dict(self._counts))


def _changes(updates: Mapping[str, Any], table: str) -> Mapping[str, Mapping[str, Any]]:
    found = updates.get(table)
    return {uuid: row for uuid, row in found.items() if isinstance(row, Mapping)} if isinstance(found, Mapping) else {}


def _hook(makers: Mapping[frozenset[str], Callable[[ovsdb.Row], Any]]) -> Callable[[dict[str, Any]], Any]:
    """Make a small value of each row while the message is being decoded: 100,000 rows never are there as dicts."""

    def hook(found: dict[str, Any]) -> Any:
        make = makers.get(frozenset(found))
        return found if make is None else make(found)

    return hook
