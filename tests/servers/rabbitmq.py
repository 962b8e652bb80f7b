"""A real RabbitMQ cluster on 127.0.0.1: each node a process of its own that can be stopped, frozen, killed and restarted.

    with RabbitmqCluster.made() as cluster:
        cluster.add_user("monitor", "secret", "monitoring")
        cluster.nodes[2].kill()
        cluster.wait_for_running(2)

It has its own epmd, cookie, folders and ports, so that several may run side by side, and runs as root or as any other user.
Everything is small and quick to notice a loss, so that a test takes seconds; nothing of it is how one runs a broker.
"""

import contextlib
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx
import trustme

from tests.servers.process import READY, Process, server_ports, wait_until

BIN = Path("/usr/lib/rabbitmq/bin")
"""Debian's scripts themselves; those on PATH insist on being root and change to the user rabbitmq."""
ADMIN = ("guest", "guest")
"""The user that each new broker has: an administrator, from loopback only."""
_EPMD = "/usr/bin/epmd"
_TICK = 8
"""Seconds until a silent peer counts as down (`net_ticktime`, by default 60): short for a test, long for a busy machine."""

_SETTINGS = """\
listeners.tcp.1 = 127.0.0.1:{amqp}
management.tcp.ip = 127.0.0.1
management.tcp.port = {management}
prometheus.tcp.ip = 127.0.0.1
prometheus.tcp.port = {prometheus}
cluster_name = {cluster}
cluster_formation.peer_discovery_backend = classic_config
cluster_formation.randomized_startup_delay_range.min = 0
cluster_formation.randomized_startup_delay_range.max = 1
cluster_partition_handling = ignore
collect_statistics_interval = {statistics}
disk_free_limit.absolute = 10MB
vm_memory_high_watermark.absolute = 4GB
log.file = false
log.console = true
"""
_TLS_SETTINGS = """\
listeners.ssl.1 = 127.0.0.1:{amqp_tls}
ssl_options.cacertfile = {ca}
ssl_options.certfile = {certificate}
ssl_options.keyfile = {key}
management.ssl.ip = 127.0.0.1
management.ssl.port = {management_tls}
management.ssl.cacertfile = {ca}
management.ssl.certfile = {certificate}
management.ssl.keyfile = {key}
prometheus.ssl.ip = 127.0.0.1
prometheus.ssl.port = {prometheus_tls}
prometheus.ssl.cacertfile = {ca}
prometheus.ssl.certfile = {certificate}
prometheus.ssl.keyfile = {key}
"""


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """Files of a certificate. With it the nodes listen for TLS too, beside the plain ports."""

    ca: Path
    certificate: Path
    key: Path

    @classmethod
    def made(cls, folder: Path, *names: str) -> Self:
        """One for these names, by an authority of its own."""
        files = cls(folder / "ca.pem", folder / "certificate.pem", folder / "key.pem")
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(files.ca))
        issued = authority.issue_cert(*names)
        issued.private_key_pem.write_to_path(str(files.key))
        issued.cert_chain_pems[0].write_to_path(str(files.certificate))
        return files


@dataclass(frozen=True, slots=True)
class Pace:
    """How quick a node is. `schedulers`: cores that it uses. `statistics`: seconds between two reports of a queue."""

    schedulers: int = 1
    statistics: float = 1.0


QUICK = Pace()
"""For tests: they see a change soon."""


