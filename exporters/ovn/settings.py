"""What the OVN exporter is told. Each part that is named is asked, and no other."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from clients.sockets import Endpoint, Tls


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """The Northbound or the Southbound database."""

    remotes: tuple[str, ...] = ()
    """Addresses of all its servers (tcp:HOST:6641, ssl:HOST:6642, unix:/PATH): each is asked whether it leads and is connected,
    and one of them for the tables."""
    control: tuple[str, ...] = ()
    """Globs of control sockets on this machine (/run/ovn/ovnnb_db.ctl), for what only they tell: terms, logs, storage."""
    file: Path | None = None
    """The database file on this machine (/var/lib/ovn/ovnnb_db.db), for its size."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What cannot be right, as (key, what is wrong)."""
        if not self.remotes and not self.control:
            yield "remotes", "name the servers' addresses here, or a control socket in control"
        if len(set(self.remotes)) != len(self.remotes):
            yield "remotes", "an address stands twice"
        for number, remote in enumerate(self.remotes):
            try:
                Endpoint.parse(remote)
            except ValueError as error:
                yield f"remotes[{number}]", str(error)


@dataclass(frozen=True, slots=True)
class NorthdSettings:
    """ovn-northd on this machine."""

    control: tuple[str, ...] = ("/run/ovn/ovn-northd.*.ctl",)
    """Globs of control sockets, one for each ovn-northd whose run directory is mounted here."""


@dataclass(frozen=True, slots=True)
class ControllerSettings:
    """ovn-controller on this host."""

    run_dir: Path = Path("/run/ovn")
    """The folder with ovn-controller.PID.ctl; in a container the mounted one of the host. OVN's own default."""
    database: str = "unix:/run/openvswitch/db.sock"
    """Address of the Open_vSwitch database of this host: which interfaces ovn-controller should wire, and has wired."""
    host: str = ""
    """Value of the label `host`; empty: external_ids:hostname of the database, which is the name that Nova and Neutron use."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What cannot be right, as (key, what is wrong)."""
        try:
            Endpoint.parse(self.database)
        except ValueError as error:
            yield "database", str(error)


@dataclass(frozen=True, slots=True)
class OvnSettings:
    """One OVN deployment as seen from here: from its central machines, or from one host."""

    northbound: DatabaseSettings | None = None
    """The Northbound database: configuration numbers, logical ports."""
    southbound: DatabaseSettings | None = None
    """The Southbound database: chassis, port bindings, gateways."""
    northd: NorthdSettings | None = None
    """ovn-northd."""
    controller: ControllerSettings | None = None
    """ovn-controller."""
    tls: Tls | None = None
    """Files for ssl: addresses."""
    timeout: Annotated[float, "seconds"] = 2.0
    """For each daemon; all are asked at the same time, so one that hangs costs the others nothing."""
    copy_timeout: Annotated[float, "seconds"] = 60.0
    """For the first copy of the tables of one database: 100,000 port bindings take 2 s on a quiet machine."""
    behind_after: Annotated[float, "seconds"] = 60.0
    """From when a chassis, or the Southbound database, that has not followed a new configuration number counts as behind.
    Neutron raises the number at most every agent_down_time / 2 (37 s), and a chassis follows within seconds."""
    wrong_after: Annotated[float, "seconds"] = 60.0
    """From when a port in a wrong state makes the verdict worse: to wire a port takes seconds."""
    max_wrong_ports: int = 100
    """Wrong ports with a series of their own, those longest in that state first; all are counted."""
    message_limit: Annotated[int, "bytes"] = 256 << 20
    """Of one answer of a database: 100,000 port bindings take 35 MB."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What cannot be right, as (key, what is wrong)."""
        for key, value in (("timeout", self.timeout), ("copy_timeout", self.copy_timeout)):
            if value <= 0:
                yield key, "must be more than 0 seconds"
        if self.max_wrong_ports < 0:
            yield "max_wrong_ports", "must not be negative; 0 only counts"
        if self.message_limit < 1 << 20:
            yield "message_limit", "must be at least 1M"
        if not (self.northbound or self.southbound or self.northd or self.controller):
            yield "", "names no part to ask; set northbound, southbound, northd or controller"
        if self.tls is None:
            for key, part in (("northbound", self.northbound), ("southbound", self.southbound)):
                if part and any(remote.startswith("ssl:") for remote in part.remotes):
                    yield f"{key}.remotes", "ssl: needs the key tls with the file of the authority (ca)"
            if self.controller and self.controller.database.startswith("ssl:"):
                yield "controller.database", "ssl: needs the key tls with the file of the authority (ca)"
