"""What the Open vSwitch exporter is told."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from clients.sockets import Endpoint, Tls


@dataclass(frozen=True, slots=True)
class OvsSettings:
    """Open vSwitch on the host that this process runs on."""

    run_dir: Path = Path("/run/openvswitch")
    """The folder with db.sock and ovs-vswitchd.PID.ctl; in a container the mounted one of the host. OVS' own default."""
    database: str = ""
    """Address of the Open_vSwitch database (unix:/PATH, tcp:HOST:PORT, ssl:HOST:PORT); empty: db.sock in `run_dir`."""
    tls: Tls | None = None
    """Files for an ssl: address."""
    host: str = ""
    """Value of the label `host`; empty: external_ids:hostname of the database, which is the name that Nova and Neutron use."""
    timeout: Annotated[float, "seconds"] = 2.0
    """For each of the two daemons. They answer in milliseconds; one that hangs must leave the other its share of the scrape."""
    max_interfaces: int = 5000
    """Interfaces with series of their own, about 14 each. More than any known host has; those with a fault are kept first."""
    message_limit: Annotated[int, "bytes"] = 64 << 20
    """Of one answer of the database: 2,000 interfaces take 2 MB."""

    @property
    def address(self) -> str:
        """Where the database listens."""
        return self.database or f"unix:{self.run_dir}/db.sock"

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What cannot be right, as (key, what is wrong)."""
        if self.timeout <= 0:
            yield "timeout", "must be more than 0 seconds"
        if self.max_interfaces < 0:
            yield "max_interfaces", "must not be negative; 0 leaves out all series of single interfaces"
        if self.message_limit < 1 << 20:
            yield "message_limit", "must be at least 1M: a host with 1,000 interfaces needs as much"
        try:
            if Endpoint.parse(self.address).kind == "ssl" and self.tls is None:
                yield "database", "ssl: needs the key tls with the file of the authority (ca)"
        except ValueError as error:
            yield ("database" if self.database else "run_dir"), str(error)