class RabbitmqNode:
    """A node of the cluster. `name` is its Erlang name; each port has the name of what listens there."""

    def __init__(self, name: str, folder: Path, environment: Mapping[str, str]) -> None:
        ports = server_ports(7)
        self.name = name
        self.amqp, self.management, self.prometheus, self.distribution, *tls = ports
        self.amqp_tls, self.management_tls, self.prometheus_tls = tls
        self.folder = folder
        self._short = name.partition("@")[0]
        self._environment = {
            **environment,
            "RABBITMQ_NODENAME": name,
            "RABBITMQ_DIST_PORT": str(self.distribution),
            "RABBITMQ_CONFIG_FILE": str(folder / f"{self._short}.conf"),
        }
        self._process: Process | None = None

    @property
    def pid(self) -> int:
        """The process id of the broker."""
        return self._running().pid

    def configure(self, cluster: str, members: list[str], pace: Pace, certificate: ServerCertificate | None) -> None:
        """Write its settings file."""
        text = _SETTINGS.format(cluster=cluster, statistics=round(pace.statistics * 1000), **self._ports())
        for number, member in enumerate(members, start=1):
            text += f"cluster_formation.classic_config.nodes.{number} = {member}\n"
        if certificate is not None:
            files = {"ca": certificate.ca, "certificate": certificate.certificate, "key": certificate.key}
            text += _TLS_SETTINGS.format(**self._ports(), **files)
        (self.folder / f"{self._short}.conf").write_text(text)

    def start(self) -> None:
        """Start it; returns before it is ready."""
        self._process = Process([BIN / "rabbitmq-server"], self.folder / f"{self._short}.log", environment=self._environment)

    def wait_until_ready(self, seconds: float = 2 * READY) -> None:
        """Return when its management API answers, which it does last of all."""
        self._running().wait_until(self._answers, f"{self.name} is ready", seconds)

    def stop(self) -> None:
        """As an operator would stop it: it takes leave of its peers."""
        self._running().stop()

    def kill(self) -> None:
        """SIGKILL."""
        self._running().kill()

    def freeze(self) -> None:
        """SIGSTOP: it accepts connections and says nothing."""
        self._running().freeze()

    def thaw(self) -> None:
        """SIGCONT."""
        self._running().thaw()

    def control(self, *words: str) -> str:
        """What `rabbitmqctl` prints; some seconds each, as it starts an Erlang of its own."""
        command = [str(BIN / "rabbitmqctl"), "--quiet", *words]
        environment = {**os.environ, **self._environment}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=READY, check=False)
        if done.returncode:
            raise RuntimeError(f"rabbitmqctl {' '.join(words)}: {done.stdout}{done.stderr}")
        return done.stdout

    def api(self, method: str, path: str, **options: Any) -> Any:
        """The management API as the administrator; `path` follows `/api`. Returns the JSON of the answer, or None."""
        url = f"http://127.0.0.1:{self.management}/api{path}"
        answer = httpx.request(method, url, auth=ADMIN, timeout=READY, **options)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def takes(self, method: str, path: str) -> bool:
        """Whether `api` answers without an error."""
        try:
            self.api(method, path)
        except httpx.HTTPError:
            return False
        return True

    def running_members(self) -> set[str]:
        """The members that it sees running; empty while it does not answer."""
        try:
            rows = self.api("GET", "/nodes", params={"columns": "name,running"})
        except httpx.HTTPError:
            return set()
        return {row["name"] for row in rows if row.get("running")}

    def close(self) -> None:
        """End it at once, if it runs."""
        if self._process is not None:
            self._process.kill()

    def _running(self) -> Process:
        if self._process is None:
            raise RuntimeError(f"{self.name} was never started")
        return self._process

    def _answers(self) -> bool:
        """Not before its virtual hosts run as well: until then it answers 500 to who makes one."""
        return bool(self.running_members()) and self.takes("GET", "/health/checks/virtual-hosts")

    def _ports(self) -> dict[str, int]:
        return {
            "amqp": self.amqp,
            "management": self.management,
            "prometheus": self.prometheus,
            "amqp_tls": self.amqp_tls,
            "management_tls": self.management_tls,
            "prometheus_tls": self.prometheus_tls,
        }


