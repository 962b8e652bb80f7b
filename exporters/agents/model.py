"""What one look at a cloud gives: per region and API the agents that it lists, and how the asking went.

catalog -> Api per region -> Reply -> Row per line of the list -> Agent per binary and host -> Answer -> Snapshot
"""

from dataclasses import dataclass
from typing import Literal

Disabled = Literal["none", "operator", "auto"]


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent as its API shows it. Who it is: `binary` and `host` (ids are left out: some are new after a restart).

    `up` and `enabled` are None where the API does not know (a cell that is down). `disabled` is who disabled it: `auto` is
    Nova's own doing when it has lost libvirt. `reason` is the free text of it. `forced_down` is None where the API has no
    such thing. `age`: seconds from its last sign of life to the answer, by the API's clock; negative when its own clock is
    ahead; None when it never gave one. `started`: Unix time at which it started. `polled`: its sign of life comes when it is
    asked for, so that its age says nothing of its health (OVN). `rows`: how many lines of the list it had.
    """

    component: str
    binary: str
    host: str
    zone: str = ""
    up: bool | None = None
    enabled: bool | None = None
    disabled: Disabled = "none"
    reason: str = ""
    forced_down: bool | None = None
    age: float | None = None
    started: float | None = None
    polled: bool = False
    rows: int = 1
    stale: bool = False
    """Down for so long that nobody seems to wait for it: the row of a host that was removed."""

    @property
    def state(self) -> str:
        """`up`, `down`, `stale`, or `unknown`: each agent is in exactly one of them."""
        if self.up is None:
            return "unknown"
        return "up" if self.up else "stale" if self.stale else "down"

    @property
    def admin(self) -> str:
        """`enabled`, `disabled` or `unknown`."""
        return "unknown" if self.enabled is None else "enabled" if self.enabled else "disabled"


@dataclass(frozen=True, slots=True)
class Vanished:
    """An agent that was listed, and is no more; `seen` is the Unix time of the last list that had it."""

    binary: str
    host: str
    zone: str
    seen: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one API in one region.

    `outcome`: `ok`; `absent` where the catalog has no such service in this region, which is no failure; else the reason of a
    TargetError.
    `agents` may be those of an older answer when this one failed, or was not asked for again so soon: `age` is the seconds
    since they were asked for. `at`: where it was asked, for the evidence. `clock_offset`: the API's clock minus ours, None
    where it does not tell its time. `counts`: what is only counted (amphorae by status). `duplicates`: rows beyond the first of
    an agent. `leftovers`: rows that belong to no host any more. `dropped`: agents beyond the limit.
    """

    region: str
    component: str
    outcome: str
    at: str = ""
    error: str = ""
    version: str = ""
    seconds: float | None = None
    requests: int = 0
    received: int = 0
    age: float = 0.0
    agents: tuple[Agent, ...] = ()
    vanished: tuple[Vanished, ...] = ()
    counts: tuple[tuple[str, int], ...] = ()
    duplicates: int = 0
    leftovers: int = 0
    dropped: int = 0
    clock_offset: float | None = None

    @property
    def told(self) -> bool:
        """Whether there is a list of agents, of now or of a while ago."""
        return self.outcome == "ok" or bool(self.agents or self.counts)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One look at a cloud: an answer per region and API. `token_expires`: Unix time, None where the login has no token."""

    cloud: str
    answers: tuple[Answer, ...]
    token_expires: float | None = None
