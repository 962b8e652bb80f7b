"""The exporter of one Galera cluster."""

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from prometheus_client.metrics_core import Metric as Family

from clients.model import Deadline, TimedOutError, UnreachableError
from clients.mysql import Connection, Login, TlsFiles
from exporters.galera import reading
from exporters.galera.families import families
from exporters.galera.history import History
from exporters.galera.node import Failure, Node
from exporters.galera.settings import GaleraSettings, parsed
from exporters.galera.snapshot import Snapshot
from exporters.galera.verdict import verdict
from exporters.model import Verdict

_log = logging.getLogger("stratoscope.exporters")


class GaleraCollector:
    """Reads all nodes of a cluster at once, and remembers what a single reading cannot tell. One `fetch` at a time."""

    def __init__(self, settings: GaleraSettings, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.target = settings.name
        self._settings = settings
        self._clock = clock
        self._readers: dict[str, reading.Reader] = {}
        self._history = History()
        self._names = _Lookup(settings.service) if settings.service else None
        self._login: Login | None = None
        self._login_lock = threading.Lock()
        self._told: dict[str, str] = {}

    def fetch(self, deadline: Deadline) -> Snapshot:
        """Read all nodes. Raises TargetError only where no node is known at all.

        A cluster of which no node answers is a snapshot as well: `down` must not be said by the last good figures.
        """
        deadline = deadline.within(self._settings.deadline)
        readers = self._current(self._targets(deadline))
        nodes = reading.read_all(readers, deadline)
        now = self._clock()
        self._history = self._history.after(nodes, now)
        self._forget_tls(nodes)
        self._tell(nodes)
        return Snapshot(
            cluster=self.target,
            taken_at=now,
            nodes=nodes,
            history=self._history,
            configured=len(self._settings.nodes),
            wanted=self._settings.expected_size,
            spread=reading.spread(node for node in nodes if isinstance(node, Node)),
        )

    def families(self, snapshot: Snapshot) -> Iterable[Family]:
        """See `exporters.galera.metrics`."""
        return families(snapshot, self._settings.thresholds)

    def verdicts(self, snapshot: Snapshot) -> Iterable[Verdict]:
        """One, on the cluster."""
        return (verdict(snapshot, self._settings.thresholds),)

    def close(self) -> None:
        """Let go of the connections."""
        for reader in self._readers.values():
            reader.close()
        self._readers = {}

    def _tell(self, nodes: Iterable[Node | Failure]) -> None:
        """Into our log, once for each change: a node that fails does not make the fetch fail, so the frame does not tell."""
        words = {node.target: node.word if isinstance(node, Failure) else "" for node in nodes}
        for node in nodes:
            before = self._told.get(node.target, "")
            if isinstance(node, Failure) and node.word != before:
                _log.warning("galera %s: %s", self.target, node.text, extra={"exporter": "galera", "target": self.target})
            elif isinstance(node, Node) and before:
                _log.info("galera %s: %s answers again", self.target, node.target)
        self._told = words

    def _targets(self, deadline: Deadline) -> list[tuple[str, int]]:
        if self._names is not None:
            return self._names.addresses(deadline)
        return [address for address in map(parsed, self._settings.nodes) if address]

    def _current(self, addresses: Iterable[tuple[str, int]]) -> list[reading.Reader]:
        """A reader for each; those of nodes that are named no more are closed."""
        wanted = {_written(*address): address for address in addresses}
        for target in self._readers.keys() - wanted.keys():
            self._readers.pop(target).close()
        for target, address in wanted.items():
            if target not in self._readers:
                self._readers[target] = self._reader(target, *address)
        return [self._readers[target] for target in wanted]

    def _reader(self, target: str, host: str, port: int) -> reading.Reader:
        return reading.Reader(
            target,
            Connection(host, port, self._shared_login, setup=reading.SETUP),
            seconds=self._settings.deadline,
            variables_interval=self._settings.variables_interval,
            clock=self._clock,
        )

    def _shared_login(self) -> Login:
        """One for all nodes: what TLS needs is read once. Raises TlsError."""
        with self._login_lock:
            if self._login is None:
                tls = self._settings.tls
                files = TlsFiles(tls.ca, tls.verify, tls.certificate, tls.key) if tls else None
                name = self._certificate_name()
                self._login = Login(self._settings.user, self._settings.password, files.context() if files else None, name)
            return self._login

    def _certificate_name(self) -> str:
        if self._settings.tls and self._settings.tls.name:
            return self._settings.tls.name
        service = parsed(self._settings.service) if self._settings.service else None
        return service[0] if service else ""  # its nodes are known by address only

    def _forget_tls(self, nodes: Iterable[Node | Failure]) -> None:
        """A certificate that does not fit may have been renewed: read the files again for the next connection."""
        if any(isinstance(node, Failure) and node.word == "tls" for node in nodes):
            with self._login_lock:
                self._login = None


class _Lookup:
    """The addresses behind a headless service. A resolver has no deadline, so a thread asks it; the last answer is kept."""

    def __init__(self, service: str, resolve: Callable[..., Sequence[tuple[Any, ...]]] = socket.getaddrinfo) -> None:
        self._host, self._port = parsed(service) or ("", 0)
        self._resolve = resolve
        self._busy = threading.Lock()
        self._done = threading.Event()
        self._known: list[tuple[str, int]] = []
        self._error: OSError | None = None

    def addresses(self, deadline: Deadline) -> list[tuple[str, int]]:
        """Those of now, or the last known ones. Raises TargetError where there are none."""
        if self._busy.acquire(blocking=False):
            self._done.clear()
            threading.Thread(target=self._ask, name=f"galera {self._host}", daemon=True).start()
        self._done.wait(max(0.0, deadline.at - deadline.clock()) / 3)
        if self._known:
            return self._known
        if self._error is not None:
            raise UnreachableError(f"{self._host}: {self._error.strerror or self._error}; check service, or the cluster's DNS")
        raise TimedOutError(f"{self._host}: the resolver does not answer; check the DNS servers")

    def _ask(self) -> None:
        try:
            found = self._resolve(self._host, self._port, type=socket.SOCK_STREAM)
            self._known = sorted({(str(address[0]), self._port) for *_, address in found})
        except OSError as error:
            self._error = error
        finally:
            self._busy.release()
            self._done.set()


def _written(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
