"""One process with all exporters, on real servers: what a newcomer who has all of it in one file gets."""

import json
import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as strictly
from prometheus_client.parser import text_string_to_metric_families as loosely

from exporters.table import EXPORTERS
from tests.exporters.galera.conftest import GRANT
from tests.exporters.promtool import complaints
from tests.servers.galera import GaleraCluster
from tests.servers.openstack_api import PASSWORD, PROJECT, USER, OpenStackApi
from tests.servers.ovn import Ovn
from tests.servers.ovs import OpenVSwitch
from tests.servers.process import Process, free_port, wait_until
from tests.servers.rabbitmq import RabbitmqCluster
from tests.stratoscope.serving.made import get

pytestmark = pytest.mark.servers
ALL = {exporter.name for exporter in EXPORTERS}
HOST = "cmp1"
"""A hypervisor of the recorded cloud; Open vSwitch and OVN run on it here."""
MEMORY = 120 << 20
"""Bytes that the process may take."""
OPENMETRICS = "application/openmetrics-text;version=1.0.0"


@dataclass(frozen=True, slots=True)
class Servers:
    """All of them."""

    galera: GaleraCluster
    rabbitmq: RabbitmqCluster
    ovs: OpenVSwitch
    ovn: Ovn
    cloud: OpenStackApi

    def settings(self) -> str:
        """The settings file for all of it."""
        nodes = [{"prometheus": url(one.prometheus), "management": url(one.management)} for one in self.rabbitmq.nodes]
        return dedent(f"""\
            exporters:
              galera:
                - name: main
                  nodes: {json.dumps([node.address for node in self.galera.nodes])}
                  password: {{env: GALERA_PASSWORD}}
                  collection: {{interval: 1s}}
              rabbitmq:
                - {{name: main, user: monitor, password: {{env: RABBITMQ_PASSWORD}}, nodes: {json.dumps(nodes)}}}
              ovs:
                - {{run_dir: {self.ovs.run_dir}, timeout: 30s}}
              ovn:
                - northbound: {{remotes: {json.dumps(self.ovn.remotes("nb"))}}}
                  southbound: {{remotes: {json.dumps(self.ovn.remotes("sb"))}}}
                  northd: {{control: ["{self.ovn.run_dir}/ovn-northd.*.ctl"]}}
                  controller: {{run_dir: {self.ovs.run_dir}, database: "{self.ovs.remote}"}}
                  timeout: 30s
              agents:
                - name: mini
                  login:
                    kind: password
                    auth_url: {self.cloud.auth_url}
                    username: {USER}
                    password: {{env: CLOUD_PASSWORD}}
                    project_name: {PROJECT}
              hosts:
                - {{}}
            """)


SECRETS = {"GALERA_PASSWORD": "galera-secret", "RABBITMQ_PASSWORD": "rabbitmq-secret", "CLOUD_PASSWORD": PASSWORD}


def url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """With exactly the privileges that the documents name."""
    folder = tmp_path_factory.mktemp("together")
    with ExitStack() as stack:
        galera = stack.enter_context(GaleraCluster.made())
        galera.nodes[0].sql("CREATE USER 'stratoscope'@'%' IDENTIFIED BY 'galera-secret'", GRANT)
        rabbitmq = stack.enter_context(RabbitmqCluster.made())
        rabbitmq.add_user("monitor", "rabbitmq-secret", "monitoring", {"/": "^$"})
        ovs = stack.enter_context(OpenVSwitch(folder / HOST, HOST))
        ovs.add_bridge()
        ovn = stack.enter_context(Ovn(folder / "ovn"))
        ovn.controller(ovs)
        cloud = stack.enter_context(OpenStackApi())
        cloud.show("healthy")
        yield Servers(galera, rabbitmq, ovs, ovn, cloud)


def command(folder: Path, text: str, *more: str) -> list[str | Path]:
    path = folder / "export.yaml"
    path.write_text(text)
    return [sys.executable, "-m", "stratoscope", "export", "-c", path, *more]


def scraped(port: int, accept: str = "text/plain") -> str:
    try:
        status, body = get(f"{url(port)}/metrics", Accept=accept, X_Prometheus_Scrape_Timeout_Seconds="60")
    except OSError:
        return ""
    assert status == 200, body
    return body


