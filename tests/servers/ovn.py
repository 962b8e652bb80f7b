"""A real OVN: Northbound and Southbound databases (each a raft cluster of any size), ovn-northd, and ovn-controllers.

    with Ovn(tmp_path, members=3) as ovn, OpenVSwitch(tmp_path / "cmp001") as ovs, ovn.controller(ovs):
        ovn.nbctl("ls-add", "net")

Everything listens on loopback and lives in the folder. It needs no root.
"""

import contextlib
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from tests.servers.ovs import CommandFailedError, OpenVSwitch, environment, told
from tests.servers.process import NotReadyError, Process, free_port, wait_until

Side = Literal["nb", "sb"]
SCHEMAS: dict[Side, Path] = {"nb": Path("/usr/share/ovn/ovn-nb.ovsschema"), "sb": Path("/usr/share/ovn/ovn-sb.ovsschema")}
NAMES: dict[Side, str] = {"nb": "OVN_Northbound", "sb": "OVN_Southbound"}
_STARTS = 3
"""Times that ovn-controller is started: 22.03 crashes now and then before it has made its bridge; ovn-ctl starts it again."""
_QUIET = ("--no-chdir", "-vconsole:warn", "-vsyslog:off", "-vfile:off")


class Member:
    """One server of a database. `started` is given each process as it starts."""

    def __init__(self, side: Side, folder: Path, first: "Member | None", clustered: bool, started: list[Process]) -> None:
        self._started = started
        self.side = side
        self.folder = folder
        folder.mkdir(parents=True)
        self.remote = f"tcp:127.0.0.1:{free_port()}"
        self.control = folder / f"ovn{side}_db.ctl"
        self.file = folder / f"ovn{side}_db.db"
        self.raft = f"tcp:127.0.0.1:{free_port()}" if clustered else ""
        self._environment = environment(folder)
        if not clustered:
            words = ["create", str(self.file), str(SCHEMAS[side])]
        elif first is None:
            words = ["create-cluster", str(self.file), str(SCHEMAS[side]), self.raft]
        else:
            words = ["join-cluster", str(self.file), NAMES[side], self.raft, first.raft]
        told(["ovsdb-tool", *words], self._environment)
        self.process = self.start()

    def start(self) -> Process:
        """Start it (again)."""
        listen = "ptcp:" + self.remote.rpartition(":")[2] + ":127.0.0.1"
        name, table = NAMES[self.side], f"{self.side.upper()}_Global"
        tls = [f"--{option}=db:{name},SSL,{option.replace('-', '_')}" for option in ("private-key", "certificate", "ca-cert")]
        remotes = [f"--remote={listen}", f"--remote=db:{name},{table},connections"]
        command = ["ovsdb-server", str(self.file), *remotes, *tls, f"--unixctl={self.control}", *_QUIET]
        self.process = Process(command, self.folder / "ovsdb-server.log", environment=self._environment)
        self._started.append(self.process)
        self.process.wait_until(self.joined, "the server is a member of its cluster")
        return self.process

    def joined(self) -> bool:
        """Whether it serves its database."""
        try:
            return NAMES[self.side] in self.appctl("ovsdb-server/list-dbs")
        except CommandFailedError:
            return False

    def leads(self) -> bool:
        """Whether it says that it is the leader."""
        try:
            return "Role: leader" in self.appctl("cluster/status", NAMES[self.side])
        except CommandFailedError:
            return False

    def appctl(self, *words: str) -> str:
        """`ovs-appctl` to it; two seconds, as it may be frozen."""
        return told(["ovs-appctl", "--timeout=2", "-t", str(self.control), *words], self._environment)


