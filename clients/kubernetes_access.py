"""How the Kubernetes API is reached: settings of every connection. Apart from the client, which takes urllib3 to import."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiAccess:
    """How the API server is reached."""

    kubeconfig: Path | None = None
    """A kubeconfig file. Left out: the service account of the pod that we run in."""
    context: str = ""
    """The context in it; empty is its current one."""
    timeout: Annotated[float, "seconds"] = 15.0
    """Longest time for a connection and for each answer; streams may be silent for longer."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """What contradicts itself."""
        if self.context and self.kubeconfig is None:
            yield "context", "is of no use without kubeconfig; set both or none"
        if not 1 <= self.timeout <= 300:
            yield "timeout", "must be between 1s and 300s; 15s is usual"
