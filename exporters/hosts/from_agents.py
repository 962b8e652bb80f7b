"""Facts from Nova's and Neutron's lists of agents."""

from collections.abc import Iterator

from exporters.agents.model import Agent, Answer, Snapshot
from exporters.hosts.facts import Fact, Word

NETWORK_AGENTS = frozenset(
    {
        "neutron-openvswitch-agent",
        "ovn-controller",
        "neutron-linuxbridge-agent",
        "neutron-macvtap-agent",
    }
)
"""Those that plug the ports of a host; without the others (DHCP, L3, metadata, SR-IOV) servers still have a network."""


def facts(snapshot: Snapshot) -> Iterator[Fact]:
    """Of each nova-compute, and of the agent that plugs its host's ports."""
    for answer in snapshot.answers:
        for agent in answer.agents:
            if agent.binary == "nova-compute":
                for word, says, column, value in _compute(agent):
                    yield _fact(snapshot, answer, agent, word, says, column, value)
            elif agent.binary in NETWORK_AGENTS and agent.up is not None:
                word, says = ("network_up", "is up") if agent.up else ("network_down", f"is down ({_heard(agent)})")
                yield _fact(snapshot, answer, agent, word, f"{agent.binary} {says}", "alive", str(agent.up).lower())


def _compute(agent: Agent) -> Iterator[tuple[Word, str, str, str]]:
    """Word, sentence, column, value."""
    if agent.up is None:
        yield "compute_hidden", "its cell does not answer", "status", "UNKNOWN"
    elif agent.up:
        yield "compute_up", "nova-compute is up", "state", "up"
    elif not agent.forced_down:
        yield "compute_down", f"nova-compute is down ({_heard(agent)})", "state", "down"
    if agent.forced_down:
        yield "compute_forced_down", "declared dead by an operator or a tool", "forced_down", "true"
    if agent.disabled == "auto":
        yield "compute_auto_disabled", "nova-compute has lost its hypervisor", "disabled_reason", agent.reason
    elif agent.disabled == "operator":
        yield "compute_disabled", f"disabled: {agent.reason or 'no reason given'}", "disabled_reason", agent.reason


def _heard(agent: Agent) -> str:
    return "never heard of" if agent.age is None else f"last heard of {agent.age:.0f} s ago"


def _fact(snapshot: Snapshot, answer: Answer, agent: Agent, word: Word, says: str, column: str, value: str) -> Fact:
    where = f"GET {answer.at} [?binary=='{agent.binary}' && host=='{agent.host}'].{column}"
    zone = agent.zone if agent.binary == "nova-compute" else ""
    return Fact(agent.host, word, says, where, value, snapshot.cloud, answer.region, zone)
