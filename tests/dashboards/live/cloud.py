"""A small cloud of real servers, watched as in life: `stratoscope export` and `collect`, scraped by a real Prometheus.

    with Cloud.made(folder, rules) as cloud:
        cloud.prometheus.wait_for('galera_up == 1')
        cloud.galera.nodes[2].kill()

Three Galera nodes, a RabbitMQ, an Open vSwitch with ovn-controller (the hypervisor cmp1), both OVN databases and ovn-northd;
the APIs of OpenStack give recorded answers; a log is read whose lines the test writes; a server stands in for Loki; a memcached
has a probe beside it, which enforces.
"""

import contextlib
import json
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from tests.dashboards.alerts.rules import alertmanager_settings
from tests.exporters.galera.conftest import GRANT
from tests.servers import oslo
from tests.servers.alertmanager import Alertmanager
from tests.servers.galera import GaleraCluster
from tests.servers.loki import LokiServer
from tests.servers.memcached import memcached
from tests.servers.openstack_api import PASSWORD, PROJECT, USER, OpenStackApi
from tests.servers.ovn import Ovn
from tests.servers.ovs import OpenVSwitch
from tests.servers.process import Process, free_port
from tests.servers.prometheus import Prometheus
from tests.servers.rabbitmq import RabbitmqCluster

HOST = "cmp1"
"""A hypervisor of the recorded cloud; Open vSwitch and OVN run on it here."""
MONITOR = "monitor"
SECRETS = {"GALERA_PASSWORD": "galera-secret", "RABBITMQ_PASSWORD": "rabbitmq-secret", "CLOUD_PASSWORD": PASSWORD}


POLICY = {"mode": "enforce", "kills_per_hour": 100}
"""Of the probe: more than there are in the tests."""
SERVED = '10.0.0.1 "GET /v2.1/servers HTTP/1.1" status: 200 len: 200 time: 0.1234567'
"""What the service logs all day."""


@dataclass(slots=True)
class Servers:
    """What is watched. They are healthy at first."""

    galera: GaleraCluster
    rabbitmq: RabbitmqCluster
    ovs: OpenVSwitch
    ovn: Ovn
    controller: Process
    api: OpenStackApi
    loki: LokiServer
    compute: Process
    memcached: Process
    memcached_port: int

    @classmethod
    @contextmanager
    def made(cls, folder: Path) -> Iterator["Servers"]:
        """The slow ones start at the same time."""
        with ExitStack() as stack:
            pool = stack.enter_context(ThreadPoolExecutor(2))
            galera = pool.submit(lambda: stack.enter_context(GaleraCluster.made()))
            rabbitmq = pool.submit(lambda: stack.enter_context(RabbitmqCluster.made(1)))
            ovs = stack.enter_context(OpenVSwitch(folder / HOST, HOST))
            ovs.add_bridge()
            ovn = stack.enter_context(Ovn(folder / "ovn"))
            controller = ovn.controller(ovs)
            api = stack.enter_context(OpenStackApi())
            show(api, "healthy")
            loki = stack.enter_context(LokiServer())
            compute = stack.enter_context(nova_compute(rabbitmq.result(), folder))
            cache = stack.enter_context(memcached(folder))
            made = cls(galera.result(), rabbitmq.result(), ovs, ovn, controller, api, loki, compute, *cache)
            made.galera.nodes[0].sql(f"CREATE USER 'stratoscope'@'%' IDENTIFIED BY '{SECRETS['GALERA_PASSWORD']}'", GRANT)
            made.rabbitmq.add_user(MONITOR, SECRETS["RABBITMQ_PASSWORD"], "monitoring", {"/": "^$"})
            yield made

    def exporters(self) -> dict[str, Any]:
        """All exporters on them, asked every second or two; nothing else differs from the defaults but what is said here."""
        quick = {"interval": "1s", "timeout": "10s"}
        nodes = [{"prometheus": url(one.prometheus), "management": url(one.management)} for one in self.rabbitmq.nodes]
        login = {"kind": "password", "auth_url": self.api.auth_url, "username": USER, "project_name": PROJECT}
        return {
            "galera": [
                {
                    "name": "main",
                    "nodes": [node.address for node in self.galera.nodes],
                    "password": {"env": "GALERA_PASSWORD"},
                    "collection": quick,
                }
            ],
            "rabbitmq": [
                {
                    "name": "main",
                    "user": MONITOR,
                    "password": {"env": "RABBITMQ_PASSWORD"},
                    "nodes": nodes,
                    "slow_interval": "2s",
                    "thresholds": {"stuck_after": "2s"},
                    "collection": quick,
                }
            ],
            "ovs": [{"run_dir": str(self.ovs.run_dir)}],
            "ovn": [
                {
                    "northbound": {"remotes": self.ovn.remotes("nb")},
                    "southbound": {"remotes": self.ovn.remotes("sb")},
                    "northd": {"control": [f"{self.ovn.run_dir}/ovn-northd.*.ctl"]},
                    "controller": {"run_dir": str(self.ovs.run_dir), "database": self.ovs.remote},
                    "behind_after": "1s",
                    "timeout": "1s",
                    "collection": quick | {"interval": "2s"},
                }
            ],
            "agents": [{"name": "mini", "login": login | {"password": {"env": "CLOUD_PASSWORD"}}, "collection": quick}],
            "hosts": [{}],
        }

    def probed(self) -> dict[str, Any]:
        """The memcached, as its profile looks at it, in shorter times."""
        address = {"address": f"tcp:127.0.0.1:{self.memcached_port}"}
        quick = {"period": "300ms", "timeout": "2s"}
        return {
            "memcached": {
                "profile": "memcached",
                "processes": [f"memcached .*-p {self.memcached_port} "],
                "hang_after": "2s",
                "checks": {
                    "memcached": quick | {"options": address},
                    "sockets": quick | {"options": {"listen_ports": [self.memcached_port]}},
                    "threads": quick | {"options": {"still_after": "6s"}},
                    "process": quick,
                },
            }
        }


