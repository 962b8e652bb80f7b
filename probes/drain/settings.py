"""What one says about the drain. No I/O."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated


@dataclass(frozen=True, slots=True)
class DrainSettings:
    """How long a drain may take, and in which steps."""

    grace: Annotated[float, "seconds"] | None = None
    """The pod's terminationGracePeriodSeconds, in which preStop and SIGTERM both have to fit. The downward API does not tell
    it. Without it: what the profile says that the service's end needs."""
    margin: Annotated[float, "seconds"] = 15.0
    """Kept free at its end for the service's own shutdown: its graceful_shutdown_timeout where it has one, and some seconds."""
    settle: Annotated[float, "seconds"] = 5.0
    """Between not being ready and the first action: so long do endpoints, kube-proxy and load balancers need to notice."""
    pause: Annotated[float, "seconds"] = 1.0
    """Between two looks at what is in flight."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What cannot work: (key, what and what to do)."""
        if self.grace is not None and self.grace <= self.margin + self.settle:
            yield "grace", f"leaves nothing after margin ({self.margin:g} s) and settle ({self.settle:g} s); raise it"
        if self.margin < 0 or self.settle < 0:
            yield "margin", "and settle must not be negative"
        if self.pause < 0.1:
            yield "pause", "is less than 0.1s; a second is often enough"
