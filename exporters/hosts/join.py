"""From facts to one state per hypervisor. Pure.

A hypervisor is a host that has a nova-compute. Every fact that is no good one is a reason; the state is the first rule below
that holds. What no source tells is not held against a host.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from exporters.hosts.facts import GOOD, Fact, Word
from exporters.hosts.names import Names

STATES: Final = ("healthy", "degraded", "drained", "agent_dead", "network_dead", "rpc_dead", "down", "unknown")
REASONS: Final = (
    "compute_down",
    "compute_hidden",
    "compute_disabled",
    "compute_auto_disabled",
    "compute_forced_down",
    "network_down",
    "network_behind",
    "switch_down",
    "switch_stalled",
    "ports_failed",
    "ports_dead",
    "rpc_unread",
)
_NETWORK: Final[frozenset[Word]] = frozenset({"network_down", "network_behind", "switch_down", "switch_stalled"})


class Key(NamedTuple):
    """Which host."""

    cloud: str
    region: str
    host: str


@dataclass(frozen=True, slots=True)
class Host:
    """A hypervisor, its state and the facts that speak of it."""

    key: Key
    zone: str
    state: str
    facts: tuple[Fact, ...]

    @property
    def reasons(self) -> tuple[Fact, ...]:
        """The facts that are not as they should be."""
        return tuple(fact for fact in self.facts if fact.word not in GOOD)


def join(facts: Iterable[Fact]) -> tuple[Host, ...]:
    """All hypervisors, sorted. Facts about hosts that are none (network nodes, controllers) are left out."""
    facts = list(facts)
    clouds: dict[tuple[str, str], set[str]] = defaultdict(set)
    for fact in facts:
        if fact.word.startswith("compute_"):
            clouds[fact.cloud, fact.region].add(fact.host)
    names = {cloud: Names(hosts) for cloud, hosts in clouds.items()}
    of: dict[Key, list[Fact]] = defaultdict(list)
    for fact in facts:
        for key in _owners(fact, names):
            of[key].append(fact)
    return tuple(_host(key, told) for key, told in sorted(of.items()))


def _owners(fact: Fact, names: Mapping[tuple[str, str], Names]) -> Iterable[Key]:
    for (cloud, region), known in names.items():
        if fact.cloud in {"", cloud} and fact.region in {"", region} and (host := known.find(fact.host)) is not None:
            yield Key(cloud, region, host)


def _host(key: Key, facts: list[Fact]) -> Host:
    zone = next((fact.zone for fact in facts if fact.zone), "")
    return Host(key, zone, state({fact.word for fact in facts}), tuple(facts))


def state(words: Iterable[Word]) -> str:
    """The state of a host of which this is known.

    `drained` before all that is broken: an operator who took a host out of service is at work on it. `down` is a host of which
    neither Nova's nor the network's agent lives, or that was declared dead. `agent_dead` has a network and no Nova;
    `network_dead` the other way round; `rpc_dead` has both, and a nova-compute that reports by RPC but reads none.
    """
    known = set(words)
    agent = bool(known & {"compute_down", "compute_auto_disabled"})
    rules = (
        ("drained", "compute_disabled" in known),
        ("down", "compute_forced_down" in known or {"compute_down", "network_down"} <= known),
        ("agent_dead", agent),
        ("network_dead", bool(known & _NETWORK)),
        ("unknown", "compute_hidden" in known or "compute_up" not in known),
        ("rpc_dead", "rpc_unread" in known),
        ("degraded", bool(known & {"ports_failed", "ports_dead"})),
    )
    return next((name for name, holds in rules if holds), "healthy")