class RabbitmqCluster:
    """Some nodes and their epmd. Make one by `made`."""

    def __init__(self, folder: Path, size: int, name: str, pace: Pace, certificate: ServerCertificate | None) -> None:
        self.name = name
        self.folder = folder
        self._epmd_port = server_ports(1)[0]
        names = [f"{letter}@localhost" for letter in "abcdefgh"[:size]]
        environment = self._environment(pace)
        self.nodes = [RabbitmqNode(name, folder, environment) for name in names]
        for node in self.nodes:
            node.configure(name, names, pace, certificate)
        self._epmd: Process | None = None

    @classmethod
    @contextlib.contextmanager
    def made(
        cls, size: int = 3, name: str = "main", pace: Pace = QUICK, certificate: ServerCertificate | None = None
    ) -> Iterator["RabbitmqCluster"]:
        """A cluster that is ready, in a temporary folder. Leaving the context ends all of it."""
        folder = Path(tempfile.mkdtemp(prefix="rabbitmq-"))
        try:
            with cls(folder, size, name, pace, certificate) as cluster:
                yield cluster
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def __enter__(self) -> Self:
        self._write_files()
        command = [_EPMD, "-port", str(self._epmd_port), "-address", "127.0.0.1"]
        self._epmd = Process(command, self.folder / "epmd.log")
        try:
            for node in self.nodes:
                node.start()
            for node in self.nodes:
                node.wait_until_ready()
            self.wait_for_running(len(self.nodes))
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End all of it at once."""
        for node in self.nodes:
            node.close()
        if self._epmd is not None:
            self._epmd.kill()

    def wait_for_running(self, count: int, *, seen_by: RabbitmqNode | None = None, seconds: float = 2 * READY) -> None:
        """Return when `count` members run in the eyes of `seen_by` (of all who answer at all)."""
        seen_by_all = self.nodes if seen_by is None else [seen_by]

        def holds() -> bool:
            views = [len(view) for node in seen_by_all if (view := node.running_members())]
            return bool(views) and all(view == count for view in views)

        wait_until(holds, f"{count} members of {self.name} run", seconds, pause=0.2)

    def add_vhost(self, name: str) -> None:
        """A virtual host that runs on all nodes. Where one of them is slow the broker answers 500, and has made it."""
        wait_until(lambda: self.nodes[0].takes("PUT", f"/vhosts/{name}"), f"virtual host {name} of {self.name} runs", pause=0.5)

    def add_user(self, name: str, password: str, tags: str = "", vhosts: Mapping[str, str] | None = None) -> None:
        """A user with `tags`, and in each of `vhosts` the right to configure, write and read what matches the pattern."""
        self.nodes[0].api("PUT", f"/users/{name}", json={"password": password, "tags": tags})
        for vhost, pattern in (vhosts or {}).items():
            rights = {"configure": pattern, "write": pattern, "read": pattern}
            self.nodes[0].api("PUT", f"/permissions/{quote(vhost, safe='')}/{name}", json=rights)

    def transport_url(self, user: str = ADMIN[0], password: str = ADMIN[1]) -> str:
        """For oslo.messaging: all nodes, the default vhost."""
        return "rabbit://" + ",".join(f"{user}:{password}@127.0.0.1:{node.amqp}" for node in self.nodes) + "/"

    def _environment(self, pace: Pace) -> dict[str, str]:
        return {
            "HOME": str(self.folder),  # the cookie is there
            "LANG": "C.UTF-8",
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_MNESIA_BASE": str(self.folder),
            "RABBITMQ_LOG_BASE": str(self.folder),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self.folder / "none"),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "none"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                f"+S {pace.schedulers}:{pace.schedulers} +sbwt none -start_epmd false"
                f" -kernel inet_dist_use_interface {{127,0,0,1}} -kernel net_ticktime {_TICK}"
            ),
            "RABBITMQ_CTL_ERL_ARGS": "+S 1:1 -start_epmd false",
        }

    def _write_files(self) -> None:
        (self.folder / "plugins").write_text("[rabbitmq_management,rabbitmq_prometheus].\n")
        cookie = self.folder / ".erlang.cookie"
        cookie.write_text(secrets.token_hex(20))
        cookie.chmod(0o400)
