"""Settings of the host view."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated


@dataclass(frozen=True, slots=True)
class HostsSettings:
    """The joined state of all hypervisors that the agents exporters of this process know."""

    name: str = "hosts"
    """What the view is called: the target of the frame's own series."""

    max_age: Annotated[float, "seconds"] = 300.0
    """A source whose newest answer is older tells nothing. Five minutes: what the agents exporter serves when an API fails."""

    max_hosts: int = 10_000
    """Hosts that get series; more are counted as dropped."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What no view can be made with."""
        if self.max_age <= 0:
            yield "max_age", "is nothing: no source would ever count; give seconds"
        if self.max_hosts < 1:
            yield "max_hosts", "is less than one"
