"""What a rule may know, and what it says. No I/O."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

Options = Callable[[str, str], str | None]
"""An option of the service's own configuration by section and name, `$` replaced; None where no file has it.

`probes.oslo.configuration.Configuration.text` is one. May raise ConfigurationError.
"""


class Severity(StrEnum):
    """How much it matters."""

    INFO = "info"
    """It works, and could be better."""
    WARNING = "warning"
    """It will go wrong one day."""


@dataclass(frozen=True, slots=True)
class Facts:
    """One service. None, and empty, where it is not known: a rule then says nothing.

    `grace`: the pod's terminationGracePeriodSeconds. `target`: the host whose queue is pinged, where the settings name one.
    `rpc`: whether it is pinged over RPC at all. `exec_probes`: whether its container has the script of openstack-helm's probes.
    """

    profile: str
    options: Options
    grace: float | None = None
    hang_after: float | None = None
    target: str = ""
    rpc: bool = False
    exec_probes: bool | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A doubt. `holds` returns what exactly is doubtful, "" where nothing is. `help`: one sentence; `advice`: what to do."""

    name: str
    severity: Severity
    help: str
    advice: str
    holds: Callable[[Facts], str]


@dataclass(frozen=True, slots=True)
class Doubt:
    """A rule that holds. `text`: one line: what, and what to do."""

    rule: str
    severity: Severity
    text: str
