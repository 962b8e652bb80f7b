"""A real MariaDB + Galera cluster on 127.0.0.1, each node a process that can be stopped, frozen, killed and restarted.

    with GaleraCluster.made() as cluster:
        cluster.nodes[2].kill()
        cluster.nodes[0].wait_for("wsrep_cluster_size", "2")

Everything is small and quick to notice a loss, so that a test takes seconds; nothing of it is how one runs a database.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import pymysql
import trustme

from tests.servers.process import READY, Process, server_ports

if TYPE_CHECKING:
    from pymysql.cursors import Cursor

SERVER = "/usr/sbin/mariadbd"
PROVIDER = "/usr/lib/galera/libgalera_smm.so"
_INSTALL = "/usr/bin/mariadb-install-db"
_USER = "mysql" if os.geteuid() == 0 else None
"""mariadbd does not run as root."""

_SETTINGS = {
    "bind_address": "127.0.0.1",
    "binlog_format": "ROW",
    "default_storage_engine": "InnoDB",
    "innodb_autoinc_lock_mode": "2",
    "innodb_buffer_pool_size": "32M",
    "innodb_log_file_size": "8M",
    "innodb_flush_log_at_trx_commit": "0",
    "innodb_doublewrite": "0",
    "innodb_use_native_aio": "0",
    "innodb_fast_shutdown": "2",
    "skip_log_bin": "1",
    "max_connections": "60",
    "wsrep_on": "ON",
    "wsrep_provider": PROVIDER,
    "wsrep_sst_method": "rsync",
}
_PROVIDER_OPTIONS = {
    "evs.keepalive_period": "PT0.5S",
    "evs.inactive_check_period": "PT0.5S",
    "evs.suspect_timeout": "PT3S",
    "evs.inactive_timeout": "PT6S",
    "evs.install_timeout": "PT3S",
    "gmcast.time_wait": "PT1S",
    "pc.announce_timeout": "PT1S",
    "pc.linger": "PT1S",
    "gcache.size": "4M",
    "gcache.page_size": "1M",
}
"""A silent node is out after three seconds, not five; 4 MB of write sets are kept for those who are away."""


@dataclass(frozen=True, slots=True)
class _Ports:
    sql: int
    group: int
    ist: int
    sst: int


class GaleraNode:
    """One node. It may be down; what asks the server then raises OSError or pymysql.Error."""

    def __init__(self, name: str, folder: Path, ports: _Ports, environment: Mapping[str, str]) -> None:
        self.name = name
        self.folder = folder
        self._environment = environment
        self.port = ports.sql
        self.group_port = ports.group
        self.data = folder / "data"
        self.configuration = folder / "node.cnf"
        self.socket = folder / "sql.sock"
        self.process: Process | None = None

    @property
    def address(self) -> str:
        """Where it takes SQL, as `host:port`."""
        return f"127.0.0.1:{self.port}"

    def start(self, *arguments: str) -> None:
        """Start its process; does not wait. After `kill` and `stop` as well."""
        command = [SERVER, f"--defaults-file={self.configuration}", *arguments]
        self.process = Process(command, self.folder / "server.log", environment=self._environment, user=_USER)

    def stop(self) -> None:
        """An orderly shutdown: the node says goodbye to the group."""
        if self.process:
            self.process.stop()
        self.process = None

    def kill(self) -> None:
        """SIGKILL: the others see its connections close."""
        if self.process:
            self.process.kill()
        self.process = None

    def freeze(self) -> None:
        """SIGSTOP: its connections stay, and nothing answers."""
        assert self.process
        self.process.freeze()

    def thaw(self) -> None:
        """SIGCONT."""
        assert self.process
        self.process.thaw()

    def connect(self) -> "pymysql.Connection[Cursor]":
        """A connection as root over its socket, which needs no password."""
        raw = socket.socket(socket.AF_UNIX)  # PyMySQL would leave its own open where nobody listens
        try:
            raw.settimeout(READY)
            raw.connect(str(self.socket))
            client = pymysql.connect(user="root", read_timeout=READY, autocommit=True, ssl_disabled=True, defer_connect=True)
            client.connect(raw)
        except (OSError, pymysql.Error):
            raw.close()
            raise
        return client

    def sql(self, *statements: str) -> tuple[tuple[Any, ...], ...]:
        """Run them as root; the rows of the last."""
        with self.connect() as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return tuple(cursor.fetchall())

    def status(self, variable: str) -> str | None:
        """A status variable; None where the node does not answer, or does not have it."""
        try:
            rows = self.sql(f"SHOW GLOBAL STATUS LIKE '{variable}'")
        except (OSError, pymysql.Error):
            return None
        return str(rows[0][1]) if rows else None

    def wait_for(self, variable: str, value: str) -> None:
        """Return once the status variable has the value."""
        assert self.process
        self.process.wait_until(lambda: self.status(variable) == value, f"{self.name}: {variable} is {value}")

    def wait_synced(self) -> None:
        """Return once it takes part in a Primary component and has all data."""
        self.wait_for("wsrep_local_state_comment", "Synced")
        self.wait_for("wsrep_ready", "ON")


class GaleraCluster:
    """A few nodes in a folder. Leaving the context ends all of them."""

    def __init__(
        self,
        folder: Path,
        size: int = 3,
        settings: Mapping[str, str] | None = None,
        scripts: Mapping[str, str] | None = None,
    ) -> None:
        self.name = "test"
        self.scripts = folder / "scripts"
        self._write_scripts(scripts or {})
        environment = {"PATH": f"{self.scripts}:{os.environ.get('PATH', os.defpath)}"}
        ports = server_ports(4 * size)
        quads = [_Ports(*ports[4 * number : 4 * number + 4]) for number in range(size)]
        names = [f"db{number}" for number in range(1, size + 1)]
        self.nodes = [GaleraNode(name, folder / name, quad, environment) for name, quad in zip(names, quads, strict=True)]
        for node, quad in zip(self.nodes, quads, strict=True):
            node.folder.mkdir()
            node.configuration.write_text(self._configuration(node, quad, settings or {}))
        _install(folder, [node.data for node in self.nodes])

    @classmethod
    @contextlib.contextmanager
    def made(
        cls, size: int = 3, settings: Mapping[str, str] | None = None, scripts: Mapping[str, str] | None = None
    ) -> Iterator[Self]:
        """A running cluster in a temporary folder that mariadbd's user may enter (pytest's are for one user only).

        `scripts`: programs by their names, in the folder `scripts`, that the nodes find before all others: a method of state
        transfer.
        """
        with tempfile.TemporaryDirectory(prefix="galera-", ignore_cleanup_errors=True) as name:
            folder = Path(name)
            folder.chmod(0o755)
            with cls(folder, size, settings, scripts) as cluster:
                cluster.start()
                yield cluster

    def start(self) -> None:
        """Bootstrap the first node; the others join it, one after the other."""
        first, *others = self.nodes
        first.start("--wsrep-new-cluster")
        first.wait_synced()
        for node in others:
            node.start()
            node.wait_synced()
        for node in self.nodes:
            node.wait_for("wsrep_cluster_size", str(len(self.nodes)))

    def bootstrap(self, node: GaleraNode) -> None:
        """Declare the component of `node` the Primary one, which only a person may decide."""
        node.sql("SET GLOBAL wsrep_provider_options = 'pc.bootstrap=YES'")
        node.wait_synced()

    def stop(self) -> None:
        """End all nodes, at once: nothing of their data is needed any more."""
        for node in self.nodes:
            node.kill()

    def _write_scripts(self, scripts: Mapping[str, str]) -> None:
        self.scripts.mkdir()
        for name, text in scripts.items():
            (self.scripts / name).write_text(text)
            (self.scripts / name).chmod(0o755)

    def _configuration(self, node: GaleraNode, ports: _Ports, settings: Mapping[str, str]) -> str:
        provider = _PROVIDER_OPTIONS | {
            "gmcast.listen_addr": f"tcp://127.0.0.1:{ports.group}",
            "ist.recv_addr": f"127.0.0.1:{ports.ist}",
        }
        own = {
            "datadir": str(node.data),
            # A server that starts removes what look like temporary tables from a shared folder: those of others, too.
            "tmpdir": str(node.folder),
            "socket": str(node.socket),
            "pid_file": str(node.folder / "server.pid"),
            "port": str(ports.sql),
            "wsrep_cluster_name": self.name,
            "wsrep_cluster_address": "gcomm://" + ",".join(f"127.0.0.1:{other.group_port}" for other in self.nodes),
            "wsrep_node_name": node.name,
            "wsrep_node_address": f"127.0.0.1:{ports.group}",
            "wsrep_node_incoming_address": node.address,
            "wsrep_sst_receive_address": f"127.0.0.1:{ports.sst}",
            "wsrep_provider_options": '"' + ";".join(f"{key}={value}" for key, value in provider.items()) + '"',
        }
        lines = [f"{key} = {value}" for key, value in (_SETTINGS | own | dict(settings)).items()]
        # A copy of the data would be sent through stunnel where the server has a certificate, and that is not everywhere.
        return "\n".join(["[mariadbd]", *lines, "[sst]", "ssl-mode = DISABLED", ""])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.stop()


def tls_settings(folder: Path) -> dict[str, str]:
    """Of nodes with a certificate for 127.0.0.1; `ssl_ca` is its authority. `folder`: one that mariadbd may enter."""
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    files = {"ssl_ca": folder / "ca.pem", "ssl_cert": folder / "cert.pem", "ssl_key": folder / "key.pem"}
    authority.cert_pem.write_to_path(str(files["ssl_ca"]))
    issued.cert_chain_pems[0].write_to_path(str(files["ssl_cert"]))
    issued.private_key_pem.write_to_path(str(files["ssl_key"]))
    files["ssl_key"].chmod(0o644)
    return {key: str(path) for key, path in files.items()}


def _install(folder: Path, targets: Sequence[Path]) -> None:
    """Fresh data folders: made once, which takes seconds, and copied."""
    template = folder / "template"
    scratch = folder / "scratch"
    scratch.mkdir()
    scratch.chmod(0o1777)
    options = ["--no-defaults", f"--datadir={template}", "--auth-root-authentication-method=normal", "--skip-test-db"]
    options += [f"--user={_USER}"] if _USER else []
    environment = os.environ | {"TMPDIR": str(scratch)}  # see `tmpdir` of the nodes
    done = subprocess.run([_INSTALL, *options], env=environment, capture_output=True, text=True, timeout=READY, check=False)
    if done.returncode:
        raise RuntimeError(f"{_INSTALL} failed: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    for target in targets:
        shutil.copytree(template, target)
        if _USER:
            for path in (target.parent, target, *target.rglob("*")):
                shutil.chown(path, _USER, _USER)
    shutil.rmtree(template)
    shutil.rmtree(scratch)
