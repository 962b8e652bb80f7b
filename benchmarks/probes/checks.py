"""`python -m benchmarks.probes.checks`: a look of each check of a protocol, beside the command that an exec probe starts.

Both ask the same real server, in turn and in one run. CPU time is that of this process and of the commands that it started,
not of the servers. The kubelet's own cost of an exec probe (runc, a shim, a namespace) comes on top of the commands.
"""

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.probes.cost import cost
from clients.model import Deadline
from parsers.secret import Secret
from probes.checks import http, libvirt, memcached, mysql, ovsdb, rabbitmq, tcp, unixctl, uwsgi
from probes.model import Check, Context, Finding
from tests.servers.galera import GaleraCluster
from tests.servers.libvirt import URI, libvirtd
from tests.servers.memcached import memcached as started_memcached
from tests.servers.ovs import OpenVSwitch
from tests.servers.rabbitmq import BIN, RabbitmqCluster
from tests.servers.uwsgi import Uwsgi

_CONTEXT = Context("benchmark")
_TIMEOUT = 30.0
_MEMORY = """
import http.server, json, ssl, sys
from importlib import import_module
def resident():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmRSS")).split()[1])
before = resident()
import_module(sys.argv[1])
print(resident() - before)
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A check and its peer: the command, what else it needs, and who does it so."""

    name: str
    check: Check
    command: Sequence[str]
    peer: str
    environment: dict[str, str] | None = None


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the tables; 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.probes.checks", description=__doc__)
    parser.add_argument("--looks", type=int, default=500, help="looks of each check (500)")
    parser.add_argument("--commands", type=int, default=10, help="runs of each command (10)")
    asked = parser.parse_args(arguments)
    out = ["| check | CPU ms | p50 ms | p99 ms | beside | CPU ms | p50 ms | CPU, times | time, times |", "|---|" + "---:|" * 8]
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        folder.chmod(0o755)
        for row in _rows(folder, stack):
            stack.callback(row.check.close)
            out.append(_measured(row, asked.looks, asked.commands))
    sys.stdout.write("\n".join(out) + "\n\n" + _memory() + "\n")
    return 0


