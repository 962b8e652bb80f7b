"""What earlier lists of an API had: who has vanished since, and in which zone a service of a hidden cell was."""

from collections.abc import Iterable
from dataclasses import replace

from exporters.agents.model import Agent, Vanished

_Key = tuple[str, str]


class Memory:
    """Of one API in one region. Remembers a vanished agent for `keep` seconds, and `limit` agents at most."""

    def __init__(self, keep: float, limit: int) -> None:
        self._keep = keep
        self._limit = limit
        self._zones: dict[_Key, tuple[str, float]] = {}

    def recall(self, agents: Iterable[Agent], now: float) -> tuple[tuple[Agent, ...], tuple[Vanished, ...]]:
        """The agents of a list of the Unix time `now`, completed from earlier lists, and those that it has no more.

        While a cell is down, Nova shows its computes without a zone and its other services not at all (recorded from Nova 26:
        conductor and scheduler of the cell are missing). So what is missing in such a list has not vanished: it is unknown.
        """
        listed = {(agent.binary, agent.host): self._completed(agent) for agent in agents}
        hidden = any(agent.up is None for agent in listed.values())
        missing = [(key, zone, seen) for key, (zone, seen) in self._zones.items() if key not in listed]
        if hidden:
            component = next(iter(listed.values())).component
            unknown = [Agent(component, binary, host, zone) for (binary, host), zone, _ in missing]
            self._remember([*listed.values(), *unknown], now)
            return (*listed.values(), *unknown), ()
        self._remember(listed.values(), now)
        return tuple(listed.values()), tuple(
            Vanished(binary, host, zone, seen) for (binary, host), zone, seen in missing if now - seen <= self._keep
        )

    def _completed(self, agent: Agent) -> Agent:
        if agent.up is None and not agent.zone and (known := self._zones.get((agent.binary, agent.host))):
            return replace(agent, zone=known[0])
        return agent

    def _remember(self, agents: Iterable[Agent], now: float) -> None:
        for agent in agents:
            key = agent.binary, agent.host
            self._zones.pop(key, None)  # the newest stand last
            self._zones[key] = agent.zone, now
        old = [key for key, (_, seen) in self._zones.items() if now - seen > self._keep]
        beyond = list(self._zones)[: max(0, len(self._zones) - self._limit)]
        for key in {*old, *beyond}:
            del self._zones[key]
