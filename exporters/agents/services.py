"""What the service lists of Nova, Cinder and Manila share: they have the same rows, from the same code once."""

from clients.model import MalformedError
from exporters.agents.api import Row
from exporters.agents.model import Agent, Disabled
from exporters.agents.rows import age, name, text

AUTO = "AUTO: "
"""How Nova's libvirt driver begins the reason when it disables its own service, having lost libvirt."""


def service(component: str, row: Row, now: float, *, forced_down: bool | None = None) -> Agent:
    """An agent. Raises MalformedError for a row that has no state."""
    status, reason = name(row, "status"), text(row, "disabled_reason")
    return Agent(
        component,
        name(row, "binary"),
        name(row, "host"),
        text(row, "zone"),
        up=_up(row),
        enabled=status == "enabled",
        disabled=_disabled(status, reason),
        reason=reason if status == "disabled" else "",
        forced_down=forced_down,
        age=age(row.get("updated_at"), now),
    )


def _up(row: Row) -> bool:
    """`state`, which is up or down. Raises MalformedError for anything else."""
    state = name(row, "state")
    if state not in {"up", "down"}:
        raise MalformedError(f"state is {state!r} where up or down should be")
    return state == "up"


def _disabled(status: str, reason: str) -> Disabled:
    """By whom it is disabled. Raises MalformedError for a status that does not exist."""
    if status not in {"enabled", "disabled"}:
        raise MalformedError(f"status is {status!r} where enabled or disabled should be")
    if status == "enabled":
        return "none"
    return "auto" if reason.startswith(AUTO) else "operator"