class Ovn:
    """The central part. `members` servers for each database: 1 without raft, else a cluster of that many."""

    def __init__(self, folder: Path, members: int = 1, southbound_members: int | None = None) -> None:
        self.folder = folder
        self.run_dir = folder / "northd"
        self._environment = environment(self.run_dir)
        self._started: list[Process] = []
        self.run_dir.mkdir(parents=True)
        with contextlib.ExitStack() as started:
            started.callback(self.stop)
            self.northbound = self._cluster("nb", members)
            self.southbound = self._cluster("sb", southbound_members or members)
            self.northd = self.start_northd()
            started.pop_all()

    def _cluster(self, side: Side, members: int) -> list[Member]:
        made: list[Member] = []
        for number in range(1, members + 1):
            made.append(Member(side, self.folder / f"{side}{number}", made[0] if made else None, members > 1, self._started))
        return made

    def members(self, side: Side) -> list[Member]:
        """The servers of one database."""
        return self.northbound if side == "nb" else self.southbound

    def remotes(self, side: Side) -> list[str]:
        """Their addresses."""
        return [member.remote for member in self.members(side)]

    def start_northd(self) -> Process:
        """Start (again) ovn-northd."""
        databases = [f"--ovnnb-db={','.join(self.remotes('nb'))}", f"--ovnsb-db={','.join(self.remotes('sb'))}"]
        self.northd = Process(
            ["ovn-northd", *databases, *_QUIET], self.run_dir / "ovn-northd.log", environment=self._environment
        )
        self._started.append(self.northd)
        self.northd.wait_until(self._northd_active, "ovn-northd is active")
        return self.northd

    def _northd_active(self) -> bool:
        try:
            return "active" in self.northd_appctl("status")
        except CommandFailedError:
            return False

    def northd_appctl(self, *words: str) -> str:
        """`ovs-appctl` to ovn-northd."""
        return told(["ovs-appctl", "-t", f"{self.run_dir}/ovn-northd.{self.northd.pid}.ctl", *words], self._environment)

    def nbctl(self, *words: str) -> str:
        """`ovn-nbctl`, to the leader."""
        return told(["ovn-nbctl", f"--db={','.join(self.remotes('nb'))}", "--timeout=30", *words], self._environment).strip()

    def sbctl(self, *words: str) -> str:
        """`ovn-sbctl`, to the leader."""
        return told(["ovn-sbctl", f"--db={','.join(self.remotes('sb'))}", "--timeout=30", *words], self._environment).strip()

    def add_switch(self, name: str, ports: int = 0) -> list[str]:
        """A logical switch with ports named as Neutron names them; their names."""
        names = [f"{index:08x}-0000-4000-8000-000000000000" for index in range(1, ports + 1)]
        words = ["ls-add", name]
        for port in names:
            words += ["--", "lsp-add", name, port, "--", "lsp-set-addresses", port, "dynamic"]
        self.nbctl(*words)
        return names

    def controller(self, ovs: OpenVSwitch, address: str = "127.0.0.1") -> Process:
        """Start ovn-controller on the host of `ovs`, and wait until it has registered its chassis."""
        ids = {
            "ovn-remote": ",".join(self.remotes("sb")),
            "ovn-encap-type": "geneve",
            "ovn-encap-ip": address,
            "ovn-bridge-datapath-type": "dummy",
        }
        ovs.vsctl("set", "open_vswitch", ".", *(f'external_ids:{key}="{value}"' for key, value in ids.items()))
        for starts_left in reversed(range(_STARTS)):
            made = self._controller_of(ovs)
            try:
                made.wait_until(lambda: ovs.host in self.chassis(), "the chassis is registered")
            except NotReadyError:
                if not (made.crashed and starts_left):
                    raise
            else:
                break
        return made

    def chassis(self) -> str:
        """The names of all that are registered."""
        return self.sbctl("--columns=name", "list", "chassis")

    def _controller_of(self, ovs: OpenVSwitch) -> Process:
        command = ["ovn-controller", ovs.remote, *_QUIET]
        made = Process(command, ovs.run_dir / "ovn-controller.log", environment=environment(ovs.run_dir))
        self._started.append(made)
        return made

    def leader(self, side: Side) -> Member:
        """The server that leads the cluster; waits until there is one."""
        members = self.members(side)
        wait_until(lambda: any(member.leads() for member in members), f"{side} has a leader")
        return next(member for member in members if member.leads())

    def stop(self) -> None:
        """End all, frozen or not, the last started first."""
        for process in reversed(self._started):
            if process.running():
                process.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.stop()
