"""The kernel's view of a service's sockets: connected or not, bytes unread, connections not accepted. Proof BACKLOG.

It needs no credentials and puts no load on anything: a hung service does not read, a busy one does, and where a broker is
down there is no connection.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from clients.model import Deadline
from probes.model import Context, Evidence, Finding, Process
from probes.oslo.configuration import read as read_files
from probes.oslo.ini import ConfigurationError
from probes.oslo.messaging import messaging
from probes.proc.census import Part, each, whole
from probes.proc.diag import Diag
from probes.proc.net import Row, inet
from probes.proc.ownership import Owned, Ownership
from probes.proc.reading import TABLE_LIMIT, GoneError, ProcError, read
from probes.proc.sockets import Connections, Datagrams, Judged, Listeners

NAME = "sockets"
_WORST = (Finding.STUCK, Finding.GONE, Finding.NOT_YET, Finding.UNFIT, Finding.PARTIAL, Finding.UNKNOWN)
"""Of several kinds of sockets the first of these is told; else it is FINE."""
RABBITMQ = (5671, 5672)
_SOMAXCONN = 4096
"""Of Linux since 5.4, where it cannot be read."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Which sockets. Ports that are left out are not looked at."""

    remote_ports: tuple[int, ...] | None = None
    """Connections of the service to these ports of others. None: to the brokers of its own configuration files, and where these
    are not known to RabbitMQ's ports, 5672 and 5671."""
    listen_ports: tuple[int, ...] = ()
    """TCP ports on which it accepts connections (of an API)."""
    udp_ports: tuple[int, ...] = ()
    """UDP ports on which it receives (5555 of octavia-health-manager)."""
    samples: int = 3
    """Looks in a row at which nothing was taken. Two can be met by chance."""
    uid: int | None = None
    """The service's user id, by which its sockets are told where its processes cannot be seen. None: all in the network
    namespace, but our own."""
    shared_network: bool = False
    """The pod has hostNetwork: what is not told by descriptors may then be another service's, and proves nothing."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What cannot be right, as (key, what is wrong)."""
        for key in ("remote_ports", "listen_ports", "udp_ports"):
            if any(not 0 < port < 65536 for port in getattr(self, key) or ()):
                yield key, "has a number that is no port; ports go from 1 to 65535"
        if self.remote_ports == () and not (self.listen_ports or self.udp_ports):
            yield "remote_ports", "must not be empty where listen_ports and udp_ports are: nothing would be looked at"
        if self.samples < 2:
            yield "samples", "must be at least 2: one look cannot tell what does not move"


def make(settings: Settings, context: Context) -> "SocketsCheck":
    """The check."""
    return SocketsCheck(settings, context)


def broker_ports(files: Sequence[Path]) -> tuple[int, ...]:
    """The ports of the brokers that a service's files name; RabbitMQ's where they name none, or cannot be read.

    That they cannot is told by the check that needs them, the ping.
    """
    try:
        return tuple(sorted({broker.port for broker in messaging(read_files(files)).transport.brokers})) if files else RABBITMQ
    except ConfigurationError:
        return RABBITMQ


class SocketsCheck:
    """Not for several threads at once."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self._settings = settings
        self._context = context
        self._tcp = Ownership(context.proc, settings.uid)
        self._udp = Ownership(context.proc, settings.uid)
        self._diag = Diag()
        remote = settings.remote_ports
        self._remote = broker_ports(context.config_files) if remote is None else remote
        self._connections = Connections(self._remote, settings.samples, self._diag.ask)
        self._listeners = Listeners(settings.listen_ports, settings.samples, self._diag.ask, _somaxconn(context.proc))
        self._datagrams = Datagrams(settings.udp_ports, settings.samples)
        self._were_there: set[str] = set()

    def look(self, deadline: Deadline) -> Iterable[Evidence]:
        """Read the tables once and judge each kind of socket that is asked for."""
        now = deadline.clock()
        try:
            kinds, hint = self._kinds(self._context.processes())
        except ProcError as error:
            return [Evidence(NAME, Finding.UNKNOWN, now, str(error))]
        wholes = [self._whole(kind) for kind in kinds]
        finding = next((worst for worst in _WORST if any(part.finding is worst for part in wholes)), Finding.FINE)
        text = "; ".join(part.text for part in wholes) + (f" ({hint})" if hint else "")
        if hint and self._settings.shared_network and finding in {Finding.STUCK, Finding.PARTIAL}:
            finding, text = Finding.UNKNOWN, f"maybe another's, as the network is the host's: {text}"
        figures = {name: value for kind in kinds for name, value in kind.figures.items()}
        evidence = [Evidence(NAME, finding, now, text, figures=figures)]
        for kind in kinds:
            evidence += each(NAME, now, kind.parts)
        return evidence

    def close(self) -> None:
        """Let go of the socket to the kernel."""
        self._diag.close()

    def _kinds(self, processes: Sequence[Process]) -> tuple[list[Judged], str]:
        """What each kind shows, and how its sockets were told apart. Raises ProcError."""
        settings = self._settings
        kinds, hint = [], ""
        if self._remote or settings.listen_ports:
            tcp = self._tcp.sort(self._rows(processes, ("tcp", "tcp6"), settings.listen_ports, self._remote), processes)
            hint = tcp.hint
            if self._remote:
                kinds.append(self._connections.judge(tcp))
            if settings.listen_ports:
                kinds.append(self._listeners.judge(tcp))
        if settings.udp_ports:
            udp: Owned = self._udp.sort(self._rows(processes, ("udp", "udp6"), settings.udp_ports, ()), processes)
            hint = hint or udp.hint
            kinds.append(self._datagrams.judge(udp))
        return kinds, hint

    def _rows(
        self, processes: Sequence[Process], tables: Sequence[str], local: Sequence[int], remote: Sequence[int]
    ) -> list[Row]:
        """Rows out of the network namespace of the main process, or ours where it is not to be seen: in a pod the same."""
        who = str(processes[0].pid) if processes else "self"
        found: list[Row] = []
        for table in tables:
            try:
                data = read(f"{self._context.proc}/{who}/net/{table}", TABLE_LIMIT)
            except GoneError:
                continue  # no IPv6 on this machine, or the process has ended
            found += inet(data, local, remote, drops=table.startswith("udp"))
        return found

    def _whole(self, kind: Judged) -> Part:
        if kind.parts:
            self._were_there.add(kind.what)
            return _whole(kind.parts)
        if kind.what in self._were_there:
            return Part(None, Finding.GONE, f"no {kind.what} any more")
        return Part(None, Finding.NOT_YET, f"no {kind.what} yet")


def _somaxconn(proc: Path) -> int:
    try:
        word = read(proc / "sys" / "net" / "core" / "somaxconn").strip()
    except ProcError:
        return _SOMAXCONN
    return int(word) if word.isdigit() else _SOMAXCONN


def _whole(parts: Sequence[Part]) -> Part:
    """As of processes; of several ports the worst finding counts."""
    service = whole(parts)
    if service.finding is not Finding.FINE:
        return service
    worst = next((part.finding for finding in _WORST for part in parts if part.finding is finding), Finding.FINE)
    return Part(None, worst, service.text)
