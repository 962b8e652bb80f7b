"""What the agents of a service come to, with the reasons, and where the facts stand in the API's answer. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from exporters.agents.model import Agent, Answer, Snapshot
from exporters.model import Verdict

State = Literal["healthy", "degraded", "down", "unknown"]

CLOCK_TOLERANCE: Final = 5.0
"""Seconds that a heartbeat may lie in the future. Clocks that NTP keeps differ by milliseconds; the API tells whole seconds."""
_SHOWN: Final = 10
"""Agents that are named one by one; of the rest only the number is told."""
_SEVERITY: Final[dict[State, int]] = {"healthy": 0, "unknown": 1, "degraded": 2, "down": 3}


@dataclass(slots=True)
class Judgement:
    """Of one component in one region. `reasons`: word -> sentence, the words of the metric openstack_component_reason."""

    answer: Answer
    state: State = "healthy"
    reasons: dict[str, str] = field(default_factory=dict)
    evidence: dict[str, str] = field(default_factory=dict)

    def add(self, state: State, word: str, sentence: str) -> None:
        """A reason; the worst state of them stays."""
        self.reasons[word] = sentence
        if _SEVERITY[state] > _SEVERITY[self.state]:
            self.state = state

    def show(self, agents: Iterable[Agent], column: str) -> None:
        """These agents as rows of the answer, the first of them."""
        for number, agent in enumerate(agents):
            if number == _SHOWN:
                return
            where = f"GET {self.answer.at} [?binary=='{agent.binary}' && host=='{agent.host}']"
            self.evidence[f"{where}.{column}"] = _value(agent, column)


def judge(answer: Answer) -> Judgement | None:
    """What an answer comes to; None where the service is not in the catalog."""
    if answer.outcome == "absent":
        return None
    judgement = Judgement(answer)
    if answer.outcome == "refused":
        judgement.add("unknown", "api_refused", answer.error)
    elif answer.outcome == "malformed":
        judgement.add("unknown", "api_failed", answer.error)
    elif answer.outcome != "ok":
        judgement.add("down", "api_failed", answer.error)
    if not answer.told:
        return judgement
    if answer.outcome != "ok":
        judgement.add("degraded", "old_list", f"the agents are those of {answer.age:.0f} s ago")
    _lists(judgement)
    _agents(judgement)
    _amphorae(judgement)
    return judgement


def verdicts(snapshot: Snapshot) -> Iterator[Verdict]:
    """One for each component of each region, and the last for the cloud: the worst of them."""
    judgements = [found for answer in snapshot.answers if (found := judge(answer)) is not None]
    for found in judgements:
        subject = f"{found.answer.component} in {found.answer.region}, cloud {snapshot.cloud}"
        yield Verdict(subject, found.state, found.state == "healthy", tuple(found.reasons.values()), found.evidence)
    state = cloud_state(judgements)
    reasons = tuple(
        f"{found.answer.component} in {found.answer.region} is {found.state}"
        for found in judgements
        if found.state != "healthy"
    )
    yield Verdict(f"cloud {snapshot.cloud}", state, state == "healthy", reasons or (() if judgements else (_NOTHING,)))


_NOTHING = "no service that is asked for is in the catalog of these regions"


def cloud_state(judgements: Iterable[Judgement]) -> State:
    """The worst of them; unknown where there is none."""
    return max((found.state for found in judgements), key=_SEVERITY.__getitem__, default="unknown")


def _lists(judgement: Judgement) -> None:
    """What the list as a whole tells."""
    answer = judgement.answer
    if not answer.agents and not answer.counts and answer.component != "octavia":
        hint = "; without the right role Neutron lists nothing rather than refuse" if answer.component == "neutron" else ""
        judgement.add("unknown", "nothing_listed", f"the API lists no agents{hint}")
        judgement.evidence[f"GET {answer.at}"] = "an empty list"
    if answer.vanished:
        names = _names(f"{gone.binary} on {gone.host}" for gone in answer.vanished)
        judgement.add("degraded", "vanished", f"no longer listed: {names}")
    if answer.dropped:
        judgement.add("degraded", "too_many", f"{answer.dropped} agents more than max_agents are not looked at")


def _agents(judgement: Judgement) -> None:
    agents = judgement.answer.agents
    _down(judgement)
    if auto := [agent for agent in agents if agent.disabled == "auto"]:
        judgement.add("degraded", "auto_disabled", f"disabled itself, having lost its hypervisor: {_named(auto)}")
        judgement.show(auto, "disabled_reason")
    if forced := [agent for agent in agents if agent.forced_down]:
        judgement.add("degraded", "forced_down", f"declared dead by an operator or a tool: {_named(forced)}")
        judgement.show(forced, "forced_down")
    if hidden := [agent for agent in agents if agent.up is None]:
        state: State = "down" if len(hidden) == len(agents) else "degraded"
        judgement.add(state, "cell_down", f"a cell does not answer, nothing is known of {_named(hidden)}")
        judgement.show(hidden, "status")
    if ahead := [agent for agent in agents if agent.age is not None and agent.age < -CLOCK_TOLERANCE]:
        judgement.add("degraded", "clock_ahead", f"the clock is ahead of the API's on {_named(ahead)}")
        judgement.show(ahead, "heartbeat")


def _down(judgement: Judgement) -> None:
    """Enabled agents that are down; a whole kind of them is worse. A forced_down one is told of as such."""
    of_kind: dict[str, list[Agent]] = defaultdict(list)
    for agent in judgement.answer.agents:
        if agent.enabled and agent.state in {"up", "down"}:
            of_kind[agent.binary].append(agent)
    all_down, down = [], []
    for binary, agents in of_kind.items():
        dead = [agent for agent in agents if not agent.up]
        if dead and len(dead) == len(agents):
            all_down.append(binary)
        down += [agent for agent in dead if not agent.forced_down]
    if all_down:
        judgement.add("down", "all_down", f"not one is up of {', '.join(sorted(all_down))}")
    if down := _without_followers(down):
        counted = Counter(agent.binary for agent in down)
        share = ", ".join(f"{number} of {len(of_kind[binary])} {binary}" for binary, number in sorted(counted.items()))
        judgement.add("degraded", "agents_down", f"down: {share}: {_named(down)}")
        judgement.show(down, "state")


def _without_followers(down: list[Agent]) -> list[Agent]:
    """OVN's metadata agent counts as down when the controller of its host does: one cause is told once."""
    controllers = {agent.host for agent in down if agent.binary == "ovn-controller"}
    return [agent for agent in down if not (agent.polled and agent.binary != "ovn-controller" and agent.host in controllers)]


def _amphorae(judgement: Judgement) -> None:
    if failed := dict(judgement.answer.counts).get("ERROR"):
        judgement.add("degraded", "amphorae_in_error", f"{failed} amphorae are in ERROR")
        judgement.evidence[f"GET {judgement.answer.at} [?status=='ERROR']"] = str(failed)


def _named(agents: Iterable[Agent]) -> str:
    return _names(f"{agent.binary} on {agent.host}" for agent in agents)


def _names(names: Iterable[str]) -> str:
    every = sorted(names)
    return ", ".join(every[:_SHOWN]) + (f" and {len(every) - _SHOWN} more" if len(every) > _SHOWN else "")


def _value(agent: Agent, column: str) -> str:
    """As the column of that name would show it."""
    if column == "disabled_reason":
        return agent.reason
    if column == "forced_down":
        return "true"
    if column == "status":
        return "UNKNOWN, or not listed"
    age = "never" if agent.age is None else f"{agent.age:.0f} s ago"
    return f"{agent.state}, last sign of life {age}"
