"""A libvirt daemon (libvirtd, virtqemud): whether it answers, over its own protocol and its read-only socket."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from clients.libvirt import CallError, Libvirt
from clients.model import Deadline, TargetError
from probes.checks.looking import Kept, Look, Past, shown
from probes.model import Context, Evidence, Finding

_GOODBYE = 1.0


@dataclass(frozen=True, slots=True)
class Settings:
    """Whom to ask."""

    sockets: tuple[str, ...] = ("/run/libvirt/libvirt-sock-ro", "/run/libvirt/virtqemud-sock-ro")
    """Paths of its socket; the first that is there is asked. Default: the read-only one of libvirtd, else of virtqemud."""
    uri: str = "qemu:///system"
    """The driver that must open."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """No socket, or one that is no path."""
        if not self.sockets:
            yield "sockets", "is empty; name at least one socket"
        for number, path in enumerate(self.sockets):
            if not path.startswith("/"):
                yield f"sockets.{number}", f"{path!r} is no absolute path"


class Daemon:
    """FINE: it opened the driver and counts its guests.

    UNFIT: it answers, and the driver does not open. SILENT: no answer in time; the connection is kept, and the same answer
    waited for. NOT_YET, and GONE once it was fine: nobody listens. UNKNOWN: it wants a login (SASL, polkit), no permission.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._past = Past()
        self._connection = Kept(lambda deadline: Libvirt(self._path(), deadline))

    def look(self, deadline: Deadline) -> tuple[Evidence, ...]:
        """Ask once."""
        look = Look(deadline)
        try:
            version, domains = self._connection.ask(lambda daemon: self._ask(daemon, deadline), deadline)
        except CallError as failed:
            return (look.saw(self._past.lacking(), shown(str(failed), 200)),)
        except TargetError as failed:
            return (look.saw(self._past.without_answer(failed), str(failed)),)
        self._past.fine = True
        text = f"unix:{self._path()}: {self._settings.uri}, libvirt {version}, {domains} guests"
        return (look.saw(Finding.FINE, text, domains=domains),)

    def close(self) -> None:
        """Say goodbye, and hang up: a daemon logs an error for who only hangs up."""
        try:
            if self._connection.held is not None:
                self._connection.held.goodbye(Deadline.after(_GOODBYE))
        except TargetError:
            return  # it is gone or frozen: nobody to take leave of
        finally:
            self._connection.close()

    def _path(self) -> str:
        return next((path for path in self._settings.sockets if Path(path).exists()), self._settings.sockets[0])

    def _ask(self, daemon: Libvirt, deadline: Deadline) -> tuple[str, int]:
        daemon.open(self._settings.uri, deadline)
        return daemon.libvirt_version(deadline), daemon.domains(deadline)


def make(settings: Settings, context: Context) -> Daemon:  # noqa: ARG001  the contract of a check's module
    """The check."""
    return Daemon(settings)
