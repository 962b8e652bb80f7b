"""`fdb/stats-show BRIDGE`: the table of learned MAC addresses. Addresses that move between ports tell of a loop."""

import re
from dataclasses import dataclass

from exporters.ovs.daemon import integer, keyed

_SHARE = re.compile(r"(\d{1,10})/(\d{1,10})$")


@dataclass(frozen=True, slots=True)
class Macs:
    """Entries now and at most, and what happened to them since the start."""

    entries: int | None
    maximum: int | None
    static: int | None
    learned: int | None
    expired: int | None
    evicted: int | None
    moved: int | None


def macs(text: str) -> Macs:
    """Read it.

    Statistics for bridge "br-int":
      Current/maximum MAC entries in the table: 0/8192
      Current static MAC entries in the table : 0
      Total number of learned MAC entries     : 0
    """
    found = keyed(text.splitlines())
    share = _SHARE.match(found.get("Current/maximum MAC entries in the table", ""))
    return Macs(
        entries=int(share.group(1)) if share else None,
        maximum=int(share.group(2)) if share else None,
        static=integer(found, "Current static MAC entries in the table"),
        learned=integer(found, "Total number of learned MAC entries"),
        expired=integer(found, "Total number of expired MAC entries"),
        evicted=integer(found, "Total number of evicted MAC entries"),
        moved=integer(found, "Total number of port moved MAC entries"),
    )
