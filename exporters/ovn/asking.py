"""All that is asked anew at each fetch, each question in a thread of its own; a failure is returned as its error."""

import contextlib
import platform
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from clients import ovsdb, unixctl
from clients.jsonrpc import Connection
from clients.model import Deadline, TargetError
from clients.sockets import Endpoint
from clients.unixctl import Unixctl
from exporters.ovn import controller, northd
from exporters.ovn.controller import Controller, Daemon, Interfaces
from exporters.ovn.northd import Northd
from exporters.ovn.servers import Database, Local, Server, ask_local, ask_remote
from exporters.ovn.settings import ControllerSettings, DatabaseSettings, OvnSettings
from exporters.ovn.tables import NORTHBOUND, SOUTHBOUND

Answer = TypeVar("Answer")
SIDES = {"northbound": NORTHBOUND, "southbound": SOUTHBOUND}
_THREADS = 32


@dataclass(frozen=True, slots=True)
class Answers:
    """By side, by run directory, and of this host; None is not asked."""

    databases: Mapping[str, Database]
    northd: Mapping[str, Northd | TargetError]
    controller: Controller | None


class Asking:
    """The questions under way. `host`: the name of this one as it was last known."""

    def __init__(self, threads: ThreadPoolExecutor, settings: OvnSettings, host: str, deadline: Deadline) -> None:
        parts = {"northbound": settings.northbound, "southbound": settings.southbound}
        patterns = settings.northd.control if settings.northd else ()
        self._databases = {side: _Servers(threads, side, part, settings, deadline) for side, part in parts.items() if part}
        self._northd = {
            str(Path(pattern).parent): threads.submit(_locally, pattern, "ovn-northd", northd.ask, deadline)
            for pattern in patterns
        }
        self._host = _Host(threads, settings, settings.controller, host, deadline) if settings.controller else None

    def answers(self) -> Answers:
        """All of them; waits, at most until the deadline of the questions."""
        return Answers(
            databases={side: servers.answer() for side, servers in self._databases.items()},
            northd={run_dir: asked.result() for run_dir, asked in self._northd.items()},
            controller=self._host.answer() if self._host else None,
        )


def pool() -> ThreadPoolExecutor:
    """Threads for one fetch."""
    return ThreadPoolExecutor(_THREADS, "ovn")


class _Servers:
    """One database."""

    def __init__(
        self, threads: ThreadPoolExecutor, side: str, part: DatabaseSettings, settings: OvnSettings, deadline: Deadline
    ) -> None:
        name = SIDES[side]

        def ask(daemon: Unixctl, until: Deadline) -> Local:
            return ask_local(name, daemon, until)

        self._file = part.file
        self._remotes: dict[str, Future[Server | TargetError]] = {
            remote: threads.submit(ask_remote, name, remote, settings.tls, deadline) for remote in part.remotes
        }
        self._local: dict[str, Future[Local | TargetError]] = {
            control: threads.submit(_locally, control, name, ask, deadline) for control in part.control
        }

    def answer(self) -> Database:
        size = None
        with contextlib.suppress(OSError):  # not mounted here: there is no figure, and nothing else is wrong
            size = self._file.stat().st_size if self._file else None
        return Database(
            remotes={remote: asked.result() for remote, asked in self._remotes.items()},
            local={control: asked.result() for control, asked in self._local.items()},
            size=size,
        )


class _Host:
    """ovn-controller, and the interfaces of its host."""

    def __init__(
        self, threads: ThreadPoolExecutor, settings: OvnSettings, part: ControllerSettings, host: str, deadline: Deadline
    ) -> None:
        def interfaces() -> Interfaces:
            endpoint = Endpoint.parse(part.database)
            with Connection(endpoint, deadline, tls=settings.tls, limit=settings.message_limit) as connection:
                return controller.interfaces(ovsdb.select(connection, "Open_vSwitch", controller.TABLES, deadline))

        pattern = str(part.run_dir / "ovn-controller.*.ctl")
        self._name = part.host
        self._known = host or platform.node()
        self._daemon: Future[Daemon | TargetError] = threads.submit(
            _locally, pattern, "ovn-controller", controller.ask, deadline
        )
        self._interfaces = threads.submit(_tried, interfaces)

    def answer(self) -> Controller:
        found = self._interfaces.result()
        told = "" if isinstance(found, TargetError) else found.host
        return Controller(self._name or told or self._known, self._daemon.result(), found)


def _locally(pattern: str, what: str, ask: Callable[[Unixctl, Deadline], Answer], deadline: Deadline) -> Answer | TargetError:
    """Ask a daemon by its control socket."""

    def asked() -> Answer:
        with unixctl.find([pattern], what, deadline) as daemon:
            return ask(daemon, deadline)

    return _tried(asked)


def _tried(ask: Callable[[], Answer]) -> Answer | TargetError:
    try:
        return ask()
    except TargetError as error:
        return error
