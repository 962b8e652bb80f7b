"""`bond/show`, `lacp/show` and `lacp/show-stats`: whether each member of a bond carries traffic.

A member that is disabled while its link is up is a split aggregation: half of the flows go nowhere.
"""

import re
from dataclasses import dataclass
from typing import Literal, cast, get_args

from exporters.ovs.daemon import blocks, integer, keyed

LacpState = Literal["current", "expired", "defaulted"]
_BOND = re.compile(r"^---- (.+?)(?: statistics)? ----$")
_MEMBER = re.compile(r"^(?:member|slave):? (\S+?): *(.*)$")
"""`member p1: enabled` in bond/show, `member: p1: current attached` in lacp/show; `slave` before OVS 2.15."""


@dataclass(frozen=True, slots=True)
class Member:
    """An interface of a bond. `may_enable` is false while its link (or LACP) is down."""

    name: str
    enabled: bool
    active: bool
    may_enable: bool


@dataclass(frozen=True, slots=True)
class Bond:
    """A port of several interfaces. `lacp`: off, configured (asked for, not agreed) or negotiated."""

    name: str
    mode: str
    lacp: str
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Lacp:
    """What LACP thinks of a member: `current` (hears the other side), `expired` (did), `defaulted` (never)."""

    bond: str
    member: str
    state: LacpState | None
    attached: bool


@dataclass(frozen=True, slots=True)
class LacpCounters:
    """Protocol units of a member, and how often it lost the other side."""

    bond: str
    member: str
    sent: int | None
    received: int | None
    bad: int | None
    expired: int | None
    defaulted: int | None
    carrier_changes: int | None


def bonds(text: str) -> list[Bond]:
    """Read `bond/show`."""
    found = []
    for head, lines in blocks(text.splitlines(), _BOND):
        about = keyed(lines)
        members = tuple(_member(of, below) for of, below in blocks(lines, _MEMBER))
        found.append(Bond(head.group(1), about.get("bond_mode", ""), about.get("lacp_status", ""), members))
    return found


def _member(head: re.Match[str], lines: list[str]) -> Member:
    said = {line.strip() for line in lines}
    active = bool(said & {"active member", "active slave"})
    return Member(head.group(1), head.group(2) == "enabled", active, "may_enable: true" in said)


def lacp(text: str) -> list[Lacp]:
    """Read `lacp/show`."""
    found = []
    for head, lines in blocks(text.splitlines(), _BOND):
        for member, _ in blocks(lines, _MEMBER):
            words = member.group(2).split()
            state = words[0] if words and words[0] in get_args(LacpState) else None
            found.append(Lacp(head.group(1), member.group(1), cast("LacpState | None", state), "attached" in words))
    return found


def lacp_counters(text: str) -> list[LacpCounters]:
    """Read `lacp/show-stats`."""
    found = []
    for head, lines in blocks(text.splitlines(), _BOND):
        for member, below in blocks(lines, _MEMBER):
            about = keyed(below)
            found.append(
                LacpCounters(
                    bond=head.group(1),
                    member=member.group(1),
                    sent=integer(about, "TX PDUs"),
                    received=integer(about, "RX PDUs"),
                    bad=integer(about, "RX Bad PDUs"),
                    expired=integer(about, "Link Expired"),
                    defaulted=integer(about, "Link Defaulted"),
                    carrier_changes=integer(about, "Carrier Status Changed"),
                )
            )
    return found
