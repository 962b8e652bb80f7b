"""What one fetch of Open vSwitch gives. Each half stands alone: a daemon that hangs costs its own half."""

from dataclasses import dataclass

from clients.model import TargetError
from exporters.ovs.database import Database
from exporters.ovs.vswitchd import Vswitchd


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`database` and `vswitchd` are what they said, or why they did not.

    What a single look cannot show, compared with the fetch before: `stuck`, for how many seconds ovs-vswitchd has applied no
    change though some are wanted; `lost`, packets that were dropped since then as no handler had room for them.
    """

    host: str
    database: Database | TargetError
    vswitchd: Vswitchd | TargetError
    max_interfaces: int
    stuck: float = 0.0
    lost: int = 0
