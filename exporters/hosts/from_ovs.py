"""Facts from Open vSwitch of a host."""

from collections.abc import Iterator

from clients.model import TargetError
from exporters.hosts.facts import Fact, Word
from exporters.ovs.database import Interface
from exporters.ovs.snapshot import Snapshot
from exporters.ovs.verdict import STUCK

_NAMED = 5


def facts(snapshot: Snapshot) -> Iterator[Fact]:
    """Whether its daemon works, and which ports do not."""
    host = snapshot.host
    if isinstance(snapshot.vswitchd, TargetError):
        yield Fact(host, "switch_down", "ovs-vswitchd does not answer", "ovs-vswitchd", str(snapshot.vswitchd))
    if isinstance(snapshot.database, TargetError):
        yield Fact(host, "switch_stalled", "ovsdb-server does not answer", "ovsdb-server", str(snapshot.database))
        return
    if snapshot.stuck >= STUCK:
        pending = f"{snapshot.database.system.pending}, no progress for {snapshot.stuck:.0f} s"
        yield Fact(host, "switch_stalled", "ovs-vswitchd applies no configuration", "Open_vSwitch next_cfg - cur_cfg", pending)
    elif not isinstance(snapshot.vswitchd, TargetError):
        yield Fact(host, "switch_up", "Open vSwitch works")
    interfaces = snapshot.database.interfaces
    yield from _ports(host, "ports_failed", "ports could not be made", [one for one in interfaces if one.failed])
    yield from _ports(host, "ports_dead", "ports are on Neutron's dead VLAN", [one for one in interfaces if one.dead])


def _ports(host: str, word: Word, says: str, ports: list[Interface]) -> Iterator[Fact]:
    if ports:
        named = ", ".join(port.name for port in ports[:_NAMED]) + (" ..." if len(ports) > _NAMED else "")
        yield Fact(host, word, f"{len(ports)} {says}", f"Interface ({says})", named)
