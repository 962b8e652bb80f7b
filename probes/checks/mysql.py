"""A MariaDB or MySQL server, and its place in a Galera (PXC) cluster.

With a login (`USAGE` is enough) one session is kept, and its SHOW answered in a millisecond. Without, over the unix socket, the
greeting alone is waited for, which tells that the server takes connections and nothing of the cluster. Each greeting is counted
in `Aborted_connects` and `Aborted_connects_preauth`, and is a warning in the server's log, so it is asked for once a minute
and not more: give the probe a login.

Only SILENT is evidence for liveness. A node without a Primary component, one that receives a state transfer, recovers or is
upgraded, and one without a free connection lives, and would be worse off after a restart.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from clients.model import Deadline, MalformedError, RefusedError, TargetError
from clients.mysql_wire import Account, FullError, NotReadyError, Session, StatementError
from clients.sockets import Endpoint, Tls
from parsers.secret import Secret
from probes.checks.looking import Kept, Look, Past, address_mistakes
from probes.checks.wsrep import NAMES, STATUS, VARIABLES, Rules, judged
from probes.model import Context, Evidence, Finding, Process

_SETUP = "SET SESSION wsrep_sync_wait = 0"
"""Else a server set up so makes even SHOW wait until it has applied everything."""
_AGAIN = 300.0
"""Seconds until a refused login is tried again: each is a line in the server's log, and one more of `Aborted_connects`."""
_GREET_EVERY = 60.0
"""Seconds for which a greeting holds."""
_WORK = (
    "wsrep_sst_",
    "mariadb-upgrade",
    "mysql_upgrade",
    "mariadb-install-db",
    "mysql_install_db",
    "mariabackup",
    "mariadb-backup",
)
_WORK_OPTIONS = ("--wsrep-recover", "--wsrep_recover", "--initialize", "--bootstrap")
_MARKERS = ("sst_in_progress", "wsrep_recovery_verbose.*", ".sst", "rsync_sst.pid", "mysql_upgrade_in_progress")


@dataclass(frozen=True, slots=True)
class Settings:
    """Whom to ask, as whom, and what readiness wants."""

    address: str = "unix:/run/mysqld/mysqld.sock"
    """`unix:/PATH` or `tcp:HOST:PORT`. Default: Debian's socket; a volume must show it to the sidecar."""
    user: str = ""
    """A user without any privilege: `CREATE USER probe@localhost IDENTIFIED BY '...' WITH MAX_USER_CONNECTIONS 2`. Default:
    none, only the greeting is waited for. A sidecar that runs as the server's own user may be `mysql`, without a password."""
    password: Secret | None = None
    """Of that user; without it only unix_socket lets it in."""
    tls: Tls | None = None
    """Certificates, for `tcp:`. Default: no TLS."""
    cluster: bool = True
    """Whether it must be a member of a Primary component. Default: yes. No for a single server."""
    donor: bool = True
    """Whether a node that feeds another one (state Donor) is ready. Default: yes, as mariabackup and xtrabackup let it serve;
    no where `wsrep_sst_method` is rsync, which blocks it. One that is desynced by hand is never ready."""
    writable: bool = True
    """Whether `read_only` makes it unfit. Default: yes."""
    data_dir: Path = Path("/var/lib/mysql")
    """Its data, for markers of a state transfer, a recovery or an upgrade. Needs the volume; without, only processes tell."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What would harm the server, or cannot work."""
        yield from address_mistakes("address", self.address, "unix", "tcp")
        if not self.user and self.address.startswith("tcp:"):
            yield (
                "user",
                "is missing; over TCP, greetings without a login make the server lock out this host: use unix:",
            )
        if self.password is not None and not self.user:
            yield "user", "is missing; a password needs one"