class Cloud:
    """The servers, and what watches them. `log` is the file that collect reads as nova-api's."""

    def __init__(self, folder: Path, servers: Servers, stack: ExitStack) -> None:
        self.servers = servers
        self.log = folder / "nova-api.log"
        self.log.touch()
        self._folder = folder
        self._stack = stack
        self._ports = {"export": free_port(), "collect": free_port(), "probe": free_port()}
        self.export = self.start("export", {"exporters": servers.exporters()})
        self.collect = self.start("collect", self._collecting())
        self.probe = self.start("probe", {"policy": POLICY, "services": servers.probed()})
        self.alertmanager: Alertmanager
        self.prometheus: Prometheus

    @classmethod
    @contextmanager
    def made(cls, folder: Path, rules: Sequence[Path] = ()) -> Iterator["Cloud"]:
        """One that is healthy, and whose Prometheus has seen all of it."""
        with ExitStack() as stack:
            cloud = cls(folder, stack.enter_context(Servers.made(folder)), stack)
            targets = {f"stratoscope-{name}": [port] for name, port in cloud._ports.items()}
            stack.enter_context(again_and_again(lambda: cloud.write(SERVED)))
            stack.enter_context(again_and_again(cloud.ask_as_kubelet))
            cloud.alertmanager = stack.enter_context(Alertmanager(folder / "alertmanager", alertmanager_settings(folder)))
            port = cloud.alertmanager.port
            cloud.prometheus = stack.enter_context(Prometheus(folder / "prometheus", targets, rules, alertmanager=port))
            cloud.prometheus.wait_for("count(stratoscope_exporter_success == 1) == 6")
            cloud.prometheus.wait_for("stratoscope_sink_up == 1")
            cloud.prometheus.wait_for("stratoscope_probe_ready == 1")
            yield cloud

    def start(self, command: str, settings: Any | None = None) -> Process:
        """Start (again) `stratoscope export`, `collect` or `probe`, on the port that it had."""
        path = self._folder / f"{command}.yaml"
        if settings is not None:
            path.write_text(json.dumps(settings | {"listen": f"127.0.0.1:{self._ports[command]}"}))
        words: list[str | Path] = [sys.executable, "-m", "stratoscope", command, "-c", path]
        process = self.keep(Process(words, self._folder / f"{command}.log", environment=SECRETS))
        process.wait_until(lambda: _healthy(self._ports[command]), f"{command} serves")
        return process

    def keep(self, process: Process) -> Process:
        """End it with the cloud."""
        return self._stack.enter_context(process)

    def ask_as_kubelet(self) -> None:
        """Whether the memcached lives; the answer is the kubelet's to use."""
        with contextlib.suppress(httpx.HTTPError):  # of a machine that is busy
            httpx.get(f"{url(self._ports['probe'])}/livez", timeout=30)

    def write(self, *bodies: str, level: str = "INFO", logger: str = "nova.osapi_compute.wsgi.server") -> None:
        """Records of nova-api, of this moment."""
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
        with self.log.open("a") as log:
            log.writelines(f"{now} 7 {level} {logger} [-] {body}\n" for body in bodies)

    def _collecting(self) -> dict[str, Any]:
        retry = {"first": "0.1s", "most": "0.5s"}
        return {
            "state": str(self._folder / "state"),
            "sources": {"nova": {"kind": "files", "paths": [str(self.log)]}},
            "sinks": {"loki": {"to": {"kind": "loki", "url": self.servers.loki.url}, "retry": retry}},
            "batch": {"age": "0.1s"},
            "parser": {"idle": "0.3s"},
        }


@contextmanager
def again_and_again(act: Callable[[], None]) -> Iterator[None]:
    """Twice a second."""
    over = threading.Event()

    def go_on() -> None:
        while not over.wait(0.5):
            act()

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def show(api: OpenStackApi, state: str) -> None:
    """From now on answer as in this state of the recorded cloud, but with cmp2, which was disabled by hand, enabled."""
    api.show(state)
    nova = api.answers["nova"]
    body = json.loads(nova["body"]) if isinstance(nova["body"], str) else nova["body"]
    for service in body["services"]:
        if service["host"] == "cmp2":
            service |= {"status": "enabled", "disabled_reason": None}
    api.answers["nova"] = nova | {"body": body}


def nova_compute(rabbitmq: RabbitmqCluster, folder: Path) -> Process:
    """A real RPC server of the hypervisor here."""
    return oslo.server("nova-compute", rabbitmq.transport_url(), "compute", HOST, folder)


def _healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"{url(port)}/-/healthy", timeout=30) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def url(port: int) -> str:
    """Of a server here."""
    return f"http://127.0.0.1:{port}"
