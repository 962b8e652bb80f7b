"""Facts from OVN's Southbound database: which chassis follow the configuration."""

from collections.abc import Iterator

from exporters.hosts.facts import Fact
from exporters.ovn.snapshot import Snapshot, Southbound


def facts(snapshot: Snapshot) -> Iterator[Fact]:
    """Of each chassis whose host is known."""
    if not isinstance(snapshot.southbound, Southbound):
        return
    for chassis in snapshot.southbound.chassis:
        if not chassis.host:
            continue
        if chassis.behind >= snapshot.limits.behind_after:
            where = f"Chassis_Private {chassis.name} nb_cfg"
            yield Fact(
                chassis.host, "network_behind", f"its chassis is {chassis.behind:.0f} s behind", where, f"{chassis.lag} behind"
            )
        else:
            yield Fact(chassis.host, "network_up", "its chassis follows")
