"""Nova: `GET /os-services`, all cells in one answer; no paging, and filters would cost the same reading of the databases.

Its `updated_at` is not the heartbeat (that is `last_seen_up`, which the API does not show): to enable or disable a service
moves it too. `state` is the truth, the age a detail. One sick cell makes the call take a minute (CELL_TIMEOUT).
"""

from exporters.agents.api import Api, Row
from exporters.agents.model import Agent, Disabled
from exporters.agents.rows import age, flag, name, text
from exporters.model import MalformedError

AUTO = "AUTO: "
"""How Nova's libvirt driver begins the reason when it disables its own service, having lost libvirt."""


def read(row: Row, now: float) -> Agent:
    """An agent. A service in a cell that is down has nothing but `status: UNKNOWN` (microversion 2.69)."""
    status = name(row, "status")
    if status == "UNKNOWN":
        return Agent("nova", name(row, "binary"), name(row, "host"), text(row, "zone"))
    reason = text(row, "disabled_reason")
    return Agent(
        "nova",
        name(row, "binary"),
        name(row, "host"),
        text(row, "zone"),
        up=up(row),
        enabled=status == "enabled",
        disabled=disabled(status, reason),
        reason=reason if status == "disabled" else "",
        forced_down=flag(row, "forced_down"),
        age=age(row.get("updated_at"), now),
    )


def up(row: Row) -> bool:
    """`state`, which is up or down. Raises MalformedError for anything else."""
    state = name(row, "state")
    if state not in {"up", "down"}:
        raise MalformedError(f"state is {state!r} where up or down should be")
    return state == "up"


def disabled(status: str, reason: str) -> Disabled:
    """By whom it is disabled. Raises MalformedError for a status that does not exist."""
    if status not in {"enabled", "disabled"}:
        raise MalformedError(f"status is {status!r} where enabled or disabled should be")
    if status == "enabled":
        return "none"
    return "auto" if reason.startswith(AUTO) else "operator"


API = Api(
    component="nova",
    types=("compute",),
    version="v2.1",
    path="/os-services",
    key="services",
    read=read,
    microversions=("2.69", "2.11"),  # 2.69 (Stein): services of a cell that is down are shown; 2.11: forced_down
    alive="all",  # a conductor per cell on the same host has a row in each
)
