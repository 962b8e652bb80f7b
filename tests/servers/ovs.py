"""A real Open vSwitch with a dummy datapath: ovsdb-server and ovs-vswitchd, in a folder of their own. It needs no root.

    with OpenVSwitch(tmp_path) as ovs:
        ovs.vsctl("add-br", "br-int", "--", "set", "bridge", "br-int", "datapath_type=dummy")

Packets do not leave it, but bridges, ports, bonds, flows and tunnels are those of any Open vSwitch.
"""

import contextlib
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.servers.process import Process

SCHEMA = Path("/usr/share/openvswitch/vswitch.ovsschema")
_QUIET = ("--no-chdir", "-vconsole:warn", "-vsyslog:off", "-vfile:off")


class CommandFailedError(Exception):
    """A tool of OVS or OVN did not do what it was told; its words are in the text."""


def told(command: list[str], environment: Mapping[str, str], seconds: float = 60) -> str:
    """What a tool prints. Raises CommandFailedError."""
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=seconds, check=False
    )
    if done.returncode:
        raise CommandFailedError(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def environment(folder: Path) -> dict[str, str]:
    """All that OVS and OVN look up in the environment, so that nothing of the machine's own is touched."""
    at = str(folder)
    names = (
        "OVS_RUNDIR",
        "OVS_LOGDIR",
        "OVS_DBDIR",
        "OVS_SYSCONFDIR",
        "OVN_RUNDIR",
        "OVN_LOGDIR",
        "OVN_DBDIR",
        "OVN_SYSCONFDIR",
    )
    return dict.fromkeys(names, at)


class OpenVSwitch:
    """Both daemons; `run_dir` holds db.sock and the control sockets. Leaving the context ends them."""

    def __init__(self, folder: Path, host: str = "cmp001", *more: str) -> None:
        self.run_dir = folder
        self.host = host
        self._environment = environment(folder)
        self._more = more
        self._started: list[Process] = []
        folder.mkdir(parents=True, exist_ok=True)
        self.remote = f"unix:{folder}/db.sock"
        told(["ovsdb-tool", "create", f"{folder}/conf.db", str(SCHEMA)], self._environment)
        with contextlib.ExitStack() as started:
            started.callback(self.stop)
            self.database = self.start_database()
            ids = (f"external_ids:hostname={host}", f"external_ids:system-id={host}")
            self.vsctl("--no-wait", "init", "--", "set", "open_vswitch", ".", *ids)
            self.vswitchd = self.start_vswitchd()
            started.pop_all()

    def start_database(self, *remotes: str) -> Process:
        """Start (again) ovsdb-server; `remotes` besides db.sock and the managers."""
        listen = [
            f"--remote={remote}" for remote in (f"p{self.remote}", "db:Open_vSwitch,Open_vSwitch,manager_options", *remotes)
        ]
        command = ["ovsdb-server", f"{self.run_dir}/conf.db", *listen, *_QUIET]
        self.database = self._start(command)
        self.database.wait_until(lambda: self._answers(f"ovsdb-server.{self.database.pid}.ctl"), "ovsdb-server answers")
        return self.database

    def start_vswitchd(self) -> Process:
        """Start (again) ovs-vswitchd."""
        command = ["ovs-vswitchd", self.remote, "--enable-dummy", "--disable-system", *_QUIET, *self._more]
        self.vswitchd = self._start(command)
        self.vswitchd.wait_until(lambda: self._answers(f"ovs-vswitchd.{self.vswitchd.pid}.ctl"), "ovs-vswitchd answers")
        return self.vswitchd

    def _start(self, command: Sequence[str]) -> Process:
        made = Process(command, self.run_dir / f"{command[0]}.log", environment=self._environment)
        self._started.append(made)
        return made

    def _answers(self, socket: str) -> bool:
        try:
            told(["ovs-appctl", "-t", str(self.run_dir / socket), "version"], self._environment)
        except CommandFailedError:
            return False
        return True

    def vsctl(self, *words: str) -> str:
        """`ovs-vsctl`. It waits until ovs-vswitchd has done it, unless the first word is --no-wait."""
        return told(["ovs-vsctl", f"--db={self.remote}", "--timeout=30", *words], self._environment).strip()

    def appctl(self, *words: str) -> str:
        """`ovs-appctl` to ovs-vswitchd."""
        return told(
            ["ovs-appctl", "-t", f"{self.run_dir}/ovs-vswitchd.{self.vswitchd.pid}.ctl", *words], self._environment
        ).strip()

    def add_bridge(self, name: str = "br-int") -> None:
        """A bridge on the dummy datapath."""
        self.vsctl("add-br", name, "--", "set", "bridge", name, "datapath_type=dummy")

    def add_port(self, name: str, bridge: str = "br-int", kind: str = "dummy", **external_ids: str) -> None:
        """A port with one interface; underlines in the names of external ids stand for hyphens."""
        ids = [f"external_ids:{key.replace('_', '-')}={value}" for key, value in external_ids.items()]
        self.vsctl("add-port", bridge, name, "--", "set", "interface", name, f"type={kind}", *ids)

    def add_ports(self, number: int, bridge: str = "br-int") -> None:
        """Many ports at once: tap0, tap1 ... with a made Neutron port id each."""
        words: list[str] = []
        for index in range(number):
            name, port_id = f"tap{index}", f"00000000-0000-4000-8000-{index:012d}"
            words += [
                "--",
                "add-port",
                bridge,
                name,
                "--",
                "set",
                "interface",
                name,
                "type=dummy",
                f"external_ids:iface-id={port_id}",
            ]
        for start in range(0, len(words), 10 * 250):
            self.vsctl(*words[start : start + 10 * 250])

    def stop(self) -> None:
        """End both, frozen or not."""
        for process in reversed(self._started):
            if process.running():
                process.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.stop()
