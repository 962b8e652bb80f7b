"""What each exporter's snapshot says of hosts. A new source is a module with a function, and a line in the table."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from exporters.hosts import from_agents, from_ovn, from_ovs, from_rabbitmq
from exporters.hosts.facts import Fact

SOURCES: Final[dict[str, Callable[[Any], Iterable[Fact]]]] = {
    "agents": from_agents.facts,
    "ovs": from_ovs.facts,
    "ovn": from_ovn.facts,
    "rabbitmq": from_rabbitmq.facts,
}
"""Name in the frame's table of exporters -> snapshot of it -> facts."""