class Server:
    """FINE: it greets; with a login: it is Primary and Synced (or a Donor that may serve), ready, not in maintenance.

    SILENT: it takes the connection and says nothing in time, or does not take it, and nothing says that it is at work on its
    data. NOT_YET: it receives a state transfer, recovers, is upgraded (figure `progress`: bytes used of its volume, which keeps
    the clock of the start going), joins, or was never there. GONE: it was there, and nobody listens. DEPENDENCY about `peers`:
    not in a Primary component. DRAINED: all its connections are in use (1040): alive, saturated. UNFIT: in maintenance,
    desynced by hand, rejecting queries, read-only, not ready. UNKNOWN: it does not let us in (password, plugin, TLS), which is
    tried again every five minutes only.
    """

    def __init__(self, settings: Settings, context: Context) -> None:
        self._settings = settings
        self._context = context
        self._endpoint = Endpoint.parse(settings.address)
        self._account = Account(settings.user, settings.password, settings.tls)
        self._rules = Rules(settings.cluster, settings.donor, settings.writable)
        self._past = Past()
        self._session = Kept(lambda deadline: Session(self._endpoint, deadline, _SETUP))
        self._refused: tuple[float, str] | None = None
        self._greeted_at: float | None = None

    def look(self, deadline: Deadline) -> tuple[Evidence, ...]:
        """Ask once."""
        look = Look(deadline)
        if self._refused is not None and look.at < self._refused[0]:
            return (look.saw(Finding.UNKNOWN, self._refused[1]),)
        try:
            return (self._asked(look) if self._settings.user else self._greeted(look),)
        except TargetError as failed:
            return (self._failed(look, failed),)

    def close(self) -> None:
        """Log out."""
        self._session.close()

    def _asked(self, look: Look) -> Evidence:
        values = self._session.ask(
            lambda session: session.values(self._account, (STATUS, VARIABLES), look.deadline), look.deadline
        )
        said = judged({name.lower(): value for name, value in values.items() if name.lower() in NAMES}, self._rules)
        text = f"{self._endpoint}: {said.text}"
        if said.finding is Finding.FINE:
            self._past.fine = True
        if said.finding is Finding.NOT_YET:
            return look.saw(Finding.NOT_YET, text, **said.figures, **self._progress())
        return look.saw(said.finding, text, said.about, **said.figures)

    def _greeted(self, look: Look) -> Evidence:
        """It is asked no more than that: a login without a user would be a line in the server's log."""
        if self._greeted_at is not None and look.at - self._greeted_at < _GREET_EVERY:
            return look.saw(Finding.FINE, f"{self._endpoint}: greeted {look.at - self._greeted_at:.0f} s ago")
        self._greeted_at = None
        greeting = self._session.ask(lambda session: session.greet(look.deadline), look.deadline)
        self._session.close()
        self._past.fine, self._greeted_at = True, look.at
        return look.saw(
            Finding.FINE, f"{self._endpoint}: greets, {greeting.version}; nothing is known of its cluster without a login"
        )

    def _failed(self, look: Look, failed: TargetError) -> Evidence:
        match failed:
            case FullError():
                return look.saw(Finding.DRAINED, f"{failed}: alive, and all its connections are in use")
            case NotReadyError():
                return look.saw(Finding.UNFIT, f"{failed}: it rejects queries")
            case RefusedError() | MalformedError():
                self._refused = look.at + _AGAIN, str(failed)
                return look.saw(Finding.UNKNOWN, str(failed))
            case StatementError():
                return look.saw(Finding.UNKNOWN, str(failed))
            case _:
                return self._without_answer(look, failed)

    def _without_answer(self, look: Look, failed: TargetError) -> Evidence:
        if work := at_work(self._context.processes(), markers(self._settings.data_dir)):
            return look.saw(Finding.NOT_YET, f"{failed}; {work}", **self._progress())
        return look.saw(self._past.without_answer(failed), str(failed))

    def _progress(self) -> Mapping[str, float]:
        try:
            volume = os.statvfs(self._settings.data_dir)
        except OSError:
            return {}
        return {"progress": float((volume.f_blocks - volume.f_bfree) * volume.f_frsize)}


def markers(data_dir: Path) -> tuple[str, ...]:
    """The files by which a server and its scripts say that they are at work on the data."""
    try:
        return tuple(sorted(path.name for pattern in _MARKERS for path in data_dir.glob(pattern)))
    except OSError:
        return ()


def at_work(processes: Iterable[Process], marked: Iterable[str]) -> str:
    """What is done to its data just now, so that it need not answer; empty where nothing says so."""
    for process in processes:
        for word in process.command:
            name = word.rpartition("/")[2]
            if name.startswith(_WORK) or name.startswith(_WORK_OPTIONS):
                return f"{name[:40]} is at work (process {process.pid})"
    for name in marked:
        return f"its data has {name}: a state transfer, a recovery or an upgrade"
    return ""


def make(settings: Settings, context: Context) -> Server:
    """The check."""
    return Server(settings, context)