def successes(text: str) -> dict[str, float]:
    """Exporter -> `stratoscope_exporter_success`."""
    found = re.findall(r'^stratoscope_exporter_success\{exporter="(\w+)".*\} (.*)$', text, re.MULTILINE)
    return {name: float(value) for name, value in found}


def served_by(text: str) -> set[str]:
    """The exporters that have series of their own in it."""
    return {
        one.name for one in EXPORTERS if any(re.search(rf"^{metric.name}[ {{]", text, re.MULTILINE) for metric in one.metrics())
    }


def held(pid: int) -> int:
    """The most memory that the process has had, in bytes."""
    return 1024 * int(re.findall(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[0])


def test_all_of_them_in_one_process(servers: Servers, tmp_path: Path) -> None:
    port = free_port()
    started = command(tmp_path, servers.settings(), "--listen", f"127.0.0.1:{port}")
    with Process(started, tmp_path / "log", environment=SECRETS) as process:
        process.wait_until(lambda: served_by(scraped(port)) == ALL, "series of all")
        text = scraped(port)
        assert successes(text) == dict.fromkeys(ALL, 1.0)
        assert re.search(
            rf'^openstack_host_state{{.*host="{HOST}".*openstack_host_state="healthy".*}} 1.0$', text, re.MULTILINE
        )
        assert complaints(text) == ""
        agree_on_every_series(text, scraped(port, OPENMETRICS))
        assert held(process.pid) < MEMORY
        one_that_is_killed_is_the_only_one_that_goes(servers, port, process)
        os.kill(process.pid, signal.SIGHUP)
        process.wait_until(lambda: "the settings were read again" in process.tail(), "new settings")
        assert successes(scraped(port)) == dict.fromkeys(ALL, 1.0)
        assert process.stop() == 0
    assert not [secret for secret in SECRETS.values() if secret in process.log.read_text()]


def agree_on_every_series(text: str, openmetrics: str) -> None:
    """Both forms can be parsed, the second strictly; no family stands twice in them."""
    for body, parse in ((text, loosely), (openmetrics, strictly)):
        names = [family.name for family in parse(body)]
        assert len(set(names)) == len(names)
    ours = re.compile(r"^(?:galera|rabbitmq_oslo|ovs|ovn|openstack)_\w+", re.MULTILINE)
    assert set(ours.findall(text)) == set(ours.findall(openmetrics))


def one_that_is_killed_is_the_only_one_that_goes(servers: Servers, port: int, process: Process) -> None:
    servers.ovs.vswitchd.kill()
    servers.ovs.database.kill()
    try:
        gone = dict.fromkeys(ALL, 1.0) | {"ovs": 0.0}
        process.wait_until(lambda: successes(scraped(port)) == gone, "Open vSwitch is missed, and nobody else")
        assert served_by(scraped(port)) == ALL - {"ovs"}
    finally:
        servers.ovs.start_database()
        servers.ovs.start_vswitchd()
    process.wait_until(lambda: served_by(scraped(port)) == ALL, "Open vSwitch is back")


def test_once(servers: Servers, tmp_path: Path) -> None:
    with Process(command(tmp_path, servers.settings(), "--once"), tmp_path / "metrics", environment=SECRETS) as process:
        ended(process)
    text = process.log.read_text()
    assert served_by(text) == ALL
    assert complaints(text) == ""


def test_once_as_verdicts(servers: Servers, tmp_path: Path) -> None:
    arguments = command(tmp_path, servers.settings(), "--once", "-o", "verdict")
    with Process(arguments, tmp_path / "verdicts", environment=SECRETS) as process:
        ended(process)
    told = [json.loads(line) for line in process.log.read_text().splitlines()]
    assert {one["exporter"] for one in told} == ALL
    unhealthy = {one["subject"]: one["state"] for one in told if not one["healthy"]}
    assert unhealthy == {"host cmp2 in RegionOne, cloud mini": "drained"}, told


def ended(process: Process) -> None:
    wait_until(lambda: not process.running(), "its end")
    assert process.stop() == 0, process.tail()
