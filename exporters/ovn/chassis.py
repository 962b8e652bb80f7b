"""How far each chassis has followed the configuration. Pure, but for what is remembered between two looks.

Northbound's nb_cfg is raised by whoever wants to know (`ovn-nbctl sync`, Neutron for its agents' heartbeats); each chassis
answers with the same number in Chassis_Private once it has done all that came before. That *is* Neutron's heartbeat of an OVN
agent, but Neutron shows only its age, which grows to half of agent_down_time by design.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from exporters.ovn.tables import Agent, Chassis, Numbers

_REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class Lag:
    """A chassis. `behind`: seconds since a number was first wanted that it has not followed; 0 where it has followed all.

    `lag`, `metadata_lag`: by how many numbers it, and Neutron's metadata agent on it, are behind.
    """

    name: str
    host: str
    lag: int
    behind: float
    followed_at: float
    metadata_lag: int | None


class Raises:
    """When which number was first seen to be wanted, for some hours back."""

    def __init__(self) -> None:
        self._seen: deque[tuple[int, float]] = deque(maxlen=_REMEMBERED)

    def note(self, numbers: Numbers, now: float) -> None:
        """Remember the number that is wanted now (seconds since 1970). The first one may have been wanted for long."""
        if not self._seen:
            self._seen.append((numbers.wanted, min(now, numbers.wanted_at or now)))
        elif self._seen[-1][0] != numbers.wanted:
            if numbers.wanted < self._seen[-1][0]:
                self._seen.clear()  # another database, with numbers of its own
            self._seen.append((numbers.wanted, now))

    def behind(self, followed: int, now: float) -> float:
        """Seconds since the first number after `followed` was wanted, as far as is remembered."""
        since = next((at for wanted, at in self._seen if wanted > followed), now)
        return max(0.0, now - since)


def lags(
    numbers: Numbers, agents: Mapping[str, Agent], chassis: Mapping[str, Chassis], raises: Raises, now: float
) -> Sequence[Lag]:
    """Each chassis, by name."""
    found = []
    for agent in agents.values():
        of = chassis.get(agent.chassis or "")
        found.append(
            Lag(
                name=agent.name,
                host=of.host if of else "",
                lag=max(0, numbers.wanted - agent.followed),
                behind=raises.behind(agent.followed, now),
                followed_at=agent.followed_at,
                metadata_lag=None if agent.metadata is None else max(0, numbers.wanted - agent.metadata),
            )
        )
    return sorted(found, key=lambda lag: (lag.host, lag.name))
