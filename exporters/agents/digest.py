"""From the rows of a list to its agents: one for each binary and host, no more than wanted. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from clients.model import MalformedError
from exporters.agents.api import Api, Row
from exporters.agents.model import Agent


@dataclass(frozen=True, slots=True)
class Digest:
    """The agents in a list, and what was not worth a series of its own; the fields are those of Answer."""

    agents: tuple[Agent, ...] = ()
    counts: tuple[tuple[str, int], ...] = ()
    duplicates: int = 0
    leftovers: int = 0
    dropped: int = 0


def digest(api: Api, rows: Iterable[Row], now: float, *, stale_after: float, limit: int) -> Digest:
    """Read the rows, at the Unix time `now` by the API's clock. Raises MalformedError, telling which row."""
    by_name: dict[tuple[str, str], Agent] = {}
    counts: Counter[str] = Counter()
    duplicates = leftovers = dropped = 0
    for number, row in enumerate(rows):
        try:
            agent = api.read(row, now)
        except MalformedError as error:
            raise MalformedError(f"{api.key}[{number}]: {error}") from error
        if agent is None:
            leftovers += 1
        elif isinstance(agent, str):
            counts[agent] += 1
        elif (known := by_name.get((agent.binary, agent.host))) is not None:
            duplicates += 1
            by_name[agent.binary, agent.host] = _joined(api, known, agent)
        elif len(by_name) < limit:
            by_name[agent.binary, agent.host] = agent
        else:
            dropped += 1
    agents = tuple(_aged(agent, stale_after) for agent in by_name.values())
    return Digest(agents, tuple(sorted(counts.items())), duplicates, leftovers, dropped)


def _joined(api: Api, one: Agent, other: Agent) -> Agent:
    """Two rows of one agent. All that is told comes from the row that decides whether it is up."""
    ranks = {True: 0, None: 1, False: 2} if api.alive == "any" else {False: 0, None: 1, True: 2}
    first, second = sorted((one, other), key=lambda agent: (ranks[agent.up], _age(agent)))
    return replace(first, zone=first.zone or second.zone, rows=one.rows + other.rows)


def _age(agent: Agent) -> float:
    return float("inf") if agent.age is None else agent.age


def _aged(agent: Agent, stale_after: float) -> Agent:
    if agent.up is False and agent.age is not None and agent.age > stale_after:
        return replace(agent, stale=True)
    return agent