def _rows(folder: Path, stack: contextlib.ExitStack) -> Iterator[Row]:
    yield from _of_databases(stack)
    yield from _of_hosts(folder, stack)
    web = folder / "web"
    web.mkdir()
    server = stack.enter_context(Uwsgi(web))
    server.wait_until_ready()
    url = f"http://127.0.0.1:{server.port}/fast"
    curl = ("curl", "-sf", "-o", os.devnull, url)
    yield Row("http", http.make(http.Settings(url), _CONTEXT), curl, "curl (kolla's healthcheck_curl)")
    script = f"import socket; s = socket.socket(socket.AF_UNIX); s.connect('{server.stats}'); print(len(s.makefile().read()))"
    uwsgi_check = uwsgi.make(uwsgi.Settings(f"unix:{server.stats}"), _CONTEXT)
    yield Row("uwsgi", uwsgi_check, (sys.executable, "-c", script), "a script that reads it")
    tcp_check = tcp.make(tcp.Settings(f"tcp:127.0.0.1:{server.port}"), _CONTEXT)
    yield Row("tcp", tcp_check, ("bash", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{server.port}"), "bash, /dev/tcp")


def _of_databases(stack: contextlib.ExitStack) -> Iterator[Row]:
    (node,) = stack.enter_context(GaleraCluster.made(1)).nodes
    node.sql("CREATE USER probe@localhost IDENTIFIED BY 'probe'")
    checked = mysql.make(mysql.Settings(f"unix:{node.socket}", "probe", Secret("probe"), data_dir=node.data), _CONTEXT)
    words = ("mariadb", "-u", "probe", "-S", str(node.socket), "-N", "-e", "SHOW STATUS LIKE 'wsrep_ready'")
    yield Row("mysql", checked, words, "mariadb (openstack-helm's health.sh; it does this twice)", {"MYSQL_PWD": "probe"})
    cluster = stack.enter_context(RabbitmqCluster.made(1))
    (broker,) = cluster.nodes
    cluster.add_user("probe", "probe", "monitoring")
    settings = rabbitmq.Settings(f"http://127.0.0.1:{broker.management}", "probe", Secret("probe"))
    ping = (str(BIN / "rabbitmqctl"), "--quiet", "ping")
    environment = {**broker._environment}  # noqa: SLF001  rabbitmqctl finds the node by it
    yield Row("rabbitmq", rabbitmq.make(settings, _CONTEXT), ping, "rabbitmqctl ping (openstack-helm)", environment)


def _of_hosts(folder: Path, stack: contextlib.ExitStack) -> Iterator[Row]:
    ovs = stack.enter_context(OpenVSwitch(folder / "ovs"))
    ovs.add_bridge()
    control = f"{ovs.run_dir}/ovs-vswitchd.{ovs.vswitchd.pid}.ctl"
    bridges = unixctl.make(unixctl.Settings(control, "ofproto/list", line=("br-int",)), _CONTEXT)
    yield Row("unixctl", bridges, ("ovs-appctl", "-t", control, "bond/list"), "ovs-appctl bond/list (openstack-helm)")
    database = ovsdb.make(ovsdb.Settings(ovs.remote), _CONTEXT)
    yield Row("ovsdb", database, ("ovs-vsctl", f"--db={ovs.remote}", "show"), "ovs-vsctl show (openstack-helm)")
    _, port = stack.enter_context(started_memcached(folder))
    script = f"exec 3<>/dev/tcp/127.0.0.1/{port}; printf 'version\\r\\n' >&3; read -r line <&3"
    cache = memcached.make(memcached.Settings(f"tcp:127.0.0.1:{port}"), _CONTEXT)
    yield Row("memcached", cache, ("bash", "-c", script), "bash, /dev/tcp")
    short = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lv-")))
    daemon = stack.enter_context(libvirtd(short))
    guests = libvirt.make(libvirt.Settings((daemon.socket,), URI), _CONTEXT)
    remote = f"test+unix:///default?socket={daemon.socket}&mode=legacy"
    yield Row("libvirt", guests, ("virsh", "-r", "-c", remote, "connect"), "virsh connect (openstack-helm)")


def _measured(row: Row, looks: int, commands: int) -> str:
    def look() -> None:
        for evidence in row.check.look(Deadline.after(_TIMEOUT)):
            if evidence.finding is not Finding.FINE:
                raise RuntimeError(f"{row.name}: {evidence.text}")

    ours = cost(look, looks)
    head = f"| {row.name} | {ours.cpu:.2f} | {ours.p50:.2f} | {ours.p99:.2f} | {row.peer} |"
    if shutil.which(row.command[0]) is None:
        return f"{head} !!! {row.command[0]} LEFT OUT: not installed !!! | | | |"
    theirs = cost(lambda: _run(row), commands)
    ratios = f"{theirs.cpu / ours.cpu:.0f} | {theirs.p50 / ours.p50:.0f}"
    return f"{head} {theirs.cpu:.1f} | {theirs.p50:.1f} | {ratios} |"


def _run(row: Row) -> None:
    environment = {**os.environ, **(row.environment or {})}
    subprocess.run(row.command, env=environment, capture_output=True, check=True)  # noqa: S603  they are named above


def _memory() -> str:
    """What a module adds to an interpreter that has http.server, json and ssl already, as a sidecar has."""
    checks = [f"probes.checks.{name}" for name in ("http", "uwsgi", "unixctl", "ovsdb", "mysql", "rabbitmq", "memcached")]
    modules = [*checks, "probes.checks.libvirt", "probes.checks.tcp", "clients.mysql", "clients.http"]
    lines = ["| module | MB that it adds |", "|---|---:|"]
    for module in modules:
        command = (sys.executable, "-c", _MEMORY, module)
        kilobytes = int(subprocess.run(command, capture_output=True, check=True, text=True).stdout)  # noqa: S603  the text above
        lines.append(f"| {module} | {kilobytes / 1024:.1f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
